"""An audit from outside: check every balance of a run by its flows alone.

Responsible for checking results with nothing but two of their tables, as a reader would who
does not trust the model. Knows nothing of phases, books or the chart of accounts; of the flows
it knows which three make up the revenue of firms.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sim.units import FEN_PER_YUAN

MEMO = "memo"  # the account of figures that stand beside the balances and are none
PLACE = ["run_id", "month", "sector", "instrument", "account"]
COLUMNS = ["run_id", "month", "check", "sector", "instrument", "account", "flow", "opening",
           "flows", "closing", "difference"]  # fmt: skip
SALES = ("final_sales", "trade_cash", "payable_grant")
Cell = tuple[str, int]  # run and month


def audit_folder(folder: str | Path) -> pd.DataFrame:
    """Audit all runs of a results folder, or of the newest below it: the wrong cells, if any.

    Raises ResultsError where there are no results or a table is missing. See `audit_frames`.
    """
    from analysis.results import ResultsError, load

    results = load(folder)
    missing = [name for name in ("flows", "balances") if name not in results.tables]
    if missing:
        raise ResultsError(results.missing(missing[0]))
    flows, balances = (
        pd.read_parquet(results.folder / f"{name}.parquet") for name in ("flows", "balances")
    )
    if "account" not in balances or "worth" not in flows:
        raise ResultsError(
            f"{results.folder}: written by an older version, without accounts in balances.parquet"
        )
    return audit_frames(flows, balances)


def audit_frames(flows: pd.DataFrame, balances: pd.DataFrame) -> pd.DataFrame:
    """Return every cell of two tables that the others contradict; an empty frame if none.

    flows : as `run` writes them, in `fen` (or `yuan`, as `Results` shows them): a payment moves
        cash from payer to receiver, between the two accounts; an entry changes a claim, which
        `payer` owes ("" for a real asset) and `receiver` holds
    balances : assets positive, liabilities negative; the month before the first flow included
    Columns: `check`, and opening, flows, closing and difference in fen. The checks are

    - balance: each account is its opening and its flows
    - two sides: of each claim, what is held is what is owed
    - claim flow: a flow that swaps cash and claims leaves the net worth of each sector alone, and
      within a sector extinguishes what it pays
    - net worth: what a sector holds less what it owes is the net worth it keeps count of
    - revenue: what firms count as revenue is what they sold
    """
    flows, balances = _in_fen(flows), _in_fen(balances)
    is_memo = balances["account"] == MEMO
    closing, memos = _summed(balances[~is_memo]), balances[is_memo]
    both = _changes(flows)
    inside = _months_with_opening(closing, _months(flows))
    found = pd.concat(
        [
            _wrong_balances(closing, _summed(both), inside),
            _one_sided(closing, flows),
            _claim_flows(both),
            _claim_flows_within(flows),
            _net_worth(closing, memos),
            _revenue(memos, flows, inside),
        ]
    )
    found = found[found["difference"] != 0].reset_index(drop=True)
    return found[COLUMNS if balances["run_id"].ne("").any() else COLUMNS[1:]]


def _in_fen(frame: pd.DataFrame) -> pd.DataFrame:
    """Give a table whole fen and a run, where it has yuan or stems from one run."""
    fen = frame["fen"] if "fen" in frame else (frame["yuan"] * FEN_PER_YUAN).round()
    return frame.assign(fen=fen.astype("int64"), run_id=frame.get("run_id", ""))


def _changes(flows: pd.DataFrame) -> pd.DataFrame:
    """Turn each flow into what it does to payer and receiver; the outside owes real assets."""
    is_payment = flows["kind"] == "payment"
    accounts = flows["account"].where(is_payment, "owed>held").str.split(">", expand=True)
    instrument = flows["instrument"].where(~is_payment, "cash")
    ends = [
        flows.assign(instrument=instrument, sector=flows[end], account=accounts[i], fen=fen)
        for i, (end, fen) in enumerate((("payer", -flows["fen"]), ("receiver", flows["fen"])))
    ]
    return pd.concat(ends)


def _summed(frame: pd.DataFrame) -> pd.Series:
    return frame[frame["sector"] != ""].groupby(PLACE)["fen"].sum()


def _months(frame: pd.DataFrame) -> set[Cell]:
    return set(frame[PLACE[:2]].itertuples(index=False, name=None))


def _months_with_opening(closing: pd.Series, with_flows: set[Cell]) -> set[Cell]:
    """List the months that have balances at their start and at their end; refuse gaps."""
    months = _months(closing.index.to_frame(index=False))
    unexplained = with_flows - months
    if unexplained:
        raise ValueError(f"there are flows but no balances in {min(unexplained)}")
    start: dict[str, int] = {}
    for run, month in months:
        start[run] = min(month, start.get(run, month))
    inside = {(run, month) for run, month in months if month > start[run]}
    gaps = {(run, month) for run, month in inside if (run, month - 1) not in months}
    gaps |= {(run, month) for run, month in with_flows if month <= start[run]}
    if gaps:
        run, month = min(gaps)
        raise ValueError(f"there are no balances before month {month} of run {run!r}")
    return inside


def _inside(frame: pd.DataFrame, months: set[Cell]) -> pd.DataFrame:
    keys = frame[PLACE[:2]].itertuples(index=False, name=None)
    return frame[pd.Series([key in months for key in keys], index=frame.index, dtype=bool)]


def _wrong_balances(closing: pd.Series, changes: pd.Series, inside: set[Cell]) -> pd.DataFrame:
    opening = closing.rename(index=lambda month: month + 1, level="month")
    every = pd.DataFrame({"opening": opening, "flows": changes, "closing": closing})
    every = _inside(every.fillna(0).astype("int64").reset_index(), inside)
    return _cells("balance", every)


def _one_sided(closing: pd.Series, flows: pd.DataFrame) -> pd.DataFrame:
    """Sum each claim over sectors: held less owed must be nothing, but for real assets."""
    real = flows.loc[(flows["kind"] == "entry") & (flows["payer"] == ""), "instrument"].unique()
    sums = closing.groupby(["run_id", "month", "instrument"]).sum().rename("closing").reset_index()
    return _cells("two sides", sums[~sums["instrument"].isin(real)], sector="all")


def _claim_flows(both: pd.DataFrame) -> pd.DataFrame:
    """Sum what each flow of cash against claims does to a sector: nothing, all in all."""
    swaps = both[both["worth"] == "claim"]
    swaps = swaps.assign(sector=swaps["sector"].where(swaps["sector"] != "", "outside"))
    sums = swaps.groupby(["run_id", "month", "sector", "flow"])["fen"].sum()
    return _cells("claim flow", sums.rename("flows").reset_index())


def _claim_flows_within(flows: pd.DataFrame) -> pd.DataFrame:
    """Compare payments within a sector with the claims within it that they extinguish."""
    inner = flows[(flows["worth"] == "claim") & (flows["payer"] == flows["receiver"])]
    paid = inner.loc[inner["kind"] == "payment", "flow"].unique()
    inner = inner[inner["flow"].isin(paid)].assign(sector=inner["payer"])
    sums = inner.groupby(["run_id", "month", "sector", "flow"])["fen"].sum()
    return _cells("claim flow", sums.rename("flows").reset_index())


def _net_worth(closing: pd.Series, memos: pd.DataFrame) -> pd.DataFrame:
    kept = memos[memos["instrument"] == "net_worth"].set_index(PLACE[:3])["fen"]
    held = closing.groupby(PLACE[:3]).sum()
    held = held[held.index.get_level_values("sector") != "outside"]
    both = pd.DataFrame({"flows": held, "closing": kept}).fillna(0).astype("int64").reset_index()
    return _cells("net worth", both, instrument="net_worth", account=MEMO)


def _revenue(memos: pd.DataFrame, flows: pd.DataFrame, inside: set[Cell]) -> pd.DataFrame:
    sales = flows[flows["flow"].isin(SALES)].groupby(PLACE[:2])["fen"].sum()
    kept = memos[memos["instrument"] == "revenue"].groupby(PLACE[:2])["fen"].sum()
    both = pd.DataFrame({"flows": sales, "closing": kept}).fillna(0).astype("int64").reset_index()
    names = {"sector": "enterprise", "instrument": "revenue", "account": MEMO}
    return _cells("revenue", _inside(both, inside), **names)


def _cells(check: str, frame: pd.DataFrame, **names: str) -> pd.DataFrame:
    """Bring the cells of one check into the columns of the report."""
    empty = dict.fromkeys(("sector", "instrument", "account", "flow"), "")
    amounts = dict.fromkeys(("opening", "flows", "closing"), 0)
    frame = frame.copy()
    for column, nothing in (empty | amounts).items():
        if column not in frame:
            frame[column] = nothing
    for column, name in {"check": check, **names}.items():
        frame[column] = name
    frame["difference"] = frame["opening"] + frame["flows"] - frame["closing"]
    return frame[COLUMNS]
