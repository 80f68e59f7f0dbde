"""Every plug-in, found by listing its folder, keeps the contract of its family."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

import sim.credit
import sim.supervision
from sim import scenario_plugins
from sim.conditions import CONDITIONS, write
from sim.credit.base import COLUMNS, Source, precision_tables
from sim.limits import PROVIDER_KINDS, QUESTIONS, ProviderView, answer
from sim.scenario_errors import ScenarioError
from sim.scenario_plugins import kind_of, plugins
from sim.scoring import applicants as applicants_of
from sim.shocks.base import Attack, Shock
from sim.supervision.base import Instrument

FAMILIES = {"credit": Source, "supervision": Instrument, "shocks": Shock}
SOURCES = sorted(plugins("credit"))
INSTRUMENTS = sorted(plugins("supervision"))
SHOCKS = sorted(plugins("shocks"))


def providers() -> ProviderView:
    kind = np.array([2, 3, 4, 4])
    money = np.array([1e6, 5e7, 2e5, 3e5])
    return ProviderView(kind=kind, capital=money, loans=money, age_months=np.array([1, 2, 3, 4]))


def applicants() -> SimpleNamespace:
    return SimpleNamespace(
        n=4,
        fixed_assets=np.array([0, 10, 20, 0]),
        months_known=np.array([0, 6, 12, 100]),
        is_online=np.array([True, False, True, True]),
        supplies_core=np.array([False, False, True, False]),
        has_past=np.array([True, True, False, False]),
        coverage_draw=np.array([0.1, 0.94, 0.96, 0.5]),
    )


@pytest.mark.parametrize("family", FAMILIES)
def test_kind_is_the_file_and_every_parameter_has_unit_and_source(family):
    for kind, plugin in plugins(family).items():
        assert issubclass(plugin, FAMILIES[family])
        assert kind_of(plugin) == kind
        assert plugin.__doc__
        for name, field in plugin.model_fields.items():
            if name != "kind":
                assert field.description, f"{kind}.{name}"
                assert field.json_schema_extra["unit"], f"{kind}.{name}"
                assert field.json_schema_extra["source"], f"{kind}.{name}"


@pytest.mark.parametrize("kind", SOURCES)
def test_source(kind):
    source = plugins("credit")[kind]()
    view = applicants()
    declared = SimpleNamespace(n=view.n, **{name: getattr(view, name) for name in source.columns})
    covered = source.coverage(declared)
    precision = source.precision(declared, 0.5)
    assert covered.shape == precision.shape == (4,)
    assert covered.dtype == np.bool_
    assert (precision >= 0).all()
    assert ((precision > 0) == covered).all()
    assert source.cost >= 0
    assert source.p > 0
    worse = source.model_copy(update={"auc": source.auc - 0.02})
    assert worse.p < source.p
    for name, value in (("auc", 1.5), ("auc", 0.4), ("cost", -1.0), ("delay", 13)):
        with pytest.raises(ValueError, match=name):
            type(source)(**{name: value})


@pytest.mark.parametrize("kind", SOURCES)
def test_a_source_sees_the_columns_it_declares_and_cannot_write_them(kind):
    source = plugins("credit")[kind]()
    columns = {name: value for name, value in vars(applicants()).items() if name != "n"}
    columns[f"{kind}.coverage_draw"] = columns.pop("coverage_draw")
    view = applicants_of(source, columns, np.array([3, 1]))
    assert set(vars(view)) == {"n", *source.columns}
    assert view.n == 2
    for name in source.columns:
        own = getattr(applicants(), name)
        assert getattr(view, name).tolist() == own[[3, 1]].tolist()
        with pytest.raises(ValueError, match="read-only"):
            getattr(view, name)[0] = 0


COVERED = {
    "application": [True, True, True, True],
    "collateral": [False, True, True, False],
    "logistics": [False, False, True, False],
    "registry": [True, True, False, False],
    "relationship": [False, True, True, True],
    "review": [True, True, True, True],
    "telecom": [True, True, False, True],
    "transactions": [True, False, True, True],
}


@pytest.mark.parametrize("kind", SOURCES)
def test_whom_a_source_covers(kind):
    assert plugins("credit")[kind]().coverage(applicants()).tolist() == COVERED[kind]


def test_every_column_that_may_be_asked_for_is_asked_for_by_a_source():
    assert {name for kind in SOURCES for name in plugins("credit")[kind].columns} == set(COLUMNS)


def test_who_may_hold_a_source():
    def holders(kind):
        return {k for k in PROVIDER_KINDS if plugins("credit")[kind].may_hold(k)}

    assert holders("review") == set()
    assert plugins("credit")["review"].may_hold("crowdfunding_platform")
    for kind in set(SOURCES) - {"review"}:
        assert holders(kind) == set(PROVIDER_KINDS), "its own holders, or opened to all"
    owned = type("Owned", (Source,), {"holders": ("bank",)})
    assert owned.may_hold("bank")
    assert not owned.may_hold("platform")


@pytest.mark.parametrize("kind", SOURCES)
def test_every_source_has_a_calibrated_table(kind):
    points = precision_tables()["sources"][kind]
    assert points == sorted(points)
    assert all(p >= 0 for _, p in points)


def test_relationship_grows_with_history_up_to_three_years():
    source = plugins("credit")["relationship"]()
    assert source.precision(applicants(), 0.6).tolist() == pytest.approx([0.0, 0.3, 0.6, 1.8])


@pytest.mark.parametrize("kind", INSTRUMENTS)
def test_instrument(kind):
    instrument = plugins("supervision")[kind]()
    view = providers()
    assert instrument.answers(), "an instrument answers at least one question"
    own = set(vars(type(instrument)))
    methods = {name for name in own if callable(getattr(instrument, name, None))}
    assert {m for m in methods if not m.startswith(("_", "model_"))} <= set(QUESTIONS)
    for name in instrument.answers():
        given = np.broadcast_to(getattr(instrument, name)(view), (4,))
        assert not np.isnan(given).any()
    limits = answer([instrument], view, month=1)
    moved = [(limits.set_by(name) == 0).any() for name in instrument.answers()]
    assert any(moved), "with its defaults it binds somebody"


@pytest.mark.parametrize("kind", INSTRUMENTS)
@pytest.mark.parametrize("bound", sorted(PROVIDER_KINDS))
def test_instrument_leaves_other_kinds_at_neutral(kind, bound):
    instrument = plugins("supervision")[kind](kinds=(bound,))
    view = providers()
    limits = answer([instrument], view, month=1)
    others = view.kind != PROVIDER_KINDS[bound]
    for name, question in QUESTIONS.items():
        assert (limits[name][others] == question.neutral).all()
        assert (limits.set_by(name)[others] == -1).all()


# What makes a shock felt, and what makes it neutral, where that is not its size.
FELT = {
    "absconding": {},
    "adoption": {"entry": [(1, 0.5)]},
    "liquidation": {"share": 0.1},
    "wave": {"rate": 0.1},
}
NEUTRAL = {
    "absconding": {"rank": 0},
    "adoption": {"entry": [(1, 1.0)]},
    "liquidation": {"share": 0.0},
    "wave": {"rate": 0.0},
}


@pytest.mark.parametrize("kind", SHOCKS)
def test_shock(kind):
    if issubclass(plugins("shocks")[kind], Attack):
        attack = plugins("shocks")[kind](month=5, months=3)
        assert [m for m in range(1, 12) if attack.is_active(m)] == [5, 6, 7]
        assert not attack.conditions(5, 4)
        return
    shock = plugins("shocks")[kind](month=5, months=3, **FELT.get(kind, {"size": 0.1}))
    for month in range(1, 12):
        written = shock.conditions(month, 4)
        assert set(written) <= set(CONDITIONS)
        assert bool(written) == (5 <= month < 8) == shock.is_active(month)
        assert write([shock], month, 4).neutral != shock.is_active(month)
    zero = plugins("shocks")[kind](month=5, months=3, **NEUTRAL.get(kind, {"size": 0.0}))
    assert write([zero], 5, 4).neutral


BROKEN = {
    "a slip": ("x = (\n", "foo.py:1: '(' was never closed"),
    "no class": ("X = 1\n", "foo.py: holds no class with kind = 'foo'"),
    "a lost import": ("\nimport nothing_here\n", "foo.py:2: ModuleNotFoundError"),
    "another question": (
        "from typing import ClassVar\n"
        "from sim.supervision.base import Instrument\n"
        "class Foo(Instrument):\n"
        '    kind: ClassVar[str] = "foo"\n'
        "    def loan_capp(self, view):\n"
        "        return 3.0\n",
        "foo.py: loan_capp: no such question; did you mean 'loan_cap'?",
    ),
}
BROKEN_SOURCES = {
    "another column": (
        "from typing import ClassVar\n"
        "from sim.credit.base import Source\n"
        "class Foo(Source):\n"
        '    kind: ClassVar[str] = "foo"\n'
        '    columns: ClassVar[tuple[str, ...]] = ("fixed_aset",)\n',
        "foo.py: fixed_aset: no such column; did you mean 'fixed_assets'?",
    ),
}


@pytest.mark.parametrize("name", [*BROKEN, *BROKEN_SOURCES])
def test_a_file_that_is_no_plug_in_is_named_in_a_line(name, tmp_path, monkeypatch):
    family = "supervision" if name in BROKEN else "credit"
    text, said = {**BROKEN, **BROKEN_SOURCES}[name]
    folder, package = tmp_path / family, {"supervision": sim.supervision, "credit": sim.credit}
    folder.mkdir()
    (folder / "foo.py").write_text(text)
    path = [str(folder), *package[family].__path__]
    monkeypatch.setattr(f"sim.{family}.__path__", path)
    monkeypatch.setattr(scenario_plugins, "HERE", tmp_path)
    with pytest.raises(ScenarioError) as caught:
        scenario_plugins.plugins.__wrapped__(family)
    sys.modules.pop(f"sim.{family}.foo", None)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
