"""Static measures of a network by hand: a firm that owes all, a saver who passes nothing on."""

import pandas as pd
import pytest

from analysis import static_measures
from analysis.exposures import Network

BANK, SAVER, ONE, TWO, THREE = 3, 5, 1, 17, 33
CLAIMS = [  # the bank lends to firm one, which owes firm two, which owes firm three and a saver
    (BANK, ONE, "credit", "loans", 60.0),
    (TWO, ONE, "trade", "payables", 40.0),
    (THREE, TWO, "trade", "payables", 30.0),
    (SAVER, TWO, "notes", "notes", 10.0),
]
CASH = {BANK: 20.0, SAVER: 5.0, ONE: 50.0, TWO: 20.0, THREE: 1.0}


def network_of(claims, cash):
    edges = pd.DataFrame(claims, columns=["creditor", "debtor", "layer", "instrument", "yuan"])
    edges = edges.assign(share=float("nan"), via=-1)
    sheets = pd.DataFrame({"cash": cash}).rename_axis("party")
    sheets["kind"] = ["bank", "investor", *["enterprise"] * 3]
    sheets["claims"] = edges.groupby("creditor")["yuan"].sum()
    sheets["owed"] = edges.groupby("debtor")["yuan"].sum()
    sheets = sheets.fillna({"claims": 0.0, "owed": 0.0}).assign(fixed_assets=0.0, provisions=0.0)
    sheets["net_worth"] = sheets["cash"] + sheets["claims"] - sheets["owed"]
    return Network("a", 1, sheets.sort_index(), edges)


@pytest.fixture(scope="module")
def net():
    return network_of(CLAIMS, CASH)


def test_savers_are_left_out_and_what_they_are_owed_is_owed_outside(net):
    core = static_measures.core(net)
    assert core.parties.tolist() == [ONE, BANK, TWO, THREE]
    assert core.exposures.sum() == 130
    assert core.owed_outside.tolist() == [0, 0, 10, 0]
    assert core.means.tolist() == [50, 20, 20, 1]
    assert core.equity.tolist() == [-50, 80, 20, 31]


def test_clearing_counts_who_is_short_only_through_others(net):
    # One pays half: 30 to the bank, 20 to two, which has 40 for its 40; nobody else is short.
    row = static_measures.cleared(net).iloc[0]
    assert (row["parties"], row["unable"], row["by_others"]) == (4, 1, 0)
    assert row["unpaid_share"] == pytest.approx(50 / 130)
    poor = net.nodes.assign(cash=net.nodes["cash"].where(net.nodes.index != TWO, 4.0))
    row = static_measures.cleared(Network("a", 1, poor, net.edges)).iloc[0]
    assert (row["unable"], row["by_others"]) == (2, 1)
    # Two has 24 of 40: 18 of the 30 it owes inside.
    assert row["unpaid_share"] == pytest.approx((50 + 12) / 130)


def test_ranks_follow_what_others_lose(net):
    scores = static_measures.importance(net, savers=False)
    assert scores.scores.loc[ONE, "exposure"] == 100
    # One repays nothing: two loses 40 of its 20 and takes 30 from three.
    assert scores.scores.loc[ONE, "furfine"] == 130
    top = static_measures.most_systemic(scores)
    assert top["name"].tolist() == ["enterprise 0", "enterprise 1"]
    assert scores.agreement(1)["overlap"].tolist() == [1.0, 1.0, 1.0]


def test_what_is_lost_anyway_counts_for_nobody():
    """One has no equity: two loses 40 of its 50 and the bank 60 of its 80 whoever falls."""
    owed = [*CLAIMS, (ONE, THREE, "trade", "payables", 8.0)]  # to a firm that is worth nothing
    net = network_of(owed, {**CASH, TWO: 50.0})
    assert static_measures.core(net).equity.tolist() == [-42, 80, 50, 23]
    scores = static_measures.importance(net, savers=False).scores
    assert scores.index.tolist() == [ONE, TWO, THREE]
    # Three loses 30 x 0.8 anyway, more than its 23: it has nothing left that two could cost it.
    assert scores["debtrank"].tolist() == [0, 0, 0]
    net = network_of(owed, {**CASH, TWO: 50.0, THREE: 18.0})
    scores = static_measures.importance(net, savers=False).scores
    # With equity of 40, three loses 24 anyway, 30 if two loses all: 6 of 80 + 50 + 40.
    assert scores["debtrank"].tolist() == pytest.approx([0, 6 / 170, 0], abs=1e-15)
    assert scores.loc[[ONE, THREE], "debtrank"].tolist() == [0, 0]


FUND, PLATFORM = 9, 4


@pytest.fixture(scope="module")
def saved():
    """Savers hold a platform's balances, notes through it, and shares of a fund."""
    edges = pd.DataFrame(
        [
            (SAVER, PLATFORM, "notes", "client_balances", 70.0, -1),
            (SAVER, ONE, "notes", "notes", 20.0, PLATFORM),
            (SAVER, FUND, "notes", "fund_shares", 30.0, -1),
            (FUND, PLATFORM, "notes", "pool_claims", 10.0, -1),
            (BANK, ONE, "credit", "loans", 50.0, -1),
        ],
        columns=["creditor", "debtor", "layer", "instrument", "yuan", "via"],
    ).assign(share=float("nan"))
    cash = {BANK: 20.0, PLATFORM: 90.0, SAVER: 30.0, FUND: 20.0, ONE: 75.0}
    sheets = pd.DataFrame({"cash": cash}).rename_axis("party")
    sheets["kind"] = ["bank", "platform", "investor", "money_fund", "enterprise"]
    sheets["claims"] = edges.groupby("creditor")["yuan"].sum()
    sheets["owed"] = edges.groupby("debtor")["yuan"].sum()
    sheets = sheets.fillna({"claims": 0.0, "owed": 0.0}).assign(fixed_assets=0.0, provisions=0.0)
    sheets["net_worth"] = sheets["cash"] + sheets["claims"] - sheets["owed"]
    return Network("a", 1, sheets.sort_index(), edges)


def test_savers_are_one_party_that_loses_and_is_not_scored(saved):
    core = static_measures.core(saved, savers=True)
    assert core.parties.tolist() == [ONE, BANK, PLATFORM, static_measures.SAVERS]
    assert core.exposures.toarray()[3].tolist() == [20, 0, 80, 0]  # shares in the fund cancel
    assert core.equity.tolist() == [5, 70, 10, 150]  # 30 + 120, and the fund's 0
    assert core.owed_outside.tolist() == [0, 0, 0, 0]
    assert core.means.tolist() == [75, 20, 90, 50]
    scores = static_measures.importance(saved)
    assert scores.scores.index.tolist() == [ONE, PLATFORM]
    assert scores.scores["exposure"].tolist() == [70, 80]
    assert scores.scores["furfine"].tolist() == [70, 80]
    # Of 235 of equity, the savers lose 80 through the platform; savers 20 and the bank 50 by one.
    assert scores.scores["debtrank"].tolist() == pytest.approx([70 / 235, 80 / 235])
    without = static_measures.importance(saved, savers=False)
    assert without.scores.index.tolist() == [ONE]


def test_what_savers_hold_through_a_platform_stands_beside_what_it_owes_them(saved):
    found = static_measures.most_systemic(static_measures.importance(saved), 10, saved)
    assert found["name"].tolist() == ["platform 0", "enterprise 0"]
    assert found["to_savers"].tolist() == [80, 20]
    assert found["through"].tolist() == [20, 0]
