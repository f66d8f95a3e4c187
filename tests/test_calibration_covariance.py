"""What targets may be off by together: errors of one study, and what papers leave open."""

import numpy as np
import pytest

from brittlestar._shared.errors import InputError
from brittlestar.evidence.calibration.covariance import between_studies, error_covariance, offset_of
from brittlestar.evidence.calibration.kinds import per_unit
from brittlestar.evidence.calibration.open_inputs import input_covariance
from brittlestar.evidence.calibration.points import fit_targets
from brittlestar.evidence.calibration.target_values import target_value
from brittlestar.evidence.calibration.targets import Target, TargetCohort, Targets
from brittlestar.evidence.calibration.typical_courses import Reading, TypicalReadings


def of(*ids: str) -> tuple[Target, ...]:
    by_id = {target.id: target for target in fit_targets().targets}
    return tuple(by_id[id] for id in ids)


def test_two_results_of_one_study_and_kind_share_half_of_an_offset():
    """Gains of 7.6 and 16.3 % in POISE, ln 1.076 and ln 1.163: 0.16 of them is 1.3 and 2.8 points."""
    C = error_covariance(fit_targets(), of("poise-placebo-pct", "poise-risedronate-pct"))
    u = 0.16 * np.log([1.076, 1.163]) * np.array([107.6, 116.3])
    assert u == pytest.approx([1.26, 2.81], abs=0.01)
    assert np.allclose(np.diag(C), np.array([1.24, 0.9]) ** 2 + u**2)
    assert C[0, 1] == pytest.approx(0.5 * u[0] * u[1])


def test_offsets_of_a_rise_and_of_a_fall_pull_apart():
    """Who reads a change by a tenth too large reads a fall too low and a rise too high."""
    rise = of("ward-alendronate-pct")[0]
    fall = rise.model_copy(update={"id": "fall", "observed": -5.0})
    assert error_covariance(fit_targets(), (rise, fall))[0, 1] < 0.0


def test_people_without_the_disease_keep_an_offset_on_the_scale_of_the_kind():
    found = fit_targets()
    healthy = next(
        t for t in found.fitted
        if t.output == "ls_abmd" and set(found.cohorts[t.cohort].types) == {"healthy"}
    )  # fmt: skip
    assert offset_of(found, healthy) == pytest.approx(0.008 * per_unit(healthy))


def test_results_of_two_studies_or_of_two_kinds_share_nothing():
    C = error_covariance(fit_targets(), of("poise-placebo-pct", "ward-placebo-pct", "poise-log-hr"))
    assert np.array_equal(C != 0.0, np.eye(3, dtype=bool))


def test_rows_of_the_same_scans_share_their_sampling_error():
    C = error_covariance(fit_targets(), of("poise-placebo-pct", "poise-placebo-z"))
    assert C[0, 1] == C[1, 0] == pytest.approx(0.9 * 1.24 * 0.062)


def test_one_ratio_and_one_level_of_poise_are_two_arms():
    """ln hazards of two arms of variance a and b: ratio a + b, level a, covariance -a."""
    C = error_covariance(fit_targets(), of("poise-log-hr", "poise-placebo-share"))
    effect, level = between_studies()["fracture effect"].sd, between_studies()["fracture level"].sd
    assert C[0, 0] == pytest.approx(0.28**2 + effect**2) and C[1, 1] == pytest.approx(0.207**2 + level**2)
    assert C[0, 1] == pytest.approx(-(0.207**2), rel=0.01)


def test_correlations_that_do_not_go_together_are_refused():
    a, b, c = of("biopsy-I-bv", "biopsy-I-tb-th", "biopsy-I-tb-n")
    a = a.model_copy(update={"sampling_with": {b.id: 0.9, c.id: 0.9}})
    with pytest.raises(InputError, match=r"sampling_with.*go together"):
        error_covariance(fit_targets(), (a, b, c))


def test_the_covariance_of_all_targets_is_one():
    found = fit_targets()
    assert np.linalg.eigvalsh(error_covariance(found, found.fitted))[0] > 0.0


MIXED = TargetCohort(
    study="ward2011", ages=(8.0,), types={"I": 3, "III": 1}, female=1.0, open={"types": 3}, spread="typical"
)
"""Three of type I for one of type III, known as well as from three people."""

ENTRY = Target(
    id="entry", label="Z at entry", cohort="mixed", output="ls_z", kind="level",
    observed=-3.0, sampling=0.1, sampling_from="paper", judgement=0.0,
)  # fmt: skip


def read(*targets: Target) -> tuple[Targets, TypicalReadings, np.ndarray]:
    """Targets of the mixed cohort, with readings 0 everywhere."""
    found = Targets(cohorts={"mixed": MIXED}, targets=targets)
    sim = TypicalReadings(found)
    return found, sim, np.zeros(max(place.stop for place in sim.places.values()))


def test_an_open_mix_of_two_types_has_the_variance_of_its_share():
    """Share 1/4 worth 3 people: variance (1/4)(3/4)/(3 + 1); Z of -2 and of -6 differ by 4."""
    density = ENTRY.model_copy(update={"id": "density", "output": "ls_abmd", "scale": "log"})
    found, sim, flat = read(ENTRY, density)
    flat[sim.places[Reading(("mixed", "no treatment"), "ls_z", 0.0)]] = [-2.0, -6.0]
    flat[sim.places[Reading(("mixed", "no treatment"), "ls_abmd", 0.0)]] = [0.6, 0.4]
    share = 0.25 * 0.75 / 4.0
    slopes = np.array([-4.0, -0.2 / 0.55])  # of the mean by the share of III; ln of a mean of 0.55
    assert np.allclose(input_covariance(found, found.targets, sim, flat), share * np.outer(slopes, slopes))
    assert float(target_value(ENTRY, sim, flat)) == -3.0


def test_a_visit_within_a_window_is_the_mean_of_its_ends_and_as_uncertain_as_the_window():
    visit = ENTRY.model_copy(update={"months": 4.5, "window": (3.0, 6.0)})
    found, sim, flat = read(visit)
    for months, z in ((3.0, -4.0), (6.0, -1.0)):
        flat[sim.places[Reading(("mixed", "no treatment"), "ls_z", months)]] = z
    assert float(target_value(visit, sim, flat)) == -2.5
    assert input_covariance(found, found.targets, sim, flat)[0, 0] == pytest.approx(3.0**2 / 12.0)


def test_one_type_alone_cannot_be_open():
    with pytest.raises(ValueError, match="open types: two or more"):
        TargetCohort(study="ward2011", ages=(8.0,), types={"I": 1}, female=1.0, open={"types": 3})


def test_months_outside_their_window_are_refused():
    with pytest.raises(ValueError, match="window, 3 to 6"):
        Target.model_validate({**ENTRY.model_dump(), "months": 7.0, "window": (3.0, 6.0)})
