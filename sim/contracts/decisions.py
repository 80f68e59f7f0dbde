"""Favourable decisions that take months: made on what one month shows, paid in a later one."""

from __future__ import annotations

from sim.table import Count, Flag, Real, Ref

# What was known and set when a decision was made; `Offers` has the same names.
TERMS = (
    "rate",
    "pd",
    "lgd",
    "estimate",
    "debt_ratio",
    "months_known",
    "own_debt",
    "all_debt",
    "registered_debt",
    "index",
    "fixed_assets",
    "decided",
)


class Decision:
    """A favourable decision under way: its terms stand, its money can come in the month due."""

    serial = Ref("permanent number")
    is_open = Flag("under way", fill=True)
    firm = Ref("row of the enterprise")
    provider = Ref("provider number")
    purpose = Count("rollover, working capital or investment")
    loan = Ref("serial of the bullet it would replace; -1 none", fill=-1)
    due = Count("month in which it can be paid", unit="month")
    amount = Ref("most that will be paid", unit="fen")
    need = Real("sound need of the spell it began, counted in the month due", unit="fen")
    rate = Real("rate", unit="1/year")
    pd = Real("probability of default", unit="1/year")
    lgd = Real("loss given default priced", unit="share")
    estimate = Real("index as estimated")
    debt_ratio = Real("visible debt over annual revenue")
    months_known = Real("months since the first loan from this provider", unit="months")
    own_debt = Real("debt to this provider", unit="fen")
    all_debt = Real("debt to all providers", unit="fen")
    registered_debt = Real("debt that members saw; all debt for others", unit="fen")
    index = Real("latent index of that month, from which the signals are drawn again")
    fixed_assets = Real("fixed assets", unit="fen")
    decided = Count("month of the decision", unit="month")
