"""What every information source is: its precision, whom it covers, what a look costs and takes.

Responsible for the base class and for turning an AUC into a precision through the table of
`sim/presets/precision.json`. Not responsible for scoring: the underwriter draws the signals
and weighs them.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np

from sim.params import Parameters, parameter
from sim.units import Floats, Mask

PRECISION_FILE = Path(__file__).parent.parent / "presets" / "precision.json"

# What a source may ask to see of applicants, (n,) each.
COLUMNS: dict[str, str] = {
    "fixed_assets": "fixed assets owned, fen",
    "months_known": "months since the first loan from this provider, 0 if there is none",
    "is_online": "sells and borrows on the internet",
    "supplies_core": "a living core firm orders from it",
    "has_past": "a member of the registry reported an earlier loan",
    "coverage_draw": "lasting uniform of firm and source: covered if below the share covered",
}


class ApplicantView(Protocol):
    """Show a source the applicants: how many, and read-only arrays of its declared columns."""

    @property
    def n(self) -> int:
        """Count the applicants."""
        ...


class Source(Parameters):
    """Base of every information source; the kind is the name of the file.

    The signal on applicant i is s_i = y_i + e_i / sqrt(p_i), y the latent index of
    creditworthiness (standardised) and p the precision, 0 where the source shows nothing.
    """

    kind: ClassVar[str]
    # Columns of applicants it may see, names in COLUMNS; the underwriter hands over no other.
    columns: ClassVar[tuple[str, ...]] = ()
    # One noise path per firm if all who look see the same, else one per firm and provider.
    shared: ClassVar[bool] = False
    # Kinds of provider that may hold it; none named means all.
    holders: ClassVar[tuple[str, ...]] = ()
    # A scenario may open it to other kinds too.
    may_be_shared: ClassVar[bool] = False
    # Firms it covers can reach providers that hold it although they are not online.
    opens_channel: ClassVar[bool] = False
    # Holders are members: they see what other members report of debts and arrears. Such a source
    # has a field `reports`, the share of its clients that a member reports.
    opens_debts: ClassVar[bool] = False
    # Holders can verify receivables, which factors do before they buy them.
    verifies_receivables: ClassVar[bool] = False
    # What it shows of a project is published to savers.
    discloses: ClassVar[bool] = False

    auc: float = parameter(
        0.65,
        "probability",
        "chance that a firm which defaults within 12 months has the lower signal",
        low=0.5,
        high=0.99,
    )
    cost: float = parameter(0.0, "yuan per decision", "what a look costs", low=0.0, high=1e5)
    delay: int = parameter(0, "months", "months a decision that rests on it takes", low=0, high=12)

    @classmethod
    def may_hold(cls, kind: str) -> bool:
        """Tell whether a kind of provider may hold it."""
        return not cls.holders or kind in cls.holders or cls.may_be_shared

    @property
    def p(self) -> float:
        """Read the calibrated precision for this source's AUC."""
        return calibrated_precision(self.kind, self.auc)

    def coverage(self, view: Any) -> Mask:
        """Mark the applicants this source shows anything about; all, unless overridden."""
        return np.ones(view.n, dtype=np.bool_)

    def precision(self, view: Any, p: float) -> Floats:
        """Give the precision per applicant; `p` where covered, unless overridden.

        Returns (n,) precision, 0 where not covered.
        """
        return np.where(self.coverage(view), p, 0.0)


@cache
def precision_tables() -> dict[str, Any]:
    """Read the calibration file: AUC against precision by source, oracle AUC, hash."""
    tables: dict[str, Any] = json.loads(PRECISION_FILE.read_text(encoding="utf-8"))
    return tables


def calibrated_precision(kind: str, auc: float) -> float:
    """Turn an AUC into a precision by linear interpolation in the calibrated table.

    A source without a table of its own uses that of `application`, the plainest one.
    Raises ValueError for an AUC that no signal can have.
    """
    tables = precision_tables()
    sources, oracle = tables["sources"], tables["oracle_auc"]
    if auc > oracle:
        raise ValueError(
            f"{auc} is above {oracle}, the AUC of the oracle, which knows the index and all debts"
        )
    points = sources.get(kind, sources["application"])
    aucs = [point[0] for point in points]
    right = bisect_left(aucs, auc)
    if right == 0:
        return float(points[0][1])
    if right == len(points):
        raise ValueError(f"{auc} is above {aucs[-1]}, the best AUC calibrated for {kind}")
    (left_auc, left_p), (right_auc, right_p) = points[right - 1], points[right]
    return float(left_p + (right_p - left_p) * (auc - left_auc) / (right_auc - left_auc))


def auc_field(default: float, source: str) -> Any:
    """Declare the AUC of a source with its own default."""
    return parameter(
        default,
        "probability",
        "chance that a firm which defaults within 12 months has the lower signal",
        source,
        low=0.5,
        high=0.99,
    )


def cost_field(default: float, source: str = "assumed") -> Any:
    """Declare the cost of a look with its own default."""
    return parameter(default, "yuan per decision", "what a look costs", source, low=0.0, high=1e5)
