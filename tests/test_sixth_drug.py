"""Ibandronate, outside the factsheet: by enzyme and kinetics alone, works when asked for, and says so."""

import json
import shlex
import tomllib
from importlib import resources
from math import exp, log

import jax.numpy as jnp
import numpy as np
import pytest

from brittlestar import compare
from brittlestar._shared.errors import InputError
from brittlestar._shared.parameter_files import fill
from brittlestar.care import Plan, Regimen, as_plan, published_names
from brittlestar.care.durations import Span
from brittlestar.care.text.parse import words_of_plans
from brittlestar.cli import main
from brittlestar.drugs.catalogue import DRUGS, FACTSHEET_DRUGS, constants, facts, shared
from brittlestar.drugs.disposition import absorbed_share
from brittlestar.drugs.plasma import dose_in_nmol, excreted_fraction, plasma_kinetics
from brittlestar.engine import simulate_cohort
from brittlestar.evidence.calibration import ensemble as posterior
from brittlestar.evidence.calibration.free_parameters import free_parameters, with_theta
from brittlestar.evidence.calibration.points import fit_targets
from brittlestar.evidence.prediction.extrapolation import extrapolations
from brittlestar.evidence.studies.split import split
from brittlestar.exchange.export import sbml
from brittlestar.outcomes.reactions import Reactions
from brittlestar.people.person import Person
from brittlestar.trials.arms import warnings_of
from brittlestar.trials.protocol import Protocol

QUARTERLY = "ibandronate 3 mg iv every 3 months"
SAID = (
    "ibandronate is not one of the five drugs of the factsheet: its potency follows from enzyme and kinetics "
    "alone, and no fit has seen its markers"
)
WOMAN = Person(age=45, sex="female", oi_type="I")
TRIAL = f"""
id = "sixth"
title = "Sixth"
sources = ["assumed"]
population = {{ randomised = 8, age_years = [40, 50], types = {{ I = 1 }}, source = "assumed" }}
arms = [
  {{ id = "a", label = "A", plan = "{QUARTERLY}" }},
  {{ id = "b", label = "B", control = true, plan = "no treatment" }},
]
design = {{ years = 1 }}
visits = [{{ months = [0, 12], measures = ["ls_abmd"] }}]

[[endpoints]]
id = "density"
label = "Density, change in %"
kind = "pct_change"
measure = "ls_abmd"
month = 12
"""


def told(plan: Plan) -> list[str]:
    return [f"{warning.rule}: {warning.message}" for warning in plan.check(age_years=45)]


def test_it_is_asked_for_by_name_in_words_objects_and_files():
    plan = as_plan(QUARTERLY)
    (regimen,) = plan.regimens
    assert (regimen.drug, regimen.route, regimen.dose, str(regimen.every)) == (
        "ibandronate", "iv", 3.0, "3 months"
    )  # fmt: skip
    for words in ("Boniva 3 mg iv quarterly", "Bonviva 3 mg iv every 3 months", f"  {QUARTERLY.upper()} "):
        assert as_plan(words) == plan
    assert as_plan("ibandronic acid 3 mg iv every 3 months") == plan
    made = Plan(regimens=(Regimen(drug="ibandronate", dose=3, dose_unit="mg", every=Span(3, "month")),))
    assert made == Plan.from_toml(plan.to_toml()) == plan
    assert any(SAID in said for said in told(plan))


def test_tablets_of_a_month_are_spread_over_it():
    plan = as_plan("Boniva 150 mg oral once a month")
    assert plan == as_plan("ibandronate 150 mg/month oral") and "150 mg/month oral" in plan.in_words()
    assert plan.schedule(52, 7.0, 45.0).care.oral_rate[:, 0, 1] == pytest.approx(150 * 12 / 365.25)
    assert plan.doses_in_words(1) == "ibandronate: 12 months of tablets."
    fed = as_plan("ibandronate 150 mg/month oral, with food").schedule(52, 7.0, 45.0)
    assert fed.care.oral_rate[:, 0, 1] == pytest.approx(0.1 * 150 * 12 / 365.25)


def test_limits_are_those_of_the_route_that_is_taken():
    assert [said.partition(":")[0] for said in told(as_plan(QUARTERLY))] == ["outside-the-factsheet"]
    assert len(told(as_plan("ibandronate 150 mg/month oral"))) == 1
    assert "dose-above-published" in " ".join(told(as_plan("ibandronate 6 mg iv every 6 months")))
    assert "year-above-published" in " ".join(told(as_plan("ibandronate 3 mg iv every month")))
    assert "dose-above-published" in " ".join(told(as_plan("ibandronate 10 mg/day oral")))
    with pytest.raises(InputError, match="is the unit or the route right"):
        as_plan("ibandronate 150 mg every month")
    with pytest.raises(InputError, match="a dose with its unit"):
        as_plan("ibandronate")
    assert "renal-limit" in " ".join(str(one) for one in as_plan(QUARTERLY).check(29.0))


def test_share_bound_and_urine_at_the_renal_clearance_of_the_source():
    """CLr 60 mL/min and 45 % to bone, of a 70 kg adult at adult turnover (doi:10.1177/0091270004267594)."""
    k = plasma_kinetics("ibandronate", 45.0, 170.0, 70.0)._replace(clearance_renal=np.float64(60.0 * 1.44))
    assert float(k.bone_fraction) == pytest.approx(0.45, abs=0.001)
    assert float(excreted_fraction(60.0, 30 / 86400, k)) == pytest.approx(0.55, abs=0.001)
    assert 0.5 < float(excreted_fraction(1.0, 30 / 86400, k)) < 0.55


def test_absorbed_dose_and_dose_by_vein_in_nmol():
    assert float(dose_in_nmol(3.0, "ibandronate")) == pytest.approx(3e6 / 319.23)
    share = absorbed_share(jnp.array([[60.0]]), jnp.array([[45.0]]), constants(("ibandronate",)))
    assert float(dose_in_nmol(150.0, "ibandronate") * share.item()) == pytest.approx(2960.0, abs=1.0)


def test_what_is_given_is_in_bone_or_in_urine():
    cohort = WOMAN.to_cohort()
    schedule = as_plan("ibandronate 3 mg iv once").schedule(9, 7.0, 45.0)
    outputs = ("drug_surface_nmol", "drug_buried_nmol", "drug_excreted_nmol")
    course = simulate_cohort(cohort, [schedule], [0], 56 / 365.25, fates=False, outputs=outputs)
    total = sum(course.outputs[name][-1, 0] for name in outputs)
    assert total == pytest.approx(3e6 / 319.23, rel=2e-3)
    assert 0.6 < course.outputs["drug_excreted_nmol"][-1, 0] / total < 0.9


def test_potency_and_hold_on_mineral_follow_the_laws_of_the_five():
    """EC50 = 0.5 nmol/day per nM of FPPS IC50; ln kdes linear in ln K_L between its two neighbours."""
    ic50 = {
        "zoledronate": 3.0,
        "risedronate": 10.0,
        "ibandronate": 20.0,
        "alendronate": 50.0,
        "pamidronate": 200.0,
    }
    for drug, nm in ic50.items():
        assert facts(drug)["EC50"].value == pytest.approx(0.5 * nm)
    ends = [facts(drug)["kdes"].value for drug in ("alendronate", "risedronate")]
    along = log(2.94 / 2.36) / log(2.94 / 2.19)
    by_affinity = exp(log(ends[0]) + along * log(ends[1] / ends[0]))
    assert facts("ibandronate")["kdes"].value == pytest.approx(by_affinity, rel=0.02)
    own = facts("ibandronate")["EC50_scale"]
    assert (own.value, own.status, own.log_sd, own.priors) == (1.0, "assumed", 1.0, {})


def test_a_dose_acts_in_the_order_that_the_enzyme_gives():
    """Resorption a month after 3 mg by vein: least after zoledronate, then ibandronate, then pamidronate."""
    cohort = WOMAN.to_cohort()
    left = {}
    for drug in ("zoledronate", "ibandronate", "pamidronate"):
        schedule = as_plan(f"{drug} 3 mg iv once").schedule(5, 7.0, 45.0)
        course = simulate_cohort(cohort, [schedule], [0], 28 / 365.25, fates=False, outputs=("resorption",))
        left[drug] = course.outputs["resorption"][-1, 0] / course.outputs["resorption"][0, 0]
    assert left["zoledronate"] < left["ibandronate"] < left["pamidronate"] < 1.0


@pytest.mark.filterwarnings("ignore")
def test_a_comparison_says_it_by_name():
    result = compare(WOMAN, QUARTERLY, 0.5, draws=20)
    assert sum(SAID in note for note in result.notes) == 1 and SAID in str(result)
    assert result.plasma["drug"].to_list()[0] == "ibandronate"
    usual = compare(WOMAN, "zoledronate 5 mg iv once", 0.2, draws=20)
    assert not any("factsheet:" in note for note in usual.notes)


def test_the_command_line_says_it(capsys):
    asked = f"simulate --age 45 --sex female --type I --years 0.5 --draws 20 --people 0 --plan '{QUARTERLY}'"
    assert main(shlex.split(asked)) == 0
    assert SAID in " ".join(capsys.readouterr().out.split())


def test_a_trial_and_what_is_made_of_it_say_it():
    """Trial, prediction and power print these rows; the prediction's own list names the drug too."""
    protocol = Protocol(**tomllib.loads(TRIAL))
    for calibration in (True, False):
        found = [row for row in warnings_of(protocol, calibration) if row["rule"] == "outside-the-factsheet"]
        assert [(row["arm"], row["message"]) for row in found] == [("a", SAID)]
    (beyond,) = [one for one in extrapolations(protocol) if one["arm"] == "a" and one["what"] == "drug"]
    assert "no numbers of ibandronate by infusion" in beyond["words"]


@pytest.mark.filterwarnings("ignore")
def test_an_exported_file_says_it():
    text = sbml(WOMAN, QUARTERLY, 0.25)
    assert SAID in text and "S_ibandronate" in text


def test_it_stands_in_no_first_list(capsys):
    assert FACTSHEET_DRUGS == ("zoledronate", "pamidronate", "neridronate", "alendronate", "risedronate")
    assert (*FACTSHEET_DRUGS, "ibandronate") == DRUGS
    words = json.dumps(words_of_plans()) + " ".join(published_names())
    assert "zoledronate" in words and "ibandronate" not in words and "boniva" not in words
    for command in (["plans"], ["--help"], ["simulate", "--help"]):
        assert main(command) == 0
    assert "ibandronate" not in capsys.readouterr().out


def test_no_fit_reads_it():
    assert split().studies["ibandronate_pmc3470035"].use == "unused"
    assert "ibandronate_pmc3470035" not in {target.study for target in fit_targets().targets}
    assert not any("ibandronate" in arm for target in fit_targets().targets for _, arm in target.arms)
    moved = {leaf.path for free in free_parameters() for leaf, _ in free.values(1.0)}
    assert "drugs.EC50_scale.zoledronate" in moved and not any("ibandronate" in path for path in moved)
    room = resources.files("brittlestar.evidence")
    for name in ("calibration/targets.toml", "calibration/ensemble.json", "prediction/validation.toml"):
        assert "ibandronate" not in room.joinpath(name).read_text(encoding="utf-8")


def test_its_potency_is_as_wide_in_the_posterior_as_before_and_moves_no_other():
    members = posterior.ensemble()
    sets = [members.parameters(i) for i in range(len(members))]
    log_scale = np.log([float(p.drugs.EC50_scale[-1]) for p in sets])
    assert abs(log_scale.mean()) < 0.25 and log_scale.std() == pytest.approx(1.0, abs=0.15)
    bare = with_theta(members.base, members.free, members.theta[7])
    assert np.array_equal(sets[7].drugs.EC50_scale[:-1], bare.drugs.EC50_scale[:-1])
    assert np.array_equal(sets[7].shared.kS, bare.shared.kS)
    again = posterior.ensemble().parameters(7)
    assert np.array_equal(again.drugs.EC50_scale, sets[7].drugs.EC50_scale)


def test_tables_by_drug_name_every_drug_of_the_house_in_its_order():
    table = tomllib.loads(resources.files("brittlestar.outcomes").joinpath("reactions.toml").read_text())
    by_drug = [entry["value"] for entry in table.values() if isinstance(entry["value"], dict)]
    assert len(by_drug) == 3 and all(tuple(one) == DRUGS for one in by_drug)
    assert fill(Reactions).acute_phase.shape == (len(DRUGS),)
    assert shared() is shared() and constants().EC50.shape == (len(DRUGS),)
