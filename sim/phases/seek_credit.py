"""Dues of the month are known, so firms forecast their cash gap and apply for credit."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from sim.agents import enterprise as rules
from sim.agents.enterprise import NEVER
from sim.campaigning import crowd_first
from sim.chart import INVESTOR, NAMES, OUTSIDE
from sim.contracts.loans import INVESTMENT, ROLLOVER, WORKING, holders, instalment, whole_down
from sim.contracts.receivables import owed_by
from sim.crowdfunding import stakes_in_firms
from sim.decisions import ask_in_time, has_due, months_to_decide, waits_or_rests
from sim.factoring import sell_receivables
from sim.kernels import true_at
from sim.ledger import Claim
from sim.lines import draw_on_lines, swept_from_sales
from sim.note_posting import accrue_on_notes
from sim.outages import waived_overdue
from sim.parking import meet_gap
from sim.scoring import is_sound_need, reached
from sim.units import Fen, Floats, Ids, Mask, to_fen, yuan
from sim.world import Applications, World

if TYPE_CHECKING:
    from sim.scenario import Scenario


def seek_credit(world: World, scenario: Scenario) -> None:
    """Let dues fall due, let firms in need draw on lines, then apply, cheapest channel first.

    Lays `gap`, less what was drawn, `new_need` (sound, of spells that begin) and `applications` on
    the desk; each application names at most three providers, besides one whose decision is due.
    Lays `ahead`, applications for bullets that mature later, to lenders whose decisions take until
    then. What receivables on core firms bring is not asked for.
    """
    _let_fall_due(world, scenario)
    gap = _cash_gap(world, scenario)
    _meet_projects(world, scenario)
    _rate_firms(world, scenario)
    if world.money_funds.n:
        gap = meet_gap(world, scenario, gap, _maturing(world)[1])
    if world.policy.factors:
        gap = _gap_after_factoring(world, scenario, gap)
    if world.ecommerce_lenders.n:
        every = np.arange(world.enterprises.n)
        gap -= draw_on_lines(world, scenario, gap, _preferred(world, "ecommerce_lender", every))
    world.desk.gap = gap.copy()
    months = months_to_decide(world, scenario)
    _file_applications(world, scenario, gap, months)
    world.desk.ahead = _ahead(world, scenario, months)


def _let_fall_due(world: World, scenario: Scenario) -> None:
    """Accrue the month's interest, with penalty on what is overdue, and make instalments due."""
    m, loans = scenario.parameters.market, world.loans
    good = loans.is_open & ~loans.is_bad & (loans.granted < world.month)
    overdue = loans.principal_due + loans.interest_due - waived_overdue(world)
    fen = loans.principal * (loans.rate / 12.0) + overdue * (m.penalty_rate / 12.0)
    interest = to_fen(fen * good / loans.shares) * loans.shares
    for code in holders():
        rows = true_at(good & (loans.holder == code))
        if not len(rows):
            continue
        creditor = None if code == OUTSIDE else loans.holder_row[rows]
        fen = interest[rows]
        world.ledger.enter(
            "interest_accrue",
            "enterprise",
            loans.borrower[rows],
            NAMES[code],
            creditor,
            fen,
            Claim("interest_due", loans, "interest_due", rows, fen, "enterprise", NAMES[code]),
        )
    noted = true_at((loans.holder == INVESTOR) & (interest > 0))
    accrue_on_notes(world, noted, interest[noted])
    by_terms = np.where(loans.is_line, swept_from_sales(world, scenario), instalment(loans))
    due = by_terms * (good & ~loans.is_bullet)
    loans.principal_due[:] += due
    loans.months_left[good] -= 1


def _cash_gap(world: World, scenario: Scenario) -> Floats:
    """Forecast how far cash after this month's dues and receipts will fall short of the buffer.

    Returns (n_firms,) gap in fen, negative for a surplus; bullets are not yet counted.
    """
    p, firms, links, loans = (
        scenario.parameters.enterprise,
        world.enterprises,
        world.links,
        world.loans,
    )
    n = firms.n
    rows = true_at(links.due > 0)
    payable = _covered_payables(world) + np.bincount(
        links.buyer.take(rows), links.due.take(rows), n
    )
    payable += owed_by(world.receivables, n, only_due=True)
    receivable = np.bincount(
        links.supplier.take(rows), links.due.take(rows) - links.overdue.take(rows), n
    )
    due = (loans.interest_due + loans.principal_due) * ~loans.is_bad
    dues = firms.operating_arrears + payable + np.bincount(loans.borrower, due, n)
    dues += world.open_calls()
    buffer = rules.cash_buffer(firms.outflow, firms.is_core, p)
    return np.asarray(buffer + dues - firms.cash - receivable)


def _covered_payables(world: World) -> Floats:
    """Payables that outside has taken over, by buyer, in fen."""
    links = world.links
    rows = true_at(links.covered > 0)
    sums = np.bincount(links.buyer[rows], links.covered[rows], world.enterprises.n)
    return np.asarray(sums, dtype=np.float64)


def _meet_projects(world: World, scenario: Scenario) -> None:
    """Let firms meet investment projects; one waits a few months for finance."""
    p, firms, draws, month = (
        scenario.parameters.enterprise,
        world.enterprises,
        world.draws,
        world.month,
    )
    firms.project_left[:] = np.maximum(firms.project_left - 1, 0)
    firms.project_size[firms.project_left == 0] = 0.0
    meets = (draws.uniform("project", month, firms.dice) < p.investment_hazard) & firms.alive
    meets &= (firms.project_left == 0) & (firms.months_late == 0) & ~firms.is_core
    rows = true_at(meets)
    size = p.investment_ratio * 12.0 * firms.scale[rows]
    size *= np.exp(p.investment_sigma * draws.normal("project_size", month, firms.dice[rows]))
    noise = np.exp(
        p.investment_return_sigma * draws.normal("project_return", month, firms.dice[rows])
        - 0.5 * p.investment_return_sigma**2
    )
    firms.project_size[rows] = size
    firms.project_return[rows] = p.investment_return / 12.0 * noise
    firms.project_left[rows] = p.investment_patience


def _rate_firms(world: World, scenario: Scenario) -> None:
    """Write the latent index: quality, liquidity in months of revenue, current trading."""
    p, firms, loans = scenario.parameters.enterprise, world.enterprises, world.loans
    # Cash and receivables less payables and arrears: by the balance sheet that is what net worth
    # and debts leave above fixed assets, which spares a pass over all links.
    debt = np.bincount(loans.borrower, loans.principal + loans.interest_due, firms.n)
    liquid = firms.net_worth - firms.fixed_assets + debt + _covered_payables(world)
    liquid += stakes_in_firms(world)
    scale = np.maximum(firms.scale, 1.0)
    trading = np.log(np.maximum(firms.plan, 1.0) / scale)
    firms.index[:] = rules.latent_index(firms.quality, liquid / scale, trading, p)


def _lacking(world: World, scenario: Scenario, gap: Floats) -> Floats:
    """Give the cash that firms in need try to raise, a cushion included; (n_firms,) fen."""
    p, firms = scenario.parameters.enterprise, world.enterprises
    wish = np.minimum(
        gap + p.cushion_months * firms.outflow, p.working_capital_months * firms.outflow
    )
    return np.where(gap >= p.asking_share * firms.outflow, wish, 0.0)


def _gap_after_factoring(world: World, scenario: Scenario, gap: Floats) -> Floats:
    """Let firms that would borrow sell receivables first; the gap that is left, (n_firms,) fen.

    What they raise beyond the gap is a cushion, as with a loan, and no surplus to be spent.
    """
    firms = world.enterprises
    wish = np.where(firms.alive & ~firms.is_core, _lacking(world, scenario, gap), 0.0)
    got = sell_receivables(world, scenario, wish, partial(_preferred, world))
    return np.where(got > 0, np.maximum(gap - got, 0.0), gap)


def _maturing(world: World) -> tuple[Ids, Floats]:
    """List the bullets that mature, and what firms owe on them that is not due yet, in fen."""
    loans = world.loans
    bullets = true_at(
        loans.is_open
        & loans.is_bullet
        & (loans.months_left <= 0)
        & ~loans.is_bad
        & (loans.principal > loans.principal_due)
    )
    to_come = loans.principal[bullets] - loans.principal_due[bullets]
    owed = np.bincount(loans.borrower[bullets], to_come, world.enterprises.n)
    return bullets, np.asarray(owed, dtype=np.float64)


def _file_applications(world: World, scenario: Scenario, gap: Floats, months: Ids) -> None:
    p, firms, loans = scenario.parameters.enterprise, world.enterprises, world.loans
    least = yuan(p.minimum_loan)
    may_ask = firms.alive & ~firms.is_core
    bullets, maturing = _maturing(world)
    owner = loans.borrower[bullets]
    to_come = loans.principal[bullets] - loans.principal_due[bullets]
    # What the firm cannot pay of its bullets it asks to roll over; the rest falls due.
    asked = (gap + maturing).clip(0.0, maturing)
    share = np.divide(asked, maturing, out=np.zeros(firms.n), where=maturing > 0)
    roll = np.minimum(to_fen(to_come * share[owner]), to_come)
    roll = whole_down(roll, loans.shares[bullets])
    roll[roll < yuan(100.0)] = 0
    loans.principal_due[bullets] += to_come - roll
    # What falls due now is not there to invest.
    world.desk.gap += np.bincount(owner, to_come - roll, firms.n)
    keep = (roll > 0) & may_ask[owner]
    bullets, owner, roll = bullets[keep], owner[keep], roll[keep]
    lacking = _lacking(world, scenario, gap)
    tries = may_ask & ((firms.asks_from <= world.month) | has_due(world))
    work = true_at(tries & (lacking >= least))
    surplus = np.maximum(-(gap + maturing), 0.0)
    wanted = firms.project_size - surplus
    invest = true_at(
        tries
        & (firms.project_size > 0)
        & (wanted >= least)
        & (gap + maturing < firms.project_size)
        & (firms.months_late == 0)
        & (lacking < least)
    )
    firm = np.concatenate([owner, work, invest])
    purpose = np.repeat([ROLLOVER, WORKING, INVESTMENT], [len(owner), len(work), len(invest)])
    amount = np.concatenate([roll, to_fen(lacking[work]), to_fen(wanted[invest])])
    loan = np.concatenate([bullets, np.full(len(work) + len(invest), -1)])
    is_new = purpose != ROLLOVER
    _open_spells(world, scenario, firm[is_new], purpose[is_new], amount[is_new])
    is_sound_roll = ~is_new
    is_sound_roll[~is_new] = is_sound_need(world, scenario, owner, np.zeros(len(owner)))
    world.desk.count("need_rollover", float(amount[is_sound_roll].sum()))
    candidates = _candidates(world, scenario, firm, loan)
    candidates[crowd_first(world, scenario, firm, purpose, amount)] = -1
    candidates = ask_in_time(world, months, firm, purpose, loan, candidates)
    # Who waits for a decision, and has nobody else to ask, files nothing.
    files = (candidates >= 0).any(axis=1) | (loan >= 0) | ~waits_or_rests(world)[firm]
    world.desk.applications = Applications(
        firm[files],
        purpose[files],
        amount[files],
        loan[files],
        candidates[files],
    )
    world.desk.sound_rollover = is_sound_roll[files]


def _ahead(world: World, scenario: Scenario, months: Ids) -> Applications | None:
    """Let firms ask lenders that need so many months who would take a bullet over then.

    months : (n_providers,) - a decision takes. The present lender stands first: whether it
    would renew today is what a firm goes by.
    """
    if not months.any():
        return None
    firms, loans = world.enterprises, world.loans
    lives = loans.is_open & loans.is_bullet & ~loans.is_bad
    lives &= (loans.principal > loans.principal_due) & firms.alive[loans.borrower]
    found, everyone = [np.zeros(0, dtype=np.int64)], [np.zeros((0, 3), dtype=np.int64)]
    for delay in np.unique(months[months > 0]):
        rows = true_at(lives & (loans.months_left == delay))
        asked = _candidates(world, scenario, loans.borrower[rows], rows)
        is_present = asked == loans.provider[rows][:, None]
        others = (asked >= 0) & ~is_present & (months[asked] == delay)
        some = others.any(axis=1)
        found.append(rows[some])
        everyone.append(np.where(others | is_present, asked, -1)[some])
    rows = np.concatenate(found)
    firm = loans.borrower[rows]
    amount = whole_down(loans.principal[rows] - loans.principal_due[rows], loans.shares[rows])
    purpose = np.full(len(rows), ROLLOVER)
    return Applications(firm, purpose, amount, rows, np.concatenate(everyone))


def _open_spells(world: World, scenario: Scenario, firm: Ids, purpose: Ids, amount: Fen) -> None:
    """Count each spell of need once, at its start, with the oracle's judgement of that month.

    firm, purpose, amount : (m,) requests for new credit, at most one a firm
    """
    firms = world.enterprises
    asks = waits_or_rests(world)  # who waits, or rests after a refusal, still needs
    asks[firm] = True
    firms.need_since[:] = np.where(asks, np.minimum(firms.need_since, world.month), NEVER)
    # What is left below the smallest loan is no need: who asks again has another.
    is_met = firms.need < yuan(scenario.parameters.enterprise.minimum_loan)
    ended = (firms.need_purpose >= 0) & (~asks | is_met)
    firms.need_purpose[ended] = -1
    firms.need[ended] = 0.0
    fresh: Mask = firms.need_purpose[firm] < 0
    rows, kind, fen = firm[fresh], purpose[fresh], amount[fresh]
    # A project's owner is judged with the debt the project would bring.
    sound = is_sound_need(world, scenario, rows, fen.astype(np.float64))
    firms.need[rows], firms.need_purpose[rows], firms.need_is_sound[rows] = fen, kind, sound
    world.desk.new_need = np.zeros(firms.n)
    world.desk.new_need[rows[sound]] = fen[sound]
    for number, name in ((WORKING, "working"), (INVESTMENT, "investment")):
        world.desk.count(f"need_{name}", float(fen[sound & (kind == number)].sum()))


def _candidates(world: World, scenario: Scenario, firm: Ids, loan: Ids) -> Ids:
    """Name up to three providers for each application, the cheapest channel first.

    A rollover asks its present provider first. Inside a kind the choice is a lasting one by
    size: log size plus Gumbel noise keyed (dice of the firm, provider row).
    """
    choice = {kind: _preferred(world, kind, firm) for kind in ("bank", "platform", "micro_lender")}
    choice["platform"][~reached(world, "platform", firm)] = -1
    base = [getattr(scenario.parameters, kind).price_base for kind in choice]
    ordered = np.stack([choice[kind] for _, kind in sorted(zip(base, choice, strict=True))], axis=1)
    rolls = true_at(loan >= 0)
    if not world.is_off("closure"):
        # With the closure channel covered, an administrator answers for providers that closed.
        rolls = rolls[world.of_providers("alive")[world.loans.provider[loan[rolls]]]]
    if len(rolls):
        present = world.loans.provider[loan[rolls]]
        rest = ordered[rolls]
        rest[rest == present[:, None]] = -1
        # The three columns hold the present provider and the two cheapest others.
        order = np.argsort(rest < 0, axis=1, kind="stable")
        rest = np.take_along_axis(rest, order, axis=1)
        ordered[rolls] = np.concatenate([present[:, None], rest[:, :2]], axis=1)
    return ordered


def _preferred(world: World, kind: str, firm: Ids) -> Ids:
    """Number of the provider of a kind that each firm turns to, -1 if none lives; (m,)."""
    table = world.tables[kind]
    size = table.prominence if kind == "platform" else table.initial_capital

    def noise(firms: Ids, rows: Ids) -> Floats:
        return world.draws.gumbel(f"choose_{kind}", 0, world.enterprises.dice[firms], rows)

    row = world.partners[kind].preferred(
        firm,
        table.alive,
        np.log(np.maximum(size, 1e-9)),
        noise,
    )
    return np.where(row >= 0, row + world.first_number(kind), -1)
