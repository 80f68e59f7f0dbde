"""The credibility audit of a crowdfunding project and what its owner must disclose."""

from __future__ import annotations

from typing import ClassVar

from sim.credit.base import Source, auc_field, cost_field


class Review(Source):
    """Show what an audit of a crowdfunding project and its disclosure reveal."""

    kind: ClassVar[str] = "review"
    holders: ClassVar[tuple[str, ...]] = ("crowdfunding_platform",)
    discloses: ClassVar[bool] = True

    auc: float = auc_field(0.65, "assumed")
    cost: float = cost_field(1000.0)
