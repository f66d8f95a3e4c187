"""What a comparison found, as tables, natural frequencies and files."""

import json
from dataclasses import asdict, dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import polars as pl

from brittlestar._shared.errors import InputError, nearest
from brittlestar._shared.manifest import CLOSING, NOTE
from brittlestar._shared.of_100 import RANGE
from brittlestar._shared.output import output_directory
from brittlestar.care import Plan
from brittlestar.engine import UNITS, Course
from brittlestar.engine.aftermath import Aftermath
from brittlestar.outcomes.fracture import SITES
from brittlestar.people.person import Person

TREATED, UNTREATED = "treated", "untreated"
EXACT = "inverted_cdf"
"""Quantiles that are values drawn, so that a range of counts has whole ends."""


@dataclass(frozen=True)
class Courses:
    """Courses of the same n people under each plan; column k is the same person meeting the same chance."""

    time_years: np.ndarray
    """[T]"""
    outputs: dict[str, dict[str, np.ndarray]]
    """plan -> output -> [T, n]"""
    fractures: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]
    """plan -> person, site, time in years; one entry per fracture"""
    failed: int
    """people left out because a number of theirs is not finite"""

    @classmethod
    def split(cls, course: Course, plans: tuple[str, ...], n: int) -> Self:
        """One course of all plans side by side, taken apart."""
        bad = np.unique(course.failed % n)
        good = np.setdiff1d(np.arange(n), bad)
        if good.size == 0:
            raise InputError(
                "parameters", "no finite course", "accepted: values with which the model can run"
            )
        outputs, fractures = {}, {}
        for i, plan in enumerate(plans):
            outputs[plan] = {name: values[:, good + i * n] for name, values in course.outputs.items()}
            person = course.fracture_person - i * n
            mine = (person >= 0) & (person < n) & np.isin(person, good)
            fractures[plan] = (person[mine], course.fracture_site[mine], course.fracture_years[mine])
        return cls(course.time_years, outputs, fractures, len(bad))

    @property
    def plans(self) -> tuple[str, ...]:
        """Labels, treated first."""
        return tuple(self.outputs)

    def total(self, plan: str, stem: Literal["fractures", "expected_fractures"]) -> np.ndarray:
        """Fractures of all sites together [T, n]."""
        return sum((self.outputs[plan][f"{stem}_{site}"] for site in SITES), np.zeros(()))


@dataclass(frozen=True)
class Comparison:
    """The same person with and without treatment.

    ``chance`` holds courses of the usual such person, who differ in fate alone; ``unknown`` expected courses
    of people who share all that was told and differ in the rest.
    """

    person: Person
    plan: Plan
    """as it was given"""
    resolved: Plan
    """as it was run: rules that wait for the course carry the dates of the usual such person"""
    beside: Plan | None
    """of the course without treatment, if there is one"""
    years: float
    chance: Courses
    unknown: Courses | None
    after: Aftermath
    """what follows from the courses of ``chance``: healing, spine, reactions, rare harms"""
    notes: tuple[str, ...]
    manifest: dict[str, Any]

    def table(self, uncertainty: Literal["chance", "person"] = "chance") -> pl.DataFrame:
        """Every output over time: mean and 95 % range over fates, or over what is unknown of the person.

        Raises:
            InputError: another word, or ``"person"`` when the comparison was made with ``people=0``.
        """
        courses = self._courses(uncertainty)
        t = courses.time_years
        parts = []
        for plan, outputs in courses.outputs.items():
            for name, values in outputs.items():
                low, high = np.quantile(values, RANGE, axis=1, method=EXACT)
                parts.append(
                    pl.DataFrame(
                        {
                            "time_years": t,
                            "age_years": self.person.age + t,
                            "plan": plan,
                            "output": name,
                            "unit": UNITS[name],
                            "mean": values.mean(axis=1),
                            "low": low,
                            "high": high,
                        }
                    )
                )
        return pl.concat(parts)

    @property
    def fractures(self) -> pl.DataFrame:
        """Every fracture: draw, plan, site, time and age."""
        parts = []
        for plan, (draw, site, years) in self.chance.fractures.items():
            parts.append(
                pl.DataFrame(
                    {
                        "draw": draw,
                        "plan": np.full(draw.size, plan, object),
                        "site": np.array(SITES, object)[site],
                        "time_years": years,
                        "age_years": self.person.age + years,
                    },
                    schema={
                        "draw": pl.Int64,
                        "plan": pl.String,
                        "site": pl.String,
                        "time_years": pl.Float64,
                        "age_years": pl.Float64,
                    },
                )
            )
        return pl.concat(parts)

    @cached_property
    def _summary(self) -> dict[str, Any]:
        from brittlestar.comparison.rules import dates
        from brittlestar.comparison.summary import rows, sentences

        lines = rows(self)
        return {
            "schema": "brittlestar/comparison/1",
            "manifest": self.manifest,
            "person": {name: value for name, value in asdict(self.person).items() if value is not None},
            "plan": {
                "name": self.plan.name,
                "words": self.plan.in_words(),
                "sources": list(self.plan.sources),
                "resolved": self.resolved.in_words(),
                "untreated": self.beside.in_words() if self.beside else None,
                "doses": self.resolved.doses_in_words(self.years, self.person.age, self.person.sex),
                "doses_per_year": [
                    row._asdict()
                    for row in self.resolved.doses_per_year(self.years, self.person.age, self.person.sex)
                ],
                **dates(self.resolved, self.person, self.years),
            },
            "years": self.years,
            "draws": self.chance.outputs[TREATED]["ls_z"].shape[1],
            "failed": self.chance.failed + (self.unknown.failed if self.unknown else 0),
            "rows": lines,
            "sentences": sentences(lines, self.years),
            "notes": list(self.notes),
            "closing": CLOSING,
        }

    def __str__(self) -> str:
        found = self.summary()
        return "\n".join(
            [*found["sentences"], *(f"Note: {note}" for note in found["notes"]), found["closing"]]
        )

    def summary(self) -> dict[str, Any]:
        """Natural frequencies and changes, treated beside untreated over the same years, ready for JSON.

        Each of ``rows`` has ``id``, ``label``, ``unit`` and, for ``treated``, ``untreated`` and their
        ``difference``, the ``mean``, its ``simulation_error`` (one standard error, shrinks with draws), the
        95 % range by ``chance`` and by what is unknown of the ``person``. For counts of 100 people the range
        by chance is that of groups of 100; for the rest it is that of single people.

        ``plan`` holds its ``words``, those of the plan ``resolved`` with the dates of its rules and of the
        ``untreated`` course; ``stopped_years`` when drugs end (None: not in these years), ``held_years`` from
        and to when they are held (None: to the end).

        Rows with a ``kind`` (``harm`` or ``benefit``) follow from the same fates, out of 100 too; they have a
        ``note`` and no range by ``person``. Where a count leaves only a bound, ``mean`` is None, ``at_most``
        the bound and ``said`` its words.
        """
        return self._summary

    def save(self, path: str | PathLike[str], *, force: bool = False) -> Path:
        """Write ``course.csv``, ``fractures.csv``, ``summary.json`` and pictures, all or nothing.

        Raises:
            InputError: the place cannot be written to or holds other files.
        """
        with output_directory(path, force=force) as folder:
            kinds = ("chance", "person") if self.unknown else ("chance",)
            courses = [self.table(kind).with_columns(uncertainty=pl.lit(kind)) for kind in kinds]
            pl.concat(courses).write_csv(folder / "course.csv")
            self.fractures.write_csv(folder / "fractures.csv")
            text = json.dumps(self.summary(), indent=1, ensure_ascii=False, allow_nan=False)
            (folder / "summary.json").write_text(text + "\n", encoding="utf-8")
            self._draw(folder)
        return Path(path)

    def _draw(self, folder: Path) -> None:
        from brittlestar.charts.person import person_panels
        from brittlestar.charts.save import save_png
        from brittlestar.report import person_report

        kind = "person" if self.unknown else "chance"
        band = "people who share all that was told" if self.unknown else "fates of the usual such person"
        title = f"Band: 95 % of {band}. {NOTE.capitalize()}."
        course = self.table(kind)
        save_png(person_panels(course).properties(title=title), folder / "comparison.png")
        page = person_report(self.summary(), {"course": course, "fractures": self.fractures})
        (folder / "comparison.html").write_text(page, encoding="utf-8")

    def _courses(self, uncertainty: str) -> Courses:
        kinds = {"chance": self.chance, "person": self.unknown}
        if uncertainty not in kinds:
            raise InputError("uncertainty", uncertainty, nearest(uncertainty, kinds))
        courses = kinds[uncertainty]
        if courses is None:
            raise InputError("uncertainty", uncertainty, "accepted: 'chance'; the comparison has people=0")
        return courses
