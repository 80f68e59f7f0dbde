"""A progress bar of months, runs and time left, on standard error.

Responsible for showing only; the months come from the file the workers share
(`execute.Months`).
"""

from __future__ import annotations

import threading

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from sim.experiment.execute import Months

LOOK_EVERY = 0.25


class Silent:
    """Shows nothing: for `--quiet` and for notebooks that ask for none."""

    def __enter__(self) -> Silent:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def run_ended(self) -> None:
        """Take note of nothing."""


class Bar(Silent):
    """Shows runs done, months done and time left, looking at the months a few times a second."""

    def __init__(self, months: Months, n_months: int, n_runs: int) -> None:
        self.months, self.n_runs, self.ended = months, n_runs, 0
        self._stop = threading.Event()
        self._progress = Progress(
            TextColumn("{task.fields[runs]} runs"),
            BarColumn(),
            TextColumn("{task.completed:.0f} of {task.total:.0f} months"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            speed_estimate_period=300,
        )
        self._task = self._progress.add_task("", total=n_months, runs=self._runs())
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Bar:
        self._progress.start()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._show()
        self._progress.stop()

    def run_ended(self) -> None:
        """Take note that one more run has ended."""
        self.ended += 1

    def _runs(self) -> str:
        return f"{self.ended} of {self.n_runs}"

    def _show(self) -> None:
        self._progress.update(self._task, completed=self.months.total(), runs=self._runs())

    def _look(self) -> None:
        while not self._stop.wait(LOOK_EVERY):
            self._show()
