"""Points of people who differ, from invented courses and from the model: each statistic by value."""

from typing import Any

import numpy as np
import pytest

from brittlestar.aftermath.consequences import aftermath_parameters
from brittlestar.engine.run import Course
from brittlestar.evidence.calibration.points import NINETY, DrawnPeople, Point, Points, fit_targets, points
from brittlestar.evidence.calibration.risk_by_density import drawn_women, risk_by_density
from brittlestar.evidence.physiology import between_people
from brittlestar.evidence.physiology.between_people import (
    EXPECTED,
    crushed_vertebrae,
    first_reaction,
    observed,
    risk_by_marker_fall,
    values_between_people,
)
from brittlestar.model.parameters import default_parameters
from brittlestar.people.sampling import sample_cohort

N = 4000
CHILDREN = sample_cohort(N, seed=1, age_years=10.0, types={"I": 1})
WOMEN = sample_cohort(N, seed=1, age_years=(60, 70), types={"healthy": 1}, female=1.0)


def point(**fields: Any) -> Point:
    about = {"id": "a", "label": "A", "people": "women", "statistic": "sd", "measure": "ls_abmd"}
    errors = {"observed": 1.0, "sampling": 0.1, "sampling_from": "size", "scale": "log"}
    return Point.model_validate(about | errors | fields)


def course(outputs: dict[str, Any], fractures: tuple[Any, Any, Any] = ((), (), ())) -> Course:
    """Years 0, 1 and 3 of everybody: each output a row for each year."""
    person, site, years = fractures
    rows = {name: np.stack([np.broadcast_to(row, N) for row in values]) for name, values in outputs.items()}
    return Course(
        time_years=np.array([0.0, 1.0, 3.0]),
        outputs=rows,
        fracture_person=np.array(person, int),
        fracture_site=np.array(site, int),
        fracture_years=np.array(years, float),
    )


def test_a_gain_differs_by_what_people_gain_by_two_readings_and_by_the_walk():
    """Gains of 5 % with SD 3: with errors of 1.25 % and three years of a walk of 2.1 % a year, 5.0 %."""
    gain = 1.05 + 0.03 * np.random.default_rng(1).normal(size=N)
    flat = course({"ls_abmd": [0.8, 0.8, 0.8 * gain], "ls_sd": [0.1] * 3})
    seen = observed(point(kind="pct_change", months=36.0), flat, WOMEN)
    expected = np.sqrt(3.0**2 + (1.05 * 1.25) ** 2 + 1.25**2 + 3 * (1.05 * 2.1) ** 2)
    assert seen.mean() == pytest.approx(5.0, abs=0.3) and seen.std() == pytest.approx(expected, rel=0.05)


def test_fractures_are_counted_at_the_sites_and_in_the_months_of_the_point():
    broken = course({}, ([0, 0, 1, 2], [0, 3, 1, 0], [0.5, 0.6, 0.9, 2.5]))
    asked = point(measure="fractures", sites=("lower_limb", "upper_limb"), months=12.0)
    assert observed(asked, broken, WOMEN)[:4].tolist() == [1, 1, 0, 0]


def test_a_trait_is_known_without_error():
    seen = observed(point(measure="puberty_shift_years"), course({}), WOMEN)
    assert seen == pytest.approx(WOMEN.puberty_shift_years)


def test_risk_by_the_fall_of_a_marker_is_the_slope_that_went_in_less_what_reading_hides():
    """Falls of 50 % with SD 10, ln hazard 0.3 lower an SD; readings with 15 % each add to that SD."""
    own = np.random.default_rng(1).normal(size=N)
    later = 1.0 - (0.5 + 0.1 * own)
    rate = 0.02 * np.exp(-0.3 * own) * WOMEN.frailty
    hazards = {name: [0.0, rate, 3 * rate] for name in EXPECTED}
    found = course({"bsap": [1.0, later, later], **hazards})
    asked = point(statistic="risk_by_marker_fall", measure="bsap", months=36.0, sites=("vertebral",))
    reading = np.sqrt((0.5 * 0.15) ** 2 * (1 + 0.04) * 2)
    assert risk_by_marker_fall(asked, found, WOMEN) == pytest.approx(
        -0.3 * 0.1 / np.hypot(0.1, reading), abs=0.02
    )


def test_a_first_reaction_is_as_common_as_in_the_women_it_is_set_from():
    assert first_reaction("zoledronate 5 mg every year", WOMEN) == pytest.approx(0.424, abs=0.01)


def test_vertebrae_are_crushed_by_what_came_before_entry():
    """At 0.3 a year since birth e^-3 of children of 10 have had none; most others lost enough height."""
    still = {"height_cm": [120.0] * 3, "turnover_ratio": [1.0] * 3}
    none = crushed_vertebrae(course(still | {"hazard_vertebral": [0.0] * 3}), CHILDREN)
    some = crushed_vertebrae(course(still | {"hazard_vertebral": [0.3] * 3}), CHILDREN)
    known = aftermath_parameters().spine
    ever = 1.0 - np.exp(-0.3 * min(10.0, float(known.history)))
    assert none.max() == 0.0 and 0.75 * ever < np.mean(some > 0.0) <= ever + 0.02
    assert np.all(np.isclose(13 * some, np.round(13 * some)))


def test_hazard_by_density_is_the_function_of_the_prediction():
    """The ratio per SD of hip density is one number, for the point and for ``predict --fractures``."""
    table = points()
    mine = [p for p in table.points if p.id == "gradient-nonvertebral"]
    one = table.model_copy(update={"points": tuple(mine)})
    p = default_parameters()
    told = values_between_people(one, p)["gradient-nonvertebral"]
    assert told == pytest.approx(
        np.exp(risk_by_density(drawn_women(between_people.SEED), [mine[0].sites], p)[0])
    )
    assert told > 1.0


def test_spread_set_by_a_published_one_comes_back():
    """Healthy Z has SD 1 by definition, that of adults with types I and IV is 1.5, as their spread is set.

    To a twentieth: spreads are set before a fit, which then moves bone.
    """
    table = points()
    mine = [p for p in table.points if p.id in ("healthy-spread-z", "paris-spread-z", "puberty-spread")]
    found = values_between_people(table.model_copy(update={"points": tuple(mine)}), default_parameters())
    assert found["healthy-spread-z"] == pytest.approx(1.0, abs=0.05)
    assert found["paris-spread-z"] == pytest.approx(1.5, abs=0.08)
    assert found["puberty-spread"] == pytest.approx(1.0, abs=0.03)


def test_no_point_of_people_is_fitted_to():
    assert not [t.id for t in fit_targets().targets if getattr(t, "people", "")]
    people = [p for p in points().points if p.people]
    assert {p.use for p in people} == {"calibration", "test", "check", "input", "by construction"}
    assert all(p.withheld and p.half_width == pytest.approx(NINETY * p.sd) for p in people)


@pytest.mark.parametrize(
    ("fields", "says"),
    [({"statistic": None}, "people go with a statistic"), ({"people": ""}, "people go with a statistic")],
)
def test_people_and_statistic_go_together(fields, says):
    with pytest.raises(ValueError, match=says):
        point(**fields)


def test_people_who_are_not_in_the_table_are_refused_with_the_nearest():
    with pytest.raises(ValueError, match=r"people 'women'.*womem"):
        Points(
            cohorts={},
            people={"womem": DrawnPeople(study="sabre", age_years=(50, 60), types={"healthy": 1})},
            points=(point(),),
        )
    with pytest.raises(ValueError, match="age_mean goes with age_sd"):
        DrawnPeople(age_years=(50, 60), age_mean=55, types={"healthy": 1})
