"""Circles at work in small economies, the books after every phase, and the channel covered."""

import copy

import numpy as np
import pytest

from sim.agents.enterprise import Enterprise
from sim.channels import CHANNELS
from sim.chart import BANK, MICRO_LENDER, PLATFORM
from sim.contracts.guarantees import LARGEST, SMALLEST
from sim.contracts.impairments import CHANNELS as NUMBERS
from sim.ledger import AuditError
from sim.model import MicroFinance
from sim.phases import fund_loans, underwrite
from tests.worlds import CIRCLES, audit_now, differing, run, small, state, watch_phases

ACCEPTED = {"guarantees": True}
ASKED = {underwrite: "guarantors_of", fund_loans: "sign_guarantees"}  # by phase


def economy(firms=120, **fields):
    return small(firms, **{"parameters": CIRCLES, "credit": ACCEPTED, **fields})


def lend_freely(months=12, **market):
    """The same where firms live long enough to renew, with terms of guarantees changed."""
    calm = {"enterprise": CIRCLES["enterprise"] | {"demand_volatility": 0.1}, "market": market}
    return economy(200, parameters=CIRCLES | calm, time={"months": months})


# ------------------------------------------------------------ who belongs to which circle
def circles_at_entry(enterprises, by_hand=0):
    model = MicroFinance(economy(enterprises, time={"months": 1, "burn_in": 0}), seed=3)
    for _ in range(by_hand):
        Enterprise(model, scale=0.0)
    founders = model.world.enterprises.n
    for _ in range(1 if enterprises < 500 else 0):
        model.step()
    return model.world.enterprises, founders


def test_circles_have_three_to_eight_members_of_one_sector():
    firms, _ = circles_at_entry(3000)
    number, sizes = np.unique(firms.circle[firms.circle >= 0], return_counts=True)
    whole = sizes[:-4]  # members of the last neighbourhood have yet to come
    assert len(whole) > 100
    assert SMALLEST <= whole.min() <= whole.max() <= LARGEST
    for circle in number[:50]:
        mine = np.flatnonzero(firms.circle == circle)
        assert len(set(firms.sector[mine].tolist())) == 1
        assert np.ptp(mine) < 20
    assert not firms.circle[firms.is_core].max(initial=-1) >= 0
    share = (firms.circle >= 0).mean()
    assert 0.6 < share < 0.7, "0.7 join; few of them find fewer than two others"


@pytest.mark.parametrize("more", [{"enterprises": 101}, {"by_hand": 2}])
def test_one_more_enterprise_moves_nobody(more):
    base, founders = circles_at_entry(100)
    other, _ = circles_at_entry(**{"enterprises": 100, **more})
    before, after = (
        dict(zip(firms.dice.tolist(), firms.circle.tolist(), strict=True))
        for firms in (base, other)
    )
    assert len(set(before) & set(after)) > founders, "nobody entered"
    assert {d: before[d] for d in set(before) & set(after)}.items() <= after.items()
    assert max(before.values()) >= 0
    assert (other.circle[other.dice >= 1 << 40] == -1).all()


# ------------------------------------------------------------ credit
@pytest.fixture(scope="module")
def lent():
    """Amounts, prices and guarantees of a year, by terms."""
    found = {}
    for name, scenario in {
        "refused": lend_freely().but({"credit.guarantees": False}),
        "accepted": lend_freely(),
        "worthless": lend_freely(guarantee_value=0.0, guarantee_lgd_cut=0.0),
    }.items():
        model, offers = run(scenario, 0), []
        while model.month < 6:
            model.step()
            papers, some = model.world.desk.applications, model.world.desk.offers
            kind, loan = model.world.provider_kind[some.provider], papers.loan[some.application]
            member = model.world.enterprises.circle[papers.firm[some.application]] >= 0
            offers.append(np.stack([kind, member, some.amount, some.lgd, some.pledged, loan]))
        found[name] = np.concatenate(offers, axis=1), model.world
    return found


def test_banks_lend_members_beyond_collateral(lent):
    (kind, member, amount, _, pledged, loan), _ = lent["accepted"]
    beyond = (kind == BANK) & (loan < 0) & (amount > 0.5 * pledged + 1.0)
    assert beyond.any()
    assert member[beyond].all()
    (kind, _, amount, _, pledged, loan), _ = lent["worthless"]
    assert not ((kind == BANK) & (loan < 0) & (amount > 0.5 * pledged + 1.0)).any()


def test_the_loss_priced_is_lower_for_members_alone(lent):
    (kind, member, _, lgd, *_), _ = lent["accepted"]
    own = kind == MICRO_LENDER
    assert set(np.round(lgd[own & (member == 0)], 9)) == {0.85}
    assert lgd[own & (member == 1)].min() == pytest.approx(0.85 * (1 - 0.4))
    assert (lgd[own] <= 0.85).all()
    assert set(np.round(lgd[kind == PLATFORM], 9)) == {0.85}
    assert set(lent["refused"][0][3].tolist()) == {0.45, 0.85}


def test_guarantors_are_two_or_more_other_members_of_the_circle(lent):
    world = lent["accepted"][1]
    book, circle = world.guarantees, world.enterprises.circle
    mine = np.flatnonzero(book.is_open)
    assert len(mine) > 20
    assert (circle[book.guarantor[mine]] == circle[book.debtor[mine]]).all()
    assert (book.guarantor[mine] != book.debtor[mine]).all()
    pairs = np.stack([book.loan[mine], book.guarantor[mine]])
    assert np.unique(pairs, axis=1).shape == pairs.shape, "nobody signs twice for a loan"
    row = np.searchsorted(world.loans.serial, book.loan[mine])
    assert np.isin(world.loans.holder[row], (BANK, MICRO_LENDER)).all()
    signed = np.bincount(row, book.limit[mine], world.loans.n)[row]
    assert (signed <= world.loans.amount[row]).all()
    assert not lent["refused"][1].guarantees.n


def test_lenders_count_no_signature_on_the_loan_that_an_application_replaces(monkeypatch):
    priced, moved = [], []
    real = {phase: getattr(phase, name) for phase, name in ASKED.items()}

    def price(world, scenario, firm, may_have, replaced):
        priced.append(replaced)
        return real[underwrite](world, scenario, firm, may_have, replaced)

    def sign(world, scenario, fresh, taken_over):
        papers, offers, loans = world.desk.applications, world.desk.offers, world.loans
        assert any(np.array_equal(papers.loan[offers.application], found) for found in priced)
        priced.clear()
        old = taken_over >= 0
        moved.append(np.stack([loans.borrower[fresh[old]], loans.borrower[taken_over[old]]]))
        assert (loans.granted[fresh] == world.month).all()
        assert (loans.principal_due[taken_over[old]] > 0).all()
        real[fund_loans](world, scenario, fresh, taken_over)

    monkeypatch.setattr(underwrite, ASKED[underwrite], price)
    monkeypatch.setattr(fund_loans, ASKED[fund_loans], sign)
    run(lend_freely(months=18))
    new, old = np.concatenate(moved, axis=1)
    assert len(new)
    assert (new == old).all()


def test_a_policy_of_a_later_month_changes_nothing_before_it():
    dated = economy(credit={"guarantees": {"at": {4: True}}})
    never, later = run(dated.but({"credit.guarantees": False}), 3), run(dated, 3)
    assert differing(state(never), state(later)) == []
    later.run_model()
    assert later.world.guarantees.n


def test_circles_change_nothing_where_nobody_accepts_their_word():
    refused = {"credit": {"guarantees": False}}
    alone = {**CIRCLES, "enterprise": {**CIRCLES["enterprise"], "circle_share": 0.0}}
    with_them, without = run(economy(**refused)), run(economy(**refused, parameters=alone))
    assert differing(state(with_them), state(without)) == ["enterprise.circle"]


# ------------------------------------------------------------ the books
@pytest.mark.parametrize("off", [(), ("guarantee",), ("funding",), tuple(CHANNELS)])
def test_the_books_balance_after_every_phase(off, monkeypatch):
    together, seen = [], {"called": 0.0, "recourse": 0}

    def look(world, phase):
        audit_now(world)
        book, firms = world.guarantees, world.enterprises
        assert (book.called >= 0).all()
        assert not (book.claim + book.covered + book.called)[~book.is_open].any()
        if phase == "adapt":
            closed = firms.ended == world.month - 8  # estates last eight months
            together.append(closed[book.debtor] & closed[book.guarantor] & book.is_open)
        if phase == "allocate_losses":
            seen["called"] += world.desk.tally.get("guarantee_called", 0.0)
            seen["recourse"] += int(book.claim.sum() + book.covered.sum())

    watch_phases(monkeypatch, look)
    run(economy(150, channels=dict.fromkeys(off, False), time={"months": 14, "burn_in": 6}))
    assert seen["called"]
    assert seen["recourse"]
    assert any(rows.any() for rows in together), "no two members' estates closed in one month"


@pytest.fixture(scope="module")
def owing():
    model = run(economy(150), 0)
    while not model.world.guarantees.claim.any():
        model.step()
    return model


@pytest.mark.parametrize("column", ["claim", "covered"])
def test_a_fen_of_recourse_out_of_nothing_is_found(owing, column):
    world = copy.deepcopy(owing.world)
    world.guarantees._writable(column)[0] += 1
    with pytest.raises(AuditError, match=f"guarantees.{column}"):
        audit_now(world)


@pytest.mark.parametrize("dropped", ["interest_due", "principal", "claim"])
def test_a_leg_of_a_call_that_is_dropped_is_found(dropped, monkeypatch):
    import sim.ledger

    real = sim.ledger._add

    def forgetful(store, column, rows, delta):
        # In this phase nothing but a call changes these columns.
        if column != dropped or model.world.ledger.phase != "allocate_losses":
            real(store, column, rows, delta)

    model = run(economy(150), 0)
    monkeypatch.setattr(sim.ledger, "_add", forgetful)
    with pytest.raises(AuditError, match=rf"audit line 2 .*{dropped}"):
        run_on(model)


def test_a_call_whose_recourse_is_another_guarantors_is_found(monkeypatch):
    from sim import guaranteeing

    real = guaranteeing.Claim

    def swapped(instrument, store, column, rows, *rest):
        if instrument == "recourse" and len(rows) > 1:
            rows = rows[::-1]
        return real(instrument, store, column, rows, *rest)

    monkeypatch.setattr(guaranteeing, "Claim", swapped)
    with pytest.raises(AuditError, match=r"audit line 3 .*net worth of enterprise"):
        run_on(run(economy(150), 0))


def run_on(model):
    while model.month < model.scenario.time.months:
        model.step()


# ------------------------------------------------------------ the channel
def months(model, look):
    while model.month < model.scenario.time.months:
        model.step()
        look(model.world)


def test_with_all_channels_off_no_impairment_is_remembered():
    seen = []

    def look(world):
        assert not world.impairments.keys.size
        assert not world.desk.tally.get("attributed_defaults")
        seen.append(world.desk.tally.get("guarantee_called", 0))

    months(run(economy(150, channels=dict.fromkeys(CHANNELS, False)), 0), look)
    assert any(seen)


def test_calls_are_remembered_and_weigh():
    seen = []
    number = NUMBERS.index("guarantee")
    months(
        run(economy(150, time={"months": 18, "burn_in": 4}), 0),
        lambda w: seen.append((number in w.impairments.channels,
                               w.desk.tally.get("attributed_guarantee", 0.0))),
    )  # fmt: skip
    remembered, weight = zip(*seen, strict=True)
    assert any(remembered)
    assert sum(weight) > 0


def test_covered_guarantors_pay_nothing_lose_nothing_and_what_outside_pays_is_told():
    covered, back, reported, flows = [], [], [], {}

    def look(world):
        assert NUMBERS.index("guarantee") not in world.impairments.channels
        assert not world.desk.tally.get("guarantee_paid")
        covered.append(world.desk.cover.get("guarantee", 0))
        back.append(world.desk.cover.get("guarantee_back", 0))
        for (flow, kind, instrument, _, holder, _), fen in world.ledger.flows.items():
            place = flow, kind, instrument, holder
            flows[place] = flows.get(place, 0) + fen
        reported.append(model.records()["macro"]["cover_guarantee"][0])

    scenario = economy(200, channels={"guarantee": False}, time={"months": 18, "burn_in": 0})
    model = run(scenario, -1)
    months(model, look)
    paid = sum(fen for (flow, kind, *_), fen in flows.items()
               if (flow, kind) == ("cover_pay", "payment"))  # fmt: skip
    print("cover of guarantees, yuan:", round(sum(covered) / 100))
    assert 0 < sum(covered) == paid == flows["cover_pay", "entry", "recourse", "outside"]
    assert sum(back) == flows["recourse_pay", "payment", "cash", "outside"] > 0
    assert sum(reported) * 100 == pytest.approx(paid - sum(back))
    assert not flows.get(("write_off", "entry", "recourse", "enterprise"))
    assert flows["write_off", "entry", "recourse", "outside"] < 0, "somebody has to"


def test_the_switch_changes_not_a_bit_where_nobody_is_called():
    base = economy(credit={"guarantees": False})
    covered = base.but({"channels": {"guarantee": False}})
    assert differing(state(run(base)), state(run(covered))) == []


def test_the_burn_in_knows_no_switch():
    base = economy()
    one, other = run(base, 0), run(base.but({"channels": {"guarantee": False}}), 0)
    assert differing(state(one), state(other)) == []
    assert one.world.guarantees.n
