"""The table of points: it loads, and nothing in it can be used for what its study is not kept for."""

from collections import Counter

import pytest

from brittlestar._shared.errors import InputError
from brittlestar.drugs.catalogue import facts
from brittlestar.evidence.calibration.points import NINETY, Point, fit_targets, points, read_points
from brittlestar.evidence.calibration.targets import plan_of, read_targets, targets
from brittlestar.evidence.studies.split import split

POINT = """
[cohorts.women]
study = "{study}"
ages = [65.0]
types = {{ healthy = 1 }}
female = 1.0

[[points]]
id = "one"
label = "One"
use = "{use}"
cohort = "women"
plan = "denosumab 60 mg every 6 months"
output = "ls_abmd"
kind = "pct_change"
months = 36
observed = 5.0
sampling = 1.0
sampling_from = "paper"
judgement = 0.0
"""


ERRORS = 'sampling = 1.0\nsampling_from = "paper"\njudgement = 0.0'


def test_the_table_holds_every_point_with_its_use():
    table = points()
    uses = Counter(point.use for point in table.points)
    assert uses == {"calibration": 118, "check": 35, "test": 17, "by construction": 8, "input": 13}
    assert {table.study_of(p) for p in table.points if p.use != "by construction"} <= split().studies.keys()


def test_every_plan_of_the_table_can_be_read():
    for point in points().points:
        for _, plan in () if point.words_alone else point.arms:
            plan_of(plan)


def test_a_point_without_output_says_why():
    withheld = {point.id: point.withheld for point in points().points if point.withheld}
    assert withheld["growth-hormone-deficiency"] == "growth hormone is not modelled"
    assert all(withheld.values())
    assert not withheld.keys() & {target.id for target in points().computed.targets}


def test_tablets_are_run_of_every_drug_whose_file_says_what_is_absorbed():
    by_id = {point.id: point for point in points().points}
    for id in ("ibandronate-oral-markers", "pamidronate-oral-ls-24"):
        absorbed = float(facts(id.split("-")[0])["F_light"].value) > 0
        assert bool(by_id[id].withheld) != absorbed


@pytest.mark.parametrize(("use", "study"), [("calibration", "freedom_test"), ("test", "freedom")])
def test_a_point_is_used_as_its_study_is_kept(use, study):
    with pytest.raises(InputError, match=f"{study}.*kept for"):
        read_points(POINT.format(use=use, study=study))


def test_a_validation_study_has_no_point_of_another_use():
    (study, *_) = split().of("validation")
    with pytest.raises(InputError, match="kept for validation"):
        read_points(POINT.format(use="check", study=study))


def test_no_test_point_is_fitted_to():
    text = POINT.format(use="test", study="freedom_test").replace("[[points]]", "[[targets]]")
    with pytest.raises(InputError, match=r"freedom_test.*may not be fitted"):
        read_targets(text)
    found = fit_targets()
    added = [target for target in found.targets if isinstance(target, Point)]
    assert found.targets[: len(targets().targets)] == targets().targets
    assert {target.use for target in added} == {"calibration", "check"}
    fitted = [target for target in found.fitted if isinstance(target, Point)]
    assert len(fitted) == 67
    assert not [t.id for t in fitted if any(plan_of(plan).biologics for _, plan in t.arms)]
    assert {found.study_of(target) for target in added} <= set(split().of("calibration"))


def test_a_tolerance_is_what_a_point_may_be_off_by():
    point = next(p for p in points().points if p.id == "healthy-z-birth-1")
    assert point.half_width == pytest.approx(0.05) and point.sd == pytest.approx(0.05 / NINETY)


def test_a_tolerance_needs_its_reason():
    text = POINT.format(use="calibration", study="freedom").replace(ERRORS, "tolerance = 1.0")
    with pytest.raises(InputError, match="reason"):
        read_points(text)


def test_a_number_without_both_errors_is_refused_and_both_are_named():
    text = POINT.format(use="calibration", study="freedom").replace("judgement = 0.0\n", "")
    with pytest.raises(
        InputError, match=r"points.toml: one: sampling and judgement: got .*'judgement': None"
    ):
        read_points(text)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("judgement = 0.0", "judgement = 0.5", "reason"),
        ('sampling_from = "paper"\n', "", "sampling_from"),
        ("sampling = 1.0", "sampling = 0.0", "together above 0"),
    ],
)
def test_an_error_says_where_it_comes_from(old: str, new: str, says: str):
    with pytest.raises(InputError, match=says):
        read_points(POINT.format(use="calibration", study="freedom").replace(old, new))


def test_a_study_in_two_uses_is_refused_by_an_error_that_names_both_places():
    with pytest.raises(InputError, match=r"points.toml: one: .*test in evidence/studies/split.toml"):
        read_points(POINT.format(use="calibration", study="freedom_test"))


def test_a_number_of_the_first_list_is_fitted_once():
    use = {target.id: target.use for target in fit_targets().targets}
    for point in points().points:
        if point.same_as:
            assert (use[point.id], use[point.same_as]) == ("check", "calibration")
    assert use["bed-rest-ls"] == "check"
