"""The end of a party: its links are cut, its assets sold, its causes written down.

Used wherever a party defaults, closes or fails. Who ends is decided by the phases.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.platform import WIND_DOWN
from sim.chart import BANK, OUTSIDE
from sim.contracts.impairments import CHANNELS
from sim.kernels import true_at
from sim.ledger import Claim, Leg, Move
from sim.pools import open_books_of_pools
from sim.postings import party, unpaid_dues
from sim.units import Fen, Floats, Ids, Mask, to_fen
from sim.world import World

if TYPE_CHECKING:
    from sim.scenario import Scenario


# Ends that others did not bring about, and the cause they are told by.
VOLUNTARY = {"closure": "voluntary", "order": "ordered", "liquidation": "liquidated"}
COUNTED = {"order": "ordered_closures", "liquidation": "liquidations"}


def rows_of(world: World, column: Ids, firms: Ids) -> Ids:
    """Rows of a book whose `column` is among some firms, firm by firm.

    column : (n_rows,) enterprise of each row; firms : (m,)
    For the few who end in a month: one pass over a column is quicker than the index by group
    that `Book.rows_where` keeps, which new contracts make stale every month.
    """
    is_one = np.zeros(world.enterprises.n, dtype=np.bool_)
    is_one[firms] = True
    rows = true_at(is_one.take(column))
    return rows[column[rows].argsort(kind="stable")]


def cut_links(world: World, gone: Ids, bought: Ids) -> None:
    """Stop the trade links of firms that no longer trade, visiting only theirs.

    gone : (m,) firms; bought : links on which they buy
    """
    links = world.links
    for rows in (bought, rows_of(world, links.supplier, gone)):
        active = rows[links.is_active[rows]]
        links.is_active[active] = False
        links.lost[active] = world.month


def sell_assets(world: World, scenario: Scenario, rows: Ids) -> None:
    """Sell the fixed assets of firms at liquidation value; the rest of the book value is lost."""
    firms = world.enterprises
    book = firms.fixed_assets[rows].copy()
    price = to_fen(book * scenario.parameters.enterprise.liquidation_value)
    firms.asset_book[rows], firms.asset_price[rows] = book, price
    world.ledger.post(
        Leg(
            "asset_sale",
            "outside",
            None,
            "enterprise",
            rows,
            price,
            (Claim("fixed_assets", firms, "fixed_assets", rows, -price, "", "enterprise"),),
        ),
        Leg(
            "liquidation_loss",
            "enterprise",
            rows,
            "outside",
            None,
            book - price,
            (Claim("fixed_assets", firms, "fixed_assets", rows, price - book, "", "enterprise"),),
        ),
    )


def secured_part(world: World, loan_rows: Ids, claim: Fen) -> Fen:
    """Part of each claim that its own collateral's proceeds can meet, in fen.

    A pledge of a part of the assets sold has that part of their price; assets pledged beyond
    their book value, since they have worn since, are shared by what was pledged.
    """
    loans, firms = world.loans, world.enterprises
    pledged = loans.pledged[loan_rows]
    owner = loans.borrower[loan_rows]
    whole = np.maximum(np.bincount(owner, pledged, firms.n), firms.asset_book)[owner]
    price = np.divide(
        pledged * firms.asset_price[owner], whole, out=np.zeros(len(owner)), where=whole > 0
    )
    return np.minimum(claim, np.floor(price).astype(np.int64))


def fail_providers(
    world: World,
    scenario: Scenario,
    kind: str,
    rows: Ids,
    event: str = "failure",
    shortfall: Floats | None = None,
    modes: Ids | None = None,
    is_strategic: Mask | None = None,
) -> None:
    """End providers: they lend no more, what they owe banks is passed on, causes are written.

    rows : (m,) rows of `kind`; event : failure, order by the regulator, or liquidation by a shock
    shortfall : (m,) fen, what capital lacks if not given; unpaid dues count where they are more
    modes : (m,) of exit, of platforms; orderly wind-down if not given
    is_strategic : (m,) - ended by their owners' fraud
    """
    if not len(rows):
        return
    table = world.tables[kind]
    capital = table.net_worth[rows] - table.provisions[rows]
    unpaid = unpaid_dues(world)[world.first_number(kind) + rows]
    if kind == "micro_lender":
        _pass_on_wholesale(world, scenario, rows)
    table.alive[rows], table.is_in_estate[rows] = False, True
    table.ended[rows] = world.month
    if kind == "platform":
        table.exit_mode[rows] = WIND_DOWN if modes is None else modes
        if is_strategic is None:  # who runs has yet to take what he takes
            open_books_of_pools(world, rows)
    name = "platform_failures" if kind == "platform" else "lender_failures"
    world.desk.count(COUNTED.get(event, name), len(rows))
    lacking = np.maximum(-capital if shortfall is None else shortfall, np.maximum(unpaid, 1))
    record_end(world, event, kind, rows, lacking, is_strategic=is_strategic)


def _pass_on_wholesale(world: World, scenario: Scenario, rows: Ids) -> None:
    """Let banks provision what failed lenders owe them; outside covers it if the channel is off."""
    book = world.wholesale
    claims = true_at(book.is_open & np.isin(book.lender, rows) & (book.holder == BANK))
    if world.is_off("wholesale"):
        fen = book.principal[claims] + book.interest_due[claims]
        moves = [
            Move(name, int(book.column(column)[claims].sum()), "micro_lender", "bank", "outside")
            for name, column in (
                ("wholesale", "principal"),
                ("wholesale_interest_due", "interest_due"),
            )
        ]
        world.ledger.pay("cover_pay", "outside", None, "bank", book.bank[claims], fen, *moves)
        book.holder[claims] = OUTSIDE
        world.desk.cover["wholesale"] = world.desk.cover.get("wholesale", 0) + int(fen.sum())
        return
    loss = scenario.parameters.market.provision_share * book.principal[claims]
    book.provision[claims] = loss
    world.add_to_providers("provisions", book.bank[claims], loss)
    world.add_to_providers("excess_loss", book.bank[claims], loss)
    lenders, banks = book.lender[claims], book.bank[claims]
    world.impairments.record(
        party("bank", banks), "wholesale", party("micro_lender", lenders), loss
    )


def record_end(
    world: World,
    event: str,
    kind: str,
    rows: Ids,
    shortfall: Floats,
    round_number: int = 0,
    is_strategic: Mask | None = None,
) -> tuple[Floats, Floats]:
    """Write the event of a party's end with the weight of what others did to it.

    rows : (m,) rows of `kind`; shortfall : (m,) fen
    is_strategic : (m,) - whose owners walk away: nobody's victims, so without parents
    w = min(1, A / D), A the remembered impairments, D the shortfall; shared over parents by
    amount. Returns (m,) weights and (m, n_channels) weights by channel.
    """
    n, table = len(rows), world.tables[kind]
    at, channel, source, amount = world.impairments.of(party(kind, rows))
    alone = np.ones(n, dtype=np.bool_) if event == "liquidation" else is_strategic
    if alone is not None and alone.any():
        kept = ~alone[at]
        at, channel, source, amount = at[kept], channel[kept], source[kept], amount[kept]
    memory = np.bincount(at, amount, n)
    weight = np.minimum(1.0, memory / np.maximum(shortfall, 1.0))
    if event in VOLUNTARY:
        weight = np.zeros(n)  # who closes while solvent is nobody's victim
    per_fen = np.divide(weight, memory, out=np.zeros(n), where=memory > 0)
    width = len(CHANNELS)
    by_channel = np.bincount(at * width + channel, amount * per_fen[at], n * width)
    parent, parent_fen = np.full(n, -1, dtype=np.int64), np.zeros(n)
    order = amount.argsort(kind="stable")
    parent[at[order]], parent_fen[at[order]] = source[order], amount[order]
    if len(at):
        names = np.array(CHANNELS, dtype=object)
        world.desk.causes.append(
            {
                "victim": party(kind, rows)[at],
                "channel": names[channel],
                "source": source,
                "fen": to_fen(amount),
            }
        )
    is_firm = kind == "enterprise"
    cause = np.where(weight <= 0, "fundamental", np.where(weight >= 1, "contagious", "mixed"))
    if is_strategic is not None:
        cause = np.where(is_strategic, "strategic", cause)
    if event in VOLUNTARY:
        cause = np.full(n, VOLUNTARY[event])
    world.desk.events.append(
        {
            "event": np.full(n, event),
            "kind": np.full(n, kind),
            "row": rows,
            "cause": cause,
            "weight": weight,
            "parent": parent,
            "parent_fen": to_fen(parent_fen),
            "shortfall": to_fen(shortfall),
            "memory": to_fen(memory),
            "is_short_by_others": table.is_short_by_others[rows]
            if is_firm
            else np.zeros(n, np.bool_),
            "round": np.full(n, round_number),
            "in_cohort": table.is_in_cohort[rows] if is_firm else np.zeros(n, np.bool_),
        }
    )
    return weight, np.asarray(by_channel, dtype=np.float64).reshape(n, width)
