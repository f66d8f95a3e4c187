"""A protocol file is read whole, or refused with one message that names the place."""

import pickle
import runpy
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from brittlestar._shared.errors import InputError
from brittlestar._shared.manifest import input_sha256
from brittlestar.care import as_plan
from brittlestar.trials.arms import warnings_of
from brittlestar.trials.conduct import output_days
from brittlestar.trials.protocol import Protocol
from brittlestar.trials.protocol_files import load_protocol
from brittlestar.trials.protocol_texts import library, protocol_text
from brittlestar.trials.recruit import type_counts

POISE = protocol_text("poise")[0]
ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "protocol.md"


@pytest.mark.parametrize("name", library())
def test_shipped_protocols_load(name):
    assert load_protocol(name).id == name


def test_published_mix_of_types_is_kept():
    counts = type_counts(load_protocol("poise"))
    assert sum(counts.values()) == 147
    assert counts["I"] > 100 and counts["IV"] > counts["III"] > 0


def test_documented_example_is_a_valid_protocol(tmp_path):
    text = PAGE.read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0]
    file = tmp_path / "example.toml"
    file.write_text(text, encoding="utf-8")
    protocol = load_protocol(str(file))
    assert protocol.arms[protocol.control].id == "untreated"
    assert not any(e.published for e in protocol.endpoints)


EXAMPLES = PAGE.read_text(encoding="utf-8").split("```toml\n")[1:]


@pytest.mark.parametrize("number", range(1, len(EXAMPLES)))
def test_every_documented_table_fits_into_the_complete_example(number):
    """A table of the page replaces the one of its name, or stands beside the others of an array."""
    whole, part = (tomllib.loads(text.split("```")[0]) for text in (EXAMPLES[0], EXAMPLES[number]))
    for name, table in part.items():
        if isinstance(table, list):
            whole[name] = [*whole[name], *table] if name != "arms" else table
        else:
            whole[name] = whole[name] | table
    assert Protocol(**whole).id == "my-trial"


def test_documentation_is_current(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["write_protocol_docs.py"])
    script = runpy.run_path(str(ROOT / "scripts" / "write_protocol_docs.py"))
    assert script["main"]() == 0, capsys.readouterr().out
    page = PAGE.read_text(encoding="utf-8")
    assert script["page"](page.replace("people randomised in all arms together", "people")) == page


def changed(old: str, new: str) -> str:
    assert old in POISE
    return POISE.replace(old, new, 1)


LOOKS = '[design.interim]\nendpoint = "hazard_ratio"\nmonths = {}\n\n'


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        (changed("randomised = 147", "randomized = 147"), "population", "did you mean 'randomised'"),
        (
            changed("randomised = 147", "randomised = -3"),
            "population.randomised",
            "greater than or equal to 2",
        ),
        (changed("randomised = 147", "randomised = nan"), "population.randomised", "finite"),
        (changed("age_years = [4, 15]", "age_years = [4, 400]"), "age_years", "0 to 90"),
        (changed("age_years = [4, 15]", "age_years = [15, 4]"), "age_years", "youngest before oldest"),
        (changed("{ I = 121, IV", "{ Type1 = 121, IV"), "types", "accepted"),
        (
            changed("weight_kg = { min", "wieght_kg = { min"),
            "eligibility.wieght_kg",
            "did you mean 'weight_kg'",
        ),
        (
            changed('plan = "risedronate 2.5', 'plan = "risedronat 2.5'),
            "arms.risedronate.plan",
            "risedronate",
        ),
        (
            changed("placebo for 1 year then", "placebo for 0 days then"),
            "arms.placebo.plan",
            "longer than 0",
        ),
        (changed("control = true\n", ""), "arms.control", "exactly one arm"),
        (changed('id = "placebo"', 'id = "risedronate"'), "arms.id", "each arm once"),
        (changed("months = [0, 6, 12, 24, 36]", "months = [0, 6, 12, 24, 48]"), "visits", "month 36"),
        (changed("months = [0, 6, 12, 24, 36]", "months = [0, 12, 6]"), "months", "rising"),
        (
            changed('measure = "ls_abmd"\nmonth = 12', 'measure = "ls_abmd"\nmonth = 9'),
            "month",
            "0, 6, 12, 24, 36",
        ),
        (changed("window = [0, 12]", "window = [12, 0]"), "window", "first and last month"),
        (changed("window = [0, 12]", "window = [0, 48]"), "month", "month 36"),
        (changed('arm = "risedronate"', 'arm = "risedronat"'), "published.arm", "did you mean 'risedronate'"),
        (changed("low = 14.54", "low = 17.5"), "value", "between its limits"),
        (changed('kind = "pct_change"', 'kind = "percent"'), "kind", "pct_change"),
        (changed('id = "poise"', 'id = "poise"\nid = "poise"'), "toml", "each key once"),
        (changed("{ I = 121, IV", "{ I = 1e308, IV"), "types.I", "from 0 to 1e+09"),
        (changed("{ I = 121, IV", "{ I = inf, IV"), "types.I", "finite"),
        (
            changed("{ min = 10 }", "{ min = 1" + 400 * "0" + " }"),
            "eligibility.weight_kg",
            "[lowest, highest]",
        ),
        (changed("{ min = 10 }", "{ min = nan }"), "eligibility.weight_kg", "[lowest, highest]"),
        (changed("{ min = 10 }", "{ min = true }"), "eligibility.weight_kg", "[lowest, highest]"),
        (changed("{ min = 10 }", "{ min = 300 }"), "eligibility", "that people of type I can meet"),
        (changed("weight_kg = { min = 10 }", "age_years = [16, 30]"), "eligibility", "aged 4 to 15 years"),
        (changed("weight_kg = { min = 10 }", "fractures = { max = -1 }"), "eligibility", "can meet"),
        (changed("weight_kg = { min = 10 }", 'oi_type = ["I", "III"]'), "eligibility", "people of type IV"),
        (changed("weight_kg = { min = 10 }", "oi_type = []"), "eligibility.oi_type", "one or more of"),
        (changed("weight_kg = { min = 10 }", "sex = 1"), "eligibility.sex", "one or more of male, female"),
        (
            changed("female = 0.4965", "female = 1").replace(
                "weight_kg = { min", 'sex = "male"\nweight_kg = { min'
            ),
            "eligibility",
            "100 % of them female",
        ),
        (changed("{ max = -2.0 } }]", "{ min = 2, max = 1 } }]"), "eligibility.any_of", "[lowest, highest]"),
        (
            changed("allocation = 2", "allocation = 1000"),
            "arms.placebo.allocation",
            "2058 or more randomised",
        ),
        (changed("randomised = 147", "randomised = 2"), "arms.placebo.allocation", "7 or more randomised"),
        (changed("never_started = 0.0272", "never_started = 0.99"), "arms.placebo", "600 or more randomised"),
        (changed("Placebo, then risedronate", "Risedronate"), "arms.label", "another label"),
        (changed("age_strata = [10]", "age_strata = [10, 8]"), "age_strata", "rising"),
        (changed("age_strata = [10]", ""), "adjust", "with design.age_strata"),
        (changed("months = [0, 6, 12, 24, 36]", "months = [0, 0.01, 6, 12]"), "months", "at least a day"),
        (changed("window = [0, 12]", "window = [12, 12]"), "window", "a day or more apart"),
        (changed("window = [0, 12]", "window = [0, 1e-9]"), "window", "a day or more apart"),
        (
            changed("window = [0, 12]", 'window = [0, 12]\nadjust = ["baseline"]'),
            "adjust",
            "for value, change, pct_change alone",
        ),
        (changed('["baseline", "age_stratum"]', '["baseline", "baseline"]'), "adjust", "each covariate once"),
        (changed("month = 12\n", "month = 12\nwindow = [0, 12]\n"), "kind", "no window or sites"),
        (changed('arm = "placebo"', 'arm = "risedronate"'), "published.arm", "once per endpoint"),
        (changed("years = 3\n", "years = 1e-6\n"), "design.years", "greater than or equal to"),
        (
            changed('plan = "risedronate', 'plan = "teriparatide 20 ug/day, risedronate').replace(
                "measures = [", 'measures = ["calcium_change_mmol_per_l", ', 1
            ),
            "visits[0].measures",
            "not known under a drug that builds bone (arm risedronate); accepted: other measures",
        ),
        (
            changed("[population.eligibility]\n", "[population.eligibility]\nls_z = [-9, -2.5]\n").replace(
                'source = "71', 'entry_mean = { measure = "ls_z", mean = -2 }\nsource = "71'
            ),
            "population.entry_mean.mean, eligibility.ls_z",
            "within the range that entry asks for",
        ),
        (
            changed("years = 3\n", "years = 3\naccrual_months = 12\ncloses_month = 12\n"),
            "design.accrual_months, closes_month",
            "after the last person has entered",
        ),
        (
            changed("[conduct]", LOOKS.format("[12, 36]").replace("hazard_ratio", "fractures") + "[conduct]"),
            "design.interim.endpoint, endpoints.id",
            "accepted",
        ),
        (
            changed("[conduct]", LOOKS.format("[12, 37]") + "[conduct]"),
            "design.interim.months, years",
            "up to month 36",
        ),
        (
            changed("[conduct]", LOOKS.format("[12, 36]\ninformation = [1]") + "[conduct]"),
            "design.interim.months, information",
            "one share of information for each look",
        ),
        (
            changed("years = 3\n", "years = 3\naccrual_months = 2\ncloses_month = 11\n"),
            "design.closes_month: got (12.0, 11.0)",
            "before the trial closes",
        ),
        (
            changed(
                "[conduct]",
                LOOKS.format("[6, 12]").replace("hazard_ratio", "ls_abmd_pct_change") + "[conduct]",
            ),
            "design.interim.months, endpoints[0] (ls_abmd_pct_change): month",
            "looks after month 12",
        ),
        (
            changed(
                'source = "71',
                'entry_mean = { measure = "ls_z", mean = -2 }\npeople = ['
                + 147 * '{ age = 7, sex = "male", oi_type = "I" },'
                + ']\nsource = "71',
            ),
            "population.people, entry_mean",
            "one of the two",
        ),
        ("", "toml", "empty"),
    ],
)
def test_bad_protocol_is_refused_once(tmp_path, text, place, words):
    file = tmp_path / "bad.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_protocol(str(file))
    message = str(caught.value)
    assert message.startswith(("bad.toml", str(file)))
    assert place in message, message
    assert words in message, message
    assert "\n" not in message


CONTRADICTIONS = {
    "blinded for longer than the trial": (
        changed("blinded_years = 1", "blinded_years = 4"),
        "design.blinded_years, design.years: got (4.0, 3.0); accepted: up to 3",
    ),
    "an endpoint after the end": (
        changed('measure = "ls_abmd"\nmonth = 12', 'measure = "ls_abmd"\nmonth = 48'),
        "month, design.years: got (48.0, 3.0); accepted: up to the end, month 36",
    ),
    "a window after the end": (
        changed("window = [0, 12]", "window = [0, 48]"),
        "window, design.years: got (48.0, 3.0); accepted: up to the end, month 36",
    ),
    "a visit after the end": (
        changed("months = [0, 6, 12, 24, 36]", "months = [0, 6, 12, 24, 48]"),
        "visits[0].months, design.years: got (48.0, 3.0); accepted: up to the end, month 36",
    ),
    "a plan that starts after the end": (
        changed(
            "risedronate 2.5 mg daily below 30 kg, 5 mg daily above, for 3 years",
            "risedronate 2.5 mg daily from 4 years",
        ),
        "arms.risedronate.plan, design.years",
    ),
    "days after a dose that nobody gives": (
        changed("months = [0, 6, 12, 24, 36]", "days_after_dose = 3\nmonths = [0, 6, 12, 24, 36]"),
        "visits[0].days_after_dose, arms.plan: got 3.0; no arm has a planned infusion",
    ),
    "before a dose that nobody gives": (
        changed("months = [0, 6, 12, 24, 36]", "before_dose = true\nmonths = [0, 6, 12, 24, 36]"),
        "visits[0].before_dose, arms.plan: got True; no arm has a planned infusion",
    ),
    "a site that the trial does not count": (
        changed("window = [0, 12]", 'window = [0, 12]\nsites = ["hip"]'),
        "sites, conduct.fracture_sites: got 'hip'; accepted",
    ),
    "a measure that no visit takes": (
        changed('measure = "ls_abmd"\nmonth = 12', 'measure = "hip_density"\nmonth = 12'),
        "measure, visits.measures: got 'hip_density'; accepted: ls_abmd",
    ),
    "a month at which no visit is": (
        changed('measure = "ls_abmd"\nmonth = 12', 'measure = "ls_abmd"\nmonth = 9'),
        "month, visits.months: got 9.0; ls_abmd is measured at months: 0, 6, 12, 24, 36",
    ),
    "adjusted for strata that are not there": (
        changed("age_strata = [10]", ""),
        "adjust, design.age_strata: got 'age_stratum'; accepted: with design.age_strata",
    ),
    "a stratum above the oldest": (
        changed("age_strata = [10]", "age_strata = [20]"),
        "design.age_strata, population.age_years: got (20.0, (4.0, 15.0)); accepted: ages above 4",
    ),
    "one of two strata below the youngest": (
        changed("age_strata = [10]", "age_strata = [4, 10]"),
        "design.age_strata, population.age_years: got (4.0, (4.0, 15.0))",
    ),
    "a stratum whom the rules of entry keep out": (
        changed("weight_kg = { min = 10 }", "age_years = [4, 9]"),
        "design.age_strata, population.age_years, population.eligibility.age_years: got (10.0, (4.0, 9.0))",
    ),
    "a rule of age that nobody meets": (
        changed("weight_kg = { min = 10 }", "age_years = [16, 30]"),
        "population.eligibility.age_years, age_years: got",
    ),
    "a published number of no arm": (
        changed('arm = "risedronate"', 'arm = "risedronat"'),
        "published.arm, arms.id: got 'risedronat'",
    ),
}
"""What contradicts what -> the protocol, and the beginning of what is said: both places, what was found."""


@pytest.mark.parametrize("which", CONTRADICTIONS)
def test_of_two_features_that_contradict_each_other_both_places_are_named(tmp_path, which):
    text, said = CONTRADICTIONS[which]
    (file := tmp_path / "bad.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        load_protocol(str(file))
    assert said in str(refused.value) and "\n" not in str(refused.value)


def test_a_second_table_of_visits_mends_a_visit_without_a_dose_of_its_own():
    """Two infusions, in months 0 and 6: month 12 has none, and is measured on its own day."""
    twice = "zoledronate 0.05 mg/kg every 6 months for 1 year then nothing"
    with pytest.raises(InputError) as refused:
        two_arms(a=twice, months=[0, 6, 12], when="days_after_dose = 3")
    cure = "put month 12 into a second [[visits]] table without days_after_dose"
    assert "measured on one day, 186" in str(refused.value) and cure in str(refused.value)
    mended = two_arms(a=twice, months=[0, 6], more='{ months = [0, 12], measures = ["ctx"] }')
    assert mended.visit_days["ctx"] == {0.0: 0.0, 6.0: 185.625, 12.0: 365.25}


def test_bytes_that_are_not_utf8(tmp_path):
    file = tmp_path / "latin.toml"
    file.write_bytes(POISE.encode("utf-16"))
    with pytest.raises(InputError, match="UTF-8"):
        load_protocol(str(file))


def test_unknown_name_suggests_the_nearest():
    with pytest.raises(InputError, match="did you mean 'poise'"):
        load_protocol("poize")


def test_objects_and_text_give_the_same_protocol():
    assert Protocol(**tomllib.loads(POISE)) == load_protocol("poise")


TWO_ARMS = """
id = "two"
title = "Two arms"
sources = ["assumed"]
population = {{ randomised = 20, age_years = [4, 12], types = {{ I = 1 }}, source = "assumed" }}
arms = [
  {{ id = "a", label = "A", plan = "{a}" }},
  {{ id = "b", label = "B", control = true, plan = "{b}" }},
]
design = {{ years = {years} }}
visits = [{{ months = {months}, measures = ["ctx"], {when} }}, {more}]
endpoints = [{{ id = "x", label = "x", kind = "pct_change", measure = "ctx", month = {month} }}]
"""
ZOLEDRONATE = "zoledronate 0.05 mg/kg iv every 6 months for 2 years"
COURSES = "pamidronate 1 mg/kg/day for 3 days every 4 months"
USUAL = {
    "a": ZOLEDRONATE,
    "b": "no treatment",
    "years": 2,
    "months": [0, 6, 12],
    "when": "days_after_dose = 3",
    "more": "",
    "month": 12,
}


def two_arms(**told):
    return Protocol(**tomllib.loads(TWO_ARMS.format(**USUAL | told)))


ON_THE_DAY = "window_days = [0, 0]"
CHANGE_PLACES = [
    ("risedronate 5 mg/day for 1 year", "risedronate 5 mg/day from 1 year for 1 year", True),
    (
        "risedronate 5 mg/day for 52 weeks",
        "placebo for 52 weeks then risedronate 5 mg/day for 52 weeks",
        True,
    ),
    ("zoledronate 0.05 mg/kg iv once", "zoledronate 0.05 mg/kg iv once from 1 year", True),
    ("calcium 500 mg/day for 1 year", "calcium 500 mg/day from 1 year for 1 year", True),
    # Nothing crosses nothing: a check of the level, in which whatever is found is chance.
    ("placebo", "placebo", True),
    ("risedronate 5 mg/day for 1 year", "placebo", False),
    ("risedronate 5 mg/day", "no treatment", False),
    ("risedronate 5 mg/day for 1 year", "risedronate 2.5 mg/day from 1 year for 1 year", False),
]


def in_two_periods(first: str, second: str) -> dict[str, Any]:
    """Fields of a trial of two years whose endpoint pools both of them."""
    found = two_arms(a=first, b=second, months="[0, 12, 24]", when=ON_THE_DAY).model_dump(mode="json")
    found["endpoints"][0]["second_period"] = [12, 24]
    return found


@pytest.mark.parametrize(("first", "second", "crosses"), CHANGE_PLACES)
def test_the_arms_of_a_crossover_change_places(first, second, crosses):
    fields = in_two_periods(first, second)
    if crosses:
        assert Protocol(**fields).endpoints[0].months == 24
        return
    with pytest.raises(InputError, match=r"endpoints\[0\] \(x\): second_period, arms\.plan.*change places"):
        Protocol(**fields)


def test_people_of_the_past_have_no_second_period():
    fields = in_two_periods(*CHANGE_PLACES[0][:2])
    fields["arms"][1]["historical"] = fields["population"]
    with pytest.raises(InputError, match=r"\(x\): second_period, arms\.b\.historical"):
        Protocol(**fields)


def test_a_second_period_ends_before_the_trial_closes():
    fields = in_two_periods(*CHANGE_PLACES[0][:2])
    fields["design"]["closes_month"] = 20
    with pytest.raises(InputError, match=r"second_period, design\.closes_month: got \(24\.0, 20\.0\)"):
        Protocol(**fields)


def test_two_arms_with_one_plan_are_run_and_said():
    """Placebo against placebo shows the level of the tests; nobody is to take it for an effect."""
    rules = {told["rule"] for told in warnings_of(two_arms(a="placebo", b="placebo", when=ON_THE_DAY))}
    assert "same-plan" in rules
    assert "same-plan" not in {told["rule"] for told in warnings_of(two_arms())}


def test_a_visit_may_be_some_days_after_the_dose_that_its_month_is_near():
    """Half a year is 182.625 days; both arms are measured on the day that the infusions set."""
    assert two_arms().visit_days == {"ctx": {0.0: 0.0, 6.0: 185.625, 12.0: 368.25}}
    assert two_arms(when="days_after_dose = 0").visit_days == {"ctx": {0.0: 0.0, 6.0: 182.625, 12.0: 365.25}}
    # An infusion in month 6 and a visit in month 7 that belongs to it.
    assert two_arms(months=[0, 7, 12]).visit_days["ctx"][7.0] == 185.625
    # Month 8 is day 243.5; infusions on it and on the two days after it.
    courses = {"ctx": {0.0: 0.0, 8.0: 243.5 + 2 + 3, 12.0: 365.25 + 2 + 3}}
    assert two_arms(a=COURSES, months=[0, 8, 12]).visit_days == courses
    both = two_arms(a=COURSES, b=ZOLEDRONATE, months=[0, 12])
    assert both.visit_days == {"ctx": {0.0: 0.0, 12.0: 365.25 + 2 + 3}}


def test_visits_of_a_protocol_that_moves_none_are_on_their_months_to_the_last_bit():
    for name in library():
        protocol = load_protocol(name)
        for measure, visits in protocol.visit_months.items():
            assert all(month == at for month, at in visits.items()), measure
        assert set(protocol.visit_months) == set(protocol.measures)


def test_a_visit_may_be_just_before_the_next_dose():
    """Infusions on days 0, 182.6, 365.25, 547.9: months 5 and 6 both precede the second, 7 the third."""
    before = {"when": "before_dose = true", "years": 2}
    assert two_arms(**before, months=[0, 5, 12]).visit_days["ctx"] == pytest.approx(
        {0: 0.0, 5: 182.625, 12: 365.25}
    )
    assert two_arms(**before, months=[0, 6, 7], month=7).visit_days["ctx"] == pytest.approx(
        {0: 0.0, 6: 182.625, 7: 365.25}
    )
    # Courses of three days from days 121.75 and 243.5: the first day, not the last.
    courses = two_arms(**before, a=COURSES, months=[0, 3, 8], month=8).visit_days["ctx"]
    assert courses == pytest.approx({0: 0.0, 3: 122.0, 8: 243.5}, abs=0.3)


def test_a_window_is_about_the_day_of_the_visit():
    asked = two_arms(when="days_after_dose = 10\nwindow_days = [-3, 4]".replace("\n", ", "))
    assert asked.visit_days["ctx"][6.0] == 192.625
    assert asked.visit_windows == {"ctx": {0: (0, 0), 6: (-3, 4), 12: (-3, 4)}}
    days = output_days(asked)
    for day in range(-3, 5):
        assert np.abs(days - (192.625 + day)).min() < 1e-6


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (
            {"when": "before_dose = true, days_after_dose = 3"},
            "before_dose, days_after_dose: got (True, 3.0)",
        ),
        ({"when": "before_dose = true, window_days = [-7, 7]"}, "before_dose, window_days"),
        ({"when": "days_after_dose = 3, window_days = [-7, 7]"}, "days_after_dose, window_days"),
        ({"when": "window_days = [3, 7]"}, "-60 to 60 days about the day"),
        (
            {"when": "window_days = [-7, 7]", "years": 1},
            "window_days, design.years: got (-7, 7); month 12 may be",
        ),
        ({"when": "window_days = [-60, 0]", "months": [0, 1, 12]}, "month 1 would begin on day -30"),
        ({"when": "window_days = [-30, 30]", "months": [0, 10.5, 12]}, "accepted: after day 350"),
        ({"when": "before_dose = true", "months": [0, 24], "month": 24}, "from month 24 on"),
        (
            {"when": "before_dose = true", "a": COURSES, "b": ZOLEDRONATE},
            "before_dose, arms.plan: got True; month 6",
        ),
        ({"when": "before_dose = true", "months": [0]}, "with a visit after month 0"),
        ({"when": "before_dose = true", "months": [0, 5, 6], "month": 6}, "measured on one day, 183"),
        (
            {"when": "window_days = [-7, 0]", "more": '{ months = [0, 12], measures = ["ctx"] }'},
            "one window for ctx in month 12",
        ),
    ],
)
def test_times_of_visits_that_contradict_each_other_are_refused_once(told, words):
    with pytest.raises(InputError) as refused:
        two_arms(**told)
    assert words in str(refused.value) and "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"when": "days_after_dose = -3"}, "greater than or equal to 0"),
        (
            {"a": "risedronate 2.5 mg daily for 2 years"},
            "no arm has a planned infusion or injection by month 6",
        ),
        ({"a": f"{ZOLEDRONATE} from 1 year"}, "by month 6"),
        (
            {"when": "days_after_dose = 190", "months": [0, 12]},
            "a gives its next dose on day 548, before that visit",
        ),
        ({"months": [0, 6, 8], "month": 8}, "months 6 and 8 would be measured on one day, 186"),
        ({"a": COURSES, "b": ZOLEDRONATE}, "accepted: doses on one day, not a on day 122; b on day 183"),
        ({"years": 1.03, "months": [0, 12], "when": "days_after_dose = 30"}, "after the end"),
        ({"more": '{ months = [0, 12], measures = ["ctx"] }'}, "which another table has too"),
        ({"months": [0], "more": '{ months = [0, 12], measures = ["ctx"] }'}, "with a visit after month 0"),
    ],
)
def test_days_after_a_dose_that_contradict_the_plans_are_refused(told, words):
    with pytest.raises(InputError, match="days_after_dose") as refused:
        two_arms(**told)
    assert words in str(refused.value)


def test_a_plan_file_is_part_of_what_was_asked(tmp_path):
    """A run that goes on must not take another content of the same file for its own."""
    place = tmp_path / "plan.toml"

    def asked(words: str) -> Protocol:
        place.write_text(as_plan(words).to_toml())
        text, _ = protocol_text("poise")
        fields = tomllib.loads(text)
        fields["arms"][0]["plan"] = str(place)
        return Protocol.model_validate(fields)

    one = asked("risedronate 5 mg/day for 3 years")
    other = asked("risedronate 2.5 mg/day for 3 years")
    assert input_sha256(one.inputs) != input_sha256(other.inputs)
    # What was read is what is run, whatever has become of the file.
    place.unlink()
    assert one.arms[0].care.regimens[0].dose == 5.0
    assert pickle.loads(pickle.dumps(one)).arms[0].care == one.arms[0].care
