"""Published studies as data: every file is read, every number says how it was read and where."""

import pytest

from brittlestar._shared.errors import InputError
from brittlestar.evidence.studies.study import read_study, sources, studies, study

GOOD = """
id = "a"
cite = "A 2000"
design = "RCT"
results = [{ arm = "x", measure = "ls_z", months = 12, value = 1.0, read = "primary", source = "AB24" }]
[population]
n = 3
[[arms]]
id = "x"
plan = "risedronate 1 mg/kg/week"
"""


def test_every_file_is_a_study_with_its_own_id():
    assert len(studies()) >= 70
    assert all(name == one.id for name, one in studies().items())


def test_numbers_of_poise_are_those_of_the_abstract():
    found = {(r.arm, r.measure): r for r in study("poise2013").usable()}
    assert found["risedronate", "ls_abmd_pct"].value == 16.3
    assert found["placebo_then_risedronate", "ls_abmd_pct"].value == 7.6
    assert found["between arms", "ls_abmd_pct_diff"].ci95 == (5.7, 11.7)
    assert sources()["LANCET13"].address == "doi:10.1016/S0140-6736(13)61091-0"


def test_five_years_after_one_infusion_are_those_of_the_abstract():
    found = {(r.arm, r.measure, r.months): r for r in study("zoledronate_women").usable()}
    five_years = found["zoledronate_5mg", "ls_abmd_pct_vs_placebo", 60]
    assert (five_years.value, five_years.ci95) == (4.2, (1.1, 7.2))
    assert found["zoledronate_5mg", "ctx_pct_vs_placebo", 60].value == -48
    assert sources()["ZOL5Y"].address == "doi:10.1016/j.bone.2012.03.016"


def test_two_readings_of_one_result_are_one_result():
    gain = [r for r in study("gatti2005").results if r.measure == "ls_and_hip_abmd_pct"]
    assert [(r.arm, r.range) for r in gain] == [("neridronate", (18, 30)), ("none", (3.5, 5.7))]


def test_memory_is_never_usable():
    memory = [r for one in studies().values() for r in one.results if r.read == "memory"]
    assert memory
    assert not [r for one in studies().values() for r in one.usable() if r.read == "memory"]


def test_plans_are_in_words_that_care_reads():
    plans = [arm.care for one in studies().values() for arm in one.arms if arm.plan]
    assert len(plans) > 30
    highest = study("bishop2010").arms[2].care
    assert highest is not None and highest.drugs == ("risedronate",)


def test_every_source_is_cited_by_some_study():
    cited = {key for one in studies().values() for r in one.results for key in r.source}
    cited |= {key for one in studies().values() for key in one.population.source}
    assert set(sources()) <= cited


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"AB24"', '"AB25"', "AB24"),
        ('arm = "x"', 'arm = "y"', "y"),
        ('read = "primary"', 'read = "guess"', "primary"),
        ("value = 1.0, ", "", "a value, a range or a text"),
        (', source = "AB24"', "", "names its source"),
        ("1 mg/kg/week", "1 mg/stone/week", "unit"),
        ("n = 3", "m = 3", "m"),
        ('id = "a"', 'id = "b"', "file's name"),
    ],
)
def test_a_bad_file_is_refused(old: str, new: str, says: str):
    assert read_study("a", GOOD).arms[0].plan
    with pytest.raises(InputError, match=says):
        read_study("a", GOOD.replace(old, new, 1))


def test_unknown_study_names_the_nearest():
    with pytest.raises(InputError, match="poise2013"):
        study("poise2012")
