"""The figure on AUC where a table has nothing to show in one part."""

from figures_tried import SMALL

from analysis.figures import auc_by_source
from sim import simulate
from sim.scenario import Scenario


def test_scorecards_are_judged_where_nobody_holds_a_source(tmp_path):
    fields = {**SMALL, "time": {"months": 20, "burn_in": 2}, "credit": {"preset": "none"}}
    results = simulate(Scenario(**fields), replications=1, workers=1, progress=False, out=tmp_path)
    figure = auc_by_source.draw(results)
    assert "no source" in [text.get_text() for text in figure.axes[0].get_yticklabels()]
