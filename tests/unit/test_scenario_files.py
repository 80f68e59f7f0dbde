"""Wrong scenario files: each mistake gets one clear answer with file, line and field."""

import pytest

from sim.scenario import ScenarioError, load
from sim.scenario_plugins import plugins


def answers(folder, text, name="my.yaml", **others):
    """Write files, load the first and return what the error says, file paths shortened."""
    for other, body in others.items():
        (folder / f"{other}.yaml").write_text(body)
    file = folder / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ScenarioError) as caught:
        load(file)
    return str(caught.value).replace(f"{folder}/", "").splitlines()


SHOCKS = ", ".join(plugins("shocks"))
WRONG_VALUES = {
    "population: {enterprizes: 3}": "my.yaml:1: population.enterprizes: unknown field; did you mean 'enterprises'?",  # noqa: E501
    "name: a\nname2: b": "my.yaml:2: name2: unknown field; did you mean 'name'?",
    "credit.preset: privat": "my.yaml:1: credit.preset: 'privat' is not one of none, private, ecommerce, registry, integrated; did you mean 'private'?",  # noqa: E501
    "supervision.level: 9": "my.yaml:1: supervision.level: 9 is not one of 0, 1, 2, 3, 4",
    "supervision.level: true": "my.yaml:1: supervision.level: true is not one of 0, 1, 2, 3, 4",
    "supervision: {lone_cap: {}}": "my.yaml:1: supervision.lone_cap: unknown field; did you mean 'loan_cap'?",  # noqa: E501
    "supervision: {loan_cap: 3}": "my.yaml:1: supervision.loan_cap: 3 is not a map",
    "supervision: {loan_cap: {amount: -3}}": "my.yaml:1: supervision.loan_cap.amount: -3 is out of bounds: must be at least 0",  # noqa: E501
    "replications: '24%'": "my.yaml:1: replications: '24%' is not a whole number; a share of 24% is written 0.24",  # noqa: E501
    "parameters:\n  market.rate_cap: 24%": "my.yaml:2: parameters.market.rate_cap: '24%' is not a number: write 0.24",  # noqa: E501
    "replications: 1,000": "my.yaml:1: replications: '1,000' is not a whole number: write 1000",
    "replications: '12'": "my.yaml:1: replications: '12' is not a whole number: write 12 without quotes",  # noqa: E501
    "replications: 2.5": "my.yaml:1: replications: 2.5 is not a whole number",
    "replications: 5k": "my.yaml:1: replications: '5k' is not a whole number: write 5000",
    "replications: true": "my.yaml:1: replications: true is not a whole number",
    "parameters.market.rate_cap: 0,24": "my.yaml:1: parameters.market.rate_cap: '0,24' is not a number: write 0.24",  # noqa: E501
    "parameters.market.rate_cap: .nan": "my.yaml:1: parameters.market.rate_cap: nan is not a finite number",  # noqa: E501
    "parameters.market.rate_cap: .inf": "my.yaml:1: parameters.market.rate_cap: inf is not a finite number",  # noqa: E501
    "placebo: yes": "my.yaml:1: placebo: 'yes' is not true or false: write true",
    "channels: {weather: false}": "my.yaml:1: channels.weather: unknown field; known are closure, confidence, cyber, funding, guarantee, notes, trade, wholesale",  # noqa: E501
    "credit: private": "my.yaml:1: credit: 'private' is not a map",
    "arms: [a, b]": "my.yaml:1: arms: a list is not a map",
    "arms: {a: null}": "my.yaml:1: arms.a: write {} for an arm that changes nothing",
    "arms: {a: {seed: 3}}": "my.yaml:1: arms.a.seed: belongs to the whole experiment, not to an arm or point",  # noqa: E501
    "arms: {a: {sed: 3}}": "my.yaml:1: arms.a.sed: unknown field; known are channels, credit, parameters, population, shocks, supervision",  # noqa: E501
    "arms:\n  a: {credit.preset: x}": "my.yaml:2: arms.a.credit.preset: 'x' is not one of none, private, ecommerce, registry, integrated",  # noqa: E501
    "arms: {calm: {}}\nreference_arm: clam": "my.yaml:2: reference_arm: there is no arm 'clam'; did you mean 'calm'?",  # noqa: E501
    "supervision: {loan_cap: {until: 6}}": "my.yaml:1: supervision.loan_cap.until: unknown field; it is dated by month: {at: {12: {}, 24: false}}",  # noqa: E501
    "arms: {calm: {}}\ntwins: {arms: [slump]}": "my.yaml:2: twins.arms: there is no arm 'slump'; known are calm",  # noqa: E501
    "twins: {off: [weather]}": "my.yaml:1: twins.off: unknown channel 'weather'; write all, each or a list of channels: trade, guarantee, funding, notes, confidence, wholesale, closure, cyber",  # noqa: E501
    "expects: [{metric: x, arm: a, sign: up}]": "my.yaml:1: expects.sign: 'up' is not one of lower, higher, none",  # noqa: E501
    "shocks: {s: {month: 3}}": f"my.yaml:1: shocks.s.kind: must be given: one of {SHOCKS}",
    "shocks: {s: {kind: demnd, month: 3}}": f"my.yaml:1: shocks.s.kind: 'demnd' is not one of {SHOCKS}; did you mean 'demand'?",  # noqa: E501
    "shocks: {s: {kind: demand, month: 3}}": "my.yaml:1: shocks.s.size: must be given",
    "shocks: {s: {kind: demand, month: 3, size: -0.1, sizes: 3}}": "my.yaml:1: shocks.s.sizes: unknown field; did you mean 'size'?",  # noqa: E501
    "shocks: {s: {kind: demand, month: 3, size: -0.1, sector: 99}}": "my.yaml:1: shocks.s.sector: 99 is not one of 0..7",  # noqa: E501
    "time.months: 12\nshocks: {s: {kind: demand, month: 13, size: -0.1}}": "my.yaml:2: shocks.s.month: month 13 is outside the run, which has months 1..12",  # noqa: E501
    "supervision: {level: {at: {0: 1}}}": "my.yaml:1: supervision.level.at.0: month 0 is outside the run, which has months 1..96",  # noqa: E501
    "supervision: {level: {at: {97: 1}}}": "my.yaml:1: supervision.level.at.97: month 97 is outside the run, which has months 1..96",  # noqa: E501
    "supervision: {level: {at: {soon: 1}}}": "my.yaml:1: supervision.level.at.soon: 'soon' is not a month",  # noqa: E501
    "supervision: {level: {at: 3}}": "my.yaml:1: supervision.level.at: 3 is not a map of months to values",  # noqa: E501
    "supervision: {custody: {at: {}}}": "my.yaml:1: supervision.custody.at: names no month; write {at: {12: {}, 24: false}}",  # noqa: E501
    "supervision: {closure_order: {at: {5: {}, 5.5: false}}}": "my.yaml:1: supervision.closure_order.at.5.5: '5.5' is not a month",  # noqa: E501
    "supervision: {level: {at: {48: 9}}}": "my.yaml:1: supervision.level.at.48: 9 is not one of 0, 1, 2, 3, 4",  # noqa: E501
    "design: {population.bank: [3]}": "my.yaml:1: design.population.bank: population.bank: unknown field; did you mean 'banks'?",  # noqa: E501
    "design: {population.banks: [3, -1]}": "my.yaml:1: design.population.banks: population.banks: -1 is out of bounds: must be at least 0",  # noqa: E501
    "design: {population.banks: []}": "my.yaml:1: design.population.banks: must not be empty",
    "sample: {n: 4, over: {parameters.market.rate_cap: [0.3, 0.1]}}": "my.yaml:1: sample.over.parameters.market.rate_cap: 0.3 is not below 0.1",  # noqa: E501
    "name: a/b": "my.yaml:1: name: 'a/b' must begin with a letter or digit; then letters, digits and ._+-",  # noqa: E501
    "title: 3": "my.yaml:1: title: 3 is not text",
    "name: x\ntime: {months: 3}\nname: y": "my.yaml:3: name: given twice in the same map, which begins in line 1",  # noqa: E501
    "credit: {preset: none}\ncredit.preset: private": "my.yaml:2: credit.preset: given twice (also in line 1)",  # noqa: E501
    "replications: %24": "my.yaml:1: not valid YAML: a value cannot start with %; percentages are written as fractions, 24% is 0.24",  # noqa: E501
    "time:\n\tmonths: 3": "my.yaml:2: not valid YAML: indent with spaces, not with tabs",
    "a: b: c": "my.yaml:1: not valid YAML: mapping values are not allowed here",
    "name: &a [*a]": "my.yaml:1: name: a list is not text",
    "name: !!set {a}": "my.yaml:1: name: only maps, lists, numbers, text, true, false and null are understood",  # noqa: E501
    "name: !foo x": "my.yaml:1: name: the tag !foo is not understood; write the value without it",
    "name: x\ntime: !big {months: 3}": "my.yaml:2: time: the tag !big is not understood; write the value without it",  # noqa: E501
    "twins: {off: !!python/tuple [trade]}": "my.yaml:1: twins.off: the tag !!python/tuple is not understood; write the value without it",  # noqa: E501
    "time:\n  !x months: 3": "my.yaml:2: time: the tag !x is not understood; write the value without it",  # noqa: E501
    "!python {name: x}": "my.yaml:1: the tag !python is not understood; write the value without it",
    "seed: !!str 3": "my.yaml:1: seed: '3' is not a whole number: write 3 without quotes",
    "name: x\npopulation:": "my.yaml:2: population: null would drop all that is inherited here; leave the line out to change nothing",  # noqa: E501
    "parameters.enterprise: null": "my.yaml:1: parameters.enterprise: null would drop all that is inherited here; leave the line out to change nothing",  # noqa: E501
    "arms: {a: {credit: null}}": "my.yaml:1: arms.a.credit: null would drop all that is inherited here; leave the line out to change nothing",  # noqa: E501
    "arms: {a: {}}\nexpects: [{metric: defalts, arm: a, sign: lower}]": "my.yaml:2: expects.metric: there is no metric 'defalts'; did you mean 'defaults'?",  # noqa: E501
    "targets: [{metric: xyz}]": "my.yaml:1: targets.metric: there is no metric 'xyz'; 'describe metrics' lists them",  # noqa: E501
    "arms: {a: {}}\nexpects: [{metric: defaults, arm: a, sign: lower, from: 97}]": "my.yaml:2: expects.from: month 97 is outside the run, which has months 1..96",  # noqa: E501
    "arms: {a: {}}\nexpects: [{metric: defaults, arm: a, sign: lower, from: 0}]": "my.yaml:2: expects.from: 0 is out of bounds: must be at least 1",  # noqa: E501
    "twins: {off: [trad]}": "my.yaml:1: twins.off: unknown channel 'trad'; did you mean 'trade'?",
    "twins: {off: al}": "my.yaml:1: twins.off: unknown channel 'al'; did you mean 'all'?",
    "twins: {off: notes}": "my.yaml:1: twins.off: 'notes' is not a list: write [notes]",
    "name: x\n---\nname: y": "my.yaml:2: not valid YAML: a second document begins here (---); a scenario file holds one",  # noqa: E501
    "population: {enterprises: 1e3}": "my.yaml:1: population.enterprises: 1000.0 is written with a fraction: write 1000",  # noqa: E501
    f"name: {'a' * 81}": f"my.yaml:1: name: '{'a' * 36}... has 81 characters; at most 80 are allowed",  # noqa: E501
    "design: {population.platforms: [3, 4, 3]}": "my.yaml:1: design.population.platforms: 3 is there already",  # noqa: E501
    "reference_arm: bas": "my.yaml:1: reference_arm: there is no arm 'bas'; did you mean 'base'?",
    "- a\n- b": "my.yaml:1: the file holds a list; a scenario is a map of fields",
    "hello": "my.yaml:1: the file holds one value; a scenario is a map of fields",
    "": "my.yaml: the file is empty; a scenario is a map of fields",
    "# nothing": "my.yaml: the file is empty; a scenario is a map of fields",
    "extends: [a]": "my.yaml:1: extends: a list is not the name of a file",
    "extends: my.yaml": "my.yaml:1: extends: a file cannot extend itself: my.yaml -> my.yaml",
    "supervision: {rate_ceiling: {rate: 0,15}}": "my.yaml:1: supervision.rate_ceiling.rate: '0,15' is not a number: write 0.15",  # noqa: E501
    "parameters: {enterprise: {margin: 0,05, sectors: 3}}": "my.yaml:1: parameters.enterprise.margin: '0,05' is not a number: write 0.05",  # noqa: E501
    "supervision: {loan_cap: {amount: 1,000}}": "my.yaml:1: supervision.loan_cap.amount: '1,000' is not a number: write 1000",  # noqa: E501
    "supervision: {loan_cap: {amount: 1,000,000}}": "my.yaml:1: amount: '1,000,000' is not a number: write 1000000",  # noqa: E501
    "supervision: {rate_ceiling: {rate: 0,150}}": "my.yaml:1: supervision.rate_ceiling.rate: '0,150' is not a number: write 0.150",  # noqa: E501
    "credit: none": "my.yaml:1: credit: 'none' is not a map: write {preset: none}",
    "supervision: None": "my.yaml:1: supervision: 'None' is not a map: write {level: 0}",
    "credit: {lines: none}": "my.yaml:1: credit.lines: 'none' is not a map: leave the line out to change nothing",  # noqa: E501
    "supervision: {loan_cap: none}": "my.yaml:1: supervision.loan_cap: 'none' is not a map: write null",  # noqa: E501
    "sead: null": "my.yaml:1: sead: unknown field; did you mean 'seed'?",
    "population: {enterprizes: null}": "my.yaml:1: population.enterprizes: unknown field; did you mean 'enterprises'?",  # noqa: E501
    "supervision: {loan_capp: null}": "my.yaml:1: supervision.loan_capp: unknown field; did you mean 'loan_cap'?",  # noqa: E501
    "supervision: {loan_cap: {at: {3: {amuont: null}}}}": "my.yaml:1: supervision.loan_cap.at.3.amuont: unknown field; did you mean 'amount'?",  # noqa: E501
    "channels: {trad: null}": "my.yaml:1: channels.trad: unknown field; did you mean 'trade'?",
    "credit: {providers: {bankk: null}}": "my.yaml:1: credit.providers.bankk: unknown field; did you mean 'bank'?",  # noqa: E501
    "credit.sources.colateral: null": "my.yaml:1: credit.sources.colateral: unknown field; did you mean 'collateral'?",  # noqa: E501
    "parameters: {enterprise: {margn: null}}": "my.yaml:1: parameters.enterprise.margn: unknown field; did you mean 'margin'?",  # noqa: E501
    "arms:\n  a: {population.bank: null}": "my.yaml:2: arms.a.population.bank: unknown field; did you mean 'banks'?",  # noqa: E501
    "shocks:\n  slump: {kind: demand, month: 3, size: -0.1}\narms:\n  no slump: {shocks: {slmp: null}}": "my.yaml:4: arms.no slump.shocks.slmp: there is no shock 'slmp' to take back; did you mean 'slump'?",  # noqa: E501
    "shocks: {s: {kind: demand, month: 3, size: -0.1, sectr: null}}": "my.yaml:1: shocks.s.sectr: unknown field; did you mean 'sector'?",  # noqa: E501
    "shocks: {slump: null}": "my.yaml:1: shocks.slump: there is no shock 'slump' to take back; there is none",  # noqa: E501
    "design: {population.banks: null}": "my.yaml:1: design.population.banks: there is no field 'population.banks' to take back; there is none",  # noqa: E501
}


@pytest.mark.parametrize("text", WRONG_VALUES)
def test_one_mistake_one_answer(tmp_path, text):
    assert answers(tmp_path, text) == [WRONG_VALUES[text]]


@pytest.mark.parametrize("content", [b"\xff\xfe\x00a", b"name: \x00", b"\x89PNG\r\n\x1a\n"])
def test_binary_files(tmp_path, content):
    assert answers(tmp_path, content) == ["my.yaml: this is not a text file in UTF-8"]


def test_all_mistakes_at_once_in_the_order_of_lines(tmp_path):
    text = (
        "time: {months: 24}\n"
        "credit.preset: {at: {4: zzz}}\n"
        "supervision: {level: {at: {30: 0}}}\n"
        "shocks: {s: {kind: demand, month: 0, size: -0.1}}\n"
        "arms: {a: {population.banks: many}}\n"
        "replications: 24%\n"
    )
    found = answers(tmp_path, text)
    assert [line.split(":")[1] for line in found] == ["2", "3", "4", "5", "6"]


def test_a_mistake_of_the_parent_names_the_parent(tmp_path):
    found = answers(tmp_path, "extends: base.yaml\n", base="name: x\nseed: -1\n")
    assert found == ["base.yaml:2: seed: -1 is out of bounds: must be at least 0"]


def test_null_for_a_label_that_is_not_inherited_names_the_nearest(tmp_path):
    parent = "arms: {calm: {}}\nshocks: {slump: {kind: demand, month: 3, size: -0.1}}\n"
    found = answers(tmp_path, "extends: base.yaml\narms: {clam: null}", base=parent)
    wanted = "my.yaml:2: arms.clam: there is no arm 'clam' to take back; did you mean 'calm'?"
    assert found == [wanted]
    found = answers(tmp_path, "extends: base.yaml\nshocks: {slumpp: null}", base=parent)
    assert found[0].endswith("there is no shock 'slumpp' to take back; did you mean 'slump'?")


def test_what_null_took_back_leaves_no_trace_in_the_merged_file(tmp_path):
    (tmp_path / "base.yaml").write_text(
        "arms: {calm: {}, dry: {shocks: {slump: null, own: {kind: demand, month: 4, size: 0.1}}}}\n"
        "shocks: {slump: {kind: demand, month: 3, size: -0.1}}\n"
    )
    (tmp_path / "my.yaml").write_text(
        "extends: base.yaml\narms: {calm: null, dry: {shocks: {own: null}}}\n"
    )
    merged = load(tmp_path / "my.yaml")
    assert merged.written()["arms"] == {"dry": {"shocks": {"slump": None}}}
    assert merged.resolve("dry").policy(3).shocks == ()
    (tmp_path / "none.yaml").write_text("extends: my.yaml\nshocks: {slump: null}\n")
    assert load(tmp_path / "none.yaml").written()["arms"] == {"dry": {"shocks": {}}}


def test_missing_parent(tmp_path):
    found = answers(tmp_path, "name: x\nextends: bsae.yaml", base="name: x")
    wanted = "my.yaml:2: extends: there is no file bsae.yaml; did you mean 'base.yaml'?"
    assert found == [wanted]


def test_circle_of_parents(tmp_path):
    found = answers(tmp_path, "extends: b.yaml", b="name: b\nextends: my.yaml")
    assert found == ["b.yaml:2: extends: a file cannot extend itself: my.yaml -> b.yaml -> my.yaml"]


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(ScenarioError, match="there is no file"):
        load(tmp_path / "nothing.yaml")
    with pytest.raises(ScenarioError, match="is a folder"):
        load(tmp_path)


def test_a_value_that_repeats_itself_without_end_is_refused(tmp_path):
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n"
    for i in range(8):
        before, name = chr(97 + i), chr(98 + i)
        bomb += f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    assert "too many values" in answers(tmp_path, bomb)[0]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("replications=24%", "--set replications: '24%' is not a whole number"),
        ("time.month=3", "--set time.month: unknown field; did you mean 'months'?"),
        ("seed", "--set seed: write it like --set credit.preset=none"),
        ("seed=[1", "--set seed: '[1' is not a value in YAML"),
        ("seed=!!int x", "--set seed: '!!int x' is not a value in YAML"),
        ("seed=!foo 3", "--set seed: '!foo 3' is not a value in YAML"),
        ("credit={presets: none}", "--set credit.presets: unknown field; did you mean 'preset'?"),
        ("seed=", "--set seed: a value is missing after the ="),
        ("population=null", "--set population: null would drop all that is inherited here"),
        ("=3", "--set =3: write it like --set credit.preset=none"),
    ],
)
def test_overrides_from_the_command_line(tmp_path, text, answer):
    (tmp_path / "a.yaml").write_text("name: a")
    with pytest.raises(ScenarioError) as caught:
        load(tmp_path / "a.yaml", [text])
    assert str(caught.value).startswith(answer)


SAMPLED = "name: a\nsample: {method: morris, n: 4, over: {parameters.bank.pd_cutoff: [0.02, 0.05]}}"
MARGIN, CUTOFF = "parameters.enterprise.margin", "parameters.bank.pd_cutoff"
GRID = f"name: a\ndesign: {{{CUTOFF}: [0.02, 0.05], parameters.market.debt_cap: [0.3]}}"


@pytest.mark.parametrize(
    ("sets", "fields", "n"),
    [
        ([f"sample.over={{{MARGIN}: [0.06, 0.08]}}"], [MARGIN], 4),
        ([f"sample.over.{MARGIN}=[0.06, 0.08]"], [CUTOFF, MARGIN], 4),
        ([f"sample={{n: 2, over: {{{MARGIN}: [0.06, 0.08]}}}}"], [MARGIN], 2),
        (["sample.n=3"], [CUTOFF], 3),
        ([f"sample.over={{{MARGIN}: [0.06, 0.08]}}", f"sample.over.{CUTOFF}=[0.01, 0.02]"],
         [MARGIN, CUTOFF], 4),
        ([f"sample.over.{MARGIN}=[0.06, 0.08]", f"sample.over.{CUTOFF}=null"], [MARGIN], 4),
    ],
)  # fmt: skip
def test_a_map_of_points_given_whole_replaces_the_files(tmp_path, sets, fields, n):
    (tmp_path / "a.yaml").write_text(SAMPLED)
    sample = load(tmp_path / "a.yaml", sets).sample
    assert list(sample.over) == fields
    assert (sample.method, sample.n) == ("morris", n)


def test_a_design_given_whole_replaces_the_files_and_one_field_merges(tmp_path):
    (tmp_path / "a.yaml").write_text(GRID)
    whole = load(tmp_path / "a.yaml", [f"design={{{MARGIN}: [0.06]}}"])
    assert list(whole.design) == [MARGIN]
    one = load(tmp_path / "a.yaml", [f"design.{CUTOFF}=[0.03]"])
    assert list(one.design) == [CUTOFF, "parameters.market.debt_cap"]
    assert list(one.design[CUTOFF]) == [0.03]
