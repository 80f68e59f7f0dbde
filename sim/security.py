"""Security: how spending keeps attacks out, how much of it pays for an owner, and who spends it.

Responsible for the breach function, for what owners expect of attacks and for what they and the
regulator's standard have spent. Attacks themselves, and what they do, stand elsewhere. While
nobody has a reason to think of attacks nothing here does anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.platform import franchise_value
from sim.breaches import clients_of
from sim.chart import CODES
from sim.kernels import true_at
from sim.parameters.security import SecurityParameters
from sim.postings import loans_of_provider
from sim.units import FEN_PER_YUAN, MONTHS_PER_YEAR, Floats, Ids, to_fen, yuan
from sim.vendors import CLIENTS, pay_for_security
from sim.world import KINDS, World

if TYPE_CHECKING:
    from sim.scenario import Scenario


def success_probability(spending: Floats, p: SecurityParameters) -> Floats:
    """Chance that an attack succeeds.

    spending : (n,) fen a month
    S = v / (a z + 1)^b, z in yuan a month. Source: Gordon, Loeb 2002, class I
    """
    effect = p.productivity * np.asarray(spending) / FEN_PER_YUAN
    return np.asarray(p.vulnerability / (effect + 1.0) ** p.elasticity)


def best_spending(attack_rate: Floats, loss: Floats, p: SecurityParameters) -> Floats:
    """Spending at which the last fen keeps a fen of expected loss away, (n,) fen a month.

    attack_rate : (n,) attacks a month that are expected; loss : (n,) fen, in one that succeeds
    z* = max(0, ((lambda v a b L)^(1 / (b + 1)) - 1) / a) minimises lambda S(z) L + z; it is never
    more than lambda v L / e. Source: Gordon, Loeb 2002, class I and proposition 3
    """
    a, b = p.productivity, p.elasticity
    if a == 0.0:
        return np.zeros(np.broadcast_shapes(np.shape(attack_rate), np.shape(loss)))
    first_yuan = attack_rate * p.vulnerability * a * b * np.maximum(loss, 0.0) / FEN_PER_YUAN
    return np.maximum((first_yuan ** (1.0 / (b + 1.0)) - 1.0) / a, 0.0) * FEN_PER_YUAN


def expected_attacks(
    own: Floats, own_months: Floats, others: float, other_months: float, p: SecurityParameters
) -> Floats:
    """Posterior mean of the attacks an institution meets in a month, Gamma-Poisson; (n,) 1/month.

    own, own_months : (n,) own incidents and the months at risk, fading: each month counts by the
    chance that an attack would have succeeded, so that incidents tell of attacks
    others, other_months : the same of all institutions together, as far as it became known
    Source: Gelman et al. 2013, section 2.6
    """
    seen = p.prior_rate * p.prior_months + own + p.others_weight * others
    return np.asarray(seen / (p.prior_months + own_months + p.others_weight * other_months))


def private_loss(world: World, scenario: Scenario) -> dict[str, Floats]:
    """What an owner himself loses in an attack that succeeds, (n,) fen by kind.

    A share of own cash, income while systems are down, what is paid to clients, and a share of the
    value of carrying on. What his clients lose is not his loss. Source: assumed
    """
    p, every = scenario.parameters.security, np.arange(world.n_providers)
    clients = np.bincount(clients_of(world, every).provider, minlength=world.n_providers)
    interest = loans_of_provider(world) * world.of_providers("last_rate") / MONTHS_PER_YEAR
    found = {}
    for kind in CLIENTS:
        table = world.tables[kind]
        franchise = p.charter_value * np.maximum(table.net_worth, 0)
        loss = p.cash_at_risk * table.cash
        if kind in KINDS:
            mine = slice(world.first_number(kind), world.first_number(kind) + table.n)
            income = interest[mine]
            if kind == "platform":
                income, earned = table.fee_income, table.fee_income - table.monthly_cost
                franchise = franchise_value(earned, scenario.parameters.platform)
            loss = loss + yuan(p.compensation) * clients[mine] + p.income_at_risk * income
        found[kind] = np.asarray(loss + p.franchise_at_risk * franchise)
    return found


def spend_on_security(world: World, scenario: Scenario) -> None:
    """Let living institutions without unpaid costs spend what pays, at least the standard.

    Own cash is the limit. What is spent lowers next month's chance of attacks to succeed.
    """
    p, book = scenario.parameters.security, world.incidents
    found, known = (true_at(column == world.month) for column in (book.found, book.known))
    world.news.has_met_attacks |= bool(len(found) or len(known))
    if not world.news.reckons_with_attacks(p.prior_rate):
        return
    _learn_of_attacks(world, p, found, len(known))
    losses, standard = private_loss(world, scenario), world.limit("security_standard")
    for kind in CLIENTS:
        table = world.tables[kind]
        seen = table.attacks_seen, table.attack_months
        rate = expected_attacks(*seen, world.news.attacks, world.news.attack_months, p)
        wish = best_spending(rate, losses[kind], p)
        if kind in KINDS:
            start = world.first_number(kind)
            floor = standard[start : start + table.n] * FEN_PER_YUAN
            numbers = start + np.arange(table.n)
            binds = table.alive & (floor > wish)
            world.note_bound("security_standard", np.full(table.n, -1), numbers, binds)
            wish = np.maximum(wish, floor)
        may = table.alive & (table.institution_arrears == 0)
        fen = np.where(may, np.minimum(to_fen(wish), np.maximum(table.cash, 0)), 0)
        pay_for_security(world, kind, fen)
        table.security_spending[:] = fen


def _learn_of_attacks(world: World, p: SecurityParameters, found: Ids, known: int) -> None:
    """Remember this month's incidents, and that another month has gone by at risk.

    found : rows of incidents that their victims have found; known : how many everybody hears of
    """
    fade, at_risk, book = 0.5 ** (1.0 / p.memory_half_life), 0.0, world.incidents
    for kind in CLIENTS:
        table = world.tables[kind]
        own = book.row[found[book.population[found] == CODES[kind]]]
        chance = success_probability(table.security_spending, p) * table.alive
        table.attacks_seen[:] = fade * table.attacks_seen + np.bincount(own, minlength=table.n)
        table.attack_months[:] = fade * table.attack_months + chance
        at_risk += float(chance.sum())
    world.news.count_attacks(fade, float(known), at_risk)
