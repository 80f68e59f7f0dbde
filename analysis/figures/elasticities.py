"""What does credit follow, sales or assets: elasticities by kind of lender and arm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis import elasticity
from analysis.figures import _dots
from analysis.figures import _style as style

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from analysis.results import Results

TERMS = {"sales": "1 % more sales", "own_assets": "1 % more assets of its own"}


def data(results: Results) -> pd.DataFrame:
    """Return the table of `analysis.elasticity.elasticities`."""
    return elasticity.elasticities(results)


def draw(results: Results) -> Figure:
    """Draw both elasticities with 95 % intervals, kinds of lender below each other."""
    style.need(
        "borrowers" in results.tables, "the run wrote no table of borrowers (outputs.borrowers)"
    )
    found = data(results)
    style.need(len(found) > 0, f"no kind of lender has {elasticity.FEWEST} borrowers")
    note = (
        "Coefficients of a regression of log credit outstanding from lenders of the kind on log "
        "sales and log assets of its borrowers that no loan of theirs bought, at the end of every "
        f"other year, inside each replication and month; bars: 95 % interval, clustered by firm; "
        f"{style.replications(results)}. Not: who gets credit at all." + style.left_out(results)
    )
    title = f"Does credit follow sales or assets? {_message(found, results)}"
    kinds = [_dots.words(kind) for kind in dict.fromkeys(found["kind"])]
    n_arms = len(style.looks(results))
    height = 2.4 + len(kinds) * (0.35 + 0.16 * n_arms)
    figure = style.new_figure(9.5, height, title, note)
    panels = figure.subplots(1, 2, sharey=True, sharex=True)
    places = [_dots.words(kind) for kind in found["kind"]]
    drawn = found.rename(columns={"elasticity": "value"}).assign(place=places)
    for axes, (term, name) in zip(panels, TERMS.items(), strict=True):
        for cell, look, shift in _dots.shown_cells(results):
            part = _dots.of_cell(drawn[drawn["term"] == term], cell)
            _dots.dots(axes, part, kinds, look, shift, across=True)
        _dots.name_places(axes, kinds, across=True)
        axes.axvline(0.0, color=style.INK, linewidth=0.9, zorder=1)
        axes.set_xlabel(f"{name} of a borrower go with\n% more credit")
    style.key(figure, list(style.looks(results).values()), with_marker=True)
    return figure


def _message(found: pd.DataFrame, results: Results) -> str:
    """Say what the credit of the kind of lender that most follows assets follows."""
    mine = found[found["arm"] == results.reference_arm]
    wide = mine.pivot_table(index="kind", columns="term", values="elasticity")
    if not len(wide) or not set(TERMS) <= set(wide.columns):
        return ""
    row = wide.assign(gap=wide["own_assets"] - wide["sales"]).sort_values("gap").iloc[-1]
    where = f" ({results.reference_arm})" if found["arm"].nunique() > 1 else ""
    return (
        f"That of {_dots.words(str(row.name))}s: sales {row['sales']:.2f}, "
        f"assets {row['own_assets']:.2f}{where}"
    )
