"""The noise of signals: its law over time, and whose it is."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.contracts.signals import noise, source_code
from sim.credit.application import Application
from sim.credit.collateral import Collateral
from sim.credit.relationship import Relationship
from sim.draws import Draws

MEMORY = 12
FIRMS = np.arange(20_000)
PRIVATE = SimpleNamespace(kind="own_files", shared=False)
SHARED = SimpleNamespace(kind="registry_of_all", shared=True)


def at(month, source=PRIVATE, provider=0, firm=FIRMS, memory=MEMORY, draws=None):
    provider = np.broadcast_to(provider, firm.shape).astype(np.int64)
    return noise(draws or Draws(3), source, firm, provider, month, memory)


def correlation(one, other):
    return float(np.corrcoef(one, other)[0, 1])


@pytest.mark.parametrize("month", [-23, 0, 5, 12, 96])
def test_it_is_standard_normal_at_all_times(month):
    found = at(month)
    assert abs(found.mean()) < 0.03
    assert found.std() == pytest.approx(1.0, abs=0.02)
    assert np.mean(np.abs(found) > 1.96) == pytest.approx(0.05, abs=0.006)


def test_it_is_standard_normal_for_firms_in_every_part_of_their_block():
    by_phase = at(7, firm=np.arange(24_000)).reshape(-1, MEMORY)  # the phase follows the row
    assert by_phase.std(axis=0) == pytest.approx(np.ones(MEMORY), abs=0.06)


@pytest.mark.parametrize("month", [-12, 0, 11, 30])
def test_it_hardly_moves_in_a_month(month):
    assert correlation(at(month), at(month + 1)) > 0.9


def test_it_fades_with_time_and_is_gone_after_two_blocks():
    # A block later f(1 - f) of the weight is common: its mean root over f is near 0.39.
    by_lag = [correlation(at(1), at(1 + lag)) for lag in (1, 4, 8, 12, 24, 60)]
    assert by_lag[:4] == sorted(by_lag[:4], reverse=True)
    assert by_lag[3] == pytest.approx(0.39, abs=0.04)
    assert max(map(abs, by_lag[4:])) < 0.03


@pytest.mark.parametrize("source", [PRIVATE, SHARED])
def test_any_subset_gets_the_numbers_it_gets_in_the_whole(source):
    some = np.array([19_000, 7, 7, 412])
    assert at(9, source, firm=some).tolist() == at(9, source)[some].tolist()
    months = np.array([3, 9, 40, 9])
    each = [at(int(m), source, firm=some[i : i + 1])[0] for i, m in enumerate(months)]
    assert at(months, source, firm=some).tolist() == each


def test_private_noise_differs_by_provider_and_shared_noise_does_not():
    assert abs(correlation(at(5, PRIVATE, 0), at(5, PRIVATE, 1))) < 0.03
    assert at(5, SHARED, 0).tolist() == at(5, SHARED, 70).tolist()


def test_sources_and_replications_have_noise_of_their_own():
    assert abs(correlation(at(5, PRIVATE), at(5, SHARED))) < 0.03
    assert abs(correlation(at(5), at(5, draws=Draws(3, 1)))) < 0.03
    assert at(5).tolist() == at(5, draws=Draws(3)).tolist()


def test_sources_of_the_model_never_share_a_noise():
    kinds = [Application(), Collateral(), Relationship()]
    found = [at(5, source, provider=2) for source in kinds]
    for i, one in enumerate(found):
        for other in found[i + 1 :]:
            assert abs(correlation(one, other)) < 0.03


NAMED = ("application", "collateral", "relationship", "transactions", "logistics", "telecom",
         "registry", "review", "own_files", "registry_of_all")  # fmt: skip


def test_sources_have_codes_of_their_own():
    codes = [source_code(name) for name in NAMED]
    assert len(set(codes)) == len(NAMED)
    assert 0 <= min(codes) <= max(codes) < 1 << 24
    assert source_code("review") != source_code("viewer"), "letters in another order"


def test_sources_of_equal_letters_share_no_noise():
    review, other = (SimpleNamespace(kind=k, shared=False) for k in ("review", "relationship"))
    assert abs(correlation(at(5, review), at(5, other))) < 0.03


@pytest.mark.parametrize("memory", [1, 2, 120])
def test_other_memories_keep_the_law(memory):
    assert at(40, memory=memory).std() == pytest.approx(1.0, abs=0.02)
    gone = correlation(at(40, memory=memory), at(40 + 2 * memory, memory=memory))
    assert abs(gone) < 0.03
