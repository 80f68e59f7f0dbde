"""Figures on samples of points and on parties closed: what stands in them."""

import numpy as np
import pytest
from figures_tried import SMALL, sampled
from typer.testing import CliRunner

from analysis import figures
from analysis.figures import removals, sensitivity
from run import app
from sim import simulate
from sim.scenario import Scenario


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    return sampled("saltelli", tmp_path_factory)


def test_indices_of_sobol_have_both_dots_of_each_field(pairs):
    figure = figures.draw("sensitivity", pairs)
    assert [a.get_title(loc="left").split("\n")[0] for a in figure.axes] == [
        "Level: private", "Effect: none less private"]  # fmt: skip
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert set(names) == {"enterprise.buffer days", "bank.pd cutoff"}
    drawn = [line for line in figure.axes[0].lines if len(line.get_xdata()) == 2]
    values = sensitivity.data(pairs).query("panel.str.startswith('Level')")
    for name in ("total", "first"):
        assert any(np.allclose(line.get_xdata(), values[name]) for line in drawn)


def test_a_metric_can_be_chosen_for_figures_that_take_one(pairs, tmp_path):
    ask = ["figure", "sensitivity", str(pairs.folder), "--out", str(tmp_path), "--metric"]
    told = CliRunner().invoke(app, [*ask, "financing_gap"])
    assert told.exit_code == 0, told.output
    assert (tmp_path / "sensitivity-financing_gap.png").is_file()
    told = CliRunner().invoke(app, [*ask, "financing_gab"])
    assert "did you mean 'financing_gap'" in told.output
    ask[1] = "effects"
    told = CliRunner().invoke(app, [*ask, "financing_gap"])
    assert told.exit_code == 2
    assert "belongs to the figures attribution, metric, sensitivity" in told.output


def test_removals_rank_by_size_within_a_replication(tmp_path):
    strike = {"kind": "liquidation", "month": 3, "target": "micro_lender", "rank": 0}
    fields = {**SMALL, "time": {"months": 4, "burn_in": 2}, "outputs": {}, "shocks": {"x": strike}}
    fields |= {"design": {"shocks.x.rank": [0, 1, 2]}}
    closed = simulate(Scenario(**fields), replications=2, workers=1, progress=False, out=tmp_path)
    found = removals.data(closed)
    assert len(found) >= 3
    for _, part in found.groupby(["arm", "replication"]):
        order = part.sort_values("rank")
        assert order["rank"].tolist() == list(range(1, len(part) + 1))
        assert (order["size"].diff().dropna() <= 0).all()
