"""A world emptied by hand, and the few postings that fill it with round numbers.

All amounts are in fen. `checked` runs the audit, so a hand-made world is a lawful one.
"""

from dataclasses import dataclass
from math import gcd
from typing import Any

import numpy as np

from sim.chart import CODES, INVESTOR
from sim.ledger import Claim
from sim.measures.base import METRICS
from sim.model import MicroFinance
from sim.phases.strike_shocks import strike_shocks
from sim.phases.supervise import supervise
from sim.scenario import Scenario
from sim.world import World
from tests.worlds import audit_now, small

YUAN = 100
EVERYBODY = ("enterprise", "bank", "micro_lender", "ecommerce_lender", "platform", "investor",
             "crowdfunding_platform")  # fmt: skip
SPENDS = {"enterprise": "owner_draw", "investor": "consumption"} | dict.fromkeys(
    ("bank", "micro_lender", "ecommerce_lender", "platform", "crowdfunding_platform"), "dividend"
)


def ids(*values):
    return np.array(values, dtype=np.int64)


@dataclass
class Hands:
    """Posts to the ledger of one world; parties start without cash, assets, debts or links."""

    world: World
    scenario: Scenario
    model: Any

    def cash(self, kind, *amounts):
        """Let each party of a kind hold this much, the difference paid in or drawn."""
        table = self.world.tables[kind]
        want = ids(*amounts)
        rows = np.arange(len(want))
        more = want - table.cash[rows]
        pay = self.world.ledger.pay
        pay("entry_equity", "outside", None, kind, rows, np.maximum(more, 0))
        pay(SPENDS[kind], kind, rows, "outside", None, np.maximum(-more, 0))

    def assets(self, row, fen):
        """Give a firm fixed assets."""
        firms = self.world.enterprises
        claim = Claim("fixed_assets", firms, "fixed_assets", ids(row), ids(fen), "", "enterprise")
        self.world.ledger.enter(
            "opening_assets", "outside", None, "enterprise", ids(row), ids(fen), claim
        )

    def costs(self, row, fen):
        """Let operating costs of a firm fall due."""
        firms, column = self.world.enterprises, "operating_arrears"
        claim = Claim(column, firms, column, ids(row), ids(fen), "enterprise", "outside")
        self.world.ledger.enter(
            "operating_arrears_grant", "enterprise", ids(row), "outside", None, ids(fen), claim
        )

    def buys(self, buyer, supplier, fen, column="due"):
        """Open a link on which a buyer owes a supplier; return its row."""
        links = self.world.links
        row = links.append(1, {"buyer": buyer, "supplier": supplier, "is_active": True})
        claim = Claim("payables", links, column, row, ids(fen), "enterprise", "enterprise")
        self.world.ledger.enter(
            "payable_grant", "enterprise", ids(buyer), "enterprise", ids(supplier), ids(fen), claim
        )
        return int(row[0])

    def lends(self, kind, lender, firm, fen, interest=0, **terms):
        """Let a bank or micro lender lend; what it lacks in cash is paid in before."""
        world, loans = self.world, self.world.loans
        number = world.first_number(kind) + lender
        row = loans.append(1, {"borrower": firm, "provider": number, "holder": CODES[kind],
                               "holder_row": lender, "amount": fen, **terms})  # fmt: skip
        pay, who = world.ledger.pay, ids(lender)
        pay("entry_equity", "outside", None, kind, who, ids(fen))
        claim = Claim("loans", loans, "principal", row, ids(fen), "enterprise", kind)
        pay("loan_grant", kind, who, "enterprise", ids(firm), ids(fen), claim)
        claim = Claim("interest_due", loans, "interest_due", row, ids(interest), "enterprise", kind)
        pay("interest_accrue", "enterprise", ids(firm), kind, who, ids(interest), claim)
        return int(row[0])

    def deposits(self, account, platform, fen):
        """Let the owner of an account put money on a platform."""
        world, accounts = self.world, self.world.accounts
        accounts.platform[account] = platform
        owner = ids(account // world.slots)
        claim = Claim(
            "client_balances", accounts, "balance", ids(account), ids(fen), "platform", "investor"
        )
        pay = world.ledger.pay
        pay("entry_equity", "outside", None, "investor", owner, ids(fen))
        pay("client_deposit", "investor", owner, "platform", ids(platform), ids(fen), claim,
            receiver_account="client_cash")  # fmt: skip

    def matched(self, platform, firm, **terms):
        """Open the row of a loan through a platform, not yet funded."""
        number = self.world.first_number("platform") + platform
        row = self.world.loans.append(1, {"borrower": firm, "provider": number, "holder": INVESTOR,
                                          "holder_row": platform, **terms})  # fmt: skip
        return int(row[0])

    def funds(self, platform, firm, *parts, **terms):
        """Lend through notes: parts are (account, fen); return the row of the loan.

        A share is the greatest sum of which all parts are multiples.
        """
        row = self.matched(platform, firm, **terms)
        world, loans = self.world, self.world.loans
        face = gcd(*(fen for _, fen in parts))
        loans.shares[row], loans.n_notes[row] = sum(fen for _, fen in parts) // face, len(parts)
        for account, fen in parts:
            self.deposits(account, platform, fen)
            world.notes.append(1, {"loan": row, "account": account, "saver": account // world.slots,
                                   "shares": fen // face})  # fmt: skip
            some = ids(fen)
            claims = (
                Claim("notes", loans, "principal", ids(row), some, "enterprise", "investor"),
                Claim("client_balances", world.accounts, "balance", ids(account), -some,
                      "platform", "investor"),
            )  # fmt: skip
            world.ledger.pay("note_fund", "platform", ids(platform), "enterprise", ids(firm), some,
                             *claims, payer_account="client_cash")  # fmt: skip
            world.accounts.invested[account] += fen
        return row

    def wholesale(self, bank, lender, fen, interest=0, **terms):
        """Let a bank lend to a micro lender; return the row of the claim."""
        world, book = self.world, self.world.wholesale
        row = book.append(1, {"lender": lender, "bank": bank, **terms})
        pay = world.ledger.pay
        pay("entry_equity", "outside", None, "bank", ids(bank), ids(fen))
        claim = Claim("wholesale", book, "principal", row, ids(fen), "micro_lender", "bank")
        pay("wholesale_grant", "bank", ids(bank), "micro_lender", ids(lender), ids(fen), claim)
        claim = Claim("wholesale_interest_due", book, "interest_due", row, ids(interest),
                      "micro_lender", "bank")  # fmt: skip
        pay("wholesale_accrue", "micro_lender", ids(lender), "bank", ids(bank), ids(interest),
            claim)  # fmt: skip
        return int(row[0])

    def pledges(self, firm, *parts, platform=0, **terms):
        """Open a funded campaign to which savers have pledged; parts are (saver, fen)."""
        world, book = self.world, self.world.campaigns
        target = sum(fen for _, fen in parts)
        terms = {"target": target, "project_size": target, "is_funded": True, "until": 99, **terms}
        row = book.append(1, {"firm": firm, "platform": platform, **terms})
        share = {"loss_rate": 0.12, "guaranteed": terms.get("guaranteed", 0.0)}
        for saver, fen in parts:
            pay, who, some = world.ledger.pay, ids(saver), ids(fen)
            pay("entry_equity", "outside", None, "investor", who, some)
            of = {"campaign": book.serial[row], "firm": firm, "platform": platform, "saver": saver}
            stake = world.stakes.append(1, {**of, **share})
            claim = Claim("pledges", world.stakes, "pledged", stake, some,
                          "crowdfunding_platform", "investor")  # fmt: skip
            pay("pledge", "investor", who, "crowdfunding_platform", ids(platform), some, claim,
                receiver_account="client_cash")  # fmt: skip
        return int(row[0])

    def holds(self, kind):
        """Own cash of each party of a kind."""
        return self.world.tables[kind].cash.tolist()

    def checked(self):
        """Audit the world as it stands."""
        audit_now(self.world)


def emptied(firms=2, banks=0, micro_lenders=0, platforms=0, investors=0, ecommerce_lenders=0,
            crowdfunding_platforms=0, **parameters):  # fmt: skip
    """Found an economy of this size, then take away all money, assets and links."""
    fen = {"start_share": 1.0, "note_face": 0.01}  # a share of one fen needs no rounding
    parameters["platform"] = {**fen, **parameters.get("platform", {})}
    scenario = small(
        firms,
        population={"banks": banks, "micro_lenders": micro_lenders, "platforms": platforms,
                    "investors": investors, "ecommerce_lenders": ecommerce_lenders,
                    "crowdfunding_platforms": crowdfunding_platforms},
        parameters=parameters,
        time={"months": 6, "burn_in": 0},
    )  # fmt: skip
    model = MicroFinance(scenario, seed=1)
    world = model.world
    world.links.close(np.arange(world.links.n))
    world.links.compact(at_once=True)
    for kind in EVERYBODY:
        table = world.tables[kind]
        rows = np.arange(table.n)
        world.ledger.pay("estate_residual", kind, rows, "outside", None, table.cash.copy())
    table, rows = world.enterprises, np.arange(world.enterprises.n)
    fen = table.fixed_assets.copy()
    claim = Claim("fixed_assets", table, "fixed_assets", rows, -fen, "", "enterprise")
    world.ledger.enter("depreciation", "enterprise", rows, "outside", None, fen, claim)
    table.project_income[:] = 0.0
    world.accounts.platform[:] = -1
    world.month = 1
    world.ledger.open_month()
    strike_shocks(world, model.scenario)
    supervise(world, model.scenario)
    world.ledger.open_month()
    return Hands(world, model.scenario, model)


def four_loans():
    """A bank's loans of 600 (late) and 200 (bad), a micro loan of 400, a matched loan of 800."""
    hands = emptied(firms=4, banks=1, micro_lenders=1, platforms=1, investors=1)
    hands.lends("bank", 0, 0, 600 * YUAN, rate=0.06, late_months=2)
    hands.lends("bank", 0, 1, 200 * YUAN, rate=0.50, is_bad=True, late_months=4)
    hands.lends("micro_lender", 0, 2, 400 * YUAN, rate=0.18, late_months=3)
    hands.funds(0, 2, (0, 800 * YUAN), rate=0.12)
    return hands


def metric(hands, name):
    """Take a metric of a world."""
    return METRICS[name].function(hands.world)
