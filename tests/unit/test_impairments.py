"""The memory of impairments: what it adds up, takes back, forgets and finds again."""

import numpy as np
import pytest

from sim.contracts.impairments import CHANNELS, Impairments, PairSums

FIRM, OTHER, BANK = 7 * 16 + 1, 9 * 16 + 1, 2 * 16 + 3


def ids(*values):
    return np.array(values, dtype=np.int64)


def of(*values):
    return np.array(values, dtype=np.float64)


def memory():
    """Firm lost 100 by a bank's funding and 40 by trade with Other, Other 60 by trade."""
    found = Impairments()
    found.record(ids(FIRM), "funding", ids(BANK), of(100))
    found.record(ids(OTHER, FIRM), "trade", ids(FIRM, OTHER), of(60, 40))
    return found


def rows(found):
    names = [CHANNELS[number] for number in found.channels]
    return list(
        zip(found.victims.tolist(), names, found.sources.tolist(), found.amounts, strict=True)
    )


WHOLE = [(FIRM, "trade", OTHER, 40), (FIRM, "funding", BANK, 100), (OTHER, "trade", FIRM, 60)]


def test_it_says_who_lost_what_by_whom():
    assert rows(memory()) == WHOLE


def test_the_same_loss_adds_up_and_others_stay_apart():
    found = memory()
    found.record(ids(FIRM, FIRM), "trade", ids(OTHER, OTHER), of(1, 2))
    found.record(ids(FIRM), "confidence", ids(OTHER), of(5))
    assert rows(found)[:2] == [(FIRM, "trade", OTHER, 43), (FIRM, "funding", BANK, 100)]
    assert (FIRM, "confidence", OTHER, 5) in rows(found)


def test_a_negative_amount_takes_back():
    found = memory()
    found.record(ids(FIRM), "funding", ids(BANK), of(-30))
    assert rows(found)[1] == (FIRM, "funding", BANK, 70)


@pytest.mark.parametrize("back", [-40, -39.6, -1000])
def test_what_is_taken_back_whole_leaves_nothing_and_never_less(back):
    found = memory()
    found.record(ids(FIRM), "trade", ids(OTHER), of(back))
    assert rows(found) == WHOLE[1:]
    found.record(ids(FIRM), "trade", ids(OTHER), of(10))
    assert rows(found)[0] == (FIRM, "trade", OTHER, 10), "no debt of the past is held against it"


def test_taking_back_what_nobody_lost_is_nothing():
    found = Impairments()
    found.record(ids(FIRM), "trade", ids(OTHER), of(-10))
    assert rows(found) == []


def test_memory_fades_and_drops_the_smallest():
    found = memory()
    found.record(ids(FIRM), "closure", ids(BANK), of(0.9))
    found.fade(0.5, ids())
    assert rows(found) == [(victim, c, s, amount / 2) for victim, c, s, amount in WHOLE]


def test_a_victim_that_is_calm_is_cleared_and_remains_a_source():
    found = memory()
    found.fade(1.0, ids(BANK, FIRM))
    assert rows(found) == WHOLE[2:]
    found.fade(1.0, ids(OTHER + 16))
    assert rows(found) == WHOLE[2:]


def test_rows_of_some_victims():
    found = memory()
    at, channel, source, amount = found.of(ids(OTHER, BANK, FIRM))
    assert at.tolist() == [0, 2, 2]
    assert [CHANNELS[number] for number in channel] == ["trade", "trade", "funding"]
    assert source.tolist() == [FIRM, OTHER, BANK]
    assert amount.tolist() == [60, 40, 100]
    assert all(len(column) == 0 for column in found.of(ids(BANK)))
    assert all(len(column) == 0 for column in Impairments().of(ids(FIRM)))


def test_clearing_forgets_all():
    found = memory()
    found.clear()
    assert rows(found) == []


@pytest.mark.parametrize("channel", CHANNELS)
def test_large_party_ids_and_every_channel_survive_packing(channel):
    party = 20_000_000 * 16 + 5
    found = Impairments()
    found.record(ids(party), channel, ids(party - 1), of(3))
    assert rows(found) == [(party, channel, party - 1, 3)]


def test_a_channel_must_be_known():
    with pytest.raises(ValueError, match="not in tuple"):
        Impairments().record(ids(FIRM), "weather", ids(BANK), of(1))


def test_sums_by_key_are_looked_up():
    sums = PairSums()
    assert sums.lookup(ids(4), -1.0).tolist() == [-1.0]
    sums.add(ids(9, 4, 9), of(1, 5, 2))
    assert sums.lookup(ids(4, 5, 9, 99), -1.0).tolist() == [5.0, -1.0, 3.0, -1.0]
    sums.add(ids(4), of(-5))
    assert sums.lookup(ids(4), np.inf).tolist() == [np.inf]
