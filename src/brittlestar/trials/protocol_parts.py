"""The parts of a protocol but its endpoints: population, arms, design, conduct and visits.

Every field is described where it stands; ``docs/protocol.md`` lists them for someone writing a new protocol.
"""

from math import ceil
from typing import Any, Literal, Self

from pydantic import Field, PrivateAttr, model_validator

from brittlestar._shared.errors import InputError, nearest
from brittlestar._shared.parameter_files import DAYS_PER_MONTH
from brittlestar.care import Plan, as_plan
from brittlestar.care.base import Component
from brittlestar.outcomes.fracture_sites import SITES
from brittlestar.people.ages import Ages, PartedAges, UniformAges
from brittlestar.people.coding import TYPES, accepted_types
from brittlestar.people.eligibility import AnyOf, Eligibility, Rule
from brittlestar.people.limits import LIMITS
from brittlestar.people.person import Person
from brittlestar.trials.measures import Measure
from brittlestar.trials.open_inputs import OpenInputs

SCREENED = (
    "ls_abmd",
    "ls_z",
    "tb_z",
    "lowest_z",
    "fractures",
    "weight_kg",
    "height_cm",
    "age_years",
    "sex",
    "oi_type",
)
"""What entry rules may name; ``lowest_z`` is the lower of ``ls_z`` and ``tb_z``."""

ONE_DAY = 1.0 / DAYS_PER_MONTH
"""Months."""

LEAST_INFORMATION = 0.01
"""Share of the final information at a look: with less there is next to nothing to look at."""

LONGEST_WINDOW = 60
"""Days before or after the day of a visit: a quarterly visit then is still one of its quarter."""

LONGEST_OPEN = 183
"""Days before or after it where nobody prints the day: half a year, as between infusions twice a year."""

FEWEST = 2
"""People of a trial: one alone has nobody to be compared with."""

MOST_TOLD = 10_000
"""People told one by one: each replicate has ids for three times as many."""

AGE_PARTS = 3
"""Parts of the range of ages whose shares may be open: the young, the middle and the old."""

MOST_PARTS = 100
"""Parts of a range of ages."""

FARTHEST_DOSE = 100.0
"""Factor of a dose by type: beyond it a slip of units is likelier (assumed)."""

LARGEST_SHARE = 1e9
"""Largest share or count of a type: beyond it sums of them lose people (assumed)."""


class EntryMean(Component):
    """A mean Z-score at entry."""

    measure: Literal["ls_z", "tb_z", "lowest_z"] = Field(
        description="Z-score as screening sees it; lowest_z is the lower of the other two"
    )
    mean: float | None = Field(
        None,
        ge=-10,
        le=5,
        description="mean over everybody who is randomised, on average over trials; none: that of those whom "
        "the rules accept, moved by `shift`",
    )
    shift: float = Field(
        default=0.0,
        ge=-5,
        le=5,
        description="Z by which the mean lies from that, as far as people can be found",
    )


class Population(Component):
    """Who is randomised."""

    randomised: int = Field(ge=FEWEST, le=100_000, description="people randomised in all arms together")
    age_years: tuple[float, float] = Field(description="youngest and oldest age, drawn uniformly")
    types: dict[str, float] = Field(description="shares or counts by OI type: healthy, I, IV, III")
    female: float = Field(0.5, ge=0, le=1, description="share of girls and women")
    eligibility: dict[str, Any] = Field(
        default_factory=dict,
        description="entry rules by field (scan, size, fractures), and any_of",
    )
    entry_mean: EntryMean | None = Field(
        None,
        description="a mean Z at entry: who is eligible is taken with a chance that changes with their Z",
    )
    least_eligible: float = Field(
        0.005,
        ge=1e-4,
        le=1,
        description="screening goes on until every place is filled, or until it is sure that fewer than this "
        "share of people of a type are eligible: then the trial is refused",
    )
    history_years: float = Field(
        2.0, gt=0, le=20, description="years before entry over which `fractures` counts"
    )
    fracture_enrichment: bool = Field(
        True,
        description="people who enter trials fracture more than others of their type (fracture.enr)",
    )
    people: tuple[Person, ...] = Field(
        (),
        max_length=MOST_TOLD,
        description='everybody one by one, e.g. `{ age = 7, sex = "female", oi_type = "III" }`, instead of '
        "people who are drawn; entry rules then choose nobody",
    )
    age_shares: tuple[float, ...] = Field(
        (),
        max_length=MOST_PARTS,
        description="shares of people in equal parts of the range of ages, the youngest first; none: every "
        "age as likely",
    )
    source: str = Field(min_length=1, description="where these numbers come from, or `assumed`")
    open: OpenInputs = Field(
        default_factory=lambda: OpenInputs(**{}), description="what is not known of these people exactly"
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.people and len(self.people) != self.randomised:
            raise InputError(
                "people, randomised",
                (len(self.people), self.randomised),
                "accepted: as many as are randomised",
            )
        if self.people and self.entry_mean is not None:
            raise InputError(
                "people, entry_mean",
                (len(self.people), self.entry_mean.mean),
                "accepted: one of the two: nobody is chosen among people who are told one by one",
            )
        low, high = self.age_years
        if not 0 <= low < high <= 90:
            raise InputError(
                "age_years", self.age_years, "accepted: youngest before oldest, from 0 to 90 years"
            )
        for word, share in self.types.items():
            if word not in TYPES:
                raise InputError("types", word, accepted_types(word))
            if not 0 <= share <= LARGEST_SHARE:
                raise InputError(
                    f"types.{word}", share, f"accepted: a share or count from 0 to {LARGEST_SHARE:g}"
                )
        if not sum(self.types.values()) > 0:
            raise InputError("types", self.types, "accepted: at least one type with a positive share")
        if self.age_shares and (min(self.age_shares) < 0 or not sum(self.age_shares) > 0):
            raise InputError("age_shares", self.age_shares, "accepted: shares, none negative, not all 0")
        self._check_open()
        rules_of_entry = Eligibility.from_table(self.eligibility)
        for rules in (self.eligibility, *self.eligibility.get("any_of", ())):
            for field in rules:
                if field not in (*SCREENED, "any_of"):
                    raise InputError(f"eligibility.{field}", field, nearest(field, SCREENED))
        for word, share in self.types.items():
            if share > 0 and (rule := rules_of_entry.unmet(self._known(word))) is not None:
                raise InputError(
                    _places(rule),
                    rule.label,
                    f"accepted: a rule that people of type {word} can meet, aged {low:g} to {high:g} years, "
                    f"{100 * self.female:g} % of them female",
                )
        return self

    def _check_open(self) -> None:
        for name, people in self.open:
            if people is None or people == "known":
                continue
            if not isinstance(people, float) or not 1 <= people <= LARGEST_SHARE:
                raise InputError(f"open.{name}", people, "accepted: 1 person or more, or 'known'")
            if self.people:
                raise InputError(
                    f"open.{name}, people",
                    (people, len(self.people)),
                    "accepted: 'known' of people who are told one by one",
                )
        if isinstance(self.open.types, float) and sum(share > 0 for share in self.types.values()) < 2:
            raise InputError(
                "open.types, types",
                (self.open.types, self.types),
                "accepted: 'known' where there is one type; or types of which each may be rare, with shares",
            )
        if self.people and self.age_shares:
            raise InputError(
                "age_shares, people", self.age_shares, "accepted: one of the two: those told have their ages"
            )

    @property
    def ages(self) -> Ages:
        """Distribution of age at entry, before rules of entry."""
        low, high = self.age_years
        return PartedAges(low, high, self.age_shares) if self.age_shares else UniformAges(low, high)

    @model_validator(mode="after")
    def _mean_can_be_met(self) -> Self:
        wanted = self.entry_mean
        if wanted is None or wanted.mean is None:
            return self
        for rule in Eligibility.from_table(self.eligibility).rules:
            if not isinstance(rule, Rule) or rule.field != wanted.measure:
                continue
            if not rule.low < wanted.mean < rule.high:
                raise InputError(
                    f"entry_mean.mean, eligibility.{rule.field}",
                    (wanted.mean, self.eligibility[rule.field]),
                    "accepted: a mean within the range that entry asks for",
                )
        return self

    @property
    def age_rule(self) -> Rule | None:
        """The rule of entry about age, if there is one for everybody."""
        rules = Eligibility.from_table(self.eligibility).rules
        return next((one for one in rules if isinstance(one, Rule) and one.field == "age_years"), None)

    @property
    def ages_at_entry(self) -> list[float]:
        """Ages that stand for all at entry: the youngest, the oldest and every whole year between."""
        low, high = self.age_years
        return sorted({low, *map(float, range(ceil(low), int(high) + 1)), high})

    def _known(self, word: str) -> dict[str, Any]:
        """What is known of all candidates of one type, for rules that none of them can meet."""
        shares = (1.0 - self.female, self.female)  # in the order of the codes of sex
        sizes = {name: (LIMITS[name].low, LIMITS[name].high) for name in ("weight_kg", "height_cm")}
        return {
            "age_years": self.age_years,
            "oi_type": (TYPES.index(word),),
            "sex": tuple(code for code, share in enumerate(shares) if share > 0),
            "fractures": (0.0, float("inf")),
            "ls_abmd": (0.0, float("inf")),
            **sizes,
        }


def _places(rule: Rule | AnyOf) -> str:
    """A rule that nobody meets, and the field of the population that says who there is."""
    if not isinstance(rule, Rule):
        return "eligibility.any_of, age_years, types, female"
    said = {"age_years": "age_years", "oi_type": "types", "sex": "female"}.get(rule.field)
    return ", ".join(filter(None, (f"eligibility.{rule.field}", said)))


class Arm(Component):
    """One arm of the trial."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="short name used in results")
    label: str = Field(description="name shown to readers")
    allocation: int = Field(1, ge=1, le=1000, description="parts of the randomisation")
    control: bool = Field(False, description="contrasts are other arm minus (or over) this one")
    plan: str = Field(description="care from randomisation on, in words or as a published name")
    dose_by_type: dict[str, float] = Field(
        default_factory=dict,
        description="factor on every dose of the plan for people of an OI type, e.g. { III = 0.8 }; others "
        "get what the plan says",
    )
    historical: Population | None = Field(
        None,
        description="a control that was followed earlier: its people are not randomised but drawn from a "
        "population of their own, given as `[population]` is; `randomised` is then how many they were",
    )

    _care: tuple[str, Plan] | None = PrivateAttr(None)

    @property
    def care(self) -> Plan:
        """The plan as an object; what is unusual in it is told with the results of the trial.

        Read once: a file that changes afterwards changes nothing in a run, nor in its workers.
        """
        # With its words: a copy of the arm with another plan has that plan's care.
        if self._care is None or self._care[0] != self.plan:
            self._care = self.plan, as_plan(self.plan)
        return self._care[1]

    def care_of(self, oi_type: str) -> Plan:
        """The plan for people of a type, its doses times their factor."""
        return self.care.with_doses(self.dose_by_type.get(oi_type, 1.0))

    @model_validator(mode="after")
    def _check_doses(self) -> Self:
        for word, factor in self.dose_by_type.items():
            if word not in TYPES:
                raise InputError("dose_by_type", word, accepted_types(word))
            if not 1.0 / FARTHEST_DOSE <= factor <= FARTHEST_DOSE:
                raise InputError(
                    f"dose_by_type.{word}", factor, f"accepted: {1 / FARTHEST_DOSE:g} to {FARTHEST_DOSE:g}"
                )
        return self


class Interim(Component):
    """Looks at one endpoint while the trial runs, each of which may stop it."""

    endpoint: str = Field(description="id of the endpoint that is looked at, a comparison of two arms")
    months: tuple[float, ...] = Field(
        min_length=2,
        max_length=20,
        description="months of the calendar of all looks, the final one included; the trial opens in month 0",
    )
    boundary: Literal["obrien_fleming", "pocock"] = Field(
        "obrien_fleming", description="|Z| that stops: C/sqrt(information), or the same at every look"
    )
    information: tuple[float, ...] = Field(
        (), description="planned share of the final information at each look; none: equal steps"
    )

    @property
    def shares(self) -> tuple[float, ...]:
        """Planned share of the final information at each look."""
        return self.information or tuple((k + 1) / len(self.months) for k in range(len(self.months)))

    @model_validator(mode="after")
    def _check(self) -> Self:
        if list(self.months) != sorted(set(self.months)) or self.months[0] <= 0:
            raise InputError("months", self.months, "accepted: rising months above 0")
        shares = self.shares
        if len(shares) != len(self.months):
            raise InputError(
                "months, information",
                (self.months, self.information),
                "accepted: one share of information for each look",
            )
        if list(shares) != sorted(set(shares)) or shares[0] < LEAST_INFORMATION or shares[-1] != 1.0:
            raise InputError(
                "information", shares, f"accepted: rising from {LEAST_INFORMATION:g} or more to 1"
            )
        return self


class Design(Component):
    """Length, randomisation and strata."""

    years: float = Field(ge=1 / 52, le=20, description="follow-up from randomisation, at least a week")
    blinded_years: float = Field(0.0, ge=0, le=20, description="double-blind part")
    age_strata: tuple[float, ...] = Field((), description="ages that separate the strata of randomisation")
    blocks: int = Field(1, ge=1, le=20, description="permuted blocks hold this many times the allocation")
    accrual_months: float = Field(
        0.0, ge=0, le=240, description="people enter over so many months, any day as likely; 0: all at once"
    )
    closes_month: float | None = Field(
        None,
        gt=0,
        le=480,
        description="month of the calendar, from the opening of the trial, in which everybody's follow-up "
        "ends; none: everybody is followed for `years`",
    )
    interim: Interim | None = Field(None, description="looks that may stop the trial")

    @property
    def last_month(self) -> float:
        """The month of the calendar in which the last person's follow-up ends."""
        whole = self.accrual_months + 12.0 * self.years
        return whole if self.closes_month is None else min(whole, self.closes_month)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.closes_month is not None and self.closes_month < self.accrual_months + ONE_DAY:
            raise InputError(
                "accrual_months, closes_month",
                (self.accrual_months, self.closes_month),
                "accepted: a trial that closes after the last person has entered",
            )
        if self.interim is not None and self.interim.months[-1] > self.last_month + 1e-9:
            raise InputError(
                "interim.months, years",
                (self.interim.months[-1], self.years),
                f"accepted: looks up to month {self.last_month:g} of the calendar, when the trial ends",
            )
        if list(self.age_strata) != sorted(set(self.age_strata)):
            raise InputError("age_strata", self.age_strata, "accepted: rising ages without repeats")
        return self


class Conduct(Component):
    """What happens to a protocol when people carry it out."""

    never_started: float = Field(
        0.0, ge=0, lt=1, description="share randomised who take no dose; left out of analysis"
    )
    dropout_per_year: float = Field(0.0, ge=0, le=5, description="hazard of leaving the trial")
    fracture_sites: tuple[str, ...] = Field(
        ("lower_limb", "upper_limb", "other"), min_length=1, description="sites that the trial counts"
    )
    fracture_capture: float = Field(
        0.95, gt=0, le=1, description="share of such fractures that are confirmed"
    )
    source: str = Field("assumed", description="where these numbers come from")

    @model_validator(mode="after")
    def _check(self) -> Self:
        for site in self.fracture_sites:
            if site not in SITES:
                raise InputError("fracture_sites", site, nearest(site, SITES))
        return self


class Visits(Component):
    """Months at which things are measured; month 0 is the baseline."""

    months: tuple[float, ...] = Field(min_length=1, description="visit months, the first is 0")
    measures: tuple[Measure, ...] = Field(min_length=1, description="what is measured at these visits")
    days_after_dose: float | None = Field(
        None,
        ge=0,
        le=366,
        description="moves every visit but month 0 to this many days after the last planned infusion or "
        "injection of the course begun at or just before its month; arms without doses are measured on the "
        "same day. 0: the day of that dose, before it is given",
    )
    before_dose: bool = Field(
        False,
        description="moves every visit but month 0 to the day of the next planned course of infusions or "
        "injections, before it is given; arms without doses are measured on the same day",
    )
    window_days: tuple[int, int] = Field(
        (0, 0),
        description="first and last day about its day on which a visit other than month 0 takes place, "
        "e.g. [-14, 14]: each person comes on one of these days, each as likely",
    )
    open_days: tuple[int, int] = Field(
        (0, 0),
        description="first and last day about its day between which everybody's day of a visit other than "
        "month 0 may lie, where no paper prints it: `predict` and `power` draw one day for all in every "
        "parameter set, each as likely; `trial` keeps to the day of the visit",
    )

    @property
    def reach_days(self) -> tuple[int, int]:
        """First and last day about its day on which anybody may come to a visit, whatever is drawn."""
        (first, last), (earliest, latest) = self.window_days, self.open_days
        return first + earliest, last + latest

    @model_validator(mode="after")
    def _check(self) -> Self:
        first_day, last_day = self.reach_days
        if not -LONGEST_OPEN <= self.open_days[0] <= 0 <= self.open_days[1] <= LONGEST_OPEN:
            raise InputError(
                "open_days",
                self.open_days,
                f"accepted: {-LONGEST_OPEN} to {LONGEST_OPEN} days about the day, which is among them",
            )
        if not -LONGEST_WINDOW <= self.window_days[0] <= 0 <= self.window_days[1] <= LONGEST_WINDOW:
            raise InputError(
                "window_days",
                self.window_days,
                f"accepted: {-LONGEST_WINDOW} to {LONGEST_WINDOW} days about the day, which is among them",
            )
        if self.before_dose and self.days_after_dose is not None:
            raise InputError(
                "before_dose, days_after_dose",
                (self.before_dose, self.days_after_dose),
                "accepted: one of the two; another table of visits may have the other",
            )
        if self.before_dose and last_day > 0:
            raise InputError(
                "before_dose, window_days, open_days",
                (self.before_dose, self.window_days, self.open_days),
                "accepted: a window, or open days, that end on the day of the dose, e.g. [-7, 0]",
            )
        if self.days_after_dose is not None and self.days_after_dose + first_day < 0:
            raise InputError(
                "days_after_dose, window_days, open_days",
                (self.days_after_dose, self.window_days, self.open_days),
                "accepted: a window, or open days, that begin after the dose",
            )
        if list(self.months) != sorted(set(self.months)) or self.months[0] != 0:
            raise InputError("months", self.months, "accepted: rising months without repeats, the first 0")
        for first, second in zip(self.months, self.months[1:]):
            if second - first < ONE_DAY:
                raise InputError(
                    "months", (first, second), f"accepted: visits at least a day ({ONE_DAY:.3f} months) apart"
                )
        return self
