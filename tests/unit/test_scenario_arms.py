"""Arms are checked once with their file, and what is asked of them rests on that."""

import sim.scenario
from sim.experiment.extent import size_of
from sim.scenario import Scenario
from sim.scenario_checks import notes


def crossed_arms():
    factors = {
        "credit": {"private": {}, "none": {"credit.preset": "none"}},
        "rules": {"level 0": {"supervision.level": {"at": {1: 0}}},
                  "level 3": {"supervision.level": 3}},
        "size": {"small": {}, "large": {"population.enterprises": 300}},
    }  # fmt: skip
    return Scenario(name="crossed", factors=factors, reference_arm="private / level 0 / small")


def test_what_is_asked_of_arms_validates_each_of_them_once(monkeypatch):
    calls = []
    validated = sim.scenario.validated

    def counted(root):
        calls.append(root)
        return validated(root)

    monkeypatch.setattr(sim.scenario, "validated", counted)
    scenario = crossed_arms()
    n_file = len(calls) - len(scenario.arms)
    assert n_file <= 2, "the file itself: before month 1, and from then on"
    assert "8 arms" in size_of(scenario)
    assert not notes(scenario)
    assert len(calls) == n_file + len(scenario.arms)


def test_an_arm_as_checked_with_the_file_is_the_arm_as_checked_alone():
    scenario = crossed_arms()
    for arm in scenario.arms:
        alone = crossed_arms()
        alone._arm_files.clear()
        seen, checked = scenario.resolve(arm), alone.resolve(arm)
        assert seen == checked
        assert seen is scenario.resolve(arm)
        for month in (0, 1, 5):
            assert seen.policy(month) == checked.policy(month)
        assert seen.resolve() is seen
    point = {"population.banks": 3}
    at_point = scenario.resolve("none / level 3 / large", point)
    assert at_point.population.banks == 3
    assert scenario.resolve("none / level 3 / large").population.banks != 3
