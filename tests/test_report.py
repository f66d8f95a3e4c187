"""A report is one file that needs nothing else, says failures first and runs nothing that came in."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import polars as pl
import pytest

import chart_frames as tables
from brittlestar._shared.errors import InputError
from brittlestar._shared.references import references
from brittlestar.report import person as person_view
from brittlestar.report.page import cite, html, human, plain
from brittlestar.report.trial import view
from brittlestar.report.view import filled

BAD = "<script>alert(1)</script></script><img src=x onerror=alert(2)>"


class Reader(HTMLParser):
    """The elements of a page, and the text that a reader sees."""

    VOID = ("meta", "link", "img", "br", "hr")

    def __init__(self, page: str):
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.open: list[str] = []
        self.scripts: list[tuple[dict, str]] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)
        if tag == "script":
            self.scripts.append((dict(attrs), ""))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            attrs, code = self.scripts[-1]
            self.scripts[-1] = (attrs, code + data)
        elif not self.open or self.open[-1] != "style":
            self.text += data

    @property
    def specs(self) -> dict[str, dict]:
        return {a["id"]: json.loads(code) for a, code in self.scripts if a.get("type") == "application/json"}


def rows_of(spec: dict, layer: dict) -> list[dict]:
    data = layer.get("data") or spec["data"]
    return data["values"] if "values" in data else spec["datasets"][data["name"]]


def trial_report(results: dict, frames: dict, protocol: dict) -> str:
    return html(view(tables.content(results, frames), tables.asked(frames) | protocol))


def person_report(comparison: dict, frames: dict) -> str:
    return html(person_view.view(comparison, frames))


@pytest.fixture(scope="module")
def trial() -> str:
    return trial_report(tables.results(), tables.frames(), tables.protocol())


@pytest.fixture(scope="module")
def person() -> str:
    return person_report(tables.comparison(), {"course": tables.course(), "fractures": tables.fractures()})


@pytest.mark.parametrize("which", ["trial", "person"])
def test_a_page_is_whole_and_asks_nothing_of_the_network(which: str, request: pytest.FixtureRequest) -> None:
    read = Reader(request.getfixturevalue(which))
    assert read.open == []
    assert not [
        tag for tag, attrs in read.tags if "src" in attrs or tag in ("link", "img", "iframe", "object")
    ]
    (policy,) = [a["content"] for tag, a in read.tags if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy.startswith("default-src 'none'") and "unsafe-eval" not in policy
    running = [code for attrs, code in read.scripts if "type" not in attrs]
    hashes = [base64.b64encode(hashlib.sha256(code.encode()).digest()).decode() for code in running]
    assert len(running) == 2
    assert re.findall(r"'sha256-([^']+)'", policy) == hashes
    ids = [attrs["id"] for _, attrs in read.tags if "id" in attrs]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("which", ["trial", "person"])
def test_a_page_says_what_it_is_and_how_it_was_made(which: str, request: pytest.FixtureRequest) -> None:
    text = " ".join(Reader(request.getfixturevalue(which)).text.split())
    for part in (
        "Simulated, not observed", "version 0.1.0", "commit 0123456789ab", "seed 1", "2099-01-02",
        "parameters v6 (abababab)", "never recommends one for a real person", "not a medical device",
        "Denser bone is not",
    ):  # fmt: skip
        assert part in text, part


def test_endpoints_come_failures_first_in_words(trial: str) -> None:
    read = Reader(trial)
    verdicts = [
        a["class"].removeprefix("verdict ") for tag, a in read.tags if "verdict" in a.get("class", "")
    ]
    assert verdicts == ["outside"] * 2 + ["no-interval"] + ["inside"] * 4
    text = read.text
    assert text.index("outside the published interval") < text.index("inside the published interval")
    assert "Nothing published to compare" in text
    assert "19.4\u00a0% (16.9 to 21.9)" in text and "15.2\u00a0% (11.8 to 18.6)" in text


def test_every_figure_has_its_words_and_numbers(trial: str) -> None:
    read = Reader(trial)
    assert set(read.specs) == {
        "spec-forest", "spec-series-ls_abmd_pct_change", "spec-series-ls_z", "spec-series-ctx",
        "spec-series-p1np", "spec-series-bsap", "spec-free", "spec-mcf",
    }  # fmt: skip
    for spec in read.specs.values():
        assert spec["width"] == "container" and "title" not in spec
        assert spec["description"].split(".")[0] in read.text


def test_arms_are_called_by_their_labels_and_shares_become_points() -> None:
    results = tables.results()
    arms = [{"id": "placebo", "label": "Sugar pill (control)", "plan": "none"}]
    results["trial"] |= {"arms": arms, "sources": ["B & C 2098"]}
    share = {"kind": "proportion_fractured", "window": [0, 12], "id": "broken"}
    share["published"] = [{"arm": "placebo", "value": 0.3, "low": 0.2, "high": 0.45, "source": "here"}]
    later = share | {"window": [12, 36]}
    frames = tables.frames() | {"published": tables.published().clear()}
    read = Reader(trial_report(results, frames, {"endpoints": [share, later]}))
    spec = read.specs["spec-free"]
    points = [x for x in spec["layer"] if x["mark"]["type"] == "point"]
    (row,) = [row for layer in points for row in rows_of(spec, layer)]
    assert row["arm"] == "Sugar pill (control)" and row["time_months"] == 12
    assert (row["low"], row["value"], row["high"]) == pytest.approx((0.55, 0.7, 0.8))
    assert "placebo" not in json.dumps(read.specs["spec-mcf"])
    assert "B & C 2098" in read.text


def test_a_trial_without_curves_or_agreement_still_has_a_report() -> None:
    results = tables.results() | {"endpoints": tables.endpoints()[-1:]}
    read = Reader(trial_report(results, {"bands": pl.DataFrame()}, {}))
    assert read.specs == {}
    assert "Nothing published to compare" in read.text


def test_an_endpoint_without_an_answer_is_a_failure() -> None:
    row = tables.endpoints()[0] | {
        "verdict": "no answer",
        "simulated": {"mean": None, "low": None, "high": None},
    }
    read = Reader(trial_report(tables.results() | {"endpoints": [row]}, {}, {}))
    assert "without an answer from the simulation" in read.text


def test_nothing_that_came_with_a_result_can_run() -> None:
    results = tables.results(title=BAD)
    for row in results["endpoints"]:
        row["label"] += BAD
    frames = tables.frames()
    frames["bands"] = frames["bands"].with_columns(label=pl.lit(BAD))
    frames["published"] = frames["published"].with_columns(source=pl.lit(BAD))
    page = trial_report(results, frames, {BAD: [{BAD: BAD}], "Arms": BAD})
    read = Reader(page)
    assert "alert(1)" in read.text
    assert not [tag for tag, _ in read.tags if tag == "img"]
    assert len([1 for attrs, _ in read.scripts if "type" not in attrs]) == 2
    assert "<script>alert" not in page and "onerror=alert(2)>" not in page
    assert any(BAD[:20] in json.dumps(spec) for spec in read.specs.values())


def test_a_malicious_person_comes_out_escaped() -> None:
    comparison = tables.comparison(title=BAD) | {"person": {"name": BAD}, "sentences": [BAD], "notes": [BAD]}
    course = tables.course().with_columns(plan=pl.col("plan") + pl.lit(BAD))
    read = Reader(person_report(comparison, {"course": course}))
    assert not [tag for tag, _ in read.tags if tag == "img"]
    assert len([1 for attrs, _ in read.scripts if "type" not in attrs]) == 2


def test_a_person_report_gives_both_plans_their_difference_and_both_ranges() -> None:
    cell = {"mean": 33.0, "simulation_error": 1.0, "chance": [24.0, 42.0], "person": [18.0, 51.0]}
    row = {"id": "with_fracture", "label": "people with at least one fracture", "unit": "of 100"}
    row |= {
        "treated": cell,
        "untreated": cell | {"mean": 56.4},
        "difference": cell | {"mean": -23.4, "person": None},
    }
    comparison = tables.comparison() | {"rows": [row], "sentences": ["Of 100 such people, 33 and 56."]}
    comparison |= {"years": 3.0, "plan": {"words": "zoledronate", "doses": "6 infusions"}, "notes": []}
    text = " ".join(Reader(person_report(comparison, {"course": tables.course()})).text.split())
    assert "People with at least one fracture" in text
    assert "33chance: 24 to 42person: 18 to 51" in text.replace(" ", " ")
    assert "−23chance: 24 to 42" in text and "Without treatment" in text
    assert "Of 100 such people, 33 and 56." in text


def test_the_fate_shown_is_the_first_drawn(person: str) -> None:
    events = pl.concat([tables.fractures().with_columns(draw=pl.lit(i)) for i in (1, 2)])
    frames = {"course": tables.course(), "fractures": events}
    read = Reader(person_report(tables.comparison(), frames))
    assert "treated 0; untreated 0" in read.text
    assert "treated 5; untreated 8" in Reader(person).text


def test_sources_link_their_doi_and_nothing_else() -> None:
    link = cite("Bishop 2013 (doi:10.1016/S0140-6736(13)61091-0); limits <derived>")
    assert '<a href="https://doi.org/10.1016/S0140-6736(13)61091-0">' in link
    assert link.endswith("); limits &lt;derived&gt;")
    assert "<a" not in cite("javascript:alert(1) http://x.y")


def test_an_id_of_the_table_of_references_says_what_it_stands_for() -> None:
    assert cite("growth, ref:cdc2000; 3 < 4").startswith('growth, <a href="https://www.cdc.gov/growthcharts/')
    assert "3 &lt; 4" in cite("growth, ref:cdc2000; 3 < 4")
    assert cite("ref:chevrel2006").startswith(
        '<span title="Chevrel et al. (2006). Oral alendronate in adults'
    )
    assert "<a" not in cite("ref:nobody") and "ref:nobody" in cite("ref:nobody")
    # The page makes links of addresses and PMIDs in what comes out here, so no attribute may hold one.
    told = [str(cite(f"ref:{one}")) for one in references()]
    assert not [text for text in told if re.search(r'title="[^"]*(http|PMID|doi:)', text)]


def test_fields_read_as_words_and_empty_ones_are_left_out() -> None:
    assert human("age_years") == "Age, years"
    assert human("oi_type") == "OI type"
    assert human("dropout_per_year") == "Dropout, per year"
    assert [plain(x) for x in (4.0, -2.5, 147, "I", True)] == ["4", "−2.5", "147", "I", "True"]
    assert filled({"a": None, "b": {"c": ""}, "d": [None, 1], "e": False}) == {"d": [1], "e": False}


@pytest.mark.parametrize("key", ["manifest", "trial", "endpoints"])
def test_results_without_a_part_are_refused(key: str) -> None:
    results = tables.results()
    del results[key]
    with pytest.raises(InputError, match=key):
        trial_report(results, {}, {})


def test_a_person_without_a_course_is_refused() -> None:
    with pytest.raises(InputError, match="course"):
        person_report(tables.comparison(), {})
