"""What a page may ask for: strict, small, no word more than a course needs, no field for a name."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from brittlestar._shared.errors import InputError, nearest
from brittlestar._shared.user_files import toml_fields
from brittlestar.care import Plan, as_plan
from brittlestar.drugs.catalogue import ABOUT
from brittlestar.people.coding import TYPES, accepted_types
from brittlestar.people.person import Person
from brittlestar.trials.protocol import Protocol
from brittlestar.trials.protocol_files import protocol_of
from brittlestar.trials.protocol_texts import library, protocol_text

MOST_TEXT = 64 * 1024
"""Characters of a protocol of one's own."""

Years = Literal[1, 2, 3, 5, 10]
"""Lengths of a course that a page offers."""

SLIDERS = {drug: said.slider for drug, said in ABOUT.items() if said.factsheet and said.slider}
"""What the page offers in its list of drugs; a plan in words may hold any."""

DRUGS = ("none", *SLIDERS, "words")

Seed = Field(default=1, ge=0, le=2**32 - 1)


def plan_in_words(text: str) -> Plan:
    """A plan from words or a published name; never from a file of this machine.

    Raises:
        InputError: anything else.
    """
    if not text.strip() or ".toml" in text.lower():
        raise InputError("plan", text, "accepted: a plan in words, or a published regimen's name")
    return as_plan(text)


class Asked(BaseModel):
    """Nothing is converted, guessed or ignored."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False, frozen=True)


def _known_type(value: Any) -> Any:
    if isinstance(value, str) and value not in TYPES:
        raise InputError("oi_type", value, accepted_types(value))
    return value


def _known_drug(value: Any) -> Any:
    if isinstance(value, str) and value not in DRUGS:
        raise InputError("drug", value, nearest(value, DRUGS))
    return value


class Who(Asked):
    """An invented person."""

    age: float = Field(default=7.0, ge=0, le=70)
    sex: Literal["female", "male"] = "female"
    oi_type: Annotated[Literal["I", "IV", "III", "healthy"], BeforeValidator(_known_type)] = "IV"
    height_z: float = Field(default=0.0, ge=-3, le=3, description="SD among people of the same type")
    activity_percent: float = Field(default=100.0, ge=20, le=150, description="of usual activity")
    vitamin_d_nmol_per_l: float = Field(default=50.0, ge=10, le=150)
    height_cm: float | None = Field(default=None, description="in place of height_z")
    weight_kg: float | None = None
    baseline_z: float | None = Field(default=None, description="last Z-score of the spine")
    fractures_last_2_years: int | None = Field(default=None, description="of any bone but the spine")

    def person(self) -> Person:
        """The person in the words of the model; activity belongs to the care.

        Raises:
            InputError: a measure that nobody of this age, sex and type has.
        """
        return Person(
            age=self.age,
            sex=self.sex,
            oi_type=self.oi_type,
            # At 0 nothing was told: people who differ in the rest differ in height too.
            height_z=self.height_z or None,
            vitamin_d_nmol_per_l=self.vitamin_d_nmol_per_l,
            height_cm=self.height_cm,
            weight_kg=self.weight_kg,
            baseline_z=self.baseline_z,
            fractures_last_2_years=self.fractures_last_2_years,
        )


class Course(Asked):
    """A plan by its sliders, or in words."""

    drug: Annotated[str, BeforeValidator(_known_drug), WithJsonSchema({"enum": list(DRUGS)})] = "zoledronate"
    dose: float = Field(default=0.05, gt=0, le=500)
    every_months: int = Field(default=6, ge=1, le=24)
    for_years: float = Field(default=3.0, ge=0.25, le=20)
    words: str = Field(default="", max_length=400)

    def said(self, activity_percent: float = 100.0) -> str:
        """The plan in words."""
        if self.drug == "none":
            text = "no treatment"
        elif self.drug == "words":
            text = self.words
        else:
            slider = SLIDERS[self.drug]
            every = f" every {self.every_months} months" if slider.every_months else ""
            text = f"{self.drug} {self.dose:g} {slider.unit}{every} for {self.for_years:g} years"
        return text if activity_percent == 100.0 else f"{text}, activity {activity_percent:g}%"

    def plan(self, activity_percent: float = 100.0) -> Plan:
        """The plan.

        Raises:
            InputError: words that are no plan, or a file's name in their place.
        """
        text = self.said(activity_percent)
        return plan_in_words(text)


class Explore(Asked):
    """One plan beside no treatment."""

    person: Who = Field(default_factory=Who)
    plan: Course = Field(default_factory=Course)
    years: Years = 3
    seed: int = Seed


class Compare(Asked):
    """Up to four plans beside no treatment."""

    person: Who = Field(default_factory=Who)
    plans: list[Course] = Field(default_factory=lambda: [Course()], min_length=1, max_length=4)
    years: Years = 3
    seed: int = Seed


class Trial(Asked):
    """A published protocol by name, or one's own as TOML text."""

    protocol: str = Field(default="poise", max_length=40, pattern=r"^[a-z0-9-]*$")
    text: str = Field(default="", max_length=MOST_TEXT)
    randomised: int | None = Field(default=None, ge=2, le=2000)
    replicates: int = Field(default=20, ge=1, le=400)
    seed: int = Seed

    def fields(self) -> dict[str, Any]:
        """The fields of its file.

        Raises:
            InputError: no such protocol, text that is none, or one that asks for a file of this machine.
        """
        name, text = "protocol", self.text
        if not text.strip():
            if self.protocol not in library():
                raise InputError("protocol", self.protocol, nearest(self.protocol, library()))
            name, text = self.protocol, protocol_text(self.protocol)[0]
        fields = toml_fields(text, name)
        for arm in fields.get("arms", ()) if isinstance(fields.get("arms", ()), list) else ():
            if isinstance(arm, dict) and isinstance(arm.get("plan"), str):
                plan_in_words(arm["plan"])
        if self.randomised is not None and isinstance(fields.get("population"), dict):
            fields["population"]["randomised"] = self.randomised
        return fields

    def read(self) -> Protocol:
        """The protocol that is run.

        Raises:
            InputError: see :meth:`fields`; or what the fields say is no protocol.
        """
        return protocol_of(self.fields(), "protocol" if self.text.strip() else self.protocol)


class Act(Asked):
    """What to do with a job."""

    act: Literal["cancel", "pause", "resume", "forget"]
