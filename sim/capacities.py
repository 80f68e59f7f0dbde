"""How much each provider can lend this month: capital, cash, wholesale and client money.

Used when loans are funded, with real capital and with the shadow capital that past excess
losses took away, so that credit refused because of them can be told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.chart import BANK
from sim.contracts.identity_loans import in_stolen_names
from sim.kernels import group_sum, true_at
from sim.pools import any_pools, lendable
from sim.receivable_posting import receivables_held
from sim.units import Fen, Floats, to_fen, yuan
from sim.world import KINDS, World

if TYPE_CHECKING:
    from sim.scenario import Scenario


def capacities(world: World, scenario: Scenario) -> tuple[Fen, Fen]:
    """Money each provider can lend, and what it could without past excess losses; (n,) fen."""
    banks, capital = world.banks, world.capital()
    shadow_capital = _shadow_capital(world, scenario, capital)
    held, money = _held_by_banks(world), platforms_money(world, scenario, False)
    found = []
    to_draw = wholesale_room(world, scenario, capital)
    shadow_to_draw = wholesale_room(world, scenario, shadow_capital)
    for own, lost in (
        (capital, np.zeros(len(capital))),
        (shadow_capital, shadow_capital - capital),
    ):
        # Wholesale limits look at the shadow capital where that channel is covered.
        is_real = own is capital and not world.is_off("wholesale")
        room = np.concatenate(
            [
                _bank_room(world, scenario, own[: banks.n], held),
                _lender_room(world, scenario, lost, to_draw if is_real else shadow_to_draw),
                _line_room(world, scenario, lost),
                money if own is capital else platforms_money(world, scenario, True, money),
            ]
        )
        found.append(to_fen(np.maximum(room, 0.0) * world.of_providers("alive")))
    _note_leverage(world, scenario)
    world.desk.wholesale_lost = np.maximum(shadow_to_draw - to_draw, 0.0)
    return found[0], found[1]


def line_capacities(world: World, scenario: Scenario) -> tuple[Fen, Fen]:
    """Money for draws on lines: what each provider has, and without past excess losses; (n,) fen.

    Of e-commerce lenders only; the capacities of all others are zero here.
    """
    capital = world.capital()
    lost = _shadow_capital(world, scenario, capital) - capital
    mine = slice(world.first_number("ecommerce_lender"), world.first_number("platform"))
    real, shadow = np.zeros((2, world.n_providers), dtype=np.int64)
    for found, missing in ((real, np.zeros_like(lost)), (shadow, lost)):
        found[mine] = to_fen(_line_room(world, scenario, missing) * world.ecommerce_lenders.alive)
    return real, shadow


def _shadow_capital(world: World, scenario: Scenario, capital: Floats) -> Floats:
    """Capital without past excess losses, at most the dividend target, (n_providers,) fen."""
    targets = [getattr(scenario.parameters, kind).target_capital for kind in KINDS]
    target = world.of_providers("initial_capital") * np.repeat(
        targets, [world.tables[kind].n for kind in KINDS]
    )
    excess = world.of_providers("excess_loss")
    return np.maximum(capital, np.minimum(capital + excess, target))


def _note_leverage(world: World, scenario: Scenario) -> None:
    """Note whose leverage the regulator holds below what the provider itself would choose."""
    p, banks, lenders = scenario.parameters, world.banks, world.micro_lenders
    n = banks.n + lenders.n
    wish = np.repeat(
        [1.0 / p.bank.capital_ratio - 1.0, p.micro_lender.leverage], [banks.n, lenders.n]
    )
    binds = (world.limit("leverage_ceiling")[:n] < wish) & world.of_providers("alive")[:n]
    world.note_bound("leverage_ceiling", np.full(n, -1), np.arange(n), binds)


def _held_by_banks(world: World) -> Floats:
    """Claims each bank holds: loans, wholesale money, receivables; (n_banks,) fen."""
    loans = world.loans
    rows = true_at(loans.holder == BANK)
    held = group_sum(loans.holder_row[rows], loans.principal[rows], world.banks.n)
    held = held + in_stolen_names(world.identity_loans, BANK, world.banks.n)
    return held + _wholesale_held(world) + receivables_held(world)[: world.banks.n]


def room_of_banks(world: World, scenario: Scenario) -> Fen:
    """Claims each living bank may still add with its real capital, (n_banks,) fen."""
    capital = world.capital()[: world.banks.n]
    room = _bank_room(world, scenario, capital, _held_by_banks(world))
    return to_fen(np.maximum(room, 0.0) * world.banks.alive)


def _bank_room(world: World, scenario: Scenario, capital: Floats, held: Floats) -> Floats:
    """Claims a bank may still add: capital over the capital ratio, and the leverage ceiling."""
    banks = world.banks
    ceiling = world.limit("leverage_ceiling")[: banks.n]
    own = np.maximum(capital, 0.0)
    gearing = np.minimum(1.0 / scenario.parameters.bank.capital_ratio, 1.0 + ceiling)
    return own * gearing - held


def _wholesale_held(world: World) -> Floats:
    """Wholesale money each bank has out, (n_banks,) fen, without what outside took over."""
    book = world.wholesale
    own = np.where(book.holder == BANK, book.principal, 0)
    return np.asarray(np.bincount(book.bank, own, world.banks.n), dtype=np.float64)


def _lender_room(world: World, scenario: Scenario, lost: Floats, to_draw: Floats) -> Floats:
    """Cash of a micro lender above two months' cost, and wholesale money it may still draw."""
    p, table = scenario.parameters.micro_lender, world.micro_lenders
    mine = slice(world.banks.n, world.banks.n + table.n)
    free = table.cash - 2.0 * p.fixed_cost_share * table.initial_capital + lost[mine]
    return np.maximum(free, 0.0) + to_draw


def _line_room(world: World, scenario: Scenario, lost: Floats) -> Floats:
    """Cash of an e-commerce lender above two months' cost, which it lends on lines."""
    p, table = scenario.parameters.ecommerce_lender, world.ecommerce_lenders
    mine = slice(world.first_number("ecommerce_lender"), world.first_number("platform"))
    free = table.cash - 2.0 * p.fixed_cost_share * table.initial_capital + lost[mine]
    return np.maximum(free, 0.0)


def wholesale_room(world: World, scenario: Scenario, capital: Floats) -> Floats:
    """Wholesale money each micro lender may still draw, (n_lenders,) fen.

    capital : (n_providers,) fen; bound by the lender's wish, the leverage ceiling and its bank
    """
    p, table, book = scenario.parameters, world.micro_lenders, world.wholesale
    start = world.banks.n
    if not start:
        return np.zeros(table.n)
    ceiling = world.limit("leverage_ceiling")[start : start + table.n]
    drawn = np.bincount(book.lender, book.principal, table.n)
    wish = np.minimum(p.micro_lender.leverage, ceiling) * capital[start : start + table.n] - drawn
    bank = world.banks
    most = p.bank.wholesale_share * np.maximum(capital[:start], 0.0) - _wholesale_held(world)
    clients = np.maximum(np.bincount(table.home_bank, table.alive, bank.n), 1.0)
    per_client = np.maximum(most, 0.0) * bank.alive / clients
    return np.maximum(np.minimum(wish, per_client[table.home_bank]), 0.0) * table.alive


def platforms_money(
    world: World, scenario: Scenario, is_shadow: bool, money: Floats | None = None
) -> Floats:
    """Client money each platform can lend; the shadow adds what frightened savers kept away.

    None where inspectors or police have frozen it.
    money : what it can lend without the shadow, where that is known already
    """
    platforms = world.platforms
    own = _money_for_notes(world, scenario) if money is None else money
    if money is None and any_pools(world):
        own = own + lendable(world, scenario)
    room = own + (platforms.lost_confidence + platforms.lost_notes if is_shadow else 0.0)
    return np.where(platforms.is_suspect, 0.0, room)


def _money_for_notes(world: World, scenario: Scenario) -> Floats:
    """Client money of each platform that makes whole notes, (n_platforms,) fen."""
    accounts, face = world.accounts, yuan(scenario.parameters.platform.note_face)
    rows = true_at(accounts.balance >= face)
    notes = accounts.balance.take(rows) // face
    sums = np.bincount(accounts.platform.take(rows), notes, world.platforms.n)
    return np.asarray(face * sums, dtype=np.float64)
