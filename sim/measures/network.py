"""The network of a month: who has which claim on whom, and everybody's balance sheet.

Responsible for two tables, claims (`network`) and parties (`nodes`), of the months a scenario
names in `outputs.network_months`. Parties are named by `unique_id`, row * 16 + population code, so
that 0 is the outside. What is computed on such networks is not known here.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.agents.enterprise import SIZES, size_class
from sim.chart import CODE_SPAN, CODES, INVESTOR
from sim.contracts.loans import notes_of
from sim.kernels import add_at, divide
from sim.ledger import Position
from sim.units import Fen, Ids, to_fen
from sim.vendors import CLIENTS, exposure_shares
from sim.world import KINDS, World

Columns = dict[str, Any]
Edges = tuple[Ids, Ids, Ids, Fen]  # creditors, debtors, providers in between (-1: none), fen

# Which layer a claim belongs to. The outside's claims on running costs and deposits, and real
# assets, link nobody to anybody: they stand in balance sheets only.
LAYERS: dict[str, str] = {
    "loans": "credit",
    "interest_due": "credit",
    "notes": "notes",
    "note_interest_due": "notes",
    "fake_notes": "notes",
    "pool_claims": "notes",
    "client_balances": "notes",
    "fund_shares": "notes",
    "pledges": "notes",
    "stakes": "notes",
    "payables": "trade",
    "recourse": "guarantee",
    "guarantee": "guarantee",
    "wholesale": "wholesale",
    "wholesale_interest_due": "wholesale",
    "emergency": "wholesale",
    "dependence": "technology",
}
BALANCE_ONLY = ("deposits", "fixed_assets", "institution_arrears", "operating_arrears",
                "outside_paper")  # fmt: skip

COLUMN_INFO: dict[str, dict[str, tuple[str, str]]] = {
    "network": {
        "creditor": ("", "unique_id of who has the claim, or depends"),
        "debtor": ("", "unique_id of whom it is a claim on, or who is depended on"),
        "via": ("", "unique_id of the platform in between; -1: none"),
        "layer": ("", "layer of the network"),
        "instrument": ("", "kind of claim"),
        "fen": ("fen", "amount; of a guarantee what may be called; 0 in the layer technology"),
        "share": ("share", "of what it depends on, in the layer technology; else empty"),
    },
    "nodes": {
        "party": ("", "unique_id: row * 16 + population code"),
        "kind": ("", "population"),
        "row": ("", "row in its population"),
        "state": ("", "alive, in estate, or gone with claims left"),
        "cash": ("fen", "cash on all its accounts, clients' money it keeps included"),
        "claims": ("fen", "claims it has"),
        "fixed_assets": ("fen", "fixed assets at book value"),
        "owed": ("fen", "what it owes"),
        "net_worth": ("fen", "net worth before provisions"),
        "provisions": ("fen", "provisions against losses expected"),
        "revenue": ("fen/month", "planned sales of a firm"),
        "sector": ("", "industrial sector of a firm; -1: no firm"),
        "size": ("", "size class of a firm; empty: no firm"),
        "is_core": ("", "is it a core firm"),
    },
}  # fmt: skip


def snapshot(world: World, positions: list[Position]) -> dict[str, Columns]:
    """Return claims and parties at the end of the month, as rows of `network` and `nodes`."""
    parts = [*_from_positions(world, positions), *_notes(world), _guarantees(world)]
    claims = [(name, edges) for name, edges in parts if len(edges[0])]
    edges = _as_columns(world.month, claims, _dependence(world))
    nodes = _nodes(world, positions, np.union1d(edges["creditor"], edges["debtor"]))
    found = {"network": edges, "nodes": nodes}
    return {name: columns for name, columns in found.items() if len(columns["month"])}


# ------------------------------------------------------------ claims
def _party(sector: str, rows: Ids | None, n: int) -> Ids:
    """Name parties of a sector; without rows all are the outside."""
    if rows is None:
        return np.zeros(n, dtype=np.int64)
    return np.asarray(rows, dtype=np.int64) * CODE_SPAN + CODES[sector]


def _from_positions(world: World, positions: list[Position]) -> list[tuple[str, Edges]]:
    """Sum what stands in the books with both sides named, instrument by instrument."""
    by_name: dict[str, list[Position]] = {}
    for p in positions:
        if p.debtor and p.holder and p.instrument in LAYERS:
            by_name.setdefault(p.instrument, []).append(p)
    found = []
    for name, group in by_name.items():
        amount = np.concatenate([p.amount for p in group])
        creditor = np.concatenate([_party(p.holder, p.holder_rows, len(p.amount)) for p in group])
        debtor = np.concatenate([_party(p.debtor, p.debtor_rows, len(p.amount)) for p in group])
        found.append((name, _summed(creditor, debtor, np.full(len(amount), -1), amount)))
    return found


def _notes(world: World) -> list[tuple[str, Edges]]:
    """Sum notes by holder, borrower and platform: what savers hold, and platforms bought back."""
    loans, notes = world.loans, world.notes
    rows = np.flatnonzero((loans.holder == INVESTOR) & loans.is_open)
    mine, at = notes_of(loans, notes, rows)
    platform = _party("platform", loans.holder_row[rows], len(rows))
    creditor = np.concatenate([_party("investor", notes.saver[mine], len(mine)), platform])
    shares = np.concatenate([notes.shares[mine], loans.kept_shares[rows]])
    loan = np.concatenate([at, np.arange(len(rows))])
    debtor = _party("enterprise", loans.borrower[rows], len(rows))[loan]
    found = []
    for name, column in (("notes", "principal"), ("note_interest_due", "interest_due")):
        each = divide(loans.column(column)[rows], loans.shares[rows])
        found.append((name, _summed(creditor, debtor, platform[loan], shares * each[loan])))
    return found


def _guarantees(world: World) -> tuple[str, Edges]:
    """Sum what living guarantors may be called for on loans that are not in default."""
    book, loans, firms = world.guarantees, world.loans, world.enterprises
    rows = np.flatnonzero(book.is_open & firms.alive[book.guarantor] & firms.alive[book.debtor])
    at = np.searchsorted(loans.serial, book.loan[rows])
    there = at < loans.n
    there[there] = loans.serial[at[there]] == book.loan[rows][there]
    rows, at = rows[there], at[there]
    owed = loans.principal[at] + loans.interest_due[at]
    fen = np.where(loans.is_open[at] & ~loans.is_bad[at], np.minimum(book.limit[rows], owed), 0)
    guarantor = _party("enterprise", book.guarantor[rows], len(rows))
    debtor = _party("enterprise", book.debtor[rows], len(rows))
    return "guarantee", _summed(guarantor, debtor, np.full(len(rows), -1), fen)


def _summed(creditor: Ids, debtor: Ids, via: Ids, fen: Fen) -> Edges:
    """Add up what has the same three parties, in their order; nothing owed is left out."""
    keep = np.flatnonzero(fen)
    creditor, debtor, via, fen = creditor[keep], debtor[keep], via[keep], fen[keep]
    order = np.lexsort((via, debtor, creditor))
    creditor, debtor, via = creditor[order], debtor[order], via[order]
    is_first = np.ones(len(order), dtype=np.bool_)
    is_first[1:] = (np.diff(creditor) != 0) | (np.diff(debtor) != 0) | (np.diff(via) != 0)
    first = np.flatnonzero(is_first)
    sums = np.add.reduceat(fen[order], first) if len(first) else fen
    return creditor[first], debtor[first], via[first], sums


def _dependence(world: World) -> tuple[Ids, Ids, Any]:
    """Give who depends on which vendor, and by which share."""
    who, on, share = [], [], []
    for kind in CLIENTS if world.vendors.n else ():
        rows, vendor, weight = exposure_shares(world, kind)
        who.append(_party(kind, rows, len(rows)))
        on.append(_party("vendor", vendor, len(rows)))
        share.append(weight)
    if not who:
        nobody = np.zeros(0, dtype=np.int64)
        return nobody, nobody, np.zeros(0)
    return np.concatenate(who), np.concatenate(on), np.concatenate(share)


def _as_columns(
    month: int, claims: list[tuple[str, Edges]], dependence: tuple[Ids, Ids, Any]
) -> Columns:
    """Put claims of all instruments and dependence on vendors below each other."""
    who, on, share = dependence
    n = len(who)
    ends: Edges = (who, on, np.full(n, -1), np.zeros(n, dtype=np.int64))
    parts = [*claims, ("dependence", ends)] if n or not claims else claims
    counts = [len(edges[0]) for _, edges in parts]
    columns = [np.concatenate([edges[i] for _, edges in parts]) for i in range(4)]
    names = np.array([name for name, _ in parts], dtype=object)
    layers = np.array([LAYERS[name] for name, _ in parts], dtype=object)
    empty = np.full(sum(counts) - n, np.nan)
    return {
        "month": np.full(sum(counts), month, dtype=np.int32),
        **dict(zip(("creditor", "debtor", "via"), columns[:3], strict=True)),
        "layer": np.repeat(layers, counts),
        "instrument": np.repeat(names, counts),
        "fen": columns[3],
        "share": np.concatenate([empty, share]),
    }


# ------------------------------------------------------------ parties
def _nodes(world: World, positions: list[Position], linked: Ids) -> Columns:
    """Give the balance sheet of everybody who lives, has an estate, a claim or a debt."""
    parts = [
        _sheet(world, name, positions, linked) for name in world.tables if world.tables[name].n
    ]
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return {"month": np.full(len(joined["row"]), world.month, dtype=np.int32), **joined}


def _sheet(world: World, sector: str, positions: list[Position], linked: Ids) -> Columns:
    """Give the balance sheets of a sector; the outside keeps no books, so its sheet is empty."""
    table = world.tables[sector]
    is_outside = sector == "outside"
    sums = _sums(sector, table.n, () if is_outside else positions)
    accounts = () if is_outside else world.ledger.cash_accounts(sector)
    cash = sum((table.column(name) for name in accounts), np.zeros(table.n, dtype=np.int64))
    alive = table.alive.copy()
    estate = table.is_in_estate if "is_in_estate" in table.spec else np.zeros(table.n, np.bool_)
    is_linked = np.zeros(table.n, dtype=np.bool_)
    is_linked[linked[linked % CODE_SPAN == CODES[sector]] // CODE_SPAN] = True
    keep = alive | estate | is_linked | sums.any(axis=1)
    rows = np.flatnonzero(keep)
    state = np.where(alive, "alive", np.where(estate, "estate", "gone")).astype(object)
    worth = np.zeros(table.n, dtype=np.int64) if is_outside else table.net_worth
    return {
        "party": _party(sector, rows, len(rows)),
        "kind": np.full(len(rows), sector, dtype=object),
        "row": rows,
        "state": state[rows],
        "cash": np.asarray(cash)[rows],
        "claims": sums[rows, 0],
        "fixed_assets": sums[rows, 1],
        "owed": sums[rows, 2],
        "net_worth": worth[rows],
        "provisions": _provisions(world, sector)[rows],
        **_traits(world, sector, rows),
    }


def _sums(sector: str, n: int, positions: Any) -> Any:
    """Sum claims held, real assets and debts by row, (n, 3) fen."""
    sums = np.zeros((n, 3), dtype=np.int64)
    for p in positions:
        if p.holder == sector and p.holder_rows is not None:
            is_real = p.instrument == "fixed_assets"
            add_at(sums[:, int(is_real)], p.holder_rows, p.amount)
        if p.debtor == sector and p.debtor_rows is not None:
            add_at(sums[:, 2], p.debtor_rows, p.amount)
    return sums


def _provisions(world: World, sector: str) -> Fen:
    table = world.tables[sector]
    if sector == "enterprise":
        return to_fen(world.receivables_provision())
    return to_fen(table.provisions) if sector in KINDS else np.zeros(table.n, dtype=np.int64)


def _traits(world: World, sector: str, rows: Ids) -> Columns:
    """Give what only firms have: sales, sector, size."""
    n, firms = len(rows), world.enterprises
    if sector != "enterprise":
        return {
            "revenue": np.zeros(n, dtype=np.int64),
            "sector": np.full(n, -1, dtype=np.int64),
            "size": np.full(n, "", dtype=object),
            "is_core": np.zeros(n, dtype=np.bool_),
        }
    return {
        "revenue": to_fen(firms.plan[rows]),
        "sector": firms.sector[rows].astype(np.int64),
        "size": np.array(list(SIZES), dtype=object)[size_class(firms.scale[rows])],
        "is_core": firms.is_core[rows].copy(),
    }
