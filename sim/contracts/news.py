"""What savers hear of others: failures of platforms, and which neighbours took money off.

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
        self.edges: tuple[Ids, Ids] | None = None  # of the graph of savers, once they are drawn

    def count(self, fade: float, failures: float, months: float) -> None:
        """Let what was heard fade and add this month's failures and platform-months."""
        self.failures = fade * self.failures + failures
        self.months = fade * self.months + months

    def count_by_class(self, fade: float, failures: Floats, months: Floats) -> None:
        """Do the same by class; failures, months : (n_classes,)."""
        if not len(self.months_by_class):
            self.failures_by_class, self.months_by_class = np.zeros((2, len(months)))
        self.failures_by_class = fade * self.failures_by_class + failures
        self.months_by_class = fade * self.months_by_class + months
