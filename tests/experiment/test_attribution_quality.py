"""Shares on record against shares by twins, by hand."""

from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from fake_runs import Bag, FakeModel, FakeScenario, conduct

import analysis
from analysis import attribution_quality as quality
from analysis import figures


class Weighed(FakeModel):
    """Ten defaults a month; trade carries 2 and notes 1, on record 3 of trade and none of notes."""

    metric_info: ClassVar = {**FakeModel.metric_info, "attributed_trade": ("count", "by trade"),
                             "attributed_notes": ("count", "by notes")}  # fmt: skip

    def records(self):
        found = super().records()
        if "macro" in found:
            gone = 2.0 * ("trade" in self.s.off) + 1.0 * ("notes" in self.s.off)
            off = bool(self.s.off)
            told = {"cohort_defaults": 10 - gone, "attributed_defaults": 3.0 * (not off),
                    "attributed_trade": 3.0 * (not off), "attributed_notes": 0.0}  # fmt: skip
            found["macro"] |= {name: np.array([value]) for name, value in told.items()}
        return found


@pytest.fixture(scope="module")
def weighed(tmp_path_factory):
    def build(run):
        return Weighed(run.scenario, run.replication)

    twins = Bag(off="each", arms=("base case",))
    scenario = FakeScenario(twins=twins, replications=2)
    return analysis.load(conduct(scenario, tmp_path_factory.mktemp("w"), build=build).folder)


def test_shares_on_record_and_by_twins(weighed):
    found = quality.by_channel(weighed).set_index("channel")
    assert set(found.index) == {"trade", "notes", quality.EVERY}
    columns = ["attributed", "counterfactual", "bias"]
    assert found.loc["trade", columns].tolist() == pytest.approx([0.3, 0.2, 0.1])
    assert found.loc["notes", columns].tolist() == pytest.approx([0.0, 0.1, -0.1])
    assert found.loc[quality.EVERY, columns].tolist() == pytest.approx([0.3, 0.3, 0.0])


def test_the_figure_shows_every_channel(weighed):
    figure = figures.draw("attribution_quality", weighed)
    words = {text.get_text() for axes in figure.axes for text in axes.texts}
    assert {"trade", "notes", quality.EVERY} <= words
    assert not quality.has_quality(analysis.load(conduct_plain(weighed)))


def test_the_legend_names_arms_that_have_a_twin_of_one_channel_only(tmp_path):
    arms = {"law": {}, "cap": {"effect": 0.01}}
    scenario = FakeScenario(arms=arms, twins=Bag(off=("trade",), arms=("law", "cap")))
    built = conduct(scenario, tmp_path, replications=2,
                    build=lambda run: Weighed(run.scenario, run.replication))  # fmt: skip
    (legend,) = figures.draw("attribution_quality", analysis.load(built.folder)).legends
    assert {"law", "cap"} <= {text.get_text() for text in legend.get_texts()}


def conduct_plain(results):
    return conduct(FakeScenario(replications=1), results.folder.parent / "plain").folder


def test_agreement_of_rankings():
    size = pd.Series([9.0, 4.0, 7.0, 1.0], index=list("abcd"))
    assert quality.agreement(size, size**3) == pytest.approx(1.0)
    assert quality.agreement(size, -size) == pytest.approx(-1.0)
    assert np.isnan(quality.agreement(size, pd.Series([1.0, 2.0], index=["a", "b"])))
