"""An audit from outside: rebuild every balance of a run from its flows alone.

Responsible for checking results with nothing but two of their tables, as a reader would who
does not trust the model. Knows nothing of phases, books or the chart of accounts.
"""

from __future__ import annotations

import pandas as pd

from sim.units import FEN_PER_YUAN

PLACE = ["run_id", "month", "sector", "instrument"]


def audit_folder(flows: pd.DataFrame, balances: pd.DataFrame) -> pd.DataFrame:
    """Return every balance that its flows do not explain to the fen; an empty frame if none.

    flows : tables as `run` writes them, `fen` (or `yuan`, as `Results` shows it): a payment
        moves cash from payer to receiver; an entry changes a claim, which `payer` owes (""
        for a real asset) and `receiver` holds
    balances : assets positive, liabilities negative; the month before the first flow included
    Columns: opening, flows, closing and difference in fen. Rows whose sector is "all" say that
    what is owed is not what is held.
    """
    closing = _summed(_in_fen(balances))
    changes = _summed(_changes(_in_fen(flows)))
    opening = closing.rename(index=lambda month: month + 1, level="month")
    every = pd.DataFrame({"opening": opening, "flows": changes, "closing": closing})
    every = every.fillna(0).astype("int64")
    every["difference"] = every["opening"] + every["flows"] - every["closing"]
    every = every[_has_both_ends(every, closing, changes)]
    found = pd.concat([every, _imbalances(closing, flows)])
    found = found[found["difference"] != 0].reset_index()
    return found if "run_id" in balances else found.drop(columns="run_id")


def _in_fen(frame: pd.DataFrame) -> pd.DataFrame:
    """Give a table whole fen and a run, where it has yuan or stems from one run."""
    fen = frame["fen"] if "fen" in frame else (frame["yuan"] * FEN_PER_YUAN).round()
    return frame.assign(fen=fen.astype("int64"), run_id=frame.get("run_id", ""))


def _changes(flows: pd.DataFrame) -> pd.DataFrame:
    """Turn each flow into the change of the payer's and of the receiver's balance."""
    is_payment = flows["kind"] == "payment"
    instrument = flows["instrument"].where(~is_payment, "cash")
    paid = flows.assign(instrument=instrument, sector=flows["payer"], fen=-flows["fen"])
    received = flows.assign(instrument=instrument, sector=flows["receiver"])
    both = pd.concat([paid, received])
    return both[both["sector"] != ""]


def _summed(frame: pd.DataFrame) -> pd.Series:
    return frame.groupby(PLACE)["fen"].sum()


def _has_both_ends(places: pd.DataFrame, closing: pd.Series, changes: pd.Series) -> pd.Series:
    """Mark the places in months that have balances at their start and at their end."""
    months = _months(closing)
    unexplained = _months(changes) - months
    if unexplained:
        raise ValueError(f"there are flows but no balances in {sorted(unexplained)[0]}")
    start = {run: min(m for r, m in months if r == run) for run, _ in months}
    inside = {(run, m) for run, m in months if m > start[run]}
    gaps = {(run, m) for run, m in inside if (run, m - 1) not in months}
    early = {(run, m) for run, m in _months(changes) if m <= start[run]}
    if gaps | early:
        run, month = min(gaps | early)
        raise ValueError(f"there are no balances before month {month} of run {run!r}")
    runs, when = (places.index.get_level_values(name) for name in PLACE[:2])
    keys = zip(runs, when, strict=True)
    return pd.Series([key in inside for key in keys], index=places.index, dtype=bool)


def _months(series: pd.Series) -> set[tuple[str, int]]:
    return set(zip(*(series.index.get_level_values(name) for name in PLACE[:2]), strict=True))


def _imbalances(closing: pd.Series, flows: pd.DataFrame) -> pd.DataFrame:
    """Sum each claim over sectors: held less owed must be nothing, but for real assets."""
    real = flows.loc[(flows["kind"] == "entry") & (flows["payer"] == ""), "instrument"].unique()
    sums = closing.groupby(["run_id", "month", "instrument"]).sum()
    sums = sums[~sums.index.isin(real, level="instrument")]
    index = sums.index.to_frame(index=False).assign(sector="all")[PLACE]
    return pd.DataFrame(
        {"opening": 0, "flows": 0, "closing": sums.to_numpy(), "difference": sums.to_numpy()},
        index=pd.MultiIndex.from_frame(index),
    )
