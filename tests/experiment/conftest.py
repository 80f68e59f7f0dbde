"""What every test of experiments needs."""

import gc

import pytest

from sim.experiment import manifest


@pytest.fixture(autouse=True, scope="session")
def _same_code():
    """Keep the hash of the code fixed: files may be edited while tests run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest, "code_hash", lambda: "same")
        yield


@pytest.fixture(autouse=True, scope="module")
def _quick_collection():
    """Leave what was there before out of the collection of garbage that follows every run."""
    gc.freeze()
    yield
    gc.unfreeze()
