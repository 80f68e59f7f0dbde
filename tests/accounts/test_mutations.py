"""Every slip of a fen is found: books are spoiled on purpose and the right line must object."""

import copy

import numpy as np
import pytest

from sim.chart import BANK, INVESTOR, MICRO_LENDER
from sim.ledger import AuditError, Claim, LedgerError, Leg
from sim.phases.close_books import close_books
from sim.phases.open_books import open_books
from tests.worlds import audit_now, run, small


@pytest.fixture(scope="module")
def ran():
    # Lenders of all kinds with loans out, nothing failing, books in mid-life.
    return run(small(250, population={"investors": 250}), 6)


@pytest.fixture
def world(ran):
    world = copy.deepcopy(ran.world)
    audit_now(world)
    return world


def first(mask):
    rows = np.flatnonzero(mask)
    assert len(rows), "the economy of these tests lacks what is to be spoiled"
    return int(rows[0])


def objects(world, line, *words):
    with pytest.raises(AuditError, match=f"audit line {line}") as caught:
        audit_now(world)
    assert all(word in str(caught.value) for word in words), caught.value


# ------------------------------------------------------------ fen that move by themselves
@pytest.mark.parametrize(
    ("sector", "account"),
    [("enterprise", "cash"), ("bank", "cash"), ("platform", "client_cash"),
     ("platform", "reserve_cash"), ("investor", "cash"), ("outside", "cash")],
)  # fmt: skip
def test_a_fen_out_of_nothing(world, sector, account):
    world.tables[sector]._writable(account)[0] += 1
    objects(world, 1, "cash over all holders", "1 fen")


def test_a_fen_moved_from_one_firm_to_another(world):
    cash = world.enterprises._writable("cash")
    cash[first(cash > 0)] -= 1
    cash[-1] += 1
    objects(world, 3, "net worth of enterprise")


def test_a_fen_moved_between_sectors_behind_the_records(world):
    for table, sign in ((world.enterprises, -1), (world.investors, 1)):
        row = first(table.cash > 0)
        table._writable("cash")[row] += sign
        table._writable("net_worth")[row] += sign
    objects(world, 4, "cash of sector enterprise")


def test_a_fen_moved_between_two_accounts_of_one_platform_breaks_no_line_but_custody(world):
    # Own and client money of one platform are one net worth; what clients own tells them apart.
    platforms = world.platforms
    row = first(platforms.client_cash > 0)
    platforms._writable("client_cash")[row] -= 1
    platforms._writable("cash")[row] += 1
    audit_now(world)
    accounts = world.accounts
    owed = accounts.balance[accounts.platform == row].sum()
    assert owed != platforms.client_cash[row]


def test_net_worth_written_by_hand(world):
    world.banks._writable("net_worth")[0] += 1
    objects(world, 3, "net worth of bank 0")


# ------------------------------------------------------------ legs and records
def pay_a_loan_off(world, **changes):
    """One fen of principal, as `Leg` fields with changes."""
    loans = world.loans
    row = first((loans.holder == BANK) & (loans.principal > 0))
    rows, fen = np.array([row]), np.array([1])
    fields = {
        "flow": "loan_principal", "payer": "enterprise", "payer_rows": loans.borrower[rows],
        "receiver": "bank", "receiver_rows": loans.holder_row[rows], "amount": fen,
        "claims": (Claim("loans", loans, "principal", rows, -fen, "enterprise", "bank"),),
    }  # fmt: skip
    return Leg(**{**fields, **changes})


def test_a_whole_leg_is_accepted(world):
    world.ledger.post(pay_a_loan_off(world))
    audit_now(world)


def test_a_payment_without_its_claim(world):
    world.ledger.post(pay_a_loan_off(world, claims=()))
    objects(world, 3)


def test_a_claim_without_its_payment(world):
    leg = pay_a_loan_off(world)
    world.ledger._claim(leg.flow, leg.claims[0])
    objects(world, 3)


def test_a_claim_of_another_amount(world):
    claim = pay_a_loan_off(world).claims[0]
    world.ledger.post(pay_a_loan_off(world, claims=(claim._replace(delta=np.array([-2])),)))
    objects(world, 3)


def test_a_payer_whose_leg_is_dropped(world, monkeypatch):
    import sim.ledger

    real, calls = sim.ledger._add, []

    def forgetful(store, column, rows, delta):
        calls.append(column)
        if calls.count("cash") != 1 or column != "cash":
            real(store, column, rows, delta)

    monkeypatch.setattr(sim.ledger, "_add", forgetful)
    world.ledger.post(pay_a_loan_off(world))
    objects(world, 1)


def test_a_flow_missing_from_the_records(world):
    flows = world.ledger.flows
    key = max((k for k in flows if k[1] == "payment" and k[3] != k[4]), key=lambda k: flows[k])
    del flows[key]
    objects(world, 4)


# ------------------------------------------------------------ books
def test_a_loan_entered_twice(world):
    loans = world.loans
    row = first(loans.principal > 0)
    copied = {name: loans.column(name)[row] for name, c in loans.spec.items() if not c.is_money}
    new = loans.append(1, copied)
    loans._writable("principal")[new] = loans.principal[row]
    objects(world, 2, "loans.principal")


def test_a_payable_that_ages_without_leaving_its_month(world):
    links = world.links
    links._writable("due")[:] += links.due_in_1
    objects(world, 2, "links.due")


def test_a_fen_of_a_payable_that_falls_due_early(world):
    links = world.links
    row = first(links.due_in_2 > 0)
    links._writable("due_in_2")[row] -= 1
    links._writable("due_in_1")[row] += 1
    objects(world, 2, "links.due_in_1")


def test_payables_of_two_buyers_exchanged(world):
    due = world.links._writable("due_in_1")
    row = first((due > 0) & (world.links.buyer != world.links.buyer[-1]))
    due[row] -= 1
    due[-1] += 1
    objects(world, 3, "net worth of enterprise")


def outstanding(world):
    """Mark notes of loans on which savers are owed principal."""
    loans, notes = world.loans, world.notes
    owed = (loans.holder == INVESTOR) & (loans.principal > 0)
    return owed[notes.loan] & (notes.shares > 0)


def test_a_note_that_loses_shares(world):
    world.notes.shares[first(outstanding(world))] -= 1
    objects(world, 3, "net worth of investor")


def test_a_note_dropped_from_the_book(world):
    world.notes.close(first(outstanding(world)))
    world.notes.compact(at_once=True)
    world.loans.n_notes[:] = np.bincount(world.notes.loan, minlength=world.loans.n)
    objects(world, 3, "net worth of investor")


def test_a_loan_through_notes_that_loses_its_money(world):
    loans = world.loans
    row = first((loans.holder == INVESTOR) & (loans.principal > 0))
    loans._writable("principal")[row] = 0
    objects(world, 2, "loans.principal")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda loans, row: loans.kept_shares.__setitem__(row, 1), "are off by 1 shares"),
        (lambda loans, row: loans._writable("interest_due").__setitem__(row, 1), "fen a share"),
    ],
)
def test_shares_that_do_not_add_up(ran, spoil, words):
    world, scenario = copy.deepcopy(ran.world), ran.scenario
    open_books(world, scenario)
    world.ledger.audit = lambda *_: None  # the reconciliation alone
    row = first((world.loans.holder == INVESTOR) & (world.loans.principal > 0))
    spoil(world.loans, row)
    with pytest.raises(AuditError, match=words):
        close_books(world, scenario)


def test_a_note_lost_between_two_months(ran):
    world, scenario = copy.deepcopy(ran.world), ran.scenario
    world.notes.shares[first(outstanding(world))] = 0
    open_books(world, scenario)
    with pytest.raises(AuditError, match="audit line 3"):
        close_books(world, scenario)


def test_a_loan_marked_closed_with_money_on_it(world):
    loans = world.loans
    loans.close(first((loans.holder == MICRO_LENDER) & (loans.principal > 0)))
    objects(world, 3)


def test_a_note_that_changes_hands_by_itself(world):
    notes = world.notes
    row = first((notes.account >= 4) & outstanding(world))
    notes.account[row] -= 4
    objects(world, 3, "net worth of investor")


def write_off(world, row):
    """Write off one loan's principal as it stood when this was first asked."""
    loans, rows = world.loans, np.array([row])
    fen = loans.principal[rows].copy()

    def post():
        world.ledger.enter(
            "write_off", "bank", loans.holder_row[rows], "enterprise", loans.borrower[rows], fen,
            Claim("loans", loans, "principal", rows, -fen, "enterprise", "bank"))  # fmt: skip

    return post


def test_a_loan_written_off_twice(world):
    loans = world.loans
    post = write_off(world, first((loans.holder == BANK) & (loans.principal > 0)))
    post()
    audit_now(world)
    post()
    objects(world, 5, "a claim of loans")


# ------------------------------------------------------------ signs and the dead
def test_a_negative_balance(world):
    firms = world.enterprises
    amount = int(firms.cash[0]) + 1
    for name in ("cash", "net_worth"):
        column = firms._writable(name)
        column[0] -= amount
        column[1] += amount
    objects(world, 5, "cash of a party of enterprise", "-1 fen")


def test_a_negative_client_balance(world):
    accounts = world.accounts
    rows = np.flatnonzero(accounts.balance)
    platform = accounts.platform[rows]
    row = first(platform[1:] == platform[:-1])
    poor, rich = rows[row], rows[row + 1]
    fen = int(accounts.balance[poor]) + 1
    for account, delta in ((poor, -fen), (rich, fen)):
        accounts._writable("balance")[account] += delta
        world.investors._writable("net_worth")[account // 4] += delta
    objects(world, 5, "client_balances")


def test_a_claim_on_the_dead(world):
    firms, loans = world.enterprises, world.loans
    row = int(loans.borrower[first(loans.principal > 0)])
    firms.alive[row] = False
    objects(world, 5, "of the dead in enterprise")
    firms.is_in_estate[row] = True
    audit_now(world)


def test_a_claim_of_a_dead_lender(world):
    owed = (world.loans.holder == MICRO_LENDER) & (world.loans.principal > 0)
    owed &= world.micro_lenders.alive[np.where(owed, world.loans.holder_row, 0)]
    row = int(world.loans.holder_row[first(owed)])
    world.micro_lenders.alive[row] = False
    objects(world, 5, "of the dead in micro_lender")


def test_the_month_is_refused_and_names_where(ran):
    model = copy.deepcopy(ran)
    model.world.enterprises._writable("net_worth")[0] += 1
    with pytest.raises(AuditError, match="after close_books: net worth of enterprise 0 is off by"):
        model.step()


def test_the_ledger_refuses_before_the_audit_has_to(world):
    firm = first(world.enterprises.cash > 0)
    too_much = world.enterprises.cash[[firm]] + 1
    with pytest.raises(LedgerError, match="would be overdrawn on cash by 1 fen"):
        world.ledger.pay("owner_draw", "enterprise", np.array([firm]), "outside", None, too_much)
