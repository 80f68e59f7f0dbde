"""An attack on a vendor: systems of all institutions that depend on it are down at once."""

from __future__ import annotations

from typing import ClassVar, Literal

from sim.params import parameter
from sim.shocks.base import WAYS, Attack


class Vendor(Attack):
    """Take down a vendor, and with it all its clients; who has a second one is down for less."""

    kind: Literal["vendor"] = "vendor"
    targets: ClassVar[tuple[str, ...]] = ("vendor",)
    effects: ClassVar[tuple[str, ...]] = ("outage",)

    target: str = parameter(
        "vendor",
        "vendor, vendor:rank, largest or random",
        "vendors attacked, or the one of that rank by size, 1 the largest",
        "scenario",
    )
    hours: float | None = parameter(
        None,
        "hours",
        "how long systems of clients are down, the same at all of a vendor; null draws it",
        source="drawn: parameters.cyber.outage_median and outage_p95",
        low=0.1,
        high=8_760.0,
    )
    start: float | None = parameter(
        None,
        "hours",
        "when it begins, from the start of a month of 720 hours; null draws it",
        "scenario",
        low=0.0,
        below=720.0,
    )

    @property
    def target_kind(self) -> str:
        """Population that is attacked: vendors."""
        kind = self.target.partition(":")[0]
        return "vendor" if kind in WAYS else kind
