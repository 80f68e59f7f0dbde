"""Accounts of the month as tables: balances by sector, flows, institutions."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.agents.enterprise import NEVER, SIZES, size_class
from sim.agents.provider import GRADES
from sim.chart import CHART, CODES, CROWDFUNDING_PLATFORM, NAMES
from sim.contracts.loans import PURPOSES
from sim.fund_shares import shares_by_fund
from sim.ledger import Position
from sim.world import KINDS, World

Columns = dict[str, Any]

# Money columns that are not called `fen`: table -> column -> (unit, label).
COLUMN_INFO: dict[str, dict[str, tuple[str, str]]] = {
    "institutions": {
        "cash": ("fen", "own cash"),
        "net_worth": ("fen", "net worth"),
        "provisions": ("fen", "provisions"),
        "loans": ("fen", "loans held or serviced"),
        "bad_loans": ("fen", "of these in default"),
        "client_balances": ("fen", "idle money of clients, or shares of a money fund"),
        "reserve_cash": ("fen", "reserve fund"),
        "excess_loss": ("fen", "excess loss, fading"),
        "saver_interest": ("fen", "interest paid to clients"),
        "saver_loss": ("fen", "notes of clients written off, or losses of a money fund"),
        "paper": ("fen", "short paper of the outside held"),
        "vendor": ("", "row of its vendor; -1: none"),
        "second_vendor": ("", "row of a second vendor; -1: none"),
        "security_spending": ("fen/month", "spent on security"),
    },
    "events": {
        "shortfall": ("fen", "unpaid dues, or lacking capital"),
        "memory": ("fen", "remembered impairments"),
    },
    "cohort": {
        "saver_loss": ("fen", "losses of savers since month 1"),
        "saver_wealth": ("fen", "wealth savers entered with"),
    },
    "firms": {
        "row": ("", "row of the enterprise"),
        "sector": ("", "industrial sector"),
        "scale": ("fen/month", "normal monthly revenue"),
        "size": ("", "size class by annual normal revenue"),
        "born": ("month", "founded in"),
        "entered": ("month", "entered the run in"),
        "ended": ("month", "defaulted or closed in; empty while it lives"),
    },
    "grades": {
        "performing": ("loans", "performing at the end of the month"),
        "gone_bad": ("loans", "gone bad in the month"),
    },
    "loans": {
        "amount": ("fen", "amount at the grant"),
        "rate": ("1/year", "rate"),
        "pd": ("1/year", "probability of default priced"),
        "lgd": ("share", "loss priced"),
        "debt_ratio": ("ratio", "visible debt over annual revenue"),
        "months_left": ("months", "term"),
    },
}


def balances(world: World, positions: list[Position]) -> Columns:
    """End-of-month balances by sector, instrument and account; liabilities are negative.

    Cash stands by the account it lies in, claims by whether they are `held` or `owed`. Accounts
    called `memo` are no balances: net worth as kept from income and expense, revenue of the month.
    """
    sums: dict[tuple[str, str, str], int] = {}
    for sector, table in world.tables.items():
        if not table.n:
            continue  # a population nobody ever belonged to
        for account in world.ledger.cash_accounts(sector):
            sums[sector, "cash", account] = int(table.column(account).sum())
        if sector != "outside":  # which closes every account and keeps no books of its own
            sums[sector, "net_worth", "memo"] = int(table.column("net_worth").sum())
    sums["enterprise", "revenue", "memo"] = int(world.enterprises.revenue.sum())
    for p in positions:
        fen = int(p.amount.sum())
        for sector, account, signed in ((p.holder, "held", fen), (p.debtor, "owed", -fen)):
            if sector and world.tables[sector].n:
                key = (sector, p.instrument, account)
                sums[key] = sums.get(key, 0) + signed
    rows = sorted(sums.items())
    return {
        "month": np.full(len(rows), world.month, dtype=np.int32),
        **{
            name: np.array([k[i] for k, _ in rows], dtype=object)
            for i, name in enumerate(("sector", "instrument", "account"))
        },
        "fen": np.array([v for _, v in rows], dtype=np.int64),
    }


def flows(world: World) -> Columns:
    """Flows of the month by name, kind, instrument and the two sectors.

    A payment moves `cash` from payer to receiver, `account` says from which and to which. An
    entry changes a claim: `payer` is the debtor ("" for a real asset), `receiver` the holder,
    `fen` the signed change. `worth` is what the chart says the flow does to net worth.
    """
    rows = sorted((key, fen) for key, fen in world.ledger.flows.items() if fen)
    return {
        "month": np.full(len(rows), world.month, dtype=np.int32),
        **{
            name: np.array([k[i] for k, _ in rows], dtype=object)
            for i, name in enumerate(("flow", "kind", "instrument", "payer", "receiver", "account"))
        },
        "worth": np.array([CHART[k[0]].worth for k, _ in rows], dtype=object),
        "fen": np.array([v for _, v in rows], dtype=np.int64),
    }


def institutions(world: World) -> Columns:
    """Balance sheets and states of providers that live or have an open estate, and of funds."""
    parts: list[Columns] = []
    loans = world.loans
    held = np.bincount(loans.provider, loans.principal, world.n_providers).astype(np.int64)
    bad = np.bincount(loans.provider, loans.principal * loans.is_bad, world.n_providers)
    balance = np.bincount(
        np.maximum(world.accounts.platform, 0), world.accounts.balance, max(world.platforms.n, 1)
    ).astype(np.int64)
    for kind in KINDS:
        table, start = world.tables[kind], world.first_number(kind)
        rows = np.flatnonzero(table.alive | table.is_in_estate)
        is_platform = kind == "platform"
        parts.append(
            {
                "kind": np.full(len(rows), kind, dtype=object),
                "row": rows,
                "state": np.where(table.alive[rows], "alive", "estate").astype(object),
                "cash": table.cash[rows],
                "net_worth": table.net_worth[rows],
                "provisions": table.provisions[rows].astype(np.int64),
                "loans": held[start + rows],
                "bad_loans": bad[start + rows].astype(np.int64),
                "client_balances": balance[rows] if is_platform else np.zeros(len(rows), np.int64),
                "reserve_cash": table.reserve_cash[rows]
                if is_platform
                else np.zeros(len(rows), np.int64),
                "saver_interest": (
                    table.saver_interest[rows].astype(np.int64)
                    if is_platform
                    else np.zeros(len(rows), np.int64)
                ),
                "saver_loss": (
                    table.saver_loss[rows].astype(np.int64)
                    if is_platform
                    else np.zeros(len(rows), np.int64)
                ),
                "excess_loss": table.excess_loss[rows].astype(np.int64),
                "paper": np.zeros(len(rows), np.int64),
                **_technology(table, rows),
            }
        )
    parts += [_money_funds(world, parts[0]), _crowdfunding(world, parts[0])]
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return {"month": np.full(len(joined["row"]), world.month, dtype=np.int32), **joined}


def _technology(table: Any, rows: Any) -> Columns:
    """Give vendors and spending on security of institutions of a kind: the technology layer."""
    spent = np.rint(table.security_spending[rows]).astype(np.int64)
    return {
        "vendor": table.vendor[rows],
        "second_vendor": table.second_vendor[rows],
        "security_spending": spent,
    }


def _money_funds(world: World, like: Columns) -> Columns:
    """Give the balance sheets of money funds in the columns of other institutions."""
    funds, savers = world.money_funds, world.investors
    part: Columns = {name: np.zeros(funds.n, dtype=values.dtype) for name, values in like.items()}
    part["kind"] = np.full(funds.n, "money_fund", dtype=object)
    part["row"], part["state"] = np.arange(funds.n), np.full(funds.n, "alive", dtype=object)
    for name in ("cash", "net_worth", "paper"):
        part[name] = funds.column(name).copy()
    part["client_balances"] = shares_by_fund(world)
    part["vendor"][:] = part["second_vendor"][:] = -1
    home = np.flatnonzero(savers.home_fund >= 0)
    earned = np.bincount(savers.home_fund[home], savers.fund_income[home], funds.n)
    part["saver_interest"] = earned.astype(np.int64)
    part["saver_loss"] = funds.loss.astype(np.int64)
    return part


def _crowdfunding(world: World, like: Columns) -> Columns:
    """Give crowdfunding platforms likewise; their client balances are pledges in custody."""
    table = world.crowdfunding_platforms
    rows = np.flatnonzero(table.alive | table.is_in_estate)
    part: Columns = {name: np.zeros(len(rows), dtype=v.dtype) for name, v in like.items()}
    part["kind"] = np.full(len(rows), "crowdfunding_platform", dtype=object)
    part["row"] = rows
    part["state"] = np.where(table.alive[rows], "alive", "estate").astype(object)
    part["cash"], part["net_worth"] = table.cash[rows], table.net_worth[rows]
    part["client_balances"] = table.client_cash[rows]
    return part | _technology(table, rows)


def events(world: World) -> Columns:
    """Defaults, closures and failures of the month with cause, weight and largest parent."""
    found = world.desk.events
    if not found:
        return {}
    joined = {name: np.concatenate([e[name] for e in found]) for name in found[0]}
    for name in ("event", "kind", "cause"):
        joined[name] = joined[name].astype(object)
    return {"month": np.full(len(joined["row"]), world.month, dtype=np.int32), **joined}


def impairments(world: World) -> Columns:
    """The memory of impairments of firms and institutions that ended this month."""
    rows = world.desk.causes
    if not rows:
        return {}
    joined = {name: np.concatenate([part[name] for part in rows]) for name in rows[0]}
    return {"month": np.full(len(joined["victim"]), world.month, dtype=np.int32), **joined}


def bound_limits(world: World) -> Columns:
    """Who met a limit this month: question, instrument, provider and borrower."""
    found = world.desk.bound
    if not found:
        return {}
    names = [i.kind for i in world.policy.instruments]
    number = np.concatenate([b[2] for b in found])
    provider = np.flatnonzero(number >= 0)
    # Crowdfunding platforms are no providers: they are numbered from -1 downwards.
    kind, row = np.full(len(number), CROWDFUNDING_PLATFORM), -1 - number
    kind[provider] = world.provider_kind[number[provider]]
    row[provider] = world.provider_row[number[provider]]
    setter = np.concatenate([b[3] for b in found])
    return {
        "month": np.full(len(number), world.month, dtype=np.int32),
        "question": np.concatenate([np.full(len(b[1]), b[0], dtype=object) for b in found]),
        "instrument": np.array([names[i] if i >= 0 else "" for i in setter], dtype=object),
        "provider_kind": np.array([NAMES[code] for code in kind], dtype=object),
        "provider_row": row,
        "borrower": np.concatenate([b[1] for b in found]),
    }


def grades(world: World) -> Columns:
    """Count loans by kind of provider and its own grade: performing, and gone bad this month."""
    loans, width = world.loans, len(GRADES)
    kinds = [kind for kind in KINDS if world.tables[kind].n]  # of which there ever was one
    if not kinds:
        return {}
    codes = world.provider_kind[loans.provider]
    fell = loans.is_bad & (world.enterprises.ended[loans.borrower] == world.month)
    performing = loans.is_open & ~loans.is_bad & (loans.principal > 0)
    counts = {
        name: np.concatenate(
            [
                np.bincount(loans.grade[mask & (codes == CODES[kind])], minlength=width)
                for kind in kinds
            ]
        )
        for name, mask in (("performing", performing), ("gone_bad", fell))
    }
    return {
        "month": np.full(len(kinds) * width, world.month, dtype=np.int32),
        "kind": np.repeat(np.array(kinds, dtype=object), width),
        "grade": np.tile(np.array(list(GRADES), dtype=object), len(kinds)),
        **counts,
    }


def grants(world: World) -> Columns:
    """Loans granted or renewed this month with their terms."""
    loans = world.loans
    rows = np.flatnonzero(loans.granted == world.month)
    if not len(rows):
        return {}
    number = loans.provider[rows]
    return {
        "month": np.full(len(rows), world.month, dtype=np.int32),
        "serial": loans.serial[rows],
        "borrower": loans.borrower[rows],
        "provider_kind": np.array(
            [NAMES[code] for code in world.provider_kind[number]], dtype=object
        ),
        "provider_row": world.provider_row[number],
        "purpose": np.array(PURPOSES, dtype=object)[loans.purpose[rows]],
        "amount": np.rint(loans.amount[rows]).astype(np.int64),
        "rate": loans.rate[rows],
        "pd": loans.pd[rows],
        "lgd": loans.lgd[rows],
        "grade": np.array(list(GRADES), dtype=object)[loans.grade[rows]],
        "debt_ratio": loans.debt_ratio[rows],
        "months_left": loans.months_left[rows],
    }


def firms(world: World) -> Columns:
    """Every enterprise that ever was: size, life and how it ended; written once."""
    table = world.enterprises
    ended = table.ended != NEVER
    return {
        "row": np.arange(table.n),
        "sector": table.sector.copy(),
        "scale": np.rint(table.scale).astype(np.int64),
        "size": np.array(list(SIZES), dtype=object)[size_class(table.scale)],
        "is_core": table.is_core.copy(),
        "born": table.born.copy(),
        "entered": table.entered.copy(),
        "ended": np.where(ended, table.ended, np.nan),
        "is_voluntary": table.is_voluntary.copy(),
        "is_in_cohort": table.is_in_cohort.copy(),
        "defaulted": ended & ~table.is_voluntary,
    }
