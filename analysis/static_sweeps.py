"""Contagion on random networks that nobody's behaviour changes: the cascade window.

Responsible for how often one failure becomes a large cascade, and how large, as the network gets
denser while everybody's total exposure stays the same; and for its picture. Run as
`python -m analysis.static_sweeps --out FOLDER`.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import sparse

from analysis.cascades import gai_kapadia

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DEGREES = (0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5, 6, 6.5, 7, 7.5, 8, 8.5, 9, 10)
NAME = "cascade_window"


def random_links(n: int, mean_degree: float, dice: np.random.Generator) -> Any:
    """Draw a directed network in which every pair is linked with the same chance.

    Returns csr_array (n, n) of ones, [i, j] = i has lent to j; nobody lends to itself.
    The number of links is binomial, and places are drawn without putting any twice: as good as one
    draw for each pair, at a cost that grows with the links.
    Source: Erdos, Renyi (1959); directed as in Gai, Kapadia (2010).
    """
    pairs = n * (n - 1)
    if not 0.0 <= mean_degree <= n - 1:
        raise ValueError(f"mean_degree is {mean_degree!r}; {n} nodes allow 0 to {n - 1}")
    m = int(dice.binomial(pairs, mean_degree / (n - 1)))
    drawn = dice.choice(pairs, m, replace=False, shuffle=False)
    lender, place = np.divmod(drawn, n - 1)
    borrower = place + (place >= lender)
    return sparse.csr_array((np.ones(m), (lender, borrower)), shape=(n, n))


def cascade_window(
    mean_degrees: Sequence[float] = DEGREES,
    n: int = 1000,
    draws: int = 200,
    interbank_assets: float = 0.2,
    capital: float = 0.04,
    large: float = 0.05,
    seed: int = 1,
) -> pd.DataFrame:
    """Tell how likely and how large big cascades are on random networks of growing density.

    mean_degrees     : borrowers a bank has on average
    n, draws         : banks; networks drawn at each degree, each hit by one failure drawn by lot
    interbank_assets : share of the balance sheet, the same at every degree
    capital          : share of the balance sheet
    large            : share of banks from which a cascade counts as large
    Returns a row per degree: mean_degree, frequency (share of draws with a large cascade), low and
    high (its 95 % interval), extent (mean share of banks fallen in those, NaN without any).

    Too sparse a network cannot carry a cascade, too dense a one spreads losses so thinly that
    nobody falls; where cascades end to be likely they are largest: robust yet fragile.
    Source: Gai, Kapadia (2010), figure 1; Watts (2002); interval of Wilson (1927).
    """
    if draws < 1 or n < 2:
        raise ValueError(f"draws and n are {draws} and {n}; at least 1 and 2 are needed")
    rows = []
    for k, degree in enumerate(mean_degrees):
        shares = np.empty(draws)
        for draw in range(draws):
            dice = np.random.default_rng((seed, k, draw))
            links = random_links(n, degree, dice)
            first = int(dice.integers(n))
            found = gai_kapadia(links, interbank_assets, capital, [first])
            shares[draw] = found.fallen.mean()
        is_large = shares >= large
        low, high = _interval(int(is_large.sum()), draws)
        extent = float(shares[is_large].mean()) if is_large.any() else np.nan
        rows.append((float(degree), float(is_large.mean()), low, high, extent))
    return pd.DataFrame(rows, columns=["mean_degree", "frequency", "low", "high", "extent"])


def draw_window(window: pd.DataFrame, note: str = "") -> Figure:
    """Draw frequency and extent of large cascades over the mean degree."""
    from matplotlib.ticker import PercentFormatter

    from analysis.figures import _style as style

    blue, red = style.COLOURS[:2]
    figure = style.new_figure(8, 5, _message(window), note)
    axes = figure.subplots()
    x = window["mean_degree"]
    axes.fill_between(x, window["low"], window["high"], color=blue, alpha=0.15, linewidth=0)
    axes.plot(x, window["frequency"], color=blue, marker="o", markersize=4.5)
    axes.plot(x, window["extent"], color=red, linestyle="none", marker="s", markersize=5)
    axes.set_ylim(0, 1.03)
    axes.set_xlim(0, float(x.max()) * 1.02)
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.set_xlabel("borrowers per bank, on average")
    axes.set_ylabel("share")
    style.tidy(axes)
    handles = [axes.lines[0], axes.lines[1]]
    handles[0].set_label("how often one failure becomes a large cascade (band: 95 %)")
    handles[1].set_label("share of banks that fall in a large cascade")
    style.legend_below_title(figure, handles, (blue, red))
    return figure


def _message(window: pd.DataFrame) -> str:
    """Say where large cascades are likeliest, and what remains at the dense end."""
    if not (window["frequency"] > 0).any():
        return "No failure becomes a large cascade at any of these densities"
    top = window.iloc[int(np.argmax(window["frequency"]))]
    last = window[window["frequency"] > 0].iloc[-1]
    return (
        f"Large cascades are likeliest at {top['mean_degree']:g} borrowers per bank "
        f"({top['frequency']:.0%}); the last, at {last['mean_degree']:g}, take "
        f"{last['extent']:.0%} of banks"
    )


def _interval(hits: int, draws: int, z: float = 1.959964) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson)."""
    share, weight = hits / draws, z * z / draws
    middle = (share + weight / 2) / (1 + weight)
    half = z * np.sqrt(share * (1 - share) / draws + weight / draws / 4) / (1 + weight)
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def main(words: list[str] | None = None) -> list[Path]:
    """Compute the window, write picture and data into a folder, and name the files."""
    parser = argparse.ArgumentParser(prog="python -m analysis.static_sweeps", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("."), help="folder for the files")
    parser.add_argument("--n", type=int, default=1000, help="banks")
    parser.add_argument("--draws", type=int, default=200, help="networks at each degree")
    parser.add_argument("--interbank-assets", type=float, default=0.2, help="of balance sheet")
    parser.add_argument("--capital", type=float, default=0.04, help="share of the balance sheet")
    asked = parser.parse_args(words)
    window = cascade_window(
        n=asked.n, draws=asked.draws, interbank_assets=asked.interbank_assets, capital=asked.capital
    )
    note = (
        f"{asked.n} banks, {asked.draws} random networks at each density, one failure each. "
        f"Interbank assets {asked.interbank_assets:.0%} and capital {asked.capital:.0%} of every "
        "balance sheet; nothing is recovered. Large: 5 % of banks or more."
    )
    asked.out.mkdir(parents=True, exist_ok=True)
    paths = [asked.out / f"{NAME}.{ending}" for ending in ("png", "svg", "csv")]
    figure = draw_window(window, note)
    for path in paths[:2]:
        figure.savefig(path)
    window.to_csv(paths[2], index=False)
    return paths


if __name__ == "__main__":
    for written in main():
        print(written)
