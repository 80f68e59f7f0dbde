"""Columns that grow, views that only the ledger may write, contracts that keep their serial."""

import copy
import pickle
from types import SimpleNamespace

import numpy as np
import pytest

from sim.table import Book, Columns, Count, Flag, Money, Real, Ref, Table, columns_of


class Shop:
    """A schema of every kind of column."""

    alive = Flag("trades", fill=True)
    cash = Money("settlement asset", unit="fen")
    debt = Money("owed", unit="fen")
    size = Real("normal sales")
    age = Count("months since foundation")
    owner = Ref("row of the owner", fill=-1)


class Branch(Shop):
    """Adds a column to its base and says one of its columns again."""

    city = Count("where it stands")
    size = Real("sales of the branch", fill=2.5)


class Deal:
    """The least schema of a contract."""

    serial = Ref("permanent number")
    is_open = Flag("not yet closed", fill=True)
    party = Ref("row of who owes")
    fen = Money("amount", unit="fen")


class Handle:
    """What a row handle is to a column: a table and a row."""

    cash, size, age, owner, alive = Shop.cash, Shop.size, Shop.age, Shop.owner, Shop.alive

    def __init__(self, table, row):
        self.table, self.row = table, row


def deals(*parties):
    book = Book(Deal)
    book.append(len(parties), {"party": np.array(parties, dtype=np.int64)})
    return book


# ------------------------------------------------------------ columns
def test_columns_stand_base_first_and_a_subclass_may_say_one_again():
    names = ["alive", "cash", "debt", "size", "age", "owner"]
    assert list(columns_of(Shop)) == names
    assert list(columns_of(Branch)) == [*names, "city"]
    assert columns_of(Branch)["size"].doc == "sales of the branch"
    table = Table(Branch)
    table.append(1)
    assert table.size.tolist() == [2.5]


def test_rows_are_numbered_in_order_and_take_their_fill():
    table = Table(Shop)
    assert table.append(2, {"age": [3, 4], "size": 1.5}).tolist() == [0, 1]
    assert table.append(1).tolist() == [2]
    assert table.age.tolist() == [3, 4, 0]
    assert table.size.tolist() == [1.5, 1.5, 0.0]
    assert table.owner.tolist() == [-1, -1, -1]
    assert table.alive.all()
    assert [table.column(n).dtype for n in ("cash", "age", "owner")] == [
        np.dtype(d) for d in ("int64", "int32", "int64")
    ]


def test_capacity_grows_by_a_quarter_and_keeps_what_is_there():
    table = Table(Shop, capacity=100)
    a_row = table.nbytes // 100
    table.append(100, {"age": range(100)})
    assert table.nbytes == 100 * a_row
    table.append(1, {"age": 100})
    assert table.nbytes == (100 + 25 + 16) * a_row
    table.append(899, {"age": range(101, 1000)})
    assert table.nbytes == 1000 * a_row, "as many as are needed where a quarter is not enough"
    assert table.age.tolist() == list(range(1000))


def test_rows_used_before_start_from_their_fill_again():
    book = deals(1, 2, 3, 4)
    book.close([0, 1, 2])
    book.compact(at_once=True)
    book.append(3)
    assert book.party.tolist() == [4, 0, 0, 0]


def test_a_column_asked_for_again_shows_new_rows():
    table = Table(Shop)
    table.append(1)
    assert len(table.size) == 1
    table.append(1)
    table.size[:] = [1.0, 2.0]
    assert table.column("size").tolist() == [1.0, 2.0]


def test_an_ordinary_view_writes_through_and_a_money_view_does_not():
    table = Table(Shop)
    table.append(2)
    table.size[1] = 7.0
    assert table.size.tolist() == [0.0, 7.0]
    for view in (table.cash, table.column("cash"), table.cash[:1]):
        with pytest.raises(ValueError, match="read-only"):
            view[0] = 1
    table._writable("cash")[1] = 5
    assert table.cash.tolist() == [0, 5]


def test_appending_refuses_money_and_unknown_columns():
    table = Table(Shop)
    with pytest.raises(AttributeError, match="cash is money"):
        table.append(1, {"cash": 5})
    with pytest.raises(AttributeError, match="colour"):
        table.append(1, {"colour": 5})
    with pytest.raises(AttributeError, match="colour"):
        _ = table.colour


def test_a_stamp_tells_of_new_rows_and_of_the_money_named():
    table = Table(Shop)
    table.append(1)
    before = table.stamp("cash")
    table._writable("debt")[0] = 1
    table.size[0] = 2.0
    assert table.stamp("cash") == before
    table._writable("cash")[0] = 1
    written = table.stamp("cash")
    assert written != before
    table.append(1)
    assert table.stamp("cash") not in (before, written)


def test_rotating_gives_each_column_the_next_one_s_array():
    table = Table(Shop)
    table.append(2)
    table._writable("cash")[:] = [1, 2]
    table._writable("debt")[:] = [30, 40]
    table._rotate(("cash", "debt"))
    assert table.cash.tolist() == [30, 40]
    assert table.debt.tolist() == [1, 2]


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda t: pickle.loads(pickle.dumps(t))])
def test_a_copy_is_its_own(copied):
    table = Table(Shop)
    table.append(2)
    _ = table.cash, table.size
    other = copied(table)
    other.size[0] = 9.0
    other._writable("cash")[0] = 9
    assert table.size[0] == 0.0
    assert table.cash[0] == 0
    with pytest.raises(ValueError, match="read-only"):
        other.cash[0] = 1


# ------------------------------------------------------------ handles
def test_a_handle_reads_scalars_of_its_row():
    table = Table(Shop)
    table.append(2, {"size": [1.5, 2.5]})
    found = Handle(table, 1).size
    assert found == 2.5
    assert type(found) is float
    assert type(Handle(table, 0).cash) is int
    assert Handle.size is Shop.size, "asked of the class it is the column"


def test_a_handle_writes_ordinary_columns_and_no_money():
    table = Table(Shop)
    table.append(2)
    shop = Handle(table, 1)
    shop.size, shop.owner = 4.0, 3
    assert table.size.tolist() == [0.0, 4.0]
    assert table.owner.tolist() == [-1, 3]
    with pytest.raises(AttributeError, match=r"cash is money.*ledger\.post"):
        shop.cash = 5


def test_a_handle_sees_the_row_after_growth():
    table = Table(Shop, capacity=1)
    table.append(1, {"age": 3})
    shop = Handle(table, 0)
    table.append(50)
    shop.age = 4
    assert table.age[0] == shop.age == 4


# ------------------------------------------------------------ books
def test_serials_count_on_whatever_is_dropped():
    book = deals(5, 6, 7)
    assert book.serial.tolist() == [0, 1, 2]
    book.close([0, 1])
    assert book.is_open.tolist() == [False, False, True]
    book.compact(at_once=True)
    book.append(1)
    assert book.serial.tolist() == [2, 3]


def test_compacting_keeps_order_and_tells_who_moved_where():
    book = deals(5, 6, 7, 8, 9)
    book.close([0, 3])
    assert book.compact(at_once=True).tolist() == [-1, 0, 1, -1, 2]
    assert book.party.tolist() == [6, 7, 9]
    assert book.serial.tolist() == [1, 2, 4]
    assert book.n == 3


@pytest.mark.parametrize(("rows", "closed", "drops"), [(63, 63, 0), (64, 16, 0), (64, 17, 17)])
def test_a_book_is_compacted_when_more_than_a_quarter_of_many_rows_are_closed(rows, closed, drops):
    book = deals(*range(rows))
    book.close(np.arange(closed))
    moved = book.compact()
    assert (moved is not None) == bool(drops)
    assert book.n == rows - drops


def test_a_column_read_before_compacting_is_the_new_one_after_it():
    book = deals(5, 6)
    assert len(book.party) == 2
    book.close([0])
    book.compact(at_once=True)
    assert book.party.tolist() == [6]


@pytest.mark.parametrize("order", [[0, 0, 2, 3], [3, 0, 2, 0]])
def test_rows_of_some_parties_come_party_by_party(order):
    book = deals(*order)
    want = [row for party in (0, 1, 3, 9) for row in range(4) if order[row] == party]
    ids = np.array([0, 1, 3, 9])
    assert book.rows_where("party", ids).tolist() == want
    rows, at, _ = book.groups_where("party", ids)
    assert ids[at].tolist() == [order[row] for row in rows]
    assert book.rows_where("party", np.array([2, 0])).tolist() == [
        *(r for r in range(4) if order[r] == 2), *(r for r in range(4) if order[r] == 0)
    ]  # fmt: skip


def test_rows_of_parties_follow_appending_and_compacting():
    book = deals()
    one = np.array([1])
    assert book.rows_where("party", one).tolist() == []
    book.append(2, {"party": 1})
    assert book.rows_where("party", one).tolist() == [0, 1]
    book.append(1, {"party": 1})
    assert book.rows_where("party", one).tolist() == [0, 1, 2]
    book.close([0, 1])
    assert book.rows_where("party", one).tolist() == [0, 1, 2], "closed rows are there till then"
    book.compact(at_once=True)
    assert book.rows_where("party", one).tolist() == [0]


def test_a_schema_without_columns_holds_nothing():
    store = Columns(SimpleNamespace)
    assert store.spec == {}
    assert store.n == 0
