"""A results folder as tidy pandas frames in yuan, with units and labels.

Responsible for reading what `run` has written and for one number per run and metric. Not
responsible for differences between arms (`analysis.paired`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis import unfinished
from analysis.bands import band_of
from analysis.reading import UnreadableError, mean_over_months, read_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# The metrics a summary shows, most telling first; those a model does not have are left out.
HEADLINE = (
    "default_rate", "closures", "financing_gap", "rejection_rate", "loans_outstanding",
    "debt_ratio", "mean_rate", "mean_rate_bank", "mean_rate_platform", "mean_rate_micro_lender",
    "return_lenders", "npl_ratio", "par30", "par90", "defaults", "cohort_defaults", "output",
    "attributed_defaults", "platforms_alive", "lenders_alive", "firms_alive", "investor_loss",
)  # fmt: skip
# Arms lend to different borrowers, so what begins like these differs without any effect on a firm.
OTHER_BORROWERS = (
    "mean_rate", "npl_ratio", "par30", "par90", "first_time_default_rate", "funded_default_rate",
)  # fmt: skip
LABELS = ("run_id", "arm", "point", "channels", "replication", "month")
CELL = ["point", "arm", "channels"]
AS_SET, ALL_OFF, PLACEBO = "as set", "all off", "placebo"
Window = tuple[int, int]
NEEDED = ("name", "title", "months", "arms", "reference_arm", "replications", "runs")


class ResultsError(Exception):
    """The folder cannot be read as results; the message is meant for the user."""


def unknown(what: str, name: str, names: Iterable[str]) -> ResultsError:
    """Make the error for a name that is not there: the nearest that is, or what there are."""
    known = list(names)
    close = get_close_matches(name.lower(), [n.lower() for n in known], n=1, cutoff=0.6)
    near = next((n for n in known if close and n.lower() == close[0]), None)
    every = "'describe metrics' lists them" if what == "metric" else f"there are {', '.join(known)}"
    return ResultsError(f"no {what} {name!r}; " + (f"did you mean {near!r}?" if near else every))


def load(folder: str | Path) -> Results:
    """Open a results folder, or the newest one below it."""
    return Results(find_folder(Path(folder)))


def find_folder(path: Path) -> Path:
    """Return `path` if it holds results, else the newest results folder below it."""
    if (path / "manifest.json").is_file():
        return path
    if not path.is_dir():
        reason = "a file, not a results folder" if path.exists() else "no such folder"
        raise ResultsError(f"{path}: {reason}")
    below = [*path.glob("*/manifest.json"), *path.glob("*/*/manifest.json")]
    if not below:
        raise ResultsError(f"{path}: no results here (no folder with a manifest.json)")
    return max(below, key=lambda p: p.parent.name).parent


class Results:
    """One experiment's results; every table is read when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            self.manifest: dict[str, Any] = json.loads(
                (folder / "manifest.json").read_text(encoding="utf-8")
            )
        except (OSError, ValueError) as error:
            raise ResultsError(f"{folder}: its manifest.json cannot be read ({error})") from error
        if not isinstance(self.manifest, dict) or not set(NEEDED) <= self.manifest.keys():
            raise ResultsError(f"{folder}: its manifest.json is no manifest of results")

    def __repr__(self) -> str:
        runs = self.manifest.get("runs", {})
        return f"Results({str(self.folder)!r}, {runs.get('done')} of {runs.get('asked')} runs)"

    def table(self, name: str, filters: list[tuple[str, str, Any]] | None = None) -> pd.DataFrame:
        """Read one table in yuan, or its rows that meet filters; `df.attrs` has units, labels."""
        path = self.folder / f"{name}.parquet"
        if not path.is_file():
            raise ResultsError(self.missing(name))
        try:
            return read_table(path, filters)
        except UnreadableError as error:
            raise ResultsError(str(error)) from error

    def missing(self, name: str) -> str:
        """Say why a table is not there."""
        if self.unmerged:
            return self.cut_off
        if not self.tables or (name == "macro" and self.tables == ["runs"]):
            return f"{self.folder}: no run has finished, so there is nothing to read"
        return f"{self.folder}: has no table {name!r} (it has {', '.join(self.tables)})"

    @property
    def unmerged(self) -> bool:
        """Whether the study has not come to its end once: its tables are not all there."""
        return unfinished.is_unmerged(self.manifest)

    @cached_property
    def cut_off(self) -> str:
        """How many runs are there of a study that has not come to its end; else empty."""
        return unfinished.how_far(self.folder, self.manifest)

    def _table_or_empty(self, name: str) -> pd.DataFrame:
        """Read a table that has no file when no run had anything to write in it."""
        if name in self.tables or "runs" not in self.tables or self.unmerged:
            return self.table(name)
        frame = pd.DataFrame({"run_id": pd.Series(dtype=str), "month": pd.Series(dtype=int)})
        frame.attrs.update(units={}, labels={})
        return frame

    @property
    def tables(self) -> list[str]:
        """Names of the tables in the folder."""
        return sorted(path.stem for path in self.folder.glob("*.parquet"))

    @cached_property
    def runs(self) -> pd.DataFrame:
        """One row per run: names, status, seconds, memory, error, swept fields."""
        return self.table("runs")

    @cached_property
    def macro(self) -> pd.DataFrame:
        """One row per run and month, one column per metric."""
        return self.table("macro")

    @cached_property
    def institutions(self) -> pd.DataFrame:
        """One row per run, month and lender or platform."""
        return self.table("institutions")

    @cached_property
    def balances(self) -> pd.DataFrame:
        """Holdings of each instrument by sector at the end of each month."""
        return self.table("balances")

    @cached_property
    def flows(self) -> pd.DataFrame:
        """Payments and entries of each month between sectors."""
        return self.table("flows")

    @cached_property
    def events(self) -> pd.DataFrame:
        """Defaults, closures and exits with cause and weight."""
        return self._table_or_empty("events")

    @cached_property
    def impairments(self) -> pd.DataFrame:
        """What each victim was denied or lost, by channel and source."""
        return self._table_or_empty("impairments")

    @cached_property
    def limits(self) -> pd.DataFrame:
        """Where a limit of the regulator bound."""
        return self._table_or_empty("limits")

    @cached_property
    def loans(self) -> pd.DataFrame:
        """Loans granted with their terms, where the scenario asked for them."""
        return self._table_or_empty("loans")

    @cached_property
    def firms(self) -> pd.DataFrame:
        """Size, life and end of every enterprise of each run."""
        return self._table_or_empty("firms")

    @cached_property
    def grades(self) -> pd.DataFrame:
        """Loans performing and gone bad by month, kind of provider and its own grade."""
        return self._table_or_empty("grades")

    @cached_property
    def scoring(self) -> pd.DataFrame:
        """Good and bad by year, kind of provider, source or scorecard, and bin of risk."""
        return self._table_or_empty("scoring")

    @cached_property
    def borrowers(self) -> pd.DataFrame:
        """Credit of each borrower by kind of provider, sales and assets, every other year."""
        return self._table_or_empty("borrowers")

    @cached_property
    def vintages(self) -> pd.DataFrame:
        """Loans performing and gone bad by months since the grant, its year, kind and grade."""
        return self._table_or_empty("vintages")

    @cached_property
    def scenario(self) -> dict[str, Any]:
        """The merged scenario file as plain maps; empty where the folder has none."""
        from ruamel.yaml import YAML

        path = self.folder / "scenario.merged.yaml"
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        return dict(YAML(typ="safe", pure=True).load(text) or {})

    @cached_property
    def cohort(self) -> pd.DataFrame:
        """Size of the closed cohort of each run."""
        return self.table("cohort")

    def with_labels(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Add arm, point, channels and replication to a table that has only `run_id`."""
        names = self.runs[["run_id", "arm", "point", "channels", "replication"]]
        joined = names.merge(frame, on="run_id")
        joined.attrs.update(frame.attrs)
        return joined

    @property
    def metrics(self) -> list[str]:
        """Names of all metrics."""
        return [c for c in self.macro.columns if c not in LABELS]

    @property
    def headline(self) -> list[str]:
        """The headline metrics this experiment has; all metrics where it has none of them.

        Defaults of the closed cohort are left out where they are all defaults there are.
        """
        found = [name for name in HEADLINE if name in self.metrics] or self.metrics
        both = {"defaults", "cohort_defaults"}
        if both <= set(found) and self.macro["defaults"].equals(self.macro["cohort_defaults"]):
            found = [name for name in found if name != "cohort_defaults"]
        return found

    @property
    def reference_arm(self) -> str:
        """The arm the others are compared with."""
        return str(self.manifest["reference_arm"])

    @property
    def months(self) -> int:
        """Number of policy months."""
        return int(self.manifest["months"])

    def refuse_unknown(self, metric: str) -> None:
        """Refuse a metric that these results do not have, naming the nearest."""
        if metric not in self.metrics:
            raise unknown("metric", metric, self.metrics)

    def window(self, first: int | None = None, last: int | None = None) -> Window:
        """Return first and last month, those of the run where not given; refuse any others."""
        found = (1 if first is None else first, self.months if last is None else last)
        for name, month in zip(("first month (--from)", "last month (--to)"), found, strict=True):
            if not 1 <= month <= self.months:
                raise ResultsError(f"{name}: {month} is not one of months 1..{self.months}")
        if found[0] > found[1]:
            raise ResultsError(f"first month (--from): {found[0]} is after --to {found[1]}")
        return found

    def unit(self, metric: str) -> str:
        """Return the unit of a metric."""
        return str(self.macro.attrs["units"].get(metric, ""))

    def label(self, metric: str) -> str:
        """Return the name of a metric as people read it."""
        return str(self.macro.attrs["labels"].get(metric, metric))

    def per_run(self, metric: str, window: Window | None = None, how: str = "mean") -> pd.Series:
        """Return one number per run: the mean (or sum) of a metric over months.

        Means of what a month may hold little of, such as stakes that ended, are weighted by it.
        window : first and last month, both included; None for all policy months
        """
        self.refuse_unknown(metric)
        first, last = self.window(*(window or (None, None)))
        rows = self.macro[self.macro["month"].between(first, last)]
        by = [*CELL, "replication"]
        if how != "mean":
            return rows.groupby(by)[metric].sum(min_count=1)
        return mean_over_months(rows, metric, by, self.macro.attrs.get("over", {}).get(metric))

    def plot(self, metric: str) -> Figure:
        """Draw a metric over time: median and band over replications, by arm."""
        from analysis.figures.metric import draw

        self.refuse_unknown(metric)
        return draw(self, metric)


def summary(results: Results, metrics: Sequence[str] | None = None) -> pd.DataFrame:
    """Return mean and band over replications (`band_of`) of each metric's mean over policy months.

    Rows: point, arm, metric. Twins and placebo runs are left out.
    """
    rows = []
    order = results.runs.drop_duplicates(CELL)
    shown = order[(order["channels"] == AS_SET) & (order["arm"] != PLACEBO)]
    for metric in metrics or results.headline:
        values = results.per_run(metric)
        for point, arm in zip(shown["point"], shown["arm"], strict=True):
            found = cell(values, point, arm)
            low, high = band_of(found) if len(found) else (np.nan, np.nan)
            rows.append(
                {
                    "point": point,
                    "arm": arm,
                    "metric": metric,
                    "label": results.label(metric),
                    "unit": results.unit(metric),
                    "n": len(found),
                    "mean": found.mean() if len(found) else np.nan,
                    "low": low,
                    "high": high,
                }
            )
    return pd.DataFrame(rows)


def cell(values: pd.Series, point: str, arm: str, channels: str = AS_SET) -> pd.Series:
    """Return the numbers of one cell by replication, without those that are missing."""
    try:
        found = values.loc[(point, arm, channels)]
    except KeyError:
        return pd.Series(dtype=float)
    return found.dropna()
