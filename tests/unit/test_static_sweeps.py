import numpy as np
import pytest
from matplotlib.text import Text

from analysis.static_sweeps import cascade_window, draw_window, main, random_links


@pytest.fixture(scope="module")
def window():
    return cascade_window([0.4, 3, 4, 14], n=300, draws=25)


def test_large_cascades_are_likely_only_between_too_few_links_and_too_many(window):
    sparse_end, *middle, dense_end = window["frequency"]
    assert sparse_end == dense_end == 0
    assert min(middle) > 0.6
    assert window["extent"].isna().tolist() == [True, False, False, True]
    assert (window["extent"].dropna() > 0.8).all()
    assert ((window["low"] <= window["frequency"]) & (window["frequency"] <= window["high"])).all()


def test_with_capital_above_all_interbank_assets_nobody_follows():
    calm = cascade_window([3], n=100, draws=5, capital=0.21)
    assert calm["frequency"].tolist() == [0]
    texts = [text.get_text() for text in draw_window(calm).findobj(Text)]
    assert any("No failure" in text for text in texts)


def test_the_same_seed_draws_the_same_networks(window):
    again = cascade_window([0.4, 3], n=300, draws=25)
    assert again.equals(window.head(2))
    assert not cascade_window([3], n=300, draws=25, seed=2).equals(again.tail(1))


def test_random_networks_have_the_mean_degree_asked_for_and_nobody_lends_to_itself():
    links = random_links(2000, 5.0, np.random.default_rng(1))
    assert links.nnz / 2000 == pytest.approx(5, abs=0.2)
    assert not links.diagonal().any()
    assert (links.data == 1).all()
    out = np.diff(links.indptr)
    assert out.var() == pytest.approx(5, abs=0.6)  # as Poisson
    assert random_links(4, 3.0, np.random.default_rng(1)).nnz == 12
    assert random_links(4, 0.0, np.random.default_rng(1)).nnz == 0
    with pytest.raises(ValueError, match="mean_degree"):
        random_links(4, 3.5, np.random.default_rng(1))


def test_the_command_writes_picture_and_numbers(tmp_path):
    paths = main(["--out", str(tmp_path / "a"), "--n", "60", "--draws", "3"])
    assert [path.suffix for path in paths] == [".png", ".svg", ".csv"]
    assert all(path.stat().st_size > 0 for path in paths)
