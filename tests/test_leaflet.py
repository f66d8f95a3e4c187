"""Checks of the factsheet's statements: one each, verdicts by one rule, red when what they rest on is off."""

import json
from pathlib import Path

import pytest

from brittlestar._shared.errors import InputError
from brittlestar.engine import Parameters, default_parameters, with_values
from brittlestar.evidence.leaflet import Claim, Finding, Number, checks, run_leaflet, statements
from brittlestar.evidence.leaflet.published import published
from brittlestar.evidence.studies.look_up import result
from brittlestar.evidence.studies.study import studies

YES, NO = Claim("so", True), Claim("so", False)


def test_every_statement_has_a_check() -> None:
    assert len(statements()) == 46
    assert list(checks()) == list(statements())


@pytest.mark.parametrize(
    ("statement", "evidence", "verdict"),
    [
        ([YES, YES], [YES], "AGREES"),
        ([YES], [], "NO DATA"),
        ([NO], [], "NO DATA"),
        ([NO], [YES], "DISAGREES"),
        ([YES], [NO], "DISAGREES"),
        ([YES, NO], [YES], "PARTLY"),
        ([YES], [YES, NO], "PARTLY"),
    ],
)
def test_one_rule_gives_every_verdict(statement: list[Claim], evidence: list[Claim], verdict: str) -> None:
    assert Finding("", statement, evidence).verdict == verdict


def test_the_leaflet_is_at_odds_only_where_evidence_contradicts_it() -> None:
    assert Finding("", [NO], [YES]).at_odds == "model"
    assert Finding("", [NO], [YES], wording_contradicted=True).at_odds == "leaflet"
    assert Finding("", [NO], [YES, NO], wording_contradicted=True).at_odds == "both"
    assert Finding("", [YES], [YES], wording_contradicted=True).at_odds is None


def test_a_number_is_inside_only_within_published_limits() -> None:
    assert Number(1.0, published_low=0.5, published_high=1.5).inside
    assert not Number(2.0, published_low=0.5, published_high=1.5).inside
    assert not Number(1.0, published=1.0).inside


def test_published_numbers_come_from_studies_and_never_from_memory() -> None:
    found = published("hald2015", "RR_fracture_rate")
    assert found["published"] is not None and "Hald" in found["source"]
    name, one = next((s.id, r) for s in studies().values() for r in s.results if r.read == "memory")
    with pytest.raises(InputError):
        result(name, one.measure, arm=one.arm, months=one.months)


def test_unknown_statements_are_refused() -> None:
    with pytest.raises(InputError, match="S27"):
        run_leaflet("S72")
    with pytest.raises(InputError, match="replicates: got 0"):
        run_leaflet("S06", replicates=0)


CHECKED = ("S01", "S06", "S27")
"""Drug in bone, the first weeks, stopping: they rest on everything that is switched off."""


Comparisons = dict[tuple[str, str, int], bool]
"""Statement, kind and place of a comparison -> whether it holds."""


def held(parameters: Parameters) -> Comparisons:
    """Every comparison of the statements that are checked."""
    found = run_leaflet(*CHECKED, parameters=parameters).findings
    return {
        (id, kind, i): bool(one.holds)
        for id, finding in found.items()
        for kind in ("statement", "evidence")
        for i, one in enumerate(getattr(finding, kind))
    }


@pytest.fixture(scope="module")
def shipped() -> Comparisons:
    return held(default_parameters())


def off(name: str) -> Parameters:
    """The shipped set with one mechanism switched off."""
    p = default_parameters()
    if name == "drug":
        return with_values(p, drugs__EC50_scale=1e9 * p.drugs.EC50_scale)
    if name == "growth":
        return with_values(p, trabecular__gam=0.0, trabecular__gamM=0.0)
    return with_values(p, shared__kb=0.0)


@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")
@pytest.mark.parametrize(
    ("mechanism", "red"),
    [("drug", {"S01", "S06", "S27"}), ("growth", {"S27"}), ("buried store", {"S01", "S06", "S27"})],
)
def test_checks_turn_red_without_what_they_rest_on(
    shipped: Comparisons, mechanism: str, red: set[str]
) -> None:
    mutated = held(off(mechanism))
    assert mutated.keys() == shipped.keys()
    lost = {key[0] for key, holds in shipped.items() if holds and not mutated[key]}
    assert red <= lost


def test_the_file_says_what_was_compared_and_what_it_is_for(tmp_path: Path) -> None:
    found = run_leaflet("S06", out=tmp_path / "leaflet")
    content = json.loads((tmp_path / "leaflet" / "leaflet.json").read_text(encoding="utf-8"))
    row = content["statements"][0]
    assert row["id"] == "S06" and row["verdict"] == found.findings["S06"].verdict
    assert row["numbers"] and row["sources"] and row["seed"] == 1
    assert "not for decisions" in row["context_of_use"]
    page = (tmp_path / "leaflet" / "leaflet.html").read_text(encoding="utf-8")
    assert row["summary"].split(",")[0] in page and "simulated, not observed" in page.lower()
