"""Adoption: a market becomes known, or goes out of fashion, along a given path.

What made a market grow is not explained here: how easily platforms open and how many savers look at
them are inputs, by which real episodes are replayed.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Literal

import numpy as np
from pydantic import field_validator

from sim.params import parameter
from sim.shocks.base import Shock

Path = tuple[tuple[float, float], ...]


class Adoption(Shock):
    """Set how easily platforms open and which share of savers looks at them, month by month."""

    kind: Literal["adoption"] = "adoption"

    month: int = parameter(1, "month", "first month it is felt", "scenario", low=1, high=12_000)
    months: int = parameter(12_000, "months", "how long it lasts", "scenario", low=1, high=12_000)
    entry: Path = parameter(
        (),
        "pairs of month and factor",
        "factor on the chance that a potential platform opens; straight lines between the pairs",
        "scenario",
    )
    attention: Path = parameter(
        (),
        "pairs of month and share",
        "share of savers who consider platforms for new money; straight lines between the pairs",
        "scenario",
    )

    @field_validator("entry", "attention")
    @classmethod
    def _is_path(cls, path: Path) -> Path:
        """Refuse months that do not rise, and values that make no sense."""
        months = [month for month, _ in path]
        if any(later <= earlier for earlier, later in pairwise(months)):
            raise ValueError("months of the pairs must rise")
        if any(value < 0.0 for _, value in path):
            raise ValueError("values must not be negative")
        return path

    @field_validator("attention")
    @classmethod
    def _is_share(cls, path: Path) -> Path:
        """Refuse shares above one."""
        if any(value > 1.0 for _, value in path):
            raise ValueError("shares must not exceed 1")
        return path

    def conditions(self, month: int, n_sectors: int) -> dict[str, Any]:
        """Write entry_factor and attention as the paths say; the ends hold before and after."""
        if not self.is_active(month):
            return {}
        written: dict[str, Any] = {}
        for name, path in (("entry_factor", self.entry), ("attention", self.attention)):
            if path:
                months, values = zip(*path, strict=True)
                written[name] = float(np.interp(month, months, values))
        return written
