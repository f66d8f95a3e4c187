"""A design as a form: read from a protocol's file, written into it, and two or three side by side."""

from importlib import resources
from typing import Any

import pytest
from small_trial import SMALL

from brittlestar._shared.errors import InputError
from brittlestar._shared.table import Table
from brittlestar._shared.user_files import toml_fields
from brittlestar.report import power as power_report
from brittlestar.trials.protocol import Protocol
from brittlestar.trials.protocol_files import protocol_of
from brittlestar.trials.protocol_texts import library, protocol_text
from brittlestar.web import pages
from brittlestar.web.design_form import ArmForm, Form, form_of, looks_left_out, written


def fields(text: str = SMALL) -> dict[str, Any]:
    return toml_fields(text, "protocol")


def rewritten(text: str = SMALL, **change: Any) -> Protocol:
    """The protocol of the text with some fields of its form changed."""
    form = form_of(fields(text)).model_copy(update=change)
    return protocol_of(toml_fields(written(fields(text), form), "protocol"), "protocol")


def test_a_form_shows_the_ten_fields() -> None:
    form = form_of(fields())
    assert (form.people, form.age_from, form.age_to, form.months, form.visit_every) == (
        24,
        5.0,
        10.0,
        12.0,
        12.0,
    )
    assert form.types == {"healthy": 0.0, "I": 0.0, "IV": 1.0, "III": 0.0} and form.fractures == 2
    assert form.z_at_most is None and form.dropout_per_year == 0.0
    none, drug = form.arms
    assert none.drug == "none" and none.allocation == 1
    assert (drug.drug, drug.dose, drug.every_months) == ("zoledronate", 0.05, 6)


@pytest.mark.filterwarnings("ignore::brittlestar.care.PlanWarning")
@pytest.mark.parametrize("name", library())
def test_a_published_trial_is_unchanged_by_its_own_form(name: str) -> None:
    text = protocol_text(name)[0]
    try:
        form = form_of(fields(text))
    except InputError as error:
        assert "people who are drawn" in str(error)
        return
    again = protocol_of(toml_fields(written(fields(text), form), "protocol"), "protocol")
    assert again.inputs == protocol_of(fields(text), "protocol").inputs


def test_each_field_of_the_form_is_a_field_of_the_protocol() -> None:
    arms = [
        ArmForm(label="no treatment", allocation=1, drug="placebo"),
        ArmForm(label="zoledronate", allocation=2, drug="risedronate", dose=1.0),
    ]
    made = rewritten(
        title="Another", people=60, arms=arms, age_from=4.0, age_to=12.0, types={"I": 2.0, "III": 1.0},
        fractures=1, z_at_most=-1.5, months=24.0, visit_every=6.0, endpoint="first", dropout_per_year=0.1,
    )  # fmt: skip
    assert (made.title, made.population.randomised, made.population.age_years) == ("Another", 60, (4.0, 12.0))
    assert made.population.types == {"I": 2.0, "III": 1.0}
    assert made.population.eligibility == {"fractures": {"min": 1}, "ls_z": {"max": -1.5}}
    assert [(arm.allocation, arm.plan) for arm in made.arms] == [
        (1, "placebo"),
        (2, "risedronate 1 mg/kg/week oral"),
    ]
    assert made.design.years == 2.0 and made.conduct.dropout_per_year == 0.1
    assert made.visits[0].months == (0.0, 6.0, 12.0, 18.0, 24.0)
    (endpoint,) = made.endpoints
    assert (endpoint.kind, endpoint.window) == ("hazard_ratio", (0.0, 24.0))


def test_a_shorter_trial_keeps_what_ends_within_it_and_measures_what_it_reads() -> None:
    text = protocol_text("poise")[0]
    made = rewritten(text, months=24.0)
    assert made.design.years == 2.0 and all(one.months <= 24.0 for one in made.endpoints)
    assert len(made.endpoints) > 1 and all(group.months[-1] <= 24.0 for group in made.visits)
    odd = rewritten(months=18.0, endpoint="density")
    assert odd.endpoints[0].month == 18.0 and 18.0 in odd.visits[0].months


def test_other_ages_keep_the_strata_that_somebody_fills() -> None:
    text = protocol_text("poise")[0]
    assert rewritten(text, age_to=18.0).design.age_strata == (10.0,)
    older = rewritten(text, age_from=11.0)
    assert older.design.age_strata == ()
    assert older.endpoints[0].adjust == ("baseline",)


LOOKS = """
accrual_months = 12.0
[design.interim]
endpoint = "ls_abmd_pct_change"
months = [18, 24]
"""


def test_another_length_leaves_interim_looks_out_and_says_so() -> None:
    before = fields(SMALL.replace("[[visits]]", f"{LOOKS}[[visits]]", 1))
    form = form_of(before)
    same, longer = (written(before, form.model_copy(update={"months": months})) for months in (12.0, 24.0))
    assert not looks_left_out(before, same) and protocol_of(fields(same), "protocol").design.interim
    assert looks_left_out(before, longer) and not protocol_of(fields(longer), "protocol").design.interim
    assert not looks_left_out(fields(longer), longer)


def test_the_result_of_a_power_shows_interim_looks_where_there_are_any() -> None:
    text = (resources.files("brittlestar.web") / "templates" / "power_result.html").read_text("utf-8")
    table = Table.of("Endpoint", "Ends on average", title="Interim looks")
    table.row("Recurrent fractures", "look 1.8, month 21.0")
    (line,) = [line for line in text.splitlines() if "tables.looks" in line]
    shown = pages.environment().from_string('{% from "parts.html" import table %}' + line)
    assert "look 1.8, month 21.0" in shown.render(tables={"looks": table})
    assert not shown.render(tables={"looks": Table.of("Endpoint", title="Interim looks")}).strip()


def test_what_was_published_is_not_that_of_another_design() -> None:
    text = protocol_text("poise")[0]
    larger, older = rewritten(text, people=300), rewritten(text, age_to=18.0)
    assert larger.study == "poise2013" and any(one.published for one in larger.endpoints)
    assert older.study == "" and not any(one.published or one.said for one in older.endpoints)
    assert "changed from" in older.sources[0]


WORDS = ArmForm(label="a", allocation=1, drug="words", words="zoledronat 0.05 mg/kg iv every 6 months")


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"age_from": 12.0}, "age_years.*youngest before oldest"),
        ({"types": {"I": 0.0}}, "types.*at least one type"),
        ({"arms": [ArmForm(label="a", allocation=1, drug="none")]}, "arms.*2 as in the protocol"),
        ({"arms": [ArmForm(label="b", allocation=1, drug="none"), WORDS]}, "zoledronate"),
        ({"arms": [ArmForm(label="a", allocation=1, drug="none")] * 2}, "another label"),
        ({"arms": [ArmForm(label="a", allocation=1, drug="zoledronate")] * 2}, "with its dose"),
    ],
)
def test_a_design_that_is_none_is_refused_with_the_reason(change: dict[str, Any], match: str) -> None:
    with pytest.raises(InputError, match=match):
        rewritten(**change)


def test_a_form_takes_no_number_that_is_none() -> None:
    told = form_of(fields()).model_dump()
    for name, value in (("people", 1), ("people", 2.5), ("months", 0.0), ("dropout_per_year", float("nan"))):
        with pytest.raises(ValueError, match=name):
            Form.model_validate(told | {name: value})


def content(largest: int, said: str, people: int | None) -> dict[str, Any]:
    """What a power's file holds, as far as designs side by side read it."""
    row = {"contrast": "difference", "test": "first", "label": "First fracture", "months": 24.0}
    sizes = (largest // 2, largest)
    shares = [row | {"size": n, "share": n / 1000, "low": 0.1, "high": 0.9} for n in sizes]
    needed = [row | {"power": p, "people": people, "said": said} for p in (0.8, 0.9)]
    early = [one | {"months": 12.0} for one in shares]
    own = [shares[0] | {"test": "of this design alone"}] if people is None else []
    return {"power": [*early, *shares, *own], "sizes": needed}


def test_designs_stand_side_by_side_with_what_they_cost_in_people() -> None:
    designs = {"two years": content(200, "about 150", 150), "small": content(80, "more than 80", None)}
    table, figures = power_report.side_by_side(designs)
    shown = [[cell.shown for cell in row] for row in table.on_page()]
    assert [row[1] for row in shown] == ["two years", "small"] and len(figures) == 1
    assert shown[0][3:5] == ["about 150", "300"] and shown[1][3:5] == ["more than 80", "–"]
    assert "Two years: 100 people 10 %, 200 people 20 %. Small: 40 people 4 %" in figures[0].description
