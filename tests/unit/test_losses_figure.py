"""The figure of losses shows arms of which something is known, and no others."""

from analysis.figures import losses
from sim import simulate
from tests.worlds import STRESS, small


def test_arms_without_a_finished_run_are_not_drawn_as_arms_without_loss(tmp_path):
    arms = {"calm": {}, "dear": {"shocks": {"x": {"kind": "funding", "month": 1, "size": 0.1}}}}
    scenario = small(60, time={"months": 6, "burn_in": 1}, arms=arms, parameters=STRESS)
    found = simulate(scenario, replications=2, workers=1, out=tmp_path, progress=False)
    whole = losses.draw(found)
    assert {text.get_text() for text in whole.legends[0].get_texts()} == set(arms)
    assert len(whole.axes[0].lines) == 4, "a line and its end for each arm"
    found.macro = found.macro[found.macro["arm"] != "dear"]
    part = losses.draw(found)
    assert not part.legends, "one arm needs no key"
    assert len(part.axes[0].lines) == 2
