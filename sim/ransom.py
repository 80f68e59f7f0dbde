"""Ransom: an institution's systems are locked until it pays or has repaired them itself.

Responsible for the owner's choice and the payment. How long it is down, and what that does to its
clients, is left to whoever asks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.provider import loss_when_down, pays_ransom
from sim.chart import CODE_SPAN, CODES, OUTSIDE
from sim.postings import fund_banks
from sim.units import Fen, Floats, Ids, Mask
from sim.world import KINDS, World

if TYPE_CHECKING:
    from sim.scenario import Scenario

BY_OWN_SIGHT, NEVER, ALWAYS = 0, 1, 2  # how it is decided whether a ransom is paid


def answer_ransoms(
    world: World,
    scenario: Scenario,
    kind: str,
    rows: Ids,
    asked: Fen,
    down: Floats,
    lost_clients: Floats,
    how: Ids,
    sources: Ids,
) -> Mask:
    """Let owners pay ransom out of own cash where that is less than they lose by being down.

    kind : population; rows : (m,) distinct; asked : (m,) fen
    down : (m,) share of the month that systems stay down if nothing is paid
    lost_clients : (m,) share of clients who would not come back after a whole month
    how : (m,) by own sight, or as the scenario says: never, always; who lacks the cash never pays,
        but banks, which hold none when attackers come, take deposits for it
    sources : (m,) parties behind the attacks. Returns (m,) who pays.
    """
    table = world.tables[kind]
    months = scenario.parameters.platform.franchise_months
    income = owners_income(world, scenario, kind)[rows]
    loss = loss_when_down(income, down, lost_clients, months)
    pays = pays_ransom(asked, loss)
    has_it = (asked <= table.cash[rows]) | (kind == "bank")
    pays = np.where(how == BY_OWN_SIGHT, pays, how == ALWAYS) & has_it
    fen = np.where(pays, asked, 0)
    if kind == "bank":
        fund_banks(world, rows, fen)
    world.ledger.pay("ransom", kind, rows, "outside", None, fen)
    if not world.is_off("cyber"):
        victims = rows.astype(np.int64) * CODE_SPAN + CODES[kind]
        world.impairments.record(victims[pays], "cyber", sources[pays], fen[pays])
    world.desk.count("ransom_paid", float(fen.sum()))
    world.desk.count("ransoms_paid", float(pays.sum()))
    world.desk.count("ransoms_refused", float((~pays).sum()))
    return np.asarray(pays)


def owners_income(world: World, scenario: Scenario, kind: str) -> Floats:
    """Interest that falls to the owner of each institution of a kind in a month, (n,) fen.

    All interest of lenders, of platforms the fee on it or a pool's margin, which is taken to be
    as large; a crowdfunding platform earns at the start of campaigns only: nothing.
    """
    table = world.tables[kind]
    if kind not in KINDS:
        return np.zeros(table.n)
    loans, start = world.loans, world.first_number(kind)
    rows = np.flatnonzero(loans.is_open & ~loans.is_bad & (loans.holder != OUTSIDE))
    interest = np.bincount(
        loans.provider[rows], loans.principal[rows] * loans.rate[rows] / 12.0, world.n_providers
    )
    share = scenario.parameters.platform.service_fee if kind == "platform" else 1.0
    return np.asarray(share * interest[start : start + table.n])
