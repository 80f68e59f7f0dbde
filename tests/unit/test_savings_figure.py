"""The figure of savings shows all that savers own, each place once."""

import pytest

from analysis.figures import savings
from sim import simulate
from tests.worlds import small


def test_what_savers_own_is_drawn_whole(tmp_path):
    arms = {"funds": {"population.money_funds": 2}, "none": {}}
    scenario = small(30, time={"months": 3, "burn_in": 1}, arms=arms, replications=1)
    results = simulate(scenario, workers=1, out=tmp_path, progress=False)
    found = savings.data(results).set_index(["arm", "month", "place"])
    shares = found["share"].groupby(["arm", "month"]).sum()
    assert shares.tolist() == pytest.approx([1.0] * 6)
    macro = results.macro.set_index(["arm", "month"])
    for arm in arms:
        drawn = found["share"][arm, 3, "fund_shares"]
        assert drawn == pytest.approx(macro["savers_share_in_funds"][arm, 3], abs=0.02)
    assert found["share"]["funds", 3, "fund_shares"] > 0


def test_places_that_hold_nothing_are_not_named(tmp_path):
    for funds, names in ((0, 3), (1, 4)):
        scenario = small(30, time={"months": 3, "burn_in": 1}, replications=1,
                         population={"money_funds": funds})  # fmt: skip
        out = tmp_path / str(funds)
        figure = savings.draw(simulate(scenario, workers=1, out=out, progress=False))
        (legend,) = figure.legends
        said = [text.get_text() for text in legend.get_texts()]
        assert len(said) == names
        assert ("money funds" in said) == (funds > 0)
