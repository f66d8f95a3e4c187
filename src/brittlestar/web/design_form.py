"""The fields of a protocol that designers change, as a form: read from its file, and written into it."""

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from pydantic import Field

from brittlestar._shared.errors import InputError
from brittlestar._shared.user_files import toml_fields
from brittlestar.care.plan_files import as_toml
from brittlestar.people.coding import TYPES
from brittlestar.trials.protocol import Protocol
from brittlestar.trials.protocol_files import protocol_of
from brittlestar.web.requests import SLIDERS, Asked, Trial

WORDS = {"placebo": "placebo", "none": "no treatment"}
"""Choice of an arm without a drug -> its plan."""

PRESETS: dict[str, tuple[str, dict[str, Any]]] = {
    "density": (
        "Change of spine density, %",
        {"id": "ls_abmd_pct_change", "kind": "pct_change", "measure": "ls_abmd"},
    ),
    "first": ("Time to the first broken bone", {"id": "first_fracture", "kind": "hazard_ratio"}),
    "counts": ("How many bones break", {"id": "fractures_nb", "kind": "rate_ratio_nb"}),
    "share": ("Share of people with a broken bone", {"id": "fractured", "kind": "proportion_fractured"}),
}
"""Endpoints that a form offers: label, and fields but month or window."""

OWN = "own"
"""The endpoints that the protocol has."""

_SIMPLE = re.compile(r"(?P<drug>\w+) (?P<dose>[\d.]+) (?P<unit>.+?)(?: every (?P<every>\d+) months?)?")
_TABLES = ("population", "design", "conduct")


LOOKS = "interim"
"""Field of a design that another length leaves out."""


class ArmForm(Asked):
    """An arm: what is given, and its part of the randomisation."""

    label: str = Field(min_length=1, max_length=80)
    allocation: int = Field(ge=1, le=1000)
    drug: str = Field(max_length=20, description="of the page's list, placebo, none, or words")
    dose: float | None = Field(default=None, gt=0, le=500)
    every_months: int | None = Field(default=None, ge=1, le=24)
    words: str = Field(default="", max_length=400)

    def plan(self) -> str:
        """The plan in words.

        Raises:
            InputError: no such drug, or no dose.
        """
        if self.drug == "words":
            return self.words
        if self.drug in WORDS:
            return WORDS[self.drug]
        if self.drug not in SLIDERS or self.dose is None:
            accepted = f"accepted: {', '.join((*WORDS, *SLIDERS))} or words; a drug with its dose"
            raise InputError(f"arms.{self.label}: drug", (self.drug, self.dose), accepted)
        slider = SLIDERS[self.drug]
        every = f" every {self.every_months or slider.every_months} months" if slider.every_months else ""
        return f"{self.drug} {self.dose:g} {slider.unit}{every}"


class Form(Asked):
    """The fields of one design."""

    title: str = Field(min_length=1, max_length=200)
    people: int = Field(ge=2, le=2000)
    arms: list[ArmForm] = Field(min_length=1, max_length=4)
    age_from: float = Field(ge=0, le=90)
    age_to: float = Field(ge=0, le=90)
    types: dict[str, float] = Field(description="shares or counts by type of OI")
    fractures: int | None = Field(default=None, ge=0, le=50, description="at least so many before entry")
    z_at_most: float | None = Field(default=None, ge=-10, le=5, description="of the spine at entry")
    months: float = Field(gt=0, le=240, description="of follow-up")
    visit_every: float | None = Field(default=None, ge=0.25, le=240, description="months; none: as they are")
    endpoint: str = Field(default=OWN, max_length=20)
    dropout_per_year: float = Field(ge=0, le=5)


class Written(Asked):
    """A form, and the protocol that it is written into."""

    design: Trial
    form: Form


def form_of(fields: Mapping[str, Any]) -> Form:
    """The form of a protocol.

    Args:
        fields: of its file.

    Raises:
        InputError: not a protocol, or one whose people are told one by one.
    """
    protocol = protocol_of(dict(fields), "protocol")
    people = protocol.population
    if people.people:
        raise InputError("population.people", len(people.people), "accepted in a form: people who are drawn")
    rules, months = people.eligibility, [group.months for group in protocol.visits]
    return Form(
        title=protocol.title[:200],
        people=people.randomised,
        arms=[_arm_form(arm.label, arm.allocation, arm.plan) for arm in protocol.arms],
        age_from=people.age_years[0],
        age_to=people.age_years[1],
        types={name: float(people.types.get(name, 0.0)) for name in TYPES},
        fractures=_end(rules, "fractures", "min", int),
        z_at_most=_end(rules, "ls_z", "max", float),
        months=12.0 * protocol.design.years,
        visit_every=_step(months[0]) if len(set(months)) == 1 else None,
        dropout_per_year=protocol.conduct.dropout_per_year,
    )


def _arm_form(label: str, allocation: int, plan: str) -> ArmForm:
    given: dict[str, Any] = {"drug": "words", "words": plan}
    for name, words in WORDS.items():
        if plan.strip().lower() == words:
            given = {"drug": name}
    found = _SIMPLE.fullmatch(plan.strip())
    slider = SLIDERS.get(found["drug"]) if found else None
    if (
        found
        and slider
        and found["unit"] == slider.unit
        and bool(found["every"]) == bool(slider.every_months)
    ):
        given = {"drug": found["drug"], "dose": float(found["dose"])}
        given |= {"every_months": int(found["every"])} if found["every"] else {}
    return ArmForm(label=label, allocation=allocation, **given)


def _end(rules: Mapping[str, Any], name: str, end: str, kind: type) -> Any:
    rule = rules.get(name)
    value = rule.get(end) if isinstance(rule, Mapping) else None
    return None if value is None else kind(value)


def _step(months: tuple[float, ...]) -> float | None:
    steps = {b - a for a, b in pairwise(months)}
    return steps.pop() if len(steps) == 1 else None


def written(fields: Mapping[str, Any], form: Form) -> str:
    """The protocol with what the form says, as the text of its file.

    What was published of another design is not this one's: it stays out, and so do looks and endpoints after
    the end, and strata of age that would be empty.

    Raises:
        InputError: what the fields say is no protocol.
    """
    before = form_of(fields)
    if len(form.arms) != len(before.arms):
        raise InputError("arms", len(form.arms), f"accepted: {len(before.arms)} as in the protocol")
    made = {key: value for key, value in fields.items() if key not in ("study", "registration", "notes")}
    if form == before.model_copy(update={"people": form.people, "title": form.title}):
        made = dict(fields)
    else:
        made["sources"] = [f"assumed: changed from “{before.title}”"]
        made["endpoints"] = [_bare(one) for one in made["endpoints"]]
    made["title"] = form.title
    made["population"] = _population(made["population"], before, form)
    made["arms"] = [
        arm
        | {"label": now.label, "allocation": now.allocation}
        | ({"plan": now.plan()} if now != was else {})
        for arm, was, now in zip(made["arms"], before.arms, form.arms, strict=True)
    ]
    made["conduct"] = made.get("conduct", {}) | {"dropout_per_year": form.dropout_per_year}
    if form.months != before.months:
        made["design"] = _design(made["design"], form)
    if (form.age_from, form.age_to) != (before.age_from, before.age_to):
        made |= _strata(made, form)
    made["endpoints"] = _endpoints(made["endpoints"], form)
    made["visits"] = _visits(made["visits"], made["endpoints"], before, form)
    protocol_of(made, "protocol")
    return _text(made)


def looks_left_out(fields: Mapping[str, Any], text: str) -> bool:
    """Whether a protocol had interim looks that its text from :func:`written` has not."""
    return LOOKS in fields["design"] and LOOKS not in toml_fields(text, "protocol")["design"]


def _bare(endpoint: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in endpoint.items() if key not in ("published", "said")}


def _population(fields: Mapping[str, Any], before: Form, form: Form) -> dict[str, Any]:
    rules = dict(fields.get("eligibility", {}))
    for name, end, was, now in (
        ("fractures", "min", before.fractures, form.fractures),
        ("ls_z", "max", before.z_at_most, form.z_at_most),
    ):
        if now == was:
            continue
        rest = {key: value for key, value in rules.pop(name, {}).items() if key != end}
        if rest or now is not None:
            rules[name] = rest | ({} if now is None else {end: now})
    made = dict(fields) | {"randomised": form.people, "age_years": [form.age_from, form.age_to]}
    if form.types != before.types:
        made["types"] = {name: share for name, share in form.types.items() if share > 0}
    if rules:
        made["eligibility"] = rules
    else:
        made.pop("eligibility", None)
    return made


def _design(fields: Mapping[str, Any], form: Form) -> dict[str, Any]:
    years = form.months / 12.0
    made = {key: value for key, value in fields.items() if key not in (LOOKS, "closes_month")}
    return made | {"years": years, "blinded_years": min(made.get("blinded_years", 0.0), years)}


def _strata(made: Mapping[str, Any], form: Form) -> dict[str, Any]:
    """Design and endpoints with those strata of age that people of the form's ages fill."""
    cuts = [age for age in made["design"].get("age_strata", ()) if form.age_from < age < form.age_to]
    design = {**made["design"], "age_strata": cuts}
    if cuts or "age_strata" not in made["design"]:
        return {"design": design if cuts else made["design"]}
    endpoints = [
        one | {"adjust": [name for name in one["adjust"] if name != "age_stratum"]}
        if "adjust" in one
        else one
        for one in made["endpoints"]
    ]
    return {"design": design, "endpoints": endpoints}


def _endpoints(own: list[dict[str, Any]], form: Form) -> list[dict[str, Any]]:
    if form.endpoint == OWN:
        ends = (one.get("month", one.get("window", [0, 0])[-1]) for one in own)
        within = [one for one, end in zip(own, ends, strict=True) if end <= form.months + 1e-9]
        if within:
            return within
    label, preset = PRESETS.get(form.endpoint, PRESETS["density"])
    when = {"month": form.months} if "measure" in preset else {"window": [0, form.months]}
    return [{"label": label, **preset, **when}]


def _visits(
    own: list[dict[str, Any]], endpoints: list[dict[str, Any]], before: Form, form: Form
) -> list[dict[str, Any]]:
    """The visits up to the end, and those that an endpoint is read at."""
    every = (
        form.visit_every if (form.visit_every, form.months) != (before.visit_every, before.months) else None
    )
    made = []
    for group in own:
        months = {month for month in group["months"] if month <= form.months + 1e-9}
        if every:
            months = {every * k for k in range(int(form.months / every + 1e-9) + 1)}
        for one in endpoints:
            if one.get("measure") in group["measures"]:
                months |= {one["month"], one.get("from_month", 0)}
        made.append(group | {"months": sorted({0, *months})})
    measured = {measure for group in made for measure in group["measures"]}
    missing = [one for one in endpoints if "measure" in one and one["measure"] not in measured]
    return [*made, *({"months": [0, one["month"]], "measures": [one["measure"]]} for one in missing)]


def _text(fields: Mapping[str, Any]) -> str:
    """The text of a protocol's file: simple fields, then its tables, then its lists of tables."""
    tables = {name: fields[name] for name in _TABLES if fields.get(name)}
    lists = {
        key: value
        for key, value in fields.items()
        if isinstance(value, list) and value and isinstance(value[0], dict)
    }
    simple = {key: value for key, value in fields.items() if key not in (*tables, *lists)}
    parts = [as_toml(simple), *(f"[{name}]\n{as_toml(table)}" for name, table in tables.items())]
    return "\n".join([*parts, *(as_toml({key: value}) for key, value in lists.items())])


def choices(protocol: Protocol) -> list[tuple[str, str]]:
    """What the form offers as endpoint: value and label."""
    own = "; ".join(one.label for one in protocol.endpoints[:2])
    more = "" if len(protocol.endpoints) <= 2 else f" and {len(protocol.endpoints) - 2} more"
    return [(OWN, f"As in the protocol: {own}{more}"), *((key, label) for key, (label, _) in PRESETS.items())]
