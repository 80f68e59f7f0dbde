"""What every test of experiments needs."""

import pytest

from sim.experiment import manifest


@pytest.fixture(autouse=True)
def _same_code(monkeypatch):
    """Keep the hash of the code fixed: files may be edited while tests run."""
    monkeypatch.setattr(manifest, "code_hash", lambda: "same")
