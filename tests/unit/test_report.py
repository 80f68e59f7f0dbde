"""The report of a study: whole in one file, the same tables as `compare`, readable text."""

import re
from html.parser import HTMLParser

import pytest
from rich.table import Table
from typer.testing import CliRunner

from analysis import commands, report
from run import app
from sim import simulate
from sim.scenario import Scenario
from tests.worlds import STRESS

FIELDS = {
    "name": "told",
    "title": "Do <caps> & slumps show?",
    "time": {"months": 4, "burn_in": 1},
    "population": {"enterprises": 60, "investors": 40, "platforms": 3, "micro_lenders": 2,
                   "banks": 2},
    "parameters": STRESS, "replications": 2,
    "arms": {"free": {}, "cap": {"supervision": {"loan_cap": {"amount": 20000.0}}}},
    "twins": {"off": "all"},
    "expects": [{"metric": "financing_gap", "arm": "cap", "sign": "higher", "why": "less credit"}],
}  # fmt: skip


class Outline(HTMLParser):
    """Collects tags that stay open, what is loaded, and the words of each cell."""

    def __init__(self):
        super().__init__()
        self.open, self.loads, self.cells, self.tables = [], [], [], 0

    def handle_starttag(self, tag, attrs):
        facts = dict(attrs)
        self.loads += [facts[name] for name in ("src", "href") if name in facts]
        self.tables += tag == "table"
        if tag not in ("meta", "br", "img", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in ("td", "small"):
            self.cells.append(data.strip())


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("told")
    return simulate(Scenario(**FIELDS), workers=1, out=folder, progress=False)


@pytest.fixture(scope="module")
def page(results):
    return report.page(results, with_figures=False)


def outline(text):
    found = Outline()
    found.feed(text)
    assert not found.open
    return found


def test_it_holds_what_it_shows_and_is_well_formed(page):
    found = outline(page)
    assert all(load.startswith(("data:", "#")) for load in found.loads)
    assert not re.search(r"@import|url\(|<script", page)
    assert "Do &lt;caps&gt; &amp; slumps show?" in page
    for words in ("Method", "60 enterprises", "all off", "amount: 20000.0", "free (reference)",
                  "code hash", "SHA-256", "So few replications"):  # fmt: skip
        assert words in page, words


def test_its_tables_are_those_of_compare(results, page):
    base, window = results.reference_arm, (1, results.months)
    shown, _ = commands.laid_out(
        results, base, commands.findings(results, base, window), report.WIDTH
    )
    cells = set(outline(page).cells)
    assert len(shown) >= 3
    for table in shown:
        told = {line for column in table.columns for cell in column.cells
                for line in str(cell).strip().split("\n")}  # fmt: skip
        assert told - {""} <= cells, str(table.title)
    assert outline(page).tables >= len(shown) + 1


def test_heads_broken_for_the_terminal_are_whole():
    table = Table(title="t")
    table.add_column("detect-\nable", justify="right")
    table.add_column("var.\nratio")
    table.add_row("1\n(0 .. 2)", "x")
    found = report.as_html(table)
    assert found["heads"] == ["detectable", "var. ratio"]
    assert found["rows"] == [[["1", "(0 .. 2)"], ["x"]]]
    assert found["is_number"] == [True, False]


def test_figures_are_inside_and_the_page_is_the_same_twice(results, tmp_path, monkeypatch):
    monkeypatch.setattr("analysis.figures.standard", lambda: [])
    monkeypatch.setattr(report, "FIRST", ("headline",))
    target = tmp_path / "new" / "page.html"
    told = CliRunner().invoke(app, ["report", str(results.folder), "--out", str(target)])
    assert told.exit_code == 0, told.output
    text = target.read_text(encoding="utf-8")
    assert len(re.findall(r'src="data:image/png;base64,[^"]{1000,}" alt="[^"]{15,}"', text)) == 1
    assert text == report.page(results)
    told = CliRunner().invoke(app, ["report", str(tmp_path)])
    assert told.exit_code == 2
    assert "no results here" in told.stderr


def test_small_tables_stay_whole_in_print_and_long_ones_bear_their_head(page):
    """Each table holds its own name, so that no page ends with the name of the next one."""
    found = re.findall(r'<figure class="table (small|long)">(.*?)</figure>', page, re.DOTALL)
    assert {kind for kind, _ in found} == {"small", "long"}
    for kind, text in found:
        rows = text.count("<tr>") - 1
        assert (rows <= report.SMALL) == (kind == "small")
        assert re.search(r"<table>\s*<caption>.+</caption>\s*<thead>", text)
    rules = page[page.index("@media print") :]
    for rule in ("figure.long { break-inside: auto; }", "thead { display: table-header-group; }",
                 "details::details-content { content-visibility: visible"):  # fmt: skip
        assert rule in rules


# ---------------------------------------------------------------- many arms
@pytest.fixture(scope="module")
def crossed(tmp_path_factory):
    """All combinations of three factors, one of them with so many levels that arms are many."""
    levels = {f"cap {i}": {"supervision.loan_cap": {"amount": 1e4 * i}} for i in range(1, 13)}
    cross = {
        "credit": {"private": {}, "none": {"credit.preset": "none"}},
        "cap": {"free": {}, **levels},
        "demand": {"calm": {}},
    }
    wish = {"metric": "cohort_default_rate", "against": "private / free / calm", "sign": "none",
            "arm": "none / free / calm", "why": "few months", "source": "assumed"}  # fmt: skip
    fields = {**FIELDS, "factors": cross, "primary": [wish], "time": {"months": 2, "burn_in": 1}}
    fields = {name: fields[name] for name in fields if name not in ("arms", "twins", "expects")}
    folder = tmp_path_factory.mktemp("crossed")
    return simulate(Scenario(**fields), workers=1, out=folder, progress=False)


def test_of_a_factorial_experiment_it_shows_factors_and_few_rows(crossed):
    page = report.page(crossed, with_figures=False)
    found = outline(page)
    assert "Arms are all 26 combinations" in page
    assert "credit: none</dt>" in page
    assert "cap: cap 12</dt>" in page
    for words in ("Primary contrasts", "Main effects on defaults", "told from zero at 95 %",
                  "one of 26 arms"):  # fmt: skip
        assert words in page, words
    assert "less private / free / calm" in found.cells
    unfolded = re.sub("(?s)<details>.*?</details>", "", page)
    for table in re.findall("(?s)<table>.*?</table>", unfolded):
        assert table.count("<tr>") - 1 <= report.MOST_ROWS


def test_further_figures_of_a_factorial_experiment_are_folded_up(crossed, monkeypatch):
    monkeypatch.setattr("analysis.figures.standard", lambda: [])
    monkeypatch.setattr(report, "FIRST", ("factorial", "headline"))
    page = report.page(crossed)
    first, rest = page.split("Further figures, 1:")
    assert 'id="figure-factorial"' in first
    assert 'id="figure-headline"' in rest
