"""Who pays whom in one month: a matrix of sectors, each cell naming its main flows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.figures import _style as style
from analysis.results import AS_SET

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from analysis.results import Results

# What people call the payments of the model; several belong to one group.
GROUPS = {
    "final_sales": "sales", "trade_cash": "supplies", "payable_pay": "supplies",
    "operating_cost": "wages, inputs", "institution_cost": "running cost",
    "supervision_cost": "supervision", "budget_grant": "budget",
    "project_return": "project income", "invest": "investment", "asset_sale": "asset sales",
    "owner_draw": "owners", "dividend": "owners",
    "endowment": "capital", "entry_equity": "capital", "estate_cost": "estates",
    "estate_residual": "estates", "loan_grant": "new loans", "wholesale_grant": "new loans",
    "note_fund": "new loans", "loan_interest": "debt service", "loan_principal": "debt service",
    "wholesale_interest": "debt service", "wholesale_principal": "debt service",
    "guarantee_call": "guarantees", "recourse_pay": "guarantees",
    "note_collect": "debt service", "origination_fee": "fees", "service_fee": "fees",
    "deposit_take": "deposits", "deposit_repay": "deposits", "deposit_interest": "interest",
    "investor_income": "income", "consumption": "consumption", "client_deposit": "put in",
    "client_withdraw": "taken out", "reserve_fill": "reserve fund", "reserve_pay": "reserve fund",
    "fund_subscribe": "put in", "fund_redeem": "taken out", "paper_buy": "paper",
    "paper_sell": "paper", "paper_interest": "interest", "fund_fee": "fees",
    "cover_pay": "cover", "cover_premium": "cover", "cover_premium_notes": "cover",
    "pledge": "pledges", "pledge_return": "pledges given back", "milestone_release": "stakes",
    "stake_payout": "shares of revenue", "stake_income": "shares of revenue",
    "project_guarantee": "guarantees",
}  # fmt: skip
SECTORS = {
    "outside": "rest of the\neconomy", "enterprise": "enterprises", "bank": "banks",
    "micro_lender": "micro lenders", "platform": "platforms", "investor": "investors",
    "regulator": "regulator", "ecommerce_lender": "e-commerce\nlenders",
    "money_fund": "money funds",
    "vendor": "vendors",
    "crowdfunding_platform": "crowdfunding\nplatforms",
}  # fmt: skip
LEAVING = "savers who leave"  # they take their money with them; the firms' estates are others
LINES = 3  # groups named in a cell


def data(results: Results, month: int | None = None) -> pd.DataFrame:
    """Return payments of a month by payer, receiver and group: yuan, mean of replications."""
    month = results.months if month is None else month
    runs = results.runs
    mine = runs[(runs["arm"] == results.reference_arm) & (runs["channels"] == AS_SET)]
    mine = mine[(mine["point"] == runs["point"].iloc[0]) & (mine["status"] == "done")]
    flows = results.flows
    paid = flows[(flows["month"] == month) & (flows["kind"] == "payment")]
    paid = paid[paid["run_id"].isin(mine["run_id"])]
    group = paid["flow"].map(GROUPS).fillna(paid["flow"].str.replace("_", " "))
    group = group.mask((paid["flow"] == "estate_residual") & (paid["payer"] == "investor"), LEAVING)
    sums = paid.assign(group=group).groupby(["payer", "receiver", "group"])["yuan"].sum()
    found = (sums / max(mine["run_id"].nunique(), 1)).rename("yuan").reset_index()
    return found[found["yuan"] > 0].assign(month=month)


def draw(results: Results, month: int | None = None) -> Figure:
    """Draw the matrix of payments of one month (the last if none is named)."""
    found = data(results, month)
    style.need(len(found) > 0, "no payment was made in that month")
    names = [name for name in SECTORS if name in {*found["payer"], *found["receiver"]}]
    names += sorted({*found["payer"], *found["receiver"]} - set(names))
    sums = found.groupby(["payer", "receiver"])["yuan"].sum().unstack()
    sums = sums.reindex(index=names, columns=names)
    factor, unit = style.reading("yuan", float(found["yuan"].max()) / 10)
    when = int(found["month"].iloc[0])
    total = float(found["yuan"].sum()) * factor
    n = len(names)
    figure = style.new_figure(
        1.75 + 1.42 * n, 1.5 + 0.86 * n,
        f"Who pays whom in month {when}: {total:,.0f} {unit} change hands",
        f"Rows pay columns, {unit}; the darker, the more. Arm {results.reference_arm}, mean of "
        f"{style.replications(results)}. Payments of cash only; on the diagonal those within a "
        "sector.",
    )  # fmt: skip
    axes = figure.subplots()
    _cells(axes, sums, found, factor)
    _frame(axes, names, sums, factor)
    return figure


def _cells(axes: Axes, sums: pd.DataFrame, found: pd.DataFrame, factor: float) -> None:
    """Shade each cell by the logarithm of its sum and write what it holds."""
    values = sums.to_numpy(dtype=float)
    top = np.log10(np.nanmax(values))
    depth = np.clip((np.log10(np.where(values > 0, values, np.nan)) - top + 5.0) / 5.0, 0.03, 1.0)
    axes.imshow(depth, cmap="Blues", vmin=0.0, vmax=1.35, aspect="auto")
    for i, payer in enumerate(sums.index):
        for j, receiver in enumerate(sums.columns):
            if not np.isfinite(values[i, j]):
                continue
            part = found[(found["payer"] == payer) & (found["receiver"] == receiver)]
            part = part.sort_values("yuan", ascending=False)
            colour = "white" if depth[i, j] > 0.8 else style.INK
            text = _number(values[i, j] * factor)
            axes.text(j, i - 0.22, text, ha="center", va="center", fontsize=10.5,
                      fontweight="bold", color=colour)  # fmt: skip
            axes.text(j, i - 0.06, _lines(part, factor), ha="center", va="top", fontsize=7.6,
                      color=colour, linespacing=1.15)  # fmt: skip


def _lines(part: pd.DataFrame, factor: float) -> str:
    """Name the largest groups of a cell, with their sums where there are several."""
    groups = list(zip(part["group"], part["yuan"], strict=True))
    if len(groups) == 1:
        return str(groups[0][0])
    return "\n".join(f"{name} {_number(yuan * factor)}" for name, yuan in groups[:LINES])


def _number(value: float) -> str:
    """Write two or three digits, as a person would say them."""
    if value < 0.001:
        return "< 0.001"
    digits = 0 if value >= 100 else 1 if value >= 1 else 2 if value >= 0.095 else 3
    return f"{value:,.{digits}f}"


def _frame(axes: Axes, names: list[str], sums: pd.DataFrame, factor: float) -> None:
    """Name the sectors and write what each pays and receives in all at the margins."""
    n = len(names)
    paid, received = sums.sum(axis=1) * factor, sums.sum(axis=0) * factor
    rows = [f"{SECTORS.get(name, name)}\npays {_number(paid[name])}" for name in names]
    columns = [f"{SECTORS.get(name, name)}\nreceives {_number(received[name])}" for name in names]
    axes.set_xticks(range(n), columns, fontsize=style.SMALL + 0.5)
    axes.set_yticks(range(n), rows, fontsize=style.SMALL + 0.5)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.set_xticks(np.arange(n + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(n + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="white", linewidth=2.5)
    axes.tick_params(which="minor", length=0)
    axes.spines[:].set_visible(False)
