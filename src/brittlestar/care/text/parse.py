"""Plans read from words: ``"zoledronate 0.05 mg/kg iv every 6 months for 3 years, calcium 500 mg/day"``."""

from dataclasses import dataclass, field
from typing import Any

from brittlestar._shared.errors import InputError, nearest
from brittlestar.care import library
from brittlestar.care.biologics.biologic import BIOLOGIC_UNITS, BIOLOGICS
from brittlestar.care.durations import DAYS, START, Span
from brittlestar.care.plan import Plan
from brittlestar.care.plan_fields import PARTS
from brittlestar.care.regimen import DOSE_UNITS
from brittlestar.care.said import checked, wrong
from brittlestar.care.text import clauses as whole
from brittlestar.care.text.assemble import FIELD_OF, Item, Piece, add_to
from brittlestar.care.text.spelling import BRANDS, clauses, normalise, tokens
from brittlestar.drugs.catalogue import DRUGS, FACTSHEET_DRUGS

_FILLER = (
    "of", "dose", "doses", "dosing", "infusion", "infusions", "tablet", "tablets",
    "a", "the", "an", "as", "in", "at", "given", "taken", "to", "by",
)  # fmt: skip
_SITES = {"vertebral": "vertebral", "metaphyseal": "metaphyseal", "long-bone": "long_bone"}
_STARTS = (
    *DRUGS,
    *BIOLOGICS,
    *FIELD_OF,
    "no treatment",
)
_WHOLE = ("osteotomy", "rodding", "hold", "stop", "dental check", "dxa scan", "usual-checks", "no-checks")
STARTS = (*_STARTS, *_WHOLE)
"""Words that a part of a plan may begin with, beside trade names and published regimens."""

EXAMPLES = ("zoledronate", "calcium", "physiotherapy", "osteotomy", "no treatment")
WHOLE_LIST = "brittlestar plans"
"""Command that lists the words a part may begin with, and published regimens in words."""

_COURSES = ("drug", "biologic")
_KEYWORDS = (
    "iv",
    "oral",
    "sc",
    "every",
    "for",
    "from",
    "until",
    "below",
    "above",
    "max",
    "min",
    "first",
    "over",
    "once",
    "x",
    "upright",
    "not-upright",
    "fasting",
    "not-fasting",
)
_TAKEN = {
    "upright": ("upright", True),
    "not-upright": ("upright", False),
    "fasting": ("fasting", True),
    "not-fasting": ("fasting", False),
}
_SHARES = {"half": 0.5, "quarter": 0.25, "full": 1.0}


def words_of_plans() -> dict[str, tuple[str, ...]]:
    """What a part of a plan may begin with, by kind, and what a drug's name alone stands for.

    Of the bisphosphonates only those of the factsheet are listed; the others are read all the same.
    """
    offered = (*FACTSHEET_DRUGS, *BIOLOGICS)
    care = tuple(word for word in STARTS if word not in (*DRUGS, *BIOLOGICS))
    return {
        "Drugs": offered,
        "Trade names": tuple(f"{brand} ({drug})" for brand, drug in BRANDS.items() if drug in offered),
        "A drug's name alone means": tuple(f"{drug}: {name}" for drug, name in library.USUAL.items()),
        "Other care": care,
        "Words within a part": (*_KEYWORDS, *_SITES, "then"),
        "Units of a dose": (*DOSE_UNITS, *(unit for unit in BIOLOGIC_UNITS if unit not in DOSE_UNITS)),
    }


def parse(text: str) -> Plan:
    """A plan from words.

    Parts are separated by commas; ``then`` starts the next period when the one before ends. A part is

    * a drug: ``<drug> <dose> <unit> [iv|oral] [for 3 days] [every 6 months] [from 1 year] [for 3 years]``;
    * bands: ``2.5 mg/day below 30 kg, 5 mg/day above`` or ``... below age 2, ... above``, of several
      weights or ages;
    * ``max 60 mg``, ``min 5 mg``, ``first dose x0.5``, ``over 2 hours`` for the drug before;
    * ``taken upright``, ``not upright``, ``taken fasting``, ``with food`` for the tablets before;
    * ``calcium 500 mg/day``, ``vitamin D 800 IU/day``, ``activity x0.8``, ``immobilised for 6 weeks``;
    * ``denosumab 60 mg every 6 months``, ``teriparatide 20 ug/day``, ``romosozumab 210 mg every month``;
    * ``physiotherapy for 6 months`` and other programmes;
    * ``osteotomy of the femur at 1 year``, ``rodding of the left tibia at 6 months cast 4 weeks``;
    * ``hold 4 weeks before until 8 weeks after surgery``, ``hold around surgery until healing is seen``;
    * ``stop at 12 years``, ``stop at end of growth``, ``stop when Z reaches -1``, ``stop after 3 years``;
    * ``dental check every 6 months``, ``blood test before each dose``, ``usual checks``, ``no checks``;
    * ``placebo`` or ``no treatment``;
    * the name of a published regimen in place of a drug, or of a drug alone for its usual one (the note of
      the plan says which).

    Drugs are also known by their trade names. Numbers have a point for decimals and no comma.

    Times of operations, rules and checks run from the start of the plan.

    Raises:
        InputError: a word, drug or unit that is not known, with the nearest match; a dose that looks wrong; a
            comma inside a number; more than 4,000 characters.
    """
    fields: dict[str, list[Any]] = {}
    start = START
    phases = normalise(checked(text)).split(" then ")
    for index, phase in enumerate(phases):
        reader = _Reader(text, phase, fields)
        items = reader.items()
        for item in items:
            if index and item.start is not None:
                raise wrong(text, "from", "after 'then' the time runs on by itself: leave 'from' out")
        if index + 1 < len(phases):
            length = _length(items, text)
            for item in items:
                add_to(fields, item, start, text)
            start = start + length
        else:
            for item in items:
                add_to(fields, item, start, text)
    parts: dict[str, Any] = {name: tuple(found) for name, found in fields.items()}
    if "note" in parts:
        parts["note"] = "; ".join(dict.fromkeys(parts["note"]))
    _checks_said(parts, text)
    return Plan(**parts)


def _checks_said(parts: dict[str, Any], text: str) -> None:
    """``usual checks`` are filled in by the plan; said beside others, these stand in for the usual ones."""
    said = parts.pop("checks", ())
    if "no-checks" in said:
        if parts.get("monitoring") or "usual-checks" in said:
            raise wrong(text, "no checks", "accepted: no checks, or some")
        parts["monitoring"] = ()
    elif "usual-checks" in said and parts.get("monitoring"):
        own = {check.what for check in parts["monitoring"]}
        drugs = {name: parts.get(name, ()) for name in ("regimens", "biologics")}
        usual = Plan.model_construct(**drugs).usual_monitoring
        parts["monitoring"] = (*(c for c in usual if c.what not in own), *parts["monitoring"])


def _length(items: list[Item], text: str) -> Span:
    ends = []
    for item in items:
        if item.kind in (*_COURSES, "published", "placebo", "no treatment"):
            span = item.length()
            if span is None:
                raise wrong(
                    text, "then", "before 'then' say for how long, e.g. 'placebo for 1 year then ...'"
                )
            ends.append((item.start or START) + span)
    if not ends:
        raise wrong(text, "then", "before 'then' name a drug, placebo or no treatment with its duration")
    return max(ends, key=lambda span: span.days)


@dataclass
class _Reader:
    """Reads one phase, clause by clause; clauses without a subject refer to the last one."""

    text: str
    phase: str
    fields: dict[str, list[Any]]
    found: list[Item] = field(default_factory=list)
    queue: list[str | float] = field(default_factory=list)

    def items(self) -> list[Item]:
        for clause in clauses(self.phase):
            if clause in ("usual-checks", "no-checks"):
                self.fields.setdefault("checks", []).append(clause)
                continue
            part = whole.read(clause, self.text)
            if part is not None:
                self.fields.setdefault(part[0], []).append(part[1])
                continue
            self.queue = tokens(clause)
            self._clause()
        if not self.found and not self.fields:
            raise wrong(self.text, self.phase, f"accepted: words such as {', '.join(EXAMPLES)}")
        return self.found

    def _fail(self, value: object, accepted: str) -> InputError:
        return wrong(self.text, value, accepted)

    def _take(self) -> str | float:
        return self.queue.pop(0)

    def _peek(self, *words: str) -> bool:
        return bool(self.queue) and self.queue[0] in words

    def _drop(self, *words: str) -> bool:
        if self._peek(*words):
            self.queue.pop(0)
            return True
        return False

    def _number(self, after: str) -> float:
        while self._peek(*_FILLER):
            self._take()
        if not self.queue or isinstance(self.queue[0], str):
            raise self._fail(
                self.queue[0] if self.queue else "the end", f"accepted after {after!r}: a number"
            )
        return float(self._take())

    def _span(self, after: str) -> Span:
        if self._peek(*DAYS):  # "from month 3"
            unit = str(self._take())
            return Span(self._number(after), unit)
        value = self._number(after)
        unit = self._take() if self.queue else "nothing"
        if unit not in DAYS:
            raise self._fail(unit, nearest(str(unit), DAYS))
        return Span(value, str(unit))

    def _current(self, word: object) -> Item:
        if not self.found:
            raise self._fail(word, f"start with one of: {', '.join(EXAMPLES)}, ...: {WHOLE_LIST}")
        return self.found[-1]

    def _piece(self, item: Item) -> Piece:
        if item.kind not in _COURSES:
            raise self._fail(item.kind, "a dose, route or interval belongs after a drug")
        if not item.pieces or self.fresh:
            item.pieces.append(Piece())
            self.fresh = False
        return item.pieces[-1]

    def _clause(self) -> None:
        self.fresh = True
        while self.queue:
            token = self._take()
            if not isinstance(token, str):
                self._amount(token)
            elif token in _FILLER:
                continue
            elif token in _STARTS or token in library.names() or token == "no":
                self._subject(token)
            elif token in _KEYWORDS:
                self._keyword(token)
            elif token in _SITES:
                self._load(self._current(token), _SITES[token], self._factor(token))
            else:
                known = (*STARTS, *(_KEYWORDS if self.found else (*BRANDS, *library.names())))
                raise self._fail(token, nearest(token, known, WHOLE_LIST))

    def _subject(self, token: str) -> None:
        if token == "no":
            if not self._drop("treatment"):
                raise self._fail(token, "accepted: 'no treatment'")
            token = "no treatment"
        if token in DRUGS:
            self.found.append(Item("drug", drug=token))
        elif token in BIOLOGICS:
            self.found.append(Item("biologic", drug=token))
        elif token in library.names():
            self.found.append(Item("published", drug=token))
        else:
            self.found.append(Item(token))
        self.fresh = True

    def _amount(self, value: float) -> None:
        item = self._current(value)
        kind = PARTS[FIELD_OF[item.kind]] if item.kind in FIELD_OF else None
        if kind is not None and kind.by_site:
            self._load(item, "all", value)
            return
        unit = self._take() if self.queue else "nothing"
        own = (kind.unit,) if kind is not None else ()
        allowed = {"drug": DOSE_UNITS, "biologic": BIOLOGIC_UNITS}.get(item.kind, own)
        if not any(allowed):
            raise self._fail(f"{value:g} {unit}", f"no dose belongs to {item.kind!r}")
        if unit not in allowed:
            raise self._fail(f"{value:g} {unit}", f"unknown dose unit: {nearest(str(unit), allowed)}")
        if not value > 0:
            raise self._fail(f"{value:g} {unit}", "accepted: a dose above 0")
        if item.kind in _COURSES:
            piece = self._piece(item)
            if piece.dose is not None:
                raise self._fail(
                    f"{value:g} {unit}", "two doses in one part: separate weight or age bands by a comma"
                )
            piece.dose, piece.unit = value, str(unit)
        else:
            self._set(item, "amount", value)

    def _set(self, holder: Item | Piece, name: str, value: Any) -> None:
        """Set a field once: a second value for the same thing would silently win."""
        before = getattr(holder, name)
        if before is not None and before != value:
            raise self._fail(f"{before} and {value}", f"said twice: {name}; separate parts by commas")
        setattr(holder, name, value)

    def _option(self, item: Item, name: str, value: float | bool) -> None:
        if name in item.options:
            raise self._fail(value, f"said twice: {name}")
        item.options[name] = value

    def _load(self, item: Item, site: str, value: float) -> None:
        if site in item.factors:
            raise self._fail(value, "two factors for one load: separate parts by commas")
        item.factors[site] = value

    def _factor(self, after: str) -> float:
        self._drop("x")
        return self._number(after)

    def _keyword(self, word: str) -> None:
        item = self._current(word)
        if word in ("iv", "oral", "sc"):
            self._piece(item)
            self._set(item, "route", word)
        elif word == "every":
            self._set(self._piece(item), "every", self._span(word))
        elif word == "once":
            self._piece(item)
            item.once = True
        elif word == "for":
            item.lengths.append(self._span(word))
        elif word == "from":
            self._set(item, "start", self._span(word))
            if self._drop("to"):
                self._set(item, "until", self._span("to"))
        elif word == "until":
            self._set(item, "until", self._span(word))
        elif word in ("below", "above"):
            self._band(item, word)
        elif word in ("max", "min"):
            self._option(item, "cap_mg" if word == "max" else "least_mg", self._end(word))
        elif word == "first":
            self._first(item)
        elif word == "over":
            self._over(item)
        elif word in _TAKEN:
            self._option(item, *_TAKEN[word])
        elif item.kind in FIELD_OF and PARTS[FIELD_OF[item.kind]].by_site:
            self._load(item, "all", self._number("x"))
        else:  # "x 3 days"
            item.lengths.append(self._span("x"))

    def _band(self, item: Item, word: str) -> None:
        if self._drop("age"):
            self._set(self._piece(item), "band", (word, "year", self._number("age")))
            self._drop("year")
        elif self.queue and isinstance(self.queue[0], float):
            value, unit = self._number(word), (self._take() if self.queue else "nothing")
            if unit not in ("kg", "year"):
                raise self._fail(unit, "accepted for a band: kg or years")
            self._set(self._piece(item), "band", (word, str(unit), value))
            if self._drop("of"):
                self._drop("age")
            self._drop("old")
        else:
            self._set(self._piece(item), "band", (word, "", 0.0))

    def _end(self, word: str) -> float:
        """The most or the least mg of a dose."""
        value = self._number(word)
        if not self._drop("mg", "mg/day", "mg/week", "mg/dose"):
            unit = self.queue[0] if self.queue else "nothing"
            raise self._fail(unit, f"accepted after {word!r}: mg")
        return value

    def _first(self, item: Item) -> None:
        self._drop("dose", "infusion")
        self._drop("x")
        if self.queue and self.queue[0] in _SHARES:
            self._option(item, "first_dose_fraction", _SHARES[str(self._take())])
        else:
            self._option(item, "first_dose_fraction", self._number("first dose"))

    def _over(self, item: Item) -> None:
        value, unit = self._number("over"), (self._take() if self.queue else "nothing")
        if unit == "kg":
            self._set(self._piece(item), "band", ("above", "kg", value))
            return
        hours = {"hour": 1.0, "h": 1.0, "minute": 1.0 / 60.0, "min": 1.0 / 60.0}
        if unit not in hours:
            raise self._fail(unit, nearest(str(unit), ("hours", "minutes")))
        self._option(item, "infusion_hours", value * hours[str(unit)])
