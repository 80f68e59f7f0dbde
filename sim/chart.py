"""The chart of accounts: every payment and every entry the ledger will accept.

A payment moves cash; an entry moves none. What a flow does to net worth is declared here
once: `income` makes the payer poorer and the receiver richer by the amount; `claim` swaps
cash against a claim or an asset and leaves net worth alone. Instruments touched by a flow are
named, so that a claim cannot change under a flow that has nothing to do with it.
Pairs are written payer>receiver with the sector letters of `SECTORS`.
"""

from __future__ import annotations

from dataclasses import dataclass

OUTSIDE, ENTERPRISE, MICRO_LENDER, BANK, PLATFORM, INVESTOR, REGULATOR, ECOMMERCE_LENDER = range(8)
CROWDFUNDING_PLATFORM, MONEY_FUND, VENDOR = 8, 9, 10
OWN_ACCOUNT = (BANK, MICRO_LENDER, ECOMMERCE_LENDER)  # populations that lend their own money

SECTORS: dict[str, str] = {
    "O": "outside",
    "E": "enterprise",
    "L": "micro_lender",
    "B": "bank",
    "C": "ecommerce_lender",
    "P": "platform",
    "I": "investor",
    "R": "regulator",
    "F": "money_fund",
    "X": "crowdfunding_platform",
    "V": "vendor",
}
CODES: dict[str, int] = {
    "outside": OUTSIDE,
    "enterprise": ENTERPRISE,
    "micro_lender": MICRO_LENDER,
    "bank": BANK,
    "platform": PLATFORM,
    "investor": INVESTOR,
    "regulator": REGULATOR,
    "ecommerce_lender": ECOMMERCE_LENDER,
    "money_fund": MONEY_FUND,
    "crowdfunding_platform": CROWDFUNDING_PLATFORM,
    "vendor": VENDOR,
}
NAMES: dict[int, str] = {code: name for name, code in CODES.items()}
CODE_SPAN = 16
INCIDENT = 15  # no population: incidents are parties in the memory of impairments only
# Flows that take client money from clients: refused where it is in custody.
TAKES_CLIENT_CASH = frozenset({"misuse", "abscond", "estate_pool", "theft"})
# What is in third-party custody is paid to the firm at a milestone or back to savers, nothing else.
FROM_CUSTODY: dict[tuple[str, str], tuple[str, ...]] = {
    ("crowdfunding_platform", "client_cash"): ("pledge_return", "milestone_release")
}


@dataclass(frozen=True)
class Flow:
    """One declared kind of payment or entry."""

    name: str
    kind: str
    pairs: frozenset[tuple[str, str]]
    worth: str
    instruments: frozenset[str]
    doc: str


CHART: dict[str, Flow] = {}


def _declare(kind: str, name: str, pairs: str, worth: str, instruments: str, doc: str) -> None:
    parsed = frozenset(
        (SECTORS[payer], SECTORS[receiver])
        for payer, receiver in (pair.split(">") for pair in pairs.split())
    )
    CHART[name] = Flow(name, kind, parsed, worth, frozenset(instruments.split()), doc)


def _payment(name: str, pairs: str, worth: str, instruments: str, doc: str) -> None:
    _declare("payment", name, pairs, worth, instruments, doc)


def _entry(name: str, pairs: str, worth: str, instruments: str, doc: str) -> None:
    _declare("entry", name, pairs, worth, instruments, doc)


# the real economy
_payment(
    "endowment",
    "O>E O>L O>B O>C O>P O>X O>I",
    "income",
    "",
    "opening cash of the initial population",
)
_payment("final_sales", "O>E", "income", "", "sales to households and the rest of the economy")
_payment("trade_cash", "E>E", "income", "", "purchases paid at once")
_payment("payable_pay", "E>E E>B E>O", "claim", "payables", "purchases on credit paid")
_payment("operating_cost", "E>O", "claim", "operating_arrears", "wages, rent, other inputs")
_payment("project_return", "O>E", "income", "", "cash return of projects")
_payment("invest", "E>O", "claim", "fixed_assets", "projects, replacement, set-up at cost")
_payment("asset_sale", "O>E", "claim", "fixed_assets", "liquidation of fixed assets")
_payment("owner_draw", "E>O", "income", "", "cash above the buffer taken by owners")
_payment("entry_equity", "O>E O>L O>B O>C O>P O>X O>I", "income", "", "paid-in capital of entrants")
_payment("capital_raise", "O>L O>B O>C O>P", "income", "", "owners pay in what a floor asks for")
_payment("estate_cost", "E>O L>O B>O C>O P>O", "income", "", "liquidators' cost")
_payment(
    "estate_residual", "E>O L>O B>O C>O P>O X>O I>O", "income", "", "what is left after all claims"
)
# credit on own account
_payment(
    "loan_grant",
    "L>E B>E C>E P>E O>E L>O B>O C>O P>O",
    "claim",
    "loans",
    "loans paid out; to outside where the borrower's identity is stolen",
)
_payment("loan_interest", "E>L E>B E>C E>P E>O", "claim", "interest_due", "interest paid")
_payment("loan_principal", "E>L E>B E>C E>P E>O", "claim", "loans", "principal paid")
_payment("origination_fee", "E>P E>X", "income", "", "fee of the platform at the grant")
_payment(
    "guarantee_call",
    "E>L E>B E>O",
    "claim",
    "loans interest_due recourse",
    "guarantors pay for a defaulted member and take over that part of the claim",
)
_payment(
    "recourse_pay", "E>E E>O", "claim", "recourse", "an estate pays guarantors, or who covered them"
)
_payment("receivable_sale", "B>E", "claim", "payables", "price of a receivable sold")
_payment("wholesale_grant", "B>L", "claim", "wholesale", "wholesale money drawn")
_payment("wholesale_interest", "L>B L>O", "claim", "wholesale_interest_due", "interest on it")
_payment("wholesale_principal", "L>B L>O", "claim", "wholesale", "repayment of it")
_payment("deposit_take", "O>B", "claim", "deposits", "deposits taken")
_payment("deposit_repay", "B>O", "claim", "deposits", "deposits paid back")
_payment("deposit_interest", "B>O", "income", "", "interest on deposits")
# platforms and savers
_payment("investor_income", "O>I", "income", "", "labour income")
_payment("consumption", "I>O", "income", "", "spending of savers")
_payment("client_deposit", "I>P", "claim", "client_balances", "money put on a platform")
_payment("client_withdraw", "P>I", "claim", "client_balances", "money taken off a platform")
_payment(
    "note_fund", "P>E P>O", "claim", "notes client_balances", "client money lent through notes"
)
_payment(
    "note_collect", "E>P", "claim", "notes note_interest_due client_balances", "collected for notes"
)
_payment("note_transfer", "P>I", "own", "client_balances", "notes sold, paid from client money")
_payment("service_fee", "P>P", "own", "client_balances", "share of interest kept by the platform")
_payment("pool_subscribe", "I>P", "claim", "pool_claims", "money put into a platform's pool")
_payment("pool_redeem", "P>I", "claim", "pool_claims", "money taken out of a pool, at par")
_payment("pool_margin", "P>P", "own", "", "lending income above the yield promised to a pool")
_payment("reserve_fill", "P>P", "own", "", "own cash put into the reserve fund")
_payment(
    "reserve_pay",
    "P>P",
    "own",
    "notes note_interest_due client_balances",
    "notes bought back at face, or a pool refilled",
)
_payment(
    "own_support",
    "P>P",
    "own",
    "notes note_interest_due client_balances",
    "promised notes bought back, a pool refilled, stolen client money replaced, out of own cash",
)
# fraud
_payment("misuse", "P>P", "own", "client_balances fake_notes", "client money against fake notes")
_payment("fake_note_pay", "P>P", "own", "fake_notes client_balances", "dues of fake notes")
_payment("skim", "P>O", "income", "", "own cash taken out by a fraudulent owner")
_payment("abscond", "P>O", "income", "", "own and client cash taken by an owner who runs")
_payment(
    "estate_pool",
    "P>P",
    "own",
    "client_balances",
    "client money outside custody and the reserve fund fall into the estate",
)
_payment("police_recovery", "O>P", "income", "", "money that the police found, to the estate")
_payment(
    "estate_claim_pay",
    "P>I P>O",
    "claim",
    "fake_notes client_balances",
    "an estate pays holders of fake notes and clients; who was robbed pays clients",
)
# cyber
_payment(
    "theft",
    "L>O B>O C>O P>O X>O",
    "income",
    "client_balances",
    "cash taken by attackers: own, and of clients outside custody",
)
_payment("incident_cost", "L>O B>O C>O P>O X>O", "income", "", "paid to have systems up again")
_payment("ransom", "L>O B>O C>O P>O X>O", "income", "", "paid to attackers to be up again")
_payment(
    "breach_compensation",
    "L>E B>E C>E P>E P>I",
    "income",
    "",
    "paid to clients whose records were stolen",
)
# crowdfunding
_payment(
    "pledge", "I>X", "claim", "pledges", "savers pledge to a campaign; the money is in custody"
)
_payment("pledge_return", "X>I", "claim", "pledges", "escrow given back to those who pledged it")
_payment("milestone_release", "X>E", "claim", "pledges stakes", "escrow paid out: now stakes")
_payment("stake_payout", "E>I E>O", "claim", "stakes", "share of revenue, up to the cost of stakes")
_payment("stake_income", "E>I", "income", "", "share of revenue beyond the cost of stakes")
_payment("project_guarantee", "X>I", "income", "", "platform makes good a part of stakes lost")
# costs, owners, state
_payment(
    "institution_cost",
    "L>O B>O C>O P>O X>O",
    "claim",
    "institution_arrears",
    "wages, rent, decisions",
)
_payment("vendor_fee", "L>V B>V C>V P>V X>V", "income", "", "technology bought from vendors")
_payment(
    "security_spend",
    "L>V B>V C>V P>V X>V L>O B>O C>O P>O X>O",
    "income",
    "",
    "spent on security, with the vendor where there is one",
)
_payment("vendor_cost", "V>O", "income", "", "what vendors received, passed on")
_payment("dividend", "L>O B>O C>O P>O X>O", "income", "", "own capital above target")
_payment("supervision_cost", "R>O", "income", "", "cost of supervision")
_payment("budget_grant", "O>R", "income", "", "budget of the regulator")
_payment("budget_return", "R>O", "income", "", "what the regulator received, passed on")
_payment("emergency_loan", "R>L R>B R>C R>P", "claim", "emergency", "lent to the short of cash")
_payment("emergency_repay", "L>R B>R C>R P>R", "claim", "emergency", "paid back")
_payment("levy", "L>R B>R C>R P>R", "income", "", "what institutions pay for being supervised")
_payment("fine", "L>R B>R C>R P>R", "income", "", "what they pay for breaking a rule")
# money funds
_payment("fund_subscribe", "I>F E>F", "claim", "fund_shares", "shares of a fund bought at par")
_payment("fund_redeem", "F>I F>E", "claim", "fund_shares", "shares turned into cash")
_payment("paper_buy", "F>O", "claim", "outside_paper", "short paper bought by a fund")
_payment("paper_sell", "O>F", "claim", "outside_paper", "paper paid back or sold")
_payment("paper_interest", "O>F", "income", "", "interest on paper")
_payment("fund_fee", "F>O", "income", "", "fee of manager, custodian and seller")
# counterfactual only
_payment(
    "cover_pay",
    "O>E O>L O>B O>C O>P O>I",
    "claim",
    "payables loans interest_due notes note_interest_due client_balances wholesale"
    " wholesale_interest_due recourse fake_notes pool_claims stakes",
    "the rest of the economy pays what a creditor missed and takes over the claim",
)
_payment("cover_premium", "L>O B>O C>O P>O I>O", "income", "", "expected loss paid for the cover")
_payment(
    "cover_premium_notes", "P>O", "own", "client_balances", "the same, from note holders' balances"
)

# entries
_entry("opening_assets", "O>E", "income", "fixed_assets", "fixed assets of the initial population")
_entry("payable_grant", "E>E", "income", "payables", "purchases on credit")
_entry("receivable_discount", "E>B", "income", "payables", "face less price of it")
_entry("operating_arrears_grant", "E>O", "income", "operating_arrears", "operating cost falls due")
_entry(
    "institution_arrears_grant",
    "L>O B>O C>O P>O X>O",
    "income",
    "institution_arrears",
    "running cost falls due",
)
_entry("interest_accrue", "E>L E>B E>C E>P E>O", "income", "interest_due", "interest of the month")
_entry("pool_yield", "P>I", "income", "pool_claims", "yield promised on pool claims")
_entry("note_interest_accrue", "E>I E>P", "income", "note_interest_due", "interest on notes")
_entry("fake_note_accrue", "P>I", "income", "fake_notes", "interest on fake notes")
_entry(
    "wholesale_accrue", "L>B L>O", "income", "wholesale_interest_due", "interest on wholesale money"
)
_entry("emergency_accrue", "L>R B>R C>R P>R", "income", "emergency", "interest on emergency loans")
_entry("fund_yield", "F>I F>E", "income", "fund_shares", "interest less fee, as new shares")
_entry("paper_loss", "F>O", "loss", "outside_paper", "face less price of paper sold in stress")
_entry("fund_loss", "I>F E>F", "income", "fund_shares", "that loss, shared by all shares")
_entry("depreciation", "E>O", "loss", "fixed_assets", "wear of fixed assets")
_entry("liquidation_loss", "E>O", "loss", "fixed_assets", "book value less price in liquidation")
_entry(
    "write_off",
    "E>E O>E L>E B>E C>E I>E P>E B>L O>L O>B O>C O>P O>X R>L R>B R>C R>P I>P L>O B>O C>O P>O I>O",
    "income",
    "payables loans interest_due notes note_interest_due operating_arrears wholesale"
    " wholesale_interest_due institution_arrears deposits recourse emergency"
    " fake_notes client_balances pool_claims",
    "the holder's loss is the debtor's gain",
)
_entry("stake_write_off", "I>E O>E", "income", "stakes", "cost that stakes will not bring back")


def flows_of(kind: str) -> list[Flow]:
    """List the declared payments or entries, in the order of the chart."""
    return [flow for flow in CHART.values() if flow.kind == kind]
