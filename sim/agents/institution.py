"""What providers and crowdfunding platforms have in common: vendors, and security."""

from __future__ import annotations

from sim.rows import RowAgent
from sim.table import Count, Real, Ref


class Institution(RowAgent):
    """An institution that buys technology and can be attacked."""

    vendor = Ref("row of the vendor it depends on; -1: none", fill=-1)
    second_vendor = Ref("row of the vendor it can turn to instead; -1: none", fill=-1)
    security_spending = Real("spent on security in the last month", unit="fen/month")
    attacks_seen = Real("own incidents that its owner remembers, fading", unit="count")
    last_report = Count(
        "month in which an incident at it last became known", unit="month", fill=-1_000_000
    )
    attack_months = Real("months in which attacks could have succeeded, fading", unit="months")
