"""Which campaigns savers weigh: so many and no more, and each is weighed by somebody."""

import numpy as np
import pytest

from sim import pledging
from tests.unit.by_hand import YUAN, emptied

MOST = 5


def hands_with(campaigns, savers=400, **parameters):
    """Savers and so many running campaigns that nobody has pledged to, of unlike returns."""
    hands = emptied(firms=campaigns, investors=savers, crowdfunding_platforms=1,
                    crowdfunding_platform={"considered": MOST, **parameters})  # fmt: skip
    rate = 0.1 + 0.2 * np.arange(campaigns) / campaigns
    hands.world.campaigns.append(campaigns, {
        "firm": np.arange(campaigns), "platform": 0, "target": 10**9, "opens": 0, "closes": 9,
        "rate": rate, "loss_rate": 0.02, "is_disclosed": True})  # fmt: skip
    return hands


def shown(hands, rows, savers=400):
    return pledging._shown(hands.world, hands.scenario, np.arange(savers), np.asarray(rows))


def chosen(hands, rows, savers=400):
    return pledging._chosen(hands.world, hands.scenario, np.arange(savers), np.asarray(rows))


def test_each_saver_weighs_so_many_different_campaigns_and_all_are_weighed_by_somebody():
    hands = hands_with(40)
    at = shown(hands, np.arange(40))
    assert at.shape == (400, MOST)
    assert all(len(set(row)) == MOST for row in at.tolist())
    seen = np.bincount(at.ravel(), minlength=40)
    assert seen.min() > 0
    assert seen.mean() == 400 * MOST / 40
    assert len(np.unique(at, axis=0)) > 20, "savers open the list at different places"


def test_what_is_weighed_grows_with_savers_alone(monkeypatch):
    asked = []
    for campaigns in (10, 200):
        hands = hands_with(campaigns)
        gumbel = hands.world.draws.gumbel
        monkeypatch.setattr(hands.world.draws, "gumbel",
                            lambda *a, g=gumbel: asked.append(g(*a).size) or g(*a))  # fmt: skip
        chosen(hands, np.arange(campaigns))
    assert asked == [400 * MOST, 400] * 2


def test_savers_choose_among_what_they_are_shown_by_the_rule_for_all():
    few, all_of_them = hands_with(40), hands_with(40, considered=1000)
    rows = np.arange(40)
    at, best = shown(few, rows), chosen(few, rows)
    assert ((at == best[:, None]).any(axis=1) | (best < 0)).all()
    # Whoever is shown the campaign that it likes best of all chooses it.
    favourite = chosen(all_of_them, rows)
    has_it = (at == favourite[:, None]).any(axis=1)
    assert 0 < has_it.sum() < 400
    assert (best[has_it] == favourite[has_it]).all()


def test_where_no_more_run_than_a_saver_weighs_all_are_weighed():
    few, many = hands_with(MOST), hands_with(MOST, considered=1000)
    rows = np.arange(MOST)
    assert shown(few, rows).tolist() == [rows.tolist()]
    assert chosen(few, rows).tolist() == chosen(many, rows).tolist()


def test_a_campaign_more_changes_the_choice_of_few_savers():
    hands = hands_with(80)
    before = chosen(hands, np.arange(79))
    after = chosen(hands, np.arange(80))
    changed = before != after
    # It is before some 400 x 5 / 80 savers, and takes from each one that was there.
    assert 0 < changed.sum() < 60
    assert (after == 79).any()


@pytest.mark.parametrize("campaigns", [3, 60])
def test_pledges_stand_in_the_books_to_the_fen(campaigns):
    hands = hands_with(campaigns, attention=1.0)
    hands.cash("investor", *[50_000 * YUAN] * 400)
    hands.world.investors.target_wealth[:] = 60_000.0 * YUAN
    pledging.collect_pledges(hands.world, hands.scenario)
    held = hands.world.stakes.pledged.sum()
    assert held == hands.world.crowdfunding_platforms.client_cash.sum()
    assert held > 400 * 100 * YUAN
    hands.checked()
