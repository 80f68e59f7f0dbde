"""Portfolios: who borrows how much from whom, and loans by months since the grant."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.agents.provider import GRADES
from sim.chart import CODES, NAMES
from sim.contracts.loans import LINE
from sim.kernels import true_at
from sim.units import Ids
from sim.world import KINDS, World

YEAR = 12  # months
EVERY = 24  # months between two lists of borrowers, the first at the end of year 1
LONGEST = 36  # months since the grant that are followed

COLUMN_INFO: dict[str, dict[str, tuple[str, str]]] = {
    "borrowers": {
        "row": ("", "row of the enterprise"),
        "kind": ("", "kind of provider that granted the loans"),
        "sales": ("fen/year", "planned sales, at the rate of the month"),
        "fixed_assets": ("fen", "fixed assets at book value"),
        "own_assets": ("fen", "of these, what it keeps up of its own: no project's, no loan's"),
        "credit": ("fen", "performing loans from this kind"),
        "loans": ("loans", "performing loans from this kind"),
        "lenders": ("providers", "providers of this kind that lend to it"),
        "rate": ("1/year", "mean rate of these loans, by balance"),
    },
    "vintages": {
        "year": ("year", "policy year of the grant or renewal; 0: during burn-in"),
        "kind": ("", "kind of provider that granted the loan; lines of credit are not counted"),
        "grade": ("", "its grade at the grant, A = safest"),
        "age": ("months", "months since the grant or renewal"),
        "performing": ("loans", "performing at the end of the month, summed over months"),
        "gone_bad": ("loans", "gone bad in the month, summed over months"),
    },
}


def borrowers(world: World) -> dict[str, Any]:
    """List living borrowers by kind of provider at the end of policy years 1, 3, 5, ..."""
    if world.month < 1 or world.month % EVERY != YEAR:
        return {}
    loans, firms = world.loans, world.enterprises
    rows = true_at((loans.principal > 0) & ~loans.is_bad)
    rows = rows[firms.alive[loans.borrower[rows]]]
    if not len(rows):
        return {}
    who, number, principal = loans.borrower[rows], loans.provider[rows], loans.principal[rows]
    keys, at = np.unique(who * 16 + world.provider_kind[number], return_inverse=True)
    n, firm = len(keys), keys // 16
    credit = np.bincount(at, principal, n)
    pairs = np.unique(at << 24 | number) >> 24
    return {
        "month": np.full(n, world.month, dtype=np.int32),
        "row": firm,
        "kind": np.array([NAMES[code] for code in keys % 16], dtype=object),
        "sales": np.rint(12.0 * firms.plan[firm]).astype(np.int64),
        "fixed_assets": np.array(firms.fixed_assets[firm]),
        "own_assets": np.rint(firms.asset_target[firm]).astype(np.int64),
        "credit": credit.astype(np.int64),
        "loans": np.bincount(at, minlength=n).astype(np.int32),
        "lenders": np.bincount(pairs, minlength=n).astype(np.int32),
        "rate": np.bincount(at, principal * loans.rate[rows], n) / credit,
    }


class Vintages:
    """Counts loans by year of the grant, kind, grade and months since the grant.

    Without lines of credit, also those of a lender that has closed: what is drawn, repaid and
    drawn again has no month of a grant.
    """

    def __init__(self, months: int) -> None:
        self.shape = (-(-months // YEAR) + 1, len(KINDS), len(GRADES), LONGEST + 1)
        self.performing = np.zeros(self.shape, dtype=np.int64)
        self.gone_bad = np.zeros(self.shape, dtype=np.int64)

    def observe(self, world: World) -> None:
        """Count this month's loans, performing and gone bad; nothing during burn-in."""
        if world.month < 1:
            return
        loans = world.loans
        followed = loans.purpose != LINE  # also where a dead lender's line runs off
        rows = true_at(loans.is_open & (loans.principal > 0) & ~loans.is_bad & followed)
        self.performing += self._count(world, rows)
        fell = true_at(loans.is_bad & followed)
        fell = fell[world.enterprises.ended[loans.borrower[fell]] == world.month]
        self.gone_bad += self._count(world, fell)

    def _count(self, world: World, rows: Ids) -> Any:
        loans = world.loans
        rows = rows.take(true_at(loans.granted.take(rows) >= world.month - LONGEST))
        granted = loans.granted.take(rows).astype(np.int64)
        kind = np.zeros(16, dtype=np.int64)
        kind[[CODES[name] for name in KINDS]] = np.arange(len(KINDS))
        # The place in a table of `shape`, one axis after the other.
        place = np.maximum((granted - 1) // YEAR + 1, 0) * self.shape[1]
        place += kind[world.provider_kind].take(loans.provider.take(rows))
        place *= self.shape[2]
        place += loans.grade.take(rows)
        place *= self.shape[3]
        place += world.month - granted
        return np.bincount(place, minlength=self.performing.size).reshape(self.shape)

    def counts(self) -> dict[str, Any]:
        """Return all counts that are not zero, nothing where no loan was granted."""
        year, kind, grade, age = np.nonzero(self.performing + self.gone_bad)
        if not len(year):
            return {}
        place = (year, kind, grade, age)
        return {
            "year": year.astype(np.int32),
            "kind": np.array(KINDS, dtype=object)[kind],
            "grade": np.array(list(GRADES), dtype=object)[grade],
            "age": age.astype(np.int32),
            "performing": self.performing[place],
            "gone_bad": self.gone_bad[place],
        }
