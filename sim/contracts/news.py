"""What is heard of others: failures of platforms, which neighbours took money off, attacks.

A memory, not a claim: it fades or is written anew every month.
"""

from __future__ import annotations

import numpy as np

from sim.units import Floats, Ids


class News:
    """Failures and platform-months of all platforms, fading, and last month's exits of savers."""

    def __init__(self) -> None:
        self.failures = 0.0
        self.months = 0.0
        # The same by class of platforms, where savers tell these apart.
        self.failures_by_class: Floats = np.zeros(0)
        self.months_by_class: Floats = np.zeros(0)
        # By account: the platform its owner could take money off last month (-1 none), and the
        # share of it that he took.
        self.exit_platform: Ids = np.zeros(0, dtype=np.int64)
        self.exit_share: Floats = np.zeros(0)
        # Incidents that became known, and months of institutions in which attacks could succeed.
        self.attacks = 0.0
        self.attack_months = 0.0
        self.has_met_attacks = False  # has any institution
        self.edges: tuple[Ids, Ids] | None = None  # of the graph of savers, once they are drawn

    def count(self, fade: float, failures: float, months: float) -> None:
        """Let what was heard fade and add this month's failures and platform-months."""
        self.failures = fade * self.failures + failures
        self.months = fade * self.months + months

    def count_attacks(self, fade: float, attacks: float, months: float) -> None:
        """Do the same with incidents that became known, and months exposed to attacks."""
        self.attacks = fade * self.attacks + attacks
        self.attack_months = fade * self.attack_months + months

    def reckons_with_attacks(self, prior_rate: float) -> bool:
        """Tell whether anybody has a reason to think of attacks; prior_rate : 1/month."""
        return prior_rate > 0.0 or self.has_met_attacks

    def count_by_class(self, fade: float, failures: Floats, months: Floats) -> None:
        """Do the same by class; failures, months : (n_classes,)."""
        if not len(self.months_by_class):
            self.failures_by_class, self.months_by_class = np.zeros((2, len(months)))
        self.failures_by_class = fade * self.failures_by_class + failures
        self.months_by_class = fade * self.months_by_class + months
