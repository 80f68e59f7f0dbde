import numpy as np
import pytest

from sim.units import to_fen, to_yuan, yuan


def test_to_fen_rounds_halves_to_even():
    fen = to_fen([0.5, 1.5, 2.4999, -0.5, -1.5])
    assert fen.dtype == np.int64
    assert fen.tolist() == [0, 2, 2, 0, -2]


@pytest.mark.parametrize(("amount", "fen"), [(1, 100), (0.29, 29), (1.005, 100), (-2.5, -250)])
def test_yuan_gives_whole_fen(amount, fen):
    assert yuan(amount) == fen
    assert isinstance(yuan(amount), int)


def test_to_yuan_undoes_yuan():
    assert to_yuan([yuan(12.34), yuan(0.07)]).tolist() == [12.34, 0.07]
