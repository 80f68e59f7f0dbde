"""The world: tables, books, ledger, draws, limits, conditions and this month's desk.

Responsible for holding state and for the few look-ups that many phases share. It decides
nothing and moves no money.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.agents.bank import Bank
from sim.agents.crowdfunding_platform import CrowdfundingPlatform
from sim.agents.ecommerce_lender import EcommerceLender
from sim.agents.enterprise import Enterprise
from sim.agents.investor import SLOTS, Investor
from sim.agents.micro_lender import MicroLender
from sim.agents.money_fund import MoneyFund
from sim.agents.money_fund import positions as fund_positions
from sim.agents.platform import Platform
from sim.agents.regulator import Outside, Regulator
from sim.agents.vendor import Vendor
from sim.chart import CODES, ENTERPRISE
from sim.conditions import Conditions
from sim.contracts import fraud_claims as fraud_book
from sim.contracts import guarantees as guarantee_book
from sim.contracts import identity_loans as identity_book
from sim.contracts import links as link_book
from sim.contracts import loans as loan_book
from sim.contracts import receivables as receivable_book
from sim.contracts.breaches import Breach
from sim.contracts.campaigns import Campaign, Stake, stake_positions
from sim.contracts.decisions import Decision
from sim.contracts.fraud_claims import FraudClaim
from sim.contracts.guarantees import Guarantee
from sim.contracts.identity_loans import IdentityLoan
from sim.contracts.impairments import CHANNELS, Impairments, PairSums
from sim.contracts.incidents import NEVER_DOWN, Incident
from sim.contracts.links import Link
from sim.contracts.loans import Account, Loan, Note, ScoreRecord, Wholesale
from sim.contracts.news import News
from sim.contracts.partners import Partners
from sim.contracts.receivables import Receivable
from sim.desk import Applications as Applications
from sim.desk import Desk
from sim.desk import Offers as Offers
from sim.draws import Draws
from sim.kernels import group_sum, true_at
from sim.ledger import Ledger, Position
from sim.limits import QUESTIONS, Limits
from sim.table import Book, Columns, Table, keep_freed_memory
from sim.units import Fen, Floats, Ids, Mask

if TYPE_CHECKING:
    from sim.scenario import Scenario

SCHEMAS: dict[str, type] = {
    "outside": Outside,
    "enterprise": Enterprise,
    "micro_lender": MicroLender,
    "bank": Bank,
    "platform": Platform,
    "investor": Investor,
    "regulator": Regulator,
    "ecommerce_lender": EcommerceLender,
    "money_fund": MoneyFund,
    "crowdfunding_platform": CrowdfundingPlatform,
    "vendor": Vendor,
}
# Kinds of provider, in the order of their numbers; platforms keep entering, so they come last.
KINDS = ("bank", "micro_lender", "ecommerce_lender", "platform")


class World:
    """State of one run."""

    def __init__(self, scenario: Scenario, draws: Draws) -> None:
        size = scenario.population
        keep_freed_memory(max(size.enterprises, size.investors))
        room = {"enterprise": int(1.4 * size.enterprises), "investor": int(1.2 * size.investors)}
        self.tables = {name: Table(cls, room.get(name, 64)) for name, cls in SCHEMAS.items()}
        self.outside = self.tables["outside"]
        self.enterprises = self.tables["enterprise"]
        self.micro_lenders = self.tables["micro_lender"]
        self.banks = self.tables["bank"]
        self.ecommerce_lenders = self.tables["ecommerce_lender"]
        self.platforms = self.tables["platform"]
        self.investors = self.tables["investor"]
        self.crowdfunding_platforms = self.tables["crowdfunding_platform"]
        self.regulator = self.tables["regulator"]
        self.money_funds = self.tables["money_fund"]
        self.vendors = self.tables["vendor"]
        self.links, self.loans = Book(Link), Book(Loan)
        self.notes, self.wholesale = Book(Note), Book(Wholesale)
        self.guarantees = Book(Guarantee)
        self.receivables, self.fraud_claims = Book(Receivable), Book(FraudClaim)
        self.accounts = Columns(Account, SLOTS * room["investor"])
        self.score_records = Book(ScoreRecord)
        self.decisions, self.campaigns, self.stakes = Book(Decision), Book(Campaign), Book(Stake)
        self.incidents, self.breaches = Book(Incident), Book(Breach)
        self.identity_loans = Book(IdentityLoan)
        self.impairments, self.relations = Impairments(), PairSums()
        self.partners = {kind: Partners() for kind in KINDS}
        self.draws, self.month = draws, 0
        self.ledger = Ledger(self.tables)
        for name in ("enterprise", "investor", "money_fund", "crowdfunding_platform", *KINDS):
            self.ledger.register(name, self.tables[name])
        books = "links", "loans", "wholesale", "accounts", "guarantees", "receivables"
        for name in (*books, "fraud_claims", "stakes", "identity_loans"):
            self.ledger.register(name, getattr(self, name))
        self.policy: Any = None
        self.limits: Limits = Limits()
        self.newcomer_limits: Limits = Limits()
        self.conditions: Conditions = Conditions()
        self.downtime = NEVER_DOWN
        self.desk = Desk()
        self.sector_demand: Floats = np.zeros(scenario.parameters.enterprise.sectors)
        self.common_demand = 0.0
        self.money_yield = self.deposit_premium = 0.0
        self.tickets_issued = 0
        self.largest_revenue = float("inf")
        self.news = News()
        self.base_revenue = 0.0
        nobody = np.zeros(0, dtype=np.int64)
        # Of last month's downtime: what creditors could not collect (party, incident, amount),
        # overdue loans without penalty (serial, fen), withdrawals to ask again (account, fen).
        self.blocked: tuple[Ids, Ids, Floats] = (nobody, nobody, np.zeros(0))
        self.waived, self.asked_again = (nobody, nobody), (nobody, nobody)
        self._provider_tables = tuple(self.tables[kind] for kind in KINDS)
        self._provider_numbers = nobody, nobody
        # Limits lined up for all providers, by identity of the column as written (see `limit`).
        self._lined_up: dict[int, tuple[Any, Any]] = {}
        self._debt: tuple[tuple[int | None, ...], Fen] = ((), nobody)

    # ------------------------------------------------------------ providers
    @property
    def n_providers(self) -> int:
        """Count providers that ever were; they are numbered kind by kind, as in `KINDS`."""
        return self.first_number("platform") + self.platforms.n

    def first_number(self, kind: str) -> int:
        """Give the provider number of row 0 of a kind."""
        first = 0
        for before in KINDS:
            if before == kind:
                break
            first += self.tables[before].n
        return first

    def of_providers(self, column: str) -> Any:
        """Line up a column of all providers by provider number."""
        return np.concatenate([getattr(table, column) for table in self._provider_tables])

    def add_to_providers(self, column: str, numbers: Ids, amounts: Floats) -> None:
        """Add amounts to a memo column by provider number."""
        sums = np.bincount(numbers, amounts, self.n_providers)
        for kind in KINDS:
            table, start = self.tables[kind], self.first_number(kind)
            table.column(column)[:] += sums[start : start + table.n]

    @property
    def provider_kind(self) -> Ids:
        """Population code of each provider."""
        return self._providers()[0]

    @property
    def provider_row(self) -> Ids:
        """Row of each provider in its own population."""
        return self._providers()[1]

    def _providers(self) -> tuple[Ids, Ids]:
        if self.n_providers != len(self._provider_numbers[0]):
            counts = [self.tables[kind].n for kind in KINDS]
            kind = np.repeat([CODES[name] for name in KINDS], counts)
            self._provider_numbers = kind, np.concatenate([np.arange(n) for n in counts])
        return self._provider_numbers

    def provider_party(self, numbers: Ids) -> Ids:
        """Turn provider numbers into party ids."""
        return self.provider_row[numbers] * 16 + self.provider_kind[numbers]

    def capital(self) -> Floats:
        """Own capital of each provider, net of provisions, in fen."""
        return np.asarray(self.of_providers("net_worth") - self.of_providers("provisions"))

    def reported_capital(self) -> Floats:
        """The same as reports have it: they hide what is misused."""
        found, first = self.capital(), self.first_number("platform")
        found[first:] += fraud_book.hidden(self.fraud_claims, self.platforms)
        return found

    # ------------------------------------------------------------ look-ups
    def impair(self, channel: str, firms: Ids, sources: Ids, amounts: Floats) -> None:
        """Write down what enterprises lost through a channel; negative amounts take it back.

        firms : (m,) rows; sources : (m,) party ids; amounts : (m,) fen
        A firm that was impaired starts its months of calm anew, so that what happened to it is
        remembered for some months although it has not yet fallen into arrears.
        """
        if self.is_off(channel) or not len(firms):
            return
        self.impairments.record(firms * 16 + ENTERPRISE, channel, sources, amounts)
        self.enterprises.months_calm[firms[amounts > 0]] = 0

    def count_back(self, cover: Ids, fen: Fen) -> None:
        """Count what outside got on claims that it had taken over.

        cover : (m,) places in CHANNELS of the channels it covered; fen : (m,)
        """
        for number, name in enumerate(CHANNELS):
            self.desk.came_back(name, fen[cover == number])

    def note_bound(self, question: str, firm: Ids, number: Ids, binds: Mask) -> None:
        """Lay on the desk where a limit bound, and which instrument had set it.

        firm : (m,) borrowers, -1 where the limit is on the provider itself
        number : (m,) providers; binds : (m,)
        """
        rows = true_at(binds)
        if len(rows):
            set_by = self.limits.set_by(question)
            set_by = np.concatenate([set_by, np.full(self.n_providers - len(set_by), -1)])
            self.desk.bound.append((question, firm[rows], number[rows], set_by[number[rows]]))

    def limit(self, question: str) -> Any:
        """Line up a limit for all providers; who entered after it was written has the neutral.

        Not to be written: it is kept until providers enter or limits are written anew.
        """
        written, n = self.limits[question], self.n_providers
        if len(written) == n:
            return written
        known = self._lined_up.get(id(written))
        if known is None or known[0] is not written or len(known[1]) != n:
            if len(self._lined_up) > len(QUESTIONS):  # of past months
                self._lined_up.clear()
            # What nobody answers shares a column with all that have the same neutral value.
            rest = np.full(n - len(written), QUESTIONS[question].neutral, written.dtype)
            known = self._lined_up[id(written)] = written, np.concatenate([written, rest])
        return known[1]

    def is_off(self, channel: str) -> bool:
        """Tell whether a channel is covered this month."""
        return channel in self.policy.off

    def present(self) -> dict[str, Mask]:
        """Mark who lives or has an open estate, by sector."""
        found = {}
        for name, table in self.tables.items():
            estate = table.spec.get("is_in_estate")
            found[name] = table.alive | table.is_in_estate if estate else table.alive
        # Whoever leaves as a saver keeps the row until the last note has run off.
        found["investor"] = np.ones(self.investors.n, dtype=np.bool_)
        return found

    def stays_with(self, loan: Ids, number: Ids) -> Mask:
        """Mark where a loan (-1: none) is already with the provider of that number."""
        stays = np.zeros(len(loan), dtype=np.bool_)
        rows = true_at(loan >= 0)
        stays[rows] = self.loans.provider[loan[rows]] == number[rows]
        return stays

    def debt_of_firms(self) -> Fen:
        """Loans outstanding by borrower, in fen; read-only, summed anew only after a change."""
        stamp = (self.enterprises.n, *self.loans.stamp("principal"))
        if self._debt[0] != stamp:
            debt = group_sum(self.loans.borrower, self.loans.principal, self.enterprises.n)
            debt.flags.writeable = False
            self._debt = stamp, debt
        return self._debt[1]

    def receivables_provision(self) -> Floats:
        """Provisions of firms on claims against the defaulted, by supplier or guarantor, in fen."""
        links, book, n = self.links, self.guarantees, self.enterprises.n
        rows = true_at(links.provision > 0)
        sums = np.bincount(links.supplier[rows], links.provision[rows], n)
        return np.asarray(sums + np.bincount(book.guarantor, book.provision, n), dtype=np.float64)

    def open_calls(self) -> Fen:
        """What each enterprise was called for as a guarantor and has not paid, (n_firms,) fen."""
        return group_sum(self.guarantees.guarantor, self.guarantees.called, self.enterprises.n)

    @cached_property
    def slots(self) -> int:
        """Platforms an investor can watch at once."""
        return SLOTS

    def positions(self) -> list[Position]:
        """List every claim and real asset as the books show them."""
        firms = self.enterprises
        every, banks, arrears = np.arange(firms.n), np.arange(self.banks.n), firms.operating_arrears
        held = [
            Position("fixed_assets", "", None, "enterprise", every, firms.fixed_assets),
            Position("operating_arrears", "enterprise", every, "outside", None, arrears),
            Position("deposits", "bank", banks, "outside", None, self.banks.deposits),
        ]
        for kind in (*KINDS, "crowdfunding_platform"):
            table = self.tables[kind]
            rows, arrears = np.arange(table.n), table.institution_arrears
            held.append(Position("institution_arrears", kind, rows, "outside", None, arrears))
            if kind in KINDS and table.emergency.any():
                held.append(
                    Position("emergency", kind, rows, "regulator", 0 * rows, table.emergency)
                )
        held += link_book.positions(self.links)
        held += receivable_book.positions(self.receivables)
        held += loan_book.loan_positions(self.loans, self.notes, self.investors.n)
        held += loan_book.wholesale_positions(self.wholesale)
        held += guarantee_book.positions(self.guarantees)
        holders = {"investor": self.investors, "enterprise": self.enterprises}
        held += fund_positions(self.money_funds, holders)
        held += fraud_book.positions(self.fraud_claims)
        held += stake_positions(self.stakes)
        held += identity_book.positions(self.identity_loans)
        rows = true_at(self.accounts.balance != 0)
        where, fen = self.accounts.platform.take(rows), self.accounts.balance.take(rows)
        held.append(Position("client_balances", "platform", where, "investor", rows // SLOTS, fen))
        rows = true_at(self.accounts.claims)
        if len(rows):
            by, claims = self.accounts.platform[rows], self.accounts.claims[rows]
            held.append(Position("pool_claims", "platform", by, "investor", rows // SLOTS, claims))
        return held
