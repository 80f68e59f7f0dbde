"""The end of a party: its links are cut, its assets sold, its causes written down.

Used wherever a party defaults, closes or fails. Who ends is decided by the phases.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.contracts.impairments import CHANNELS
from sim.ledger import Claim, Leg
from sim.postings import party
from sim.units import Floats, Ids, to_fen
from sim.world import World

if TYPE_CHECKING:
    from sim.scenario import Scenario


def cut_links(world: World, gone: Ids) -> None:
    """Stop the trade links of firms that no longer trade, visiting only theirs."""
    links = world.links
    gone = np.sort(gone)
    for side in ("buyer", "supplier"):
        rows = links.rows_where(side, gone)
        rows = rows[links.is_active[rows]]
        links.is_active[rows] = False
        links.lost[rows] = world.month


def sell_assets(world: World, scenario: Scenario, rows: Ids) -> None:
    """Sell the fixed assets of firms at liquidation value; the rest of the book value is lost."""
    firms = world.enterprises
    book = firms.fixed_assets[rows].copy()
    price = to_fen(book * scenario.parameters.enterprise.liquidation_value)
    firms.asset_price[rows] = price
    world.ledger.post(
        Leg("asset_sale", "outside", None, "enterprise", rows, price,
            (Claim("fixed_assets", firms, "fixed_assets", rows, -price, "", "enterprise"),)),
        Leg("liquidation_loss", "enterprise", rows, "outside", None, book - price,
            (Claim("fixed_assets", firms, "fixed_assets", rows, price - book, "", "enterprise"),)))


def record_end(world: World, event: str, kind: str, rows: Ids, shortfall: Floats,
               round_number: int = 0) -> tuple[Floats, Floats]:
    """Write the event of a party's end with the weight of what others did to it.

    rows : (m,) rows of `kind`; shortfall : (m,) fen
    w = min(1, A / D), A the remembered impairments, D the shortfall; shared over parents by
    amount. Returns (m,) weights and (m, n_channels) weights by channel.
    """
    n, table = len(rows), world.tables[kind]
    at, channel, source, amount = world.impairments.of(party(kind, rows))
    memory = np.bincount(at, amount, n)
    weight = np.minimum(1.0, memory / np.maximum(shortfall, 1.0))
    per_fen = np.divide(weight, memory, out=np.zeros(n), where=memory > 0)
    width = len(CHANNELS)
    by_channel = np.bincount(at * width + channel, amount * per_fen[at], n * width)
    parent, parent_fen = np.full(n, -1, dtype=np.int64), np.zeros(n)
    order = np.argsort(amount, kind="stable")
    parent[at[order]], parent_fen[at[order]] = source[order], amount[order]
    if len(at):
        names = np.array(CHANNELS, dtype=object)
        world.desk.causes.append({"victim": party(kind, rows)[at], "channel": names[channel],
                                  "source": source, "fen": to_fen(amount)})
    is_firm = kind == "enterprise"
    cause = np.where(weight <= 0, "fundamental", np.where(weight >= 1, "contagious", "mixed"))
    world.desk.events.append({
        "event": np.full(n, event), "kind": np.full(n, kind), "row": rows, "cause": cause,
        "weight": weight, "parent": parent, "parent_fen": to_fen(parent_fen),
        "shortfall": to_fen(shortfall), "memory": to_fen(memory),
        "is_short_by_others": table.is_short_by_others[rows] if is_firm else np.zeros(n, np.bool_),
        "round": np.full(n, round_number),
        "in_cohort": table.is_in_cohort[rows] if is_firm else np.zeros(n, np.bool_)})
    return weight, np.asarray(by_channel, dtype=np.float64).reshape(n, width)
