"""What enters a pool, with which standard error, and that nothing is left out without a reason."""

import json
from math import exp, log
from pathlib import Path

import pytest
from scipy.stats import t

from brittlestar._shared.errors import InputError
from brittlestar.charts.pooled import pooled_forest
from brittlestar.cli import main
from brittlestar.evidence.studies.pool_plans import plans
from brittlestar.evidence.studies.pools import MEMORY, pooling
from brittlestar.evidence.studies.pools_report import pools
from brittlestar.evidence.studies.study import studies
from brittlestar.report.pools import forest, sentence
from brittlestar.statistics.pooling import pool


def effects(name: str) -> dict:
    return {e.study: e for e in pooling(name).effects}


def test_two_shares_give_a_hazard_ratio():
    def transformed(events: int, people: int) -> tuple[float, float]:
        """log(-log(1 - p)) and its variance by the delta method, p / (n (1 - p) log(1 - p)^2)."""
        p = events / people
        return log(-log(1 - p)), p / (people * (1 - p) * log(1 - p) ** 2)

    (treated, variance1), (control, variance0) = transformed(29, 94), transformed(24, 49)
    found = effects("fracture_ratio")["poise2013"]
    assert found.value == pytest.approx(exp(treated - control), rel=2e-3)  # the study prints 30.9 and 49 %
    assert found.se == pytest.approx((variance1 + variance0) ** 0.5, rel=2e-3)


def test_the_other_standard_errors_by_hand():
    fractures = effects("fracture_ratio")
    assert fractures["sakkers2004"].se == pytest.approx((log(0.91) - log(0.52)) / 3.919928, rel=1e-6)
    assert fractures["plotkin2000"].value == pytest.approx(2.6 / 6.3)
    assert fractures["plotkin2000"].se == pytest.approx(((2.5 / 2.6) ** 2 / 9 + (1.6 / 6.3) ** 2 / 6) ** 0.5)
    density = effects("density_difference")
    assert density["poise2013"].se == pytest.approx(6.0 / 3.919928, rel=1e-6)
    assert density["chevrel2006"].se == pytest.approx((9.8**2 / 32 + 5.7**2 / 32) ** 0.5)
    z = effects("z_difference")
    assert z["letocha2005"].effect / z["letocha2005"].se == pytest.approx(t.ppf(0.9995, 16))
    relative = density["poise2013"].se / density["poise2013"].effect
    assert z["poise2013"].se == pytest.approx(0.435 * relative)


def test_the_pool_is_that_of_its_effects():
    found = pooling("fracture_ratio")
    own = pool([e.effect for e in found.effects], [e.se for e in found.effects])
    assert found.pooled is not None and found.pooled.estimate == own.estimate
    assert exp(own.estimate) == pytest.approx(0.604, abs=1e-3)
    assert found.randomised is not None and len(found.randomised.weights) == 2
    assert pooling("density_difference").randomised is None  # all are randomised


def test_every_result_of_the_question_is_in_or_left_out_for_a_reason():
    for name, plan in plans().items():
        found = pooling(name)
        named = (
            {e.study for e in found.effects} | {s for s, _ in found.beside} | {s for s, *_ in found.left_out}
        )
        of_oi = [s for s in studies().values() if s.population.oi]
        assert named >= {s.id for s in of_oi if any(map(plan.concerns, s.results))}
        assert named <= {s.id for s in of_oi}, "what is pooled is of people with OI"
        assert all(reason for *_, reason in found.left_out)


def test_memory_never_enters(monkeypatch: pytest.MonkeyPatch):
    out = {(study, reason) for study, _, reason in pooling("fracture_ratio").left_out}
    assert ("glorieux1998", MEMORY) in out and ("poise2013", MEMORY) in out
    plan = plans()["density_difference"]
    bad = plan.members[0].model_copy(
        update={"study": "adami2003", "results": (("neridronate", "ls_abmd_pct", 12.0),)}
    )
    monkeypatch.setitem(plans(), "density_difference", plan.model_copy(update={"members": (bad,)}))
    with pytest.raises(InputError, match="memory"):
        pooling("density_difference")


def test_a_result_without_a_reason_is_pointed_out(monkeypatch: pytest.MonkeyPatch):
    plan = plans()["z_difference"]
    fewer = {k: v for k, v in plan.left_out.items() if k != "falk2003"}
    monkeypatch.setitem(plans(), "z_difference", plan.model_copy(update={"left_out": fewer}))
    with pytest.raises(InputError, match="falk2003"):
        pooling("z_difference")


def test_one_part_of_the_split_alone():
    only = pooling("z_difference", "calibration")
    assert [e.study for e in only.effects] == ["poise2013"] and only.pooled is None
    assert ("letocha2005", "", "kept for validation") in only.left_out


def test_forest_tells_its_numbers_in_words():
    content = {p["id"]: p for p in pools()["pools"]}
    chart = forest(content["fracture_ratio"])
    assert "Pooled, 3 studies (pooled): 0.60 (0.34 to 1.08)" in chart.description
    assert "With two studies" in sentence(content["z_difference"])
    with pytest.raises(InputError):
        pooled_forest([], title="", unit="", ratio=True, left="", right="")


def test_a_long_name_has_its_numbers_below_it_and_a_short_one_beside_it():
    def heights(name: str) -> tuple[float, float]:
        row = {"label": name, "kind": "randomised", "value": 0.5, "low": 0.2, "high": 0.8, "weight": 1.0}
        drawn = pooled_forest([row], title="", unit="ratio", ratio=True, left="", right="").to_dict()
        (placed,) = (one for rows in drawn["datasets"].values() for one in rows if "said" in one)
        return placed["text_y"], placed["said_y"]

    beside, below = heights("Bishop 2013, month 12"), heights("Plotkin 2000, month 12, not randomised")
    assert beside[0] == beside[1] and below[1] - below[0] > 12


def test_the_command_prints_and_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    out = tmp_path / "meta"
    assert main(["evidence", "meta", "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert "0.60 (0.34 to 1.08)" in said and "read from memory: never used" in said and "ward2011" in said
    content = json.loads((out / "meta.json").read_text())
    assert content["pools"][0]["pooled"]["studies"] == 3
    page = (out / "report.html").read_text()
    assert "Left out, and why" in page and "No person was observed" not in page
    assert (out / "fracture_ratio.svg").read_text().startswith("<svg")
    assert (out / "z_difference.png").read_bytes()[:4] == b"\x89PNG"
    assert main(["evidence", "meta", "--use", "validate"]) == 2
    assert "did you mean 'validation'" in capsys.readouterr().err
