"""The month's papers: requests, answers, and what is counted, emptied when the books open.

Responsible for their shapes alone. What outlives the month is a book.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sim.units import Fen, Floats, Ids, Mask


@dataclass
class Applications:
    """Requests of the month, one row each; candidates are provider numbers, -1 for none."""

    firm: Ids
    purpose: Ids
    amount: Fen
    loan: Ids
    candidates: Ids

    def __len__(self) -> int:
        return len(self.firm)


@dataclass
class Offers:
    """Answers of providers, one row for each application and provider asked.

    What was known and set stands as of month `decided`; the money can come in `months` from now.
    """

    application: Ids
    rank: Ids
    provider: Ids
    amount: Fen
    rate: Floats
    pd: Floats
    lgd: Floats
    estimate: Floats
    debt_ratio: Floats
    pledged: Floats
    months_known: Floats
    own_debt: Floats
    all_debt: Floats
    cost: Floats
    index: Floats
    fixed_assets: Floats
    decided: Ids
    months: Ids
    is_accepted: Mask
    is_late: Mask
    registered_debt: Floats


@dataclass
class Desk:
    """This month's papers, emptied when the books open.

    gap : (n_firms,) fen that cash will fall short of the buffer, bullets that fall due included
    sound_rollover : (n_applications,) - rollovers for which the oracle would lend
    bound : question, borrowers (-1: none), providers (-1 - row: a crowdfunding platform) and
        instruments (-1: none) wherever a limit bound
    """

    applications: Applications | None = None
    ahead: Applications | None = None
    offers: Offers | None = None
    granted: Mask | None = None
    put_off: Mask | None = None
    gap: Floats = field(default_factory=lambda: np.zeros(0))
    new_need: Floats = field(default_factory=lambda: np.zeros(0))
    sound_rollover: Mask = field(default_factory=lambda: np.zeros(0, dtype=np.bool_))
    wholesale_lost: Floats = field(default_factory=lambda: np.zeros(0))
    new_defaults: list[Ids] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    causes: list[dict[str, Any]] = field(default_factory=list)
    bound: list[tuple[str, Ids, Ids, Ids]] = field(default_factory=list)
    tally: dict[str, float] = field(default_factory=dict)
    cover: dict[str, int] = field(default_factory=dict)
    costs: dict[str, int] = field(default_factory=dict)
    opening_worth: dict[str, float] = field(default_factory=dict)

    def count(self, name: str, value: float) -> None:
        """Add to a tally of the month, which measures read."""
        self.tally[name] = self.tally.get(name, 0.0) + float(value)

    def came_back(self, channel: str, fen: Fen) -> None:
        """Count what debtors paid to outside on claims taken over for a channel; (m,) fen."""
        if fen.any():
            name = f"{channel}_back"
            self.cover[name] = self.cover.get(name, 0) + int(fen.sum())
