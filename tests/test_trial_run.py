"""A virtual trial end to end: recruited by its rules, the same for any split of the work."""

import json
from collections import Counter
from dataclasses import replace
from importlib import resources

import jsonschema
import numpy as np
import polars as pl
import pytest
from scipy.special import ndtri

from brittlestar._shared.errors import InputError
from brittlestar.engine import Method, default_parameters, run, with_values
from brittlestar.people.coding import TYPES
from brittlestar.trials import conduct
from brittlestar.trials.analysis import analyse
from brittlestar.trials.conduct import treat
from brittlestar.trials.entry_mean import tilts_for
from brittlestar.trials.measurement import record
from brittlestar.trials.protocol import Protocol
from brittlestar.trials.protocol_files import load_protocol
from brittlestar.trials.protocol_parts import EntryMean
from brittlestar.trials.recruit import (
    IDS_PER_TYPE,
    RISK,
    candidate_ids,
    enough,
    enrol,
    most_replicates,
    randomise,
    type_counts,
)
from brittlestar.trials.replicates import side_by_side, window
from brittlestar.trials.run import run_trial

SEED = 11


@pytest.fixture(scope="module")
def poise():
    return load_protocol("poise")


@pytest.fixture(scope="module")
def small(poise):
    """Three replicates of POISE: people, courses, records."""
    p = default_parameters()
    enrolled = enrol(poise, np.arange(3), SEED, p)
    course = treat(poise, enrolled, SEED, p, None)
    return enrolled, course, record(poise, course, enrolled.cohort, SEED)


@pytest.fixture(scope="module")
def finished(poise, tmp_path_factory):
    folder = tmp_path_factory.mktemp("trial") / "poise"
    return run_trial(poise, replicates=3, seed=SEED, out=folder), folder


def test_everyone_meets_the_entry_rules(small, poise):
    enrolled, _, _ = small
    b = enrolled.baseline
    lowest = np.fmin(b["ls_z"], b["tb_z"])
    assert np.all(((b["fractures"] >= 1) & (lowest <= -1)) | (lowest <= -2))
    assert np.all(b["weight_kg"] >= 10)
    assert np.all((enrolled.cohort.age_years >= 4) & (enrolled.cohort.age_years <= 15))
    counts = {w: int(np.sum(enrolled.cohort.oi_type == i)) for i, w in enumerate(TYPES)}
    assert counts == {"healthy": 0, "I": 3 * 124, "IV": 3 * 18, "III": 3 * 5}


def test_randomisation_is_two_to_one_within_each_stratum(small, poise):
    enrolled, _, _ = small
    for stratum in (0, 1):
        arm = enrolled.arm.reshape(3, -1)[0][enrolled.stratum.reshape(3, -1)[0] == stratum]
        # Blocks of six hold four and two, so an unfinished block moves the count by two at most.
        assert abs(np.sum(arm == 0) - 2 / 3 * len(arm)) <= 2


def test_randomisation_differs_between_replicates(poise):
    ids, stratum = np.arange(60), np.zeros(60, int)
    first, second = (randomise(poise, ids, stratum, r, SEED) for r in (0, 1))
    assert np.any(first != second)
    assert np.array_equal(first, randomise(poise, ids, stratum, 0, SEED))


def test_one_replicate_does_not_depend_on_the_others(small, poise):
    enrolled, course, _ = small
    p = default_parameters()
    alone = enrol(poise, np.array([1]), SEED, p)
    mine = slice(147, 294)
    assert np.array_equal(alone.cohort.id, enrolled.cohort.id[mine])
    assert np.array_equal(alone.arm, enrolled.arm[mine])
    again = treat(poise, alone, SEED, p, 1)
    assert np.array_equal(again["ls_abmd"], course["ls_abmd"][:, mine])


def test_worker_count_changes_nothing(finished, poise):
    again = run_trial(poise, replicates=3, seed=SEED, workers=1)
    assert again.endpoints == finished[0].endpoints
    for name, frame in again.curves.items():
        assert frame.equals(finished[0].curves[name])


def test_estimates_alone_are_worked_out_as_asked(poise):
    """Of the same people, so that means lie as near as courses do."""
    one = np.arange(1)
    double, single = (
        conduct.estimates(poise, one, method=Method(precision)) for precision in ("float64", "float32")
    )
    assert (double.backend, single.backend) == ("native", "native")
    place = next(i for i, e in enumerate(poise.endpoints) if e.measure == "ls_abmd")
    for arm, answers in double.results[place].items():
        other = single.results[place][arm].value
        assert other == pytest.approx(answers.value, rel=1e-4) and np.any(other != answers.value)


def test_a_device_gets_as_many_people_at_once_as_it_can_follow(poise):
    assert [len(block) for block in conduct.blocks(poise, 300)] == [27] * 11 + [3]
    assert [len(block) for block in conduct.blocks(poise, 300, Method(backend="cuda"))] == [222, 78]


def test_blocks_of_replicates_change_only_rounding(finished, poise, monkeypatch):
    """Courses are the same bit for bit; sums that run over several trials may round differently."""
    monkeypatch.setattr(conduct, "PEOPLE_PER_BLOCK", 147)
    again = run_trial(poise, replicates=3, seed=SEED)
    assert again.curves["bands"].equals(finished[0].curves["bands"])
    for ours, other in zip(again.endpoints, finished[0].endpoints, strict=True):
        assert ours["simulated"] == pytest.approx(other["simulated"], rel=1e-9, nan_ok=True)


def test_single_precision_is_near_and_told(finished):
    """The same people; courses that differ by rounding, and fates but for few."""
    result, folder = finished
    single = run_trial("poise", replicates=3, seed=SEED, precision="float32", out=folder.parent / "single")
    told = json.loads((folder.parent / "single" / "results.json").read_text(encoding="utf-8"))["manifest"]
    assert (told["precision"], told["backend"]) == ("float32", "native")
    assert result.manifest["precision"] == "float64" and result.manifest["backend"] == "native"
    assert told["input_sha256"] == result.manifest["input_sha256"]
    assert single.patients["person"].equals(result.patients["person"])
    one, other = result.visits["ls_abmd"].to_numpy(), single.visits["ls_abmd"].to_numpy()
    assert one.dtype == other.dtype == np.float64
    assert np.nanmax(np.abs(other / one - 1.0)) < 1e-4 and not np.array_equal(one, other, equal_nan=True)
    bones = [Counter(r.fractures.select("person", "site").iter_rows()) for r in (result, single)]
    assert (bones[0] - bones[1]).total() <= 0.01 * bones[0].total() > 1
    ours, theirs = (
        [row["simulated"]["mean"] for row in r.endpoints if row["id"] == "ls_z_change"]
        for r in (result, single)
    )
    assert theirs == pytest.approx(ours, abs=1e-3)


def test_what_ran_the_courses_in_the_end_is_told(monkeypatch, tmp_path):
    """Of two blocks the second could not be run as was asked."""
    native, done = run.RUN_BY["native"], []

    def once(*asked):
        done.append(1)
        found = native(*asked)
        return found if len(done) == 1 else found._replace(backend="xla")

    monkeypatch.setitem(run.RUN_BY, "native", once)
    monkeypatch.setattr(conduct, "PEOPLE_PER_BLOCK", 147)
    found = run_trial("poise", replicates=2, seed=SEED, out=tmp_path / "poise")
    assert found.manifest["backend"] == "native and xla"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"precision": "float16"}, r"^precision: got 'float16'; .*float32"),
        ({"backend": "gpu"}, r"^backend: got 'gpu'; .*cuda"),
    ],
)
def test_an_unknown_way_to_run_is_refused(wrong, said):
    with pytest.raises(InputError, match=said):
        run_trial("poise", replicates=1, **wrong)


def test_another_seed_is_another_trial(finished, poise):
    other = run_trial(poise, replicates=3, seed=SEED + 1)
    assert other.endpoints != finished[0].endpoints


def test_files_are_complete_and_fit_the_schema(finished):
    result, folder = finished
    content = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    schema = json.loads(resources.files("brittlestar.trials").joinpath("results.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(content, schema)
    assert content["endpoints"] == result.endpoints
    patients = pl.read_parquet(folder / "patients.parquet")
    assert len(patients) == 3 * 147
    assert patients["person"].n_unique() == len(patients)
    visits = pl.read_parquet(folder / "visits.parquet")
    assert visits.join(patients, on=["replicate", "person"], how="anti").is_empty()
    assert visits.filter(pl.col("month") == 0)["ls_abmd"].null_count() == 0
    fractures = pl.read_parquet(folder / "fractures.parquet")
    total = patients["fractures"].sum()
    assert len(fractures) == total > 0
    report = (folder / "report.html").read_text(encoding="utf-8")
    assert "simulated, not observed" in report.lower()
    assert 'src="http' not in report


def test_expected_endpoints_are_there(finished):
    result, _ = finished
    found = {(e["id"], e["arm"]) for e in result.endpoints}
    for arm in ("risedronate", "placebo", "difference"):
        assert ("ls_abmd_pct_change", arm) in found
        assert ("ctx_pct_change", arm) in found
    assert ("hazard_ratio", "difference") in found
    assert ("proportion_fractured", "placebo") in found


def test_the_two_fracture_counts_agree(small, poise):
    """Proportions from the analysis equal a plain count over the records."""
    enrolled, _, records = small
    t = side_by_side(enrolled, records, 3)
    endpoint = next(e for e in poise.endpoints if e.id == "proportion_fractured" and e.months == 12)
    found = analyse(endpoint, t, poise)
    counted = set(records.fracture_person[records.fracture_month <= 12].tolist())
    for i, arm in enumerate(poise.arms):
        people = np.flatnonzero((enrolled.arm == i) & records.treated).reshape(-1)
        first = [person for person in people if person < 147]
        assert found[arm.id].value[0] == pytest.approx(np.mean([person in counted for person in first]))


def test_people_who_left_are_not_at_risk_later(small):
    enrolled, _, records = small
    t = side_by_side(enrolled, records, 3)
    w = window(t, 12.0, 36.0)
    gone = t.followed <= 12.0
    assert gone.any()
    assert np.isnan(w.at_risk[gone]).all()
    assert np.nanmax(w.at_risk) <= 2.0 + 1e-12


def test_no_drug_no_difference(poise):
    """Two arms under one plan differ by chance alone: mean over 12 trials within 4 standard errors."""
    arms = tuple(a.model_copy(update={"plan": "no treatment"}) for a in poise.arms)
    null = poise.model_copy(update={"arms": arms})
    result = run_trial(null, replicates=12, seed=SEED)
    for name in ("ls_abmd_pct_change", "ls_z_change"):
        row = next(e for e in result.endpoints if e["id"] == name and e["arm"] == "difference")
        spread = (row["simulated"]["high"] - row["simulated"]["low"]) / 3.3
        assert abs(row["simulated"]["mean"]) < 4 * spread / np.sqrt(12)


def test_entry_rules_alone_lower_the_fracture_rate(poise):
    """Regression to the mean: children chosen for fractures fracture less afterwards with no drug at all."""
    rules = {"fractures": {"min": 3}}
    population = poise.population.model_copy(update={"eligibility": rules, "history_years": 1.0})
    picked = enrol(
        poise.model_copy(update={"population": population}), np.arange(2), SEED, default_parameters()
    )
    everyone = enrol(
        poise.model_copy(update={"population": population.model_copy(update={"eligibility": {}})}),
        np.arange(2),
        SEED,
        default_parameters(),
    )
    assert picked.cohort.frailty.mean() > 1.2 * everyone.cohort.frailty.mean()
    assert picked.baseline["fractures"].min() >= 3


def test_impossible_entry_rules_are_named(poise):
    population = poise.population.model_copy(update={"eligibility": {"ls_z": (3.0, 9.0)}})
    with pytest.raises(InputError, match="too strict"):
        enrol(poise.model_copy(update={"population": population}), np.arange(1), SEED, default_parameters())


def test_rules_that_few_meet_are_recruited_for_and_the_bound_is_exact(poise):
    """Few meet the rule: some replicates need far more than the first candidates, none is refused."""
    population = poise.population.model_copy(
        update={"randomised": 12, "types": {"I": 1.0}, "eligibility": {"fractures": {"min": 6}}}
    )
    strict = poise.model_copy(update={"population": population})
    found = enrol(strict, np.arange(40), SEED, default_parameters())
    assert len(found.cohort) == 40 * 12 and found.baseline["fractures"].min() >= 6
    assert np.unique(found.cohort.id).size == 40 * 12
    share = 40 * 12 / found.screened
    least = strict.population.least_eligible
    assert least < share < 0.02
    alone = enrol(strict, np.arange(7, 8), SEED, default_parameters())
    assert np.array_equal(alone.cohort.id, found.cohort.id[7 * 12 : 8 * 12])
    # None of n eligible: a Poisson mean of n shares is refuted when exp(-mean) falls to the risk.
    assert enough(0, least) == np.ceil(-np.log(RISK) / least) == 2764
    assert np.all(np.diff(enough(np.arange(50), least)) > 0)
    # A lower floor only looks longer: the same people, and as many candidates.
    patient = strict.model_copy(update={"population": population.model_copy(update={"least_eligible": 1e-3})})
    again = enrol(patient, np.arange(40), SEED, default_parameters())
    assert again.screened == found.screened
    with pytest.raises(InputError, match=r"surely fewer than 30 % \(population.least_eligible\); 12 are"):
        floor = population.model_copy(update={"least_eligible": 0.3})
        enrol(strict.model_copy(update={"population": floor}), np.arange(1), SEED, default_parameters())


def test_screening_counts_up_to_the_last_place_filled(poise):
    """Without entry rules a candidate is a place: 147 people of 147 candidates in every replicate."""
    population = poise.population.model_copy(update={"eligibility": {}})
    everyone = poise.model_copy(update={"population": population})
    assert enrol(everyone, np.arange(3), SEED, default_parameters()).screened == 3 * 147


def test_a_wanted_mean_z_at_entry_comes_out(poise):
    """A whole Z below everybody's mean: over 2,000 people within four standard errors, and types stay."""
    p, fields = default_parameters(), {"eligibility": {"weight_kg": {"min": 10}}, "randomised": 1000}
    everyone = poise.model_copy(update={"population": poise.population.model_copy(update=fields)})
    usual = enrol(everyone, np.arange(2), SEED, p)
    wanted = EntryMean(measure="ls_z", mean=round(float(usual.baseline["ls_z"].mean()) - 1.0, 2))
    population = everyone.population.model_copy(update={"entry_mean": wanted})
    found = enrol(everyone.model_copy(update={"population": population}), np.arange(2), SEED, p)
    z = found.baseline["ls_z"]
    # Beside the error of 2,000 people that of the first look at candidates, of 1,024 of each type.
    error = z.std() * np.sqrt(1 / z.size + 1 / 1024)
    assert wanted.mean is not None and abs(z.mean() - wanted.mean) < 4 * error
    assert np.array_equal(np.bincount(found.cohort.oi_type), np.bincount(usual.cohort.oi_type))
    # Each is screened honestly: far more candidates, and who is taken is a candidate like any other.
    assert found.screened > 5 * usual.screened
    assert np.unique(found.cohort.id).size == 2000


def test_a_tilt_moves_a_normal_mean_and_keeps_its_spread():
    """exp(a z) shifts a normal law by a SD^2: at SD 1.2 a shift of 0.9 needs a = 0.625."""
    z = 1.2 * ndtri((np.arange(200_000) + 0.5) / 200_000) - 2.0
    tilt = tilts_for(EntryMean(measure="ls_z", mean=-2.9), {"I": (1.0, z)})["I"]
    assert tilt.slope == pytest.approx(-0.9 / 1.2**2, rel=1e-3)
    weight = tilt.chance(z)
    assert weight.max() == 1.0 and np.average(z, weights=weight) == pytest.approx(-2.9)
    assert np.average((z + 2.9) ** 2, weights=weight) == pytest.approx(1.44, rel=1e-2)
    both = tilts_for(EntryMean(measure="ls_z", mean=-1.9), {"I": (0.5, z), "IV": (0.5, z + 1.0)})
    assert both["I"].slope == both["IV"].slope == pytest.approx((-1.9 - -1.5) / 1.2**2, rel=1e-3)
    assert both["IV"].edge == pytest.approx(both["I"].edge + 1.0)
    with pytest.raises(InputError, match=r"entry_mean.mean: got 4.0; accepted: a mean ls_z that eligible"):
        tilts_for(EntryMean(measure="ls_z", mean=4.0), {"I": (1.0, z)})


def test_a_trial_as_large_as_the_field_allows_has_people_of_its_own(poise):
    population = poise.population.model_copy(
        update={"randomised": 40_000, "types": {"I": 3.0, "III": 1.0}, "eligibility": {}}
    )
    large = poise.model_copy(update={"population": population})
    found = enrol(large, np.arange(1), SEED, default_parameters())
    assert len(found.cohort) == 40_000 == np.unique(found.cohort.id).size
    last = most_replicates(large)
    with pytest.raises(InputError, match=f"accepted: up to {last} of this size"):
        enrol(large, np.array([last]), SEED, default_parameters())
    # Every candidate of every replicate there may be is somebody else: both ends of both blocks of ids.
    ids = [
        candidate_ids(large, word, np.array([0, 1, last - 1])[:, None], np.array(numbers)).ravel()
        for word, need in type_counts(large).items()
        for numbers in [[0, 1, IDS_PER_TYPE - 1, IDS_PER_TYPE, need, int(enough(need - 1, 0.005)) - 1]]
    ]
    together = np.concatenate(ids)
    assert np.unique(together).size == together.size and 0 <= together.min() <= together.max() < 2**32


def test_what_quiet_remodelling_does_to_the_risk_can_be_switched_off(small, poise):
    """Without it early fractures fall less."""
    enrolled, course, _ = small
    off = with_values(default_parameters(), fracture__gL=0.0, fracture__gV=0.0)
    without = treat(poise, replace(enrolled), SEED, off, None)
    treated = enrolled.arm == 0
    broken, broken_without = (
        np.sum(np.isin(one.fracture_person, np.flatnonzero(treated))) for one in (course, without)
    )
    assert without.time_years[-1] == course.time_years[-1]
    assert broken_without > broken


@pytest.mark.parametrize("replicates", [0, -1, 10**9])
def test_bad_number_of_replicates(poise, replicates):
    with pytest.raises(InputError, match="replicates"):
        run_trial(poise, replicates=replicates)


def test_less_load_moves_nobody_who_still_grows_in_a_trial_as_for_one_person():
    """At 15 years girls have grown up and boys have not: rest moves the girls alone."""

    def densities(plan: str, age: float) -> tuple[np.ndarray, np.ndarray]:
        about = {"randomised": 8, "age_years": [age, age + 0.2], "types": {"I": 1}, "source": "assumed"}
        arms = [
            {"id": "none", "label": "None", "control": True, "plan": "no treatment"},
            {"id": "rest", "label": "Rest", "plan": plan},
        ]
        asked = Protocol(**{
            "id": "rest", "title": "Rest", "sources": ["assumed"], "population": about, "arms": arms,
            "design": {"years": 0.5}, "visits": [{"months": [0, 6], "measures": ["ls_abmd"]}],
            "endpoints": [{"id": "d", "label": "D", "kind": "value", "measure": "ls_abmd", "month": 6}],
        })  # fmt: skip
        enrolled = enrol(asked, np.arange(2), SEED, default_parameters())
        course = treat(asked, enrolled, SEED, default_parameters(), None)
        mine = enrolled.arm == 1
        return course["ls_abmd"][-1, mine], enrolled.cohort.sex[mine]

    for age, moved in ((8.0, (False, False)), (15.0, (False, True)), (30.0, (True, True))):
        (usual, sex), (rest, _) = densities("no treatment", age), densities("activity x0.5", age)
        assert set(sex) == {0, 1}
        assert tuple(bool(np.any(rest[sex == s] < usual[sex == s])) for s in (0, 1)) == moved
        assert all(moved[s] or np.array_equal(rest[sex == s], usual[sex == s]) for s in (0, 1))
