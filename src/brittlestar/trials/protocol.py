"""A trial protocol: population, arms, visits, conduct, endpoints and what was published. TOML, validated.

Every field is described where it stands; ``docs/protocol.md`` lists them for someone writing a new protocol.
"""

import os
import re
import tomllib
import warnings
from functools import cache
from importlib import resources
from math import ceil
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, PrivateAttr, model_validator

from brittlestar._shared.errors import InputError, nearest
from brittlestar._shared.user_files import read_text, toml_fields
from brittlestar.care import Plan, PlanWarning, as_plan
from brittlestar.care.base import Component
from brittlestar.outcomes.fracture import SITES
from brittlestar.people.coding import TYPES, accepted_types
from brittlestar.people.eligibility import Eligibility
from brittlestar.people.limits import LIMITS
from brittlestar.trials.visit_days import DAYS_PER_MONTH, visit_days, visit_months

__all__ = ["Arm", "Conduct", "Design", "Endpoint", "Population", "Protocol", "Published", "Said", "Visits",
           "library", "load_protocol", "protocol_of", "protocol_text", "shipped", "studies_of_library",
           "visit_days", "visit_months"]  # fmt: skip

Measure = Literal[
    "ls_abmd", "ls_z", "ls_bmad", "tb_z", "ctx", "untx", "p1np", "bsap", "calcium_change_mmol_per_l",
    "height_cm", "pain", "ct_wi_mm", "bone_volume_fraction", "tb_n", "tb_th_um", "bfr_bs_um_per_year",
    "bone_volume_fraction_metaphysis",
]  # fmt: skip
"""What a visit can measure. ``untx`` follows the same resorption as ``ctx``."""

Kind = Literal[
    "value", "change", "pct_change", "ratio_to_control", "proportion_fractured", "fracture_rate",
    "hazard_ratio", "rate_ratio_nb", "rate_ratio_lwyy", "risk_ratio",
]  # fmt: skip

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

WINDOW_KINDS = (
    "proportion_fractured",
    "fracture_rate",
    "hazard_ratio",
    "rate_ratio_nb",
    "rate_ratio_lwyy",
    "risk_ratio",
)
ADJUSTED_KINDS = ("value", "change", "pct_change")
"""Kinds whose analysis takes covariates."""

CONTRAST_KINDS = ("ratio_to_control", "hazard_ratio", "rate_ratio_nb", "rate_ratio_lwyy", "risk_ratio")
ADJUSTED_KINDS = ("value", "change", "pct_change")
"""Kinds whose difference is that of an analysis of covariance."""

DIFFERENCE = "difference"

ONE_DAY = 1.0 / DAYS_PER_MONTH
"""Months."""

LARGEST_SHARE = 1e9
"""Largest share or count of a type: beyond it sums of them lose people (assumed)."""

LEAST_EXPECTED = 2.0
"""People of an arm at least, on average over randomisations: one alone has no spread (assumed)."""


class Population(Component):
    """Who is randomised."""

    randomised: int = Field(ge=2, le=100_000, description="people randomised in all arms together")
    age_years: tuple[float, float] = Field(description="youngest and oldest age, drawn uniformly")
    types: dict[str, float] = Field(description="shares or counts by OI type: healthy, I, IV, III")
    female: float = Field(0.5, ge=0, le=1, description="share of girls and women")
    eligibility: dict[str, Any] = Field(
        default_factory=dict,
        description="entry rules by field (scan, size, fractures), and any_of",
    )
    history_years: float = Field(
        2.0, gt=0, le=20, description="years before entry over which `fractures` counts"
    )
    fracture_enrichment: bool = Field(
        True,
        description="people who enter trials fracture more than others of their type (fracture.enr)",
    )
    source: str = Field(min_length=1, description="where these numbers come from, or `assumed`")

    @model_validator(mode="after")
    def _check(self) -> Self:
        low, high = self.age_years
        if not 0 <= low < high <= 80:
            raise InputError(
                "age_years", self.age_years, "accepted: youngest before oldest, from 0 to 80 years"
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
        rules_of_entry = Eligibility.from_table(self.eligibility)
        for rules in (self.eligibility, *self.eligibility.get("any_of", ())):
            for field in rules:
                if field not in (*SCREENED, "any_of"):
                    raise InputError(f"eligibility.{field}", field, nearest(field, SCREENED))
        for word, share in self.types.items():
            if share > 0 and (rule := rules_of_entry.unmet(self._known(word))) is not None:
                raise InputError(
                    "eligibility",
                    rule.label,
                    f"accepted: a rule that people of type {word} can meet, aged {low:g} to {high:g} years, "
                    f"{100 * self.female:g} % of them female",
                )
        return self

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


class Arm(Component):
    """One arm of the trial."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="short name used in results")
    label: str = Field(description="name shown to readers")
    allocation: int = Field(1, ge=1, le=1000, description="parts of the randomisation")
    control: bool = Field(False, description="contrasts are other arm minus (or over) this one")
    plan: str = Field(description="care from randomisation on, in words or as a published name")

    _care: tuple[str, Plan] | None = PrivateAttr(None)

    @property
    def care(self) -> Plan:
        """The plan as an object; what is unusual in it is told with the results of the trial.

        Read once: a file that changes afterwards changes nothing in a run, nor in its workers.
        """
        # With its words: a copy of the arm with another plan has that plan's care.
        if self._care is None or self._care[0] != self.plan:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", PlanWarning)
                self._care = self.plan, as_plan(self.plan)
        return self._care[1]


class Design(Component):
    """Length, randomisation and strata."""

    years: float = Field(ge=1 / 52, le=20, description="follow-up from randomisation, at least a week")
    blinded_years: float = Field(0.0, ge=0, le=20, description="double-blind part")
    age_strata: tuple[float, ...] = Field((), description="ages that separate the strata of randomisation")
    blocks: int = Field(1, ge=1, le=20, description="permuted blocks hold this many times the allocation")

    @model_validator(mode="after")
    def _check(self) -> Self:
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

    @model_validator(mode="after")
    def _check(self) -> Self:
        if list(self.months) != sorted(set(self.months)) or self.months[0] != 0:
            raise InputError("months", self.months, "accepted: rising months without repeats, the first 0")
        for first, second in zip(self.months, self.months[1:]):
            if second - first < ONE_DAY:
                raise InputError(
                    "months", (first, second), f"accepted: visits at least a day ({ONE_DAY:.3f} months) apart"
                )
        return self


class Published(Component):
    """One published number."""

    arm: str = Field(
        description="an arm's id, `difference`, or `difference:` and the arm's id if several are compared"
    )
    value: float
    low: float | None = Field(None, description="lower 95 % limit")
    high: float | None = Field(None, description="upper 95 % limit")
    source: str = Field(min_length=1, description="DOI, PMID or URL, and how it was read or derived")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.low is None) != (self.high is None):
            raise InputError("low, high", (self.low, self.high), "accepted: both limits or none")
        if self.low is not None and self.high is not None and not self.low <= self.value <= self.high:
            raise InputError("value", self.value, f"accepted: between its limits {self.low} and {self.high}")
        return self


class Said(Component):
    """One result that was published in words."""

    arm: str = Field(description="as in `published`")
    words: Literal["no clear difference", "rose", "fell"] = Field(
        description="agrees if the range over trials holds no change (1 for ratios), or lies above or below"
    )
    source: str = Field(min_length=1, description="DOI, PMID or URL")


class Endpoint(Component):
    """One endpoint and its analysis."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="name in results, e.g. ls_abmd_pct_change")
    label: str = Field(description="name shown to readers")
    kind: Kind = Field(description="what is computed")
    measure: Measure | None = Field(None, description="for value, change, pct_change, ratio_to_control")
    month: float | None = Field(None, ge=0, description="for the same: a visit month")
    from_month: float = Field(
        0.0, ge=0, description="for change, pct_change: the visit month from which it is counted"
    )
    window: tuple[float, float] | None = Field(
        None, description="for fractures: first and last month counted"
    )
    sites: tuple[str, ...] = Field(
        (), description="for fractures: sites counted; none: all that the trial counts"
    )
    adjust: tuple[Literal["baseline", "age_stratum"], ...] = Field((), description="covariates of the ANCOVA")
    published: tuple[Published, ...] = Field((), description="numbers to hold the simulation against")
    said: tuple[Said, ...] = Field((), description="the same where only words were published")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.kind in WINDOW_KINDS:
            if self.window is None or not 0 <= self.window[0] <= self.window[1] - ONE_DAY:
                raise InputError(
                    "window", self.window, "accepted: first and last month, a day or more apart, e.g. [0, 12]"
                )
            if self.measure is not None or self.month is not None:
                raise InputError("kind", self.kind, "counts fractures: takes a window, no measure or month")
        elif self.measure is None or self.month is None:
            raise InputError("measure, month", (self.measure, self.month), f"needed for kind {self.kind!r}")
        elif self.window is not None or self.sites:
            raise InputError("kind", self.kind, "takes a measure and a month, no window or sites")
        elif self.kind in ("change", "pct_change") and not self.from_month < self.month:
            raise InputError("month", self.month, f"accepted: after from_month, {self.from_month:g}")
        if self.from_month and self.kind not in ("change", "pct_change"):
            raise InputError("from_month", self.from_month, "accepted: for change and pct_change alone")
        if self.adjust and self.kind not in ADJUSTED_KINDS:
            raise InputError("adjust", self.adjust, f"accepted: for {', '.join(ADJUSTED_KINDS)} alone")
        if len(set(self.adjust)) < len(self.adjust):
            raise InputError("adjust", self.adjust, "accepted: each covariate once")
        for name, told in (("published", self.published), ("said", self.said)):
            arms = [one.arm for one in told]
            if len(set(arms)) < len(arms):
                raise InputError(f"{name}.arm", arms, "accepted: each arm or contrast once per endpoint")
        return self

    @model_validator(mode="after")
    def _check_adjust(self) -> Self:
        if self.adjust and self.kind not in ADJUSTED_KINDS:
            raise InputError("adjust", self.adjust, f"accepted for kinds {', '.join(ADJUSTED_KINDS)} only")
        return self

    @property
    def months(self) -> float:
        """The month to which the result refers."""
        return self.window[1] if self.window else float(self.month or 0.0)


class Protocol(Component):
    """A whole protocol."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_-]*$", description="short name")
    title: str = Field(description="what the trial asked, in one line")
    registration: str = Field("", description="registry number")
    study: str = Field(
        "", description="a replicated study: its id in the evidence, see `brittlestar evidence`"
    )
    sources: tuple[str, ...] = Field(min_length=1, description="where the protocol was read")
    notes: tuple[str, ...] = Field((), description="choices made where the sources are silent")
    population: Population
    arms: tuple[Arm, ...] = Field(min_length=1)
    design: Design
    conduct: Conduct = Field(default_factory=lambda: Conduct(**{}))
    visits: tuple[Visits, ...] = Field(min_length=1)
    endpoints: tuple[Endpoint, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _check(self) -> Self:
        self._check_arms()
        last = self.design.years * 12
        for i, group in enumerate(self.visits):
            if group.months[-1] > last + 1e-9:
                raise InputError(
                    f"visits[{i}].months", group.months[-1], f"accepted: up to the end, month {last:g}"
                )
        visit_months(self)
        if self.design.blinded_years > self.design.years:
            raise InputError(
                "design.blinded_years", self.design.blinded_years, f"accepted: up to {self.design.years}"
            )
        for i, endpoint in enumerate(self.endpoints):
            self._check_endpoint(endpoint, f"endpoints[{i}] ({endpoint.id})", last)
        keys = [(e.id, e.months) for e in self.endpoints]
        repeated = {key for key in keys if keys.count(key) > 1}
        if repeated:
            raise InputError("endpoints", sorted(repeated)[0], "accepted: each id once per month")
        return self

    def _check_arms(self) -> None:
        ids = [arm.id for arm in self.arms]
        if len(set(ids)) != len(ids) or DIFFERENCE in ids:
            raise InputError("arms.id", ids, f"accepted: each arm once, none called {DIFFERENCE!r}")
        controls = [arm.id for arm in self.arms if arm.control]
        if len(self.arms) > 1 and len(controls) != 1:
            raise InputError("arms.control", controls, "accepted: exactly one arm with control = true")
        labels = [arm.label for arm in self.arms]
        if len(set(labels)) < len(labels):
            raise InputError("arms.label", labels, "accepted: another label for each arm: results go by it")
        self._check_allocation()
        for arm in self.arms:
            try:
                plan = arm.care
            except InputError as error:
                raise InputError(f"arms.{arm.id}.plan: {error.where}", error.value, error.accepted) from None
            for regimen in plan.regimens:
                start = 0.0 if regimen.start is None else regimen.start.days
                if start >= self.design.years * 365.25:
                    raise InputError(
                        f"arms.{arm.id}.plan",
                        arm.plan,
                        f"{regimen.drug} would start after the end of the trial",
                    )

    def _check_allocation(self) -> None:
        fewest, n = min(self.arms, key=lambda arm: arm.allocation), self.population.randomised
        share = (
            fewest.allocation / sum(arm.allocation for arm in self.arms) * (1 - self.conduct.never_started)
        )
        if n * share < LEAST_EXPECTED - 1e-9:
            raise InputError(
                f"arms.{fewest.id}.allocation",
                fewest.allocation,
                f"{n * share:.2g} of {n} randomised people are expected to be treated in this arm, at least "
                f"{LEAST_EXPECTED:g} are needed; accepted: {ceil(LEAST_EXPECTED / share - 1e-9)} or more "
                "randomised, or a more even allocation",
            )

    def _check_endpoint(self, endpoint: Endpoint, place: str, last: float) -> None:
        if endpoint.months > last + 1e-9:
            raise InputError(f"{place}: month", endpoint.months, f"accepted: up to the end, month {last:g}")
        if endpoint.measure is not None:
            months = {m for group in self.visits if endpoint.measure in group.measures for m in group.months}
            for field in ("month", "from_month"):
                month = getattr(endpoint, field)
                if month not in months:
                    shown = ", ".join(f"{m:g}" for m in sorted(months)) or "none: no visit measures it"
                    raise InputError(
                        f"{place}: {field}", month, f"{endpoint.measure} is measured at months: {shown}"
                    )
        if "age_stratum" in endpoint.adjust and not self.design.age_strata:
            raise InputError(f"{place}: adjust", "age_stratum", "accepted: with design.age_strata")
        for site in endpoint.sites:
            if site not in self.conduct.fracture_sites:
                raise InputError(f"{place}: sites", site, nearest(site, self.conduct.fracture_sites))
        if "age_stratum" in endpoint.adjust and not self.design.age_strata:
            raise InputError(
                f"{place}: adjust", "age_stratum", "needs design.age_strata, the ages that divide"
            )
        if endpoint.kind in CONTRAST_KINDS and len(self.arms) < 2:
            raise InputError(f"{place}: kind", endpoint.kind, "compares two arms; the protocol has one")
        arms = [*(arm.id for arm in self.arms), *(contrast for _, contrast in self.contrasts)]
        for name in ("published", "said"):
            for one in getattr(endpoint, name):
                if one.arm not in arms:
                    raise InputError(f"{place}: {name}.arm", one.arm, nearest(one.arm, arms))

    def __repr__(self) -> str:
        arms = "; ".join(f"{arm.id}: {arm.care.in_words()}" for arm in self.arms)
        people = f"{self.population.randomised} people, {self.design.years:g} years"
        return f"{self.title} ({self.id})\n{people}, {len(self.endpoints)} endpoints\n{arms}"

    @property
    def inputs(self) -> dict[str, Any]:
        """All that decides a run: the fields, and what a plan that is a file said when it was read."""
        plans = {arm.id: arm.care.model_dump(mode="json") for arm in self.arms}
        return self.model_dump(mode="json") | {"plans": plans}

    @property
    def control(self) -> int:
        """Index of the control arm (0 if there is one arm)."""
        return next((i for i, arm in enumerate(self.arms) if arm.control), 0)

    @property
    def contrasts(self) -> list[tuple[int, str]]:
        """Treated arms and their contrasts: ``difference``, with the arm's id if there are several."""
        others = [i for i in range(len(self.arms)) if i != self.control]
        return [(i, DIFFERENCE if len(others) == 1 else f"{DIFFERENCE}:{self.arms[i].id}") for i in others]

    @property
    def measures(self) -> tuple[str, ...]:
        """Everything that is measured at some visit."""
        return tuple(dict.fromkeys(m for group in self.visits for m in group.measures))


def library() -> tuple[str, ...]:
    """Names of the protocols that ship with the package."""
    folder = resources.files("brittlestar.trials").joinpath("library")
    return tuple(sorted(f.name[:-5] for f in folder.iterdir() if f.name.endswith(".toml")))


@cache
def studies_of_library() -> dict[str, str]:
    """Name of a shipped protocol -> id of the published study that it is made from."""
    folder = resources.files("brittlestar.trials").joinpath("library")
    texts = {name: folder.joinpath(f"{name}.toml").read_text(encoding="utf-8") for name in library()}
    return {name: tomllib.loads(text).get("study", "") for name, text in texts.items()}


def shipped(word: str) -> str | None:
    """The shipped protocol of this name, or made from the study of this id; upper and lower case are one.

    Warns:
        UserWarning: the word is the id of a study, not of a trial: both are named.
    """
    asked = word.lower()
    if asked in library():
        return asked
    for name, study in studies_of_library().items():
        if study and asked == study.lower():
            warnings.warn(f"{study} is a study; the trial made from it is {name}", stacklevel=2)
            return name
    return None


def protocol_text(name_or_path: str) -> tuple[str, str]:
    """Text of a protocol and where it stands, from a shipped name or a file.

    Raises:
        InputError: no such protocol or file, empty, or not UTF-8.
    """
    if not isinstance(name_or_path, str):
        raise InputError("protocol", name_or_path, "accepted: a trial's name or the path of a TOML file")
    path = Path(name_or_path)
    if path.suffix != ".toml" and (name := shipped(name_or_path)) is not None:
        file: Any = resources.files("brittlestar.trials").joinpath("library", f"{name}.toml")
        return file.read_text(encoding="utf-8"), f"{name}.toml"
    if path.suffix != ".toml" and not os.path.exists(path):
        listed = "brittlestar trial list"
        raise InputError("trial", name_or_path, f"a .toml file or {nearest(name_or_path, library(), listed)}")
    text = read_text(path, "TOML file of a protocol")
    if not text.strip():
        raise InputError(str(path), "an empty file", "accepted: a protocol in TOML; see docs/protocol.md")
    return text, path.name


def protocol_of(fields: dict[str, Any], where: str) -> Protocol:
    """A protocol from the tables of its file.

    Args:
        fields: as TOML gives them.
        where: the file, for messages.

    Raises:
        InputError: unknown fields, or parts that contradict each other; names file, field, value and what is
            accepted.
    """
    try:
        return Protocol(**fields)
    except InputError as error:
        # Nested parts name their class ("population: Population.female"); a reader of the file knows tables.
        place = re.sub(r"^Protocol(\.|: )", "", error.where)
        place = re.sub(r": [A-Z]\w+\.", ".", place)
        raise InputError(f"{where}: {place}", error.value, error.accepted) from None


def load_protocol(name_or_path: str) -> Protocol:
    """A protocol by shipped name (``"poise"``) or from a TOML file.

    Raises:
        InputError: not found, not TOML (a repeated key included), unknown fields, or parts that contradict
            each other; names file, field, value and what is accepted.
    """
    text, where = protocol_text(name_or_path)
    return protocol_of(toml_fields(text, where), where)
