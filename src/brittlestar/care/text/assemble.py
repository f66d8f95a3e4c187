"""What was read from words, put together into the parts of a plan."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from brittlestar._shared.errors import InputError
from brittlestar.care import library
from brittlestar.care.biologics import Biologic
from brittlestar.care.durations import START, Span
from brittlestar.care.plan_fields import PARTS
from brittlestar.care.regimen import AgeBand, Regimen, WeightBand
from brittlestar.care.said import Said, wrong
from brittlestar.drugs.catalogue import routes


@dataclass
class Piece:
    """One dose of a drug, with its interval and the weight or age it holds for."""

    dose: float | None = None
    unit: str | None = None
    every: Span | None = None
    band: tuple[str, str, float] | None = None

    def tablets_to_rate(self) -> None:
        """``70 mg every week`` by mouth is ``70 mg/week``."""
        if self.unit in ("mg", "mg/kg", "mg/m2") and self.every in (
            Span(1, "day"),
            Span(1, "week"),
            Span(1, "month"),
        ):
            self.unit, self.every = f"{self.unit}/{self.every.unit}", None


FIELD_OF = {word: field for field, kind in PARTS.items() for word in kind.words}
"""The field of a plan by the words that a part of it begins with."""

SITES = ("vertebral", "metaphyseal", "long_bone")

TAKEN = {"upright", "fasting"}
"""Options of a published regimen: how tablets are taken."""


@dataclass
class Item:
    """One subject of a plan in words: a drug with its doses, a supplement, a period."""

    kind: str
    drug: str = ""
    route: str | None = None
    pieces: list[Piece] = field(default_factory=list)
    lengths: list[Span] = field(default_factory=list)
    start: Span | None = None
    until: Span | None = None
    amount: float | None = None
    factors: dict[str, float] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    once: bool = False

    def as_usual(self) -> str | None:
        """The drug, if nothing but its name was said: then its usual published regimen is meant."""
        silent = not self.pieces and self.route is None and not self.once and set(self.options) <= TAKEN
        return self.drug if self.drug in library.USUAL and silent else None

    def _course(self) -> tuple[int, list[Span]]:
        """Days of a course and the remaining lengths: a daily dose by infusion is first said 'for N days'."""
        iv = self.kind == "drug" and (self.route or routes(self.drug)[0]) == "iv"
        daily = any((piece.unit or "").endswith("/day") for piece in self.pieces)
        if iv and daily and self.lengths and self.lengths[0].unit == "day":
            days = self.lengths[0].value
            if days != int(days) or days < 1:
                raise InputError("plan: days of a course", days, "accepted: a whole number of days")
            return int(days), self.lengths[1:]
        return 1, self.lengths

    def length(self) -> Span | None:
        """How long it lasts, none: to the end.

        Raises:
            InputError: two durations, or an end before the start.
        """
        lengths = self._course()[1]
        if self.until is not None:
            start = self.start or START
            if lengths or self.until.days <= start.days:
                raise InputError("plan: until", str(self.until), "accepted: one end, later than the start")
            if start.unit == self.until.unit or start.value == 0:
                return Span(self.until.value - start.value, self.until.unit)
            return Span(self.until.days - start.days, "day")
        if len(lengths) > 1:
            said = " and ".join(str(length) for length in lengths)
            raise InputError(
                "plan: duration",
                said,
                "accepted: one duration; infusions on several days in a row are "
                "said 'pamidronate 1 mg/kg/day iv for 3 days every 4 months'",
            )
        return lengths[0] if lengths else None

    def period(self, offset: Span) -> dict[str, Any]:
        """Start and duration as fields of a part."""
        return {"start": offset + (self.start or START), "duration": self.length()}

    def said(self, offset: Span, text: str) -> Said:
        """What a kind of care reads itself from."""
        every_site = self.factors.get("all", 1.0)
        factors = {site: self.factors.get(site, every_site) for site in SITES} if self.factors else {}
        return Said(text, self.kind, self.amount, factors, offset + (self.start or START), self.length())

    def biologic(self, offset: Span, text: str) -> Biologic:
        """The course of a biological drug that was said.

        Raises:
            InputError: no dose, several doses, an option that only infusions of bisphosphonates have.
        """
        doses = [piece for piece in self.pieces if piece.dose is not None]
        every = next((piece.every for piece in self.pieces if piece.every), None)
        if len(doses) != 1 or doses[0].dose is None:
            raise wrong(text, self.drug, "accepted: one dose with its unit, e.g. '60 mg' or '20 ug/day'")
        if any(piece.band for piece in self.pieces) or set(self.options) - {"cap_mg"}:
            raise wrong(text, self.drug, "accepted for this drug: no bands, no first or long infusion")
        if sum(piece.every is not None for piece in self.pieces) > 1:
            raise wrong(text, str(every), "said twice for one dose")
        unit = doses[0].unit or ""
        if every is None and not self.once and not unit.endswith("/day"):
            raise wrong(text, "no interval", "accepted: 'every 6 months', or 'once' for a single dose")
        course = Biologic(
            drug=self.drug,
            dose=doses[0].dose,
            dose_unit=unit,
            every=every,
            cap_mg=self.options.get("cap_mg"),
            **self.period(offset),
        )
        if self.route not in (None, course.route):
            raise wrong(text, self.route, f"{self.drug} is given {course.route}")
        return course

    def regimen(self, offset: Span, text: str) -> Regimen:
        """The regimen that was said.

        Raises:
            InputError: bands that do not fit together, no dose, mixed units.
        """
        doses = [piece for piece in self.pieces if piece.dose is not None]
        loose = [piece for piece in self.pieces if piece.dose is None]
        if not doses:
            raise wrong(text, self.drug, "accepted: a dose with its unit, e.g. '0.05 mg/kg'")
        for piece in loose:
            # "..., every 6 months" after a comma belongs to the last dose said.
            if (piece.every and doses[-1].every) or (piece.band and doses[-1].band):
                raise wrong(text, str(piece.every or piece.band), "said twice for one dose")
            doses[-1].every = piece.every or doses[-1].every
            doses[-1].band = piece.band or doses[-1].band
        route = self.route or routes(self.drug)[0]
        if route == "oral":
            for piece in doses:
                piece.tablets_to_rate()
        units = {piece.unit for piece in doses}
        if len(units) > 1:
            raise wrong(
                text, sorted(str(unit) for unit in units), "accepted: one unit for all bands of a drug"
            )
        unit, every = doses[0].unit, doses[-1].every
        fields: dict[str, Any] = {}
        if len(doses) == 1 and doses[0].band is not None:
            raise wrong(text, "one band", "say the dose above too: '2.5 mg/day below 30 kg, 5 mg/day above'")
        if len(doses) > 1:
            fields = _bands(doses, text)
            if "age_bands" not in fields:
                every = next((piece.every for piece in doses if piece.every), None)
        fields |= {"dose": doses[-1].dose, "dose_unit": unit}
        period = self.period(offset)
        if route == "iv" and route in routes(self.drug):
            _check_infusions(every, period["duration"], self.once, text)
        return Regimen(
            drug=self.drug,
            route=route,
            every=every,
            days_per_course=self._course()[0],
            **period,
            **fields,
            **self.options,
        )


def _check_infusions(every: Span | None, duration: Span | None, once: bool, text: str) -> None:
    """Refuse words that could mean a single infusion or a course of several."""
    if every is None and not once:
        raise wrong(text, "no interval", "accepted: 'every 6 months', or 'once' for a single infusion")
    if every is not None and duration is not None and duration.unit == "day" and duration.days < every.days:
        raise wrong(
            text,
            f"for {duration} every {every}",
            "infusions on several days in a row are said 'pamidronate 1 mg/kg/day iv for 3 days every 4 "
            "months'; a single infusion is said 'once'",
        )


def _bands(doses: list[Piece], text: str) -> dict[str, Any]:
    *lower, top = doses
    units = {piece.band[1] for piece in lower if piece.band and piece.band[0] == "below"}
    edge = lower[-1].band
    if len(units) != 1 or any(p.band is None or p.band[0] != "below" for p in lower) or edge is None:
        raise wrong(text, "bands", "accepted: '... below 30 kg, ... above' or '... below age 2, ... above'")
    if top.band is None or top.band[0] != "above" or (top.band[1] and top.band[1:] != edge[1:]):
        raise wrong(text, "bands", f"the last dose holds 'above', or above {edge[2]:g} {edge[1]}")
    if units == {"year"}:
        bands = tuple(
            AgeBand(below_years=p.band[2], dose=p.dose, every=p.every) for p in lower if p.band and p.dose
        )
        return {"age_bands": bands}
    bands = tuple(WeightBand(below_kg=p.band[2], dose=p.dose) for p in lower if p.band and p.dose)
    return {"weight_bands": bands}


def _add_published(add: Callable[[str, Any], None], item: Item, offset: Span) -> None:
    """Drugs of a published regimen, moved to the period that was said and ended with it."""
    period = item.period(offset)
    regimen = library.published(item.drug)
    for name, parts in (("regimens", regimen.regimens), ("biologics", regimen.biologics)):
        for part in parts:
            duration = part.duration
            if period["duration"] is not None:
                left = period["duration"].days - part.start.days
                if left <= 0:
                    continue
                if duration is None or duration.days > left:
                    duration = period["duration"] if part.start.days == 0 else Span(left)
            moved = {"start": period["start"] + part.start, "duration": duration}
            add(name, type(part)(**{**part.model_dump(), **moved, **item.options}))


def add_to(fields: dict[str, list[Any]], item: Item, offset: Span, text: str) -> None:
    """Append the parts that an item stands for to the fields of a plan."""

    def add(name: str, part: Any) -> None:
        fields.setdefault(name, []).append(part)

    published_tablets = item.kind == "published" and not item.pieces and set(item.options) <= TAKEN
    if item.kind not in ("drug", "biologic") and not published_tablets and (item.options or item.pieces):
        raise wrong(
            text,
            item.drug or item.kind,
            "doses, infusion details and how tablets are taken belong after a drug",
        )
    usual = item.as_usual()
    if usual is not None:
        _add_published(add, replace(item, kind="published", drug=library.USUAL[usual]), offset)
        add("note", library.usual_note(usual))
    elif item.kind == "drug":
        add("regimens", item.regimen(offset, text))
    elif item.kind == "biologic":
        add("biologics", item.biologic(offset, text))
    elif item.kind == "published":
        _add_published(add, item, offset)
    elif item.kind in FIELD_OF:
        field = FIELD_OF[item.kind]
        add(field, PARTS[field].from_words(item.said(offset, text)))
