"""Checks of the factsheet's statements: one each, verdicts by one rule, red when what they rest on is off."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from brittlestar._shared.errors import InputError
from brittlestar.cli import main
from brittlestar.engine import Parameters, default_parameters, with_values
from brittlestar.evidence.leaflet import (
    Claim,
    Finding,
    Leaflet,
    Number,
    checks,
    run_leaflet,
    shipped,
    statements,
)
from brittlestar.evidence.leaflet.margin import Margin, share_less
from brittlestar.evidence.leaflet.mechanism import mechanism_of, suspect_of, switched_off
from brittlestar.evidence.leaflet.origins import kind_of
from brittlestar.evidence.leaflet.published import published
from brittlestar.evidence.leaflet.result import tally
from brittlestar.evidence.leaflet.seeds import claim_over_seeds
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


def judged(*margins: float) -> Claim:
    """A claim as it was judged with as many seeds."""
    return claim_over_seeds([Claim("so", Margin(one)) for one in margins])


def test_a_share_of_few_parameter_sets_is_not_sure_whatever_the_seeds_say() -> None:
    """15 of 16 sets: 94 %, Wilson's interval 72 to 99 %. All five seeds share the sets."""
    fifteen = claim_over_seeds([Claim("below 95 %", share_less(15, 16, 95.0)) for _ in range(5)])
    assert fifteen.margin == 1.25 and fifteen.error == pytest.approx(5.14, abs=0.01)
    assert fifteen.holds and not fifteen.sure
    assert not Claim("below 95 %", share_less(16, 16, 95.0)).sure
    assert Claim("below 95 %", share_less(8, 16, 95.0)).sure
    assert Claim("below 95 %", share_less(200, 200, 95.0)).sure and not share_less(200, 200, 95.0)


def test_a_claim_over_seeds_holds_by_its_mean_margin_and_its_error_is_that_of_the_mean() -> None:
    claim = judged(1.0, 2.0, 3.0)
    assert claim.holds and claim.margin == 2.0 and (claim.held, claim.seeds) == (3, 3)
    assert claim.error == pytest.approx(4.302653 / 3**0.5)  # t of 2 degrees of freedom, SD 1
    facts = claim_over_seeds([YES, YES, NO])
    assert facts.holds and facts.margin is None and facts.held == 2 and not facts.sure


@pytest.mark.parametrize(
    ("claim", "sure"),
    [
        (judged(1.0, 1.1, 1.2), True),
        (judged(-1.0, -1.1, -1.2), True),
        (judged(0.1, 1.0, 2.0), False),  # holds with every seed, by less than its Monte Carlo error
        (judged(-0.1, 5.0, 5.1), False),  # not with every seed
        (judged(0.0, 0.0, 0.0), True),  # no chance is in it: it does not hold
        (Claim("so", Margin(1e-9)), True),  # of one seed nothing is known
    ],
)
def test_a_claim_is_sure_where_seeds_and_its_error_leave_no_doubt(claim: Claim, sure: bool) -> None:
    assert claim.sure == sure


@pytest.mark.parametrize(
    ("statement", "evidence", "verdict"),
    [
        ([YES], [judged(0.1, 1.0, 2.0)], "CLOSE"),  # AGREES or DISAGREES
        ([YES, NO], [YES, judged(0.1, 1.0, 2.0)], "PARTLY"),  # either way
        ([NO], [judged(0.1, 1.0, 2.0)], "DISAGREES"),  # either way
        ([YES, judged(0.1, 1.0, 2.0)], [], "NO DATA"),
        ([judged(1.0, 1.1, 1.2)], [YES], "AGREES"),
    ],
)
def test_a_verdict_that_hangs_on_what_is_not_sure_is_close(
    statement: list[Claim], evidence: list[Claim], verdict: str
) -> None:
    found = Finding("", statement, evidence)
    assert found.verdict == verdict and (found.at_odds is None) == (verdict not in ("PARTLY", "DISAGREES"))


def test_the_claim_that_would_turn_a_verdict_first_is_told() -> None:
    near, far = judged(1.0, 2.0, 3.0), judged(8.0, 9.0, 10.0)
    assert Finding("", [far], [near]).closest is near
    lost, other = judged(-1.0, -1.1, -1.2), judged(-2.0, -2.1, -2.2)
    some = [Claim("one", True), Claim("two", True)]
    assert Finding("", some, [*some, lost, other]).closest is None  # PARTLY, whichever comes to hold
    assert Finding("", some, [*some, lost]).closest is lost


def test_the_kind_of_evidence_is_what_the_split_says_of_its_study() -> None:
    assert (kind_of("poise2013"), kind_of("letocha2005"), kind_of("sato2016")) == (
        "fitted", "independent", "input"
    )  # fmt: skip
    assert kind_of(["hald2015", "poise2013"]) == "fitted"  # a pool that holds a fitted trial is not new
    with pytest.raises(InputError, match="poise2013"):
        kind_of("poise2103")


def test_evidence_is_counted_by_verdict_and_kind() -> None:
    def row(verdict: str, *claims: tuple[str, bool]) -> dict[str, Any]:
        evidence = [{"kind": kind, "limit": "printed", "holds": holds} for kind, holds in claims]
        return {"verdict": verdict, "evidence": evidence}

    rows = [
        row("AGREES", ("fitted", True), ("independent", True)),
        row("PARTLY", ("fitted", False), ("fitted", True)),
    ]
    found = tally(rows)
    assert found["counts"] == {"AGREES": 1, "PARTLY": 1, "DISAGREES": 0, "CLOSE": 0, "NO DATA": 0}
    assert found["comparisons"]["AGREES"]["independent"] == {"hold": 1, "of": 1}
    assert found["comparisons"]["PARTLY"]["fitted"] == {"hold": 1, "of": 2}
    assert found["by_limit"]["printed"] == {"hold": 3, "of": 4}
    assert found["by_limit"]["chosen"] == {"hold": 0, "of": 0}


def test_two_seeds_judge_a_statement_as_one_by_one() -> None:
    both, first, second = (run_leaflet("S06", seed=seed, seeds=n) for seed, n in ((1, 2), (1, 1), (2, 1)))
    whole, one, other = (found.findings["S06"] for found in (both, first, second))
    assert whole.summary == one.summary and both.to_dict()["seeds"] == 2
    for claim, *single in zip(whole.evidence, one.evidence, other.evidence, strict=True):
        margins = [alone.margin for alone in single if alone.margin is not None]
        assert claim.margin == pytest.approx(np.mean(margins)) and claim.kind == "fitted"


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
def usual() -> Comparisons:
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
    [("drug", {"S01", "S06", "S27"}), ("growth", {"S27"}), ("buried store", {"S01"})],
)
def test_checks_turn_red_without_what_they_rest_on(usual: Comparisons, mechanism: str, red: set[str]) -> None:
    mutated = held(off(mechanism))
    assert mutated.keys() == usual.keys()
    lost = {key[0] for key, holds in usual.items() if holds and not mutated[key]}
    assert red <= lost


def test_what_every_check_rests_on_can_be_switched_off() -> None:
    for id in checks():
        for one in filter(None, (mechanism_of(id), suspect_of(id))):
            switched_off(default_parameters(), one.off)
    p, follows = switched_off(default_parameters(), {"pain.fracture": 0.0, "drugs.EC50": 2.0})
    assert p.pain.fracture == 0.0 == follows.pain.fracture and np.all(p.drugs.EC50 == 2.0)
    with pytest.raises(InputError, match=r"reactions\.later"):
        switched_off(default_parameters(), {"reactions.latter": 1.0})


def test_a_verdict_changes_without_its_mechanism() -> None:
    found = run_leaflet("S12", "S19", without=True)
    rows = {row["id"]: row["mechanism"] for row in found.to_dict()["statements"]}
    assert found.findings["S12"].verdict == "AGREES" and rows["S12"]["verdict_without"] == "PARTLY"
    assert not rows["S19"]["off"] and rows["S19"]["verdict_without"] is None


def test_every_agreement_that_ships_rests_on_its_mechanism_or_is_by_construction() -> None:
    if not shipped.FILE.exists():
        pytest.skip("nothing ships yet: `brittlestar leaflet --write`")
    content = shipped.shipped()
    assert content is not None, "of other parameters: `brittlestar leaflet --write`"
    assert content["seeds"] == 5 and [row["id"] for row in content["statements"]] == list(statements())
    for row in content["statements"]:
        if row["verdict"] == "AGREES" and row["mechanism"]["off"]:
            assert row["mechanism"]["verdict_without"] not in (None, "AGREES"), row["id"]


def test_the_file_says_what_was_compared_and_what_it_is_for(tmp_path: Path) -> None:
    found = run_leaflet("S06", out=tmp_path / "leaflet")
    content = json.loads((tmp_path / "leaflet" / "leaflet.json").read_text(encoding="utf-8"))
    row = content["statements"][0]
    assert row["id"] == "S06" and row["verdict"] == found.findings["S06"].verdict
    assert row["numbers"] and row["sources"] and row["seed"] == 1
    assert "not for decisions" in row["context_of_use"]
    page = (tmp_path / "leaflet" / "leaflet.html").read_text(encoding="utf-8")
    assert row["summary"].split(",")[0] in page and "simulated, not observed" in page.lower()


NOT_BORNE_OUT = {"S10", "S26", "S28"}
"""Statements whose suspect mends nothing with the parameters in use; their page says so."""


def test_every_disagreement_that_ships_has_a_diagnosis_that_a_run_supports_or_refutes() -> None:
    content = shipped.shipped() or {"statements": []}
    disagreeing = [row for row in content["statements"] if row["verdict"] in ("DISAGREES", "PARTLY")]
    for row in disagreeing:
        told = row["diagnosis"] and (re.search(r"\d", row["diagnosis"]) or row["suspect"])
        assert told, row["id"]  # filled with what its check measured, or run again
    vain = {row["id"] for row in disagreeing if row["suspect"] and not row["suspect"]["gained"]}
    assert vain <= NOT_BORNE_OUT


def test_a_suspect_is_mended_and_what_comes_to_hold_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    found = run_leaflet("S06", without=True)
    suspect = found.to_dict()["statements"][0]["suspect"]
    assert suspect["gained"] and suspect["what"] == "with 60 days from pit to team of osteoblasts"
    assert main(["leaflet", "--only", "S06", "--seeds", "1"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert f"{suspect['what']}: comes to hold: {suspect['gained'][0]}" in said


@pytest.fixture
def ships(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Leaflet:
    """A small leaflet that ships."""
    monkeypatch.setattr(shipped, "FILE", tmp_path / "shipped.json")
    found = run_leaflet("S06", "S19")
    shipped.write(found)
    return found


def test_the_command_tells_what_ships_and_runs_nothing(
    ships: Leaflet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        "brittlestar.evidence.leaflet.run.run_leaflet", lambda *_, **__: pytest.fail("it runs")
    )
    assert main(["leaflet"]) == 0
    said = capsys.readouterr().out
    assert "S06" in said and "S19" in said and "by construction" in said and "One seed" in said
    assert main(["leaflet", "--only", "S19", "--out", str(tmp_path / "out")]) == 0
    content = json.loads((tmp_path / "out" / "leaflet.json").read_text(encoding="utf-8"))
    assert [row["id"] for row in content["statements"]] == ["S19"] and sum(content["counts"].values()) == 1


def test_what_ships_is_not_told_of_other_parameters(
    ships: Leaflet, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert shipped.shipped() is not None
    monkeypatch.setattr(shipped, "fingerprint", lambda _: "another")
    assert shipped.shipped() is None
    assert main(["leaflet"]) == 2 and "--seeds 5" in capsys.readouterr().err


def test_all_statements_ship_or_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["leaflet", "--write", "--only", "S06"]) == 2
    assert "all statements" in capsys.readouterr().err
