"""Many arms and points with long names leave room for what figures show."""

from itertools import pairwise
from types import SimpleNamespace

import pandas as pd
import pytest

from analysis.figures import _style as style
from analysis.figures import metric

POINTS = [f"pd_cutoff=0.0{i}, buffer_days=4.{i}, draw_share=0.30000000000000004" for i in range(9)]


def results(n_points):
    """Results of two arms at some points, whose names are long."""
    cells = [(arm, point) for point in POINTS[:n_points] for arm in ("private", "none")]
    runs = pd.DataFrame(cells, columns=["arm", "point"]).assign(channels="as set", replication=0)
    macro = runs.assign(month=1, alive=4.0)
    macro = pd.concat([macro, macro.assign(month=2)], ignore_index=True)
    return SimpleNamespace(
        runs=runs, macro=macro, months=2, reference_arm="private", unit=lambda name: "count",
        label=lambda name: "Alive",
    )  # fmt: skip


def inches_of(n_points):
    """Height left for the axes below a legend, and what the legend takes of the figure's width."""
    figure = style.new_figure(8.0, 5.0, "How many entries does it take?")
    axes = figure.subplots()
    style.key(figure, list(style.looks(results(n_points)).values()))
    figure.draw_without_rendering()
    width = figure.legends[0].get_window_extent().width / figure.bbox.width
    return axes.get_position().height * figure.get_figheight(), width


def test_a_long_legend_takes_no_room_from_the_axes():
    few, _ = inches_of(1)
    many, width = inches_of(9)
    assert many > 0.85 * few
    assert width <= 1.0


def test_eight_arms_and_points_are_told_apart_by_markers_alone():
    looks = style.looks(results(9)).values()
    assert len({look.marker for look in looks}) == style.MOST == len(looks)


def test_names_of_panels_do_not_run_into_each_other():
    figure = style.new_figure(12.6, 4.0, "")
    panels = style.grid(figure, 3, 3)
    for axes, look in zip(panels, style.looks(results(9)).values(), strict=False):
        style.name_panel(axes, look.name, 3.7)
    figure.draw_without_rendering()
    boxes = [axes._left_title.get_window_extent() for axes in panels]
    assert all(one.x1 < other.x0 for one, other in pairwise(boxes))
    assert boxes[-1].x1 <= figure.bbox.x1


@pytest.mark.parametrize(
    ("n_points", "says"),
    [(1, "none, pd_cutoff=0,"), (9, "7 of 8 lines lie on others")],
)
def test_lines_that_hide_others_are_named_or_counted(n_points, says):
    found = results(n_points)
    figure = style.new_figure(4.0, 3.0, "")
    axes = figure.subplots()
    metric._name_the_hidden(axes, found, metric.data(found, "alive"))
    (note,) = axes.texts
    assert note.get_text().startswith(says)
    assert note.get_text().count("\n") < metric.MOST_LINES
