"""What a comparison found, as tables, natural frequencies and files."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from brittlestar._shared.at_a_glance import Glance
from brittlestar._shared.errors import InputError, nearest
from brittlestar._shared.manifest import CLOSING, NOTE, made_with
from brittlestar._shared.of_100 import RANGE
from brittlestar._shared.result_files import Content, save_result, with_pictures
from brittlestar._shared.table import Column, Table, number
from brittlestar._shared.tabled import Tabled
from brittlestar.care import Plan
from brittlestar.care.withheld import withheld
from brittlestar.comparison import plasma, science
from brittlestar.comparison.dating import dates
from brittlestar.comparison.lives import TREATED, UNTREATED, Lives
from brittlestar.comparison.over_people import effective
from brittlestar.comparison.summary import in_trials, rows, sentences
from brittlestar.engine import UNITS, Parameters
from brittlestar.outcomes.fracture import SITES
from brittlestar.people.person import Person
from brittlestar.report import page, person

AT_A_GLANCE = ("with_fracture", "with_vertebral_fracture", "fractures", "ls_z_end", "pain_end", "height_end")
"""Rows of the summary that stand in a short view."""

TOTAL = "expected_fractures"
"""Expected fractures of all sites together."""


@dataclass(frozen=True, repr=False)
class Comparison(Tabled):
    """The same people with and without treatment: they share all that was told and differ in the rest."""

    axes = ("plan", "output", "time_years")

    person: Person
    plan: Plan
    """as it was given"""
    resolved: Plan
    """as it was run: rules that wait for the course carry the dates of the usual such person"""
    beside: Plan | None
    """of the course without treatment, if there is one"""
    years: float
    lives: dict[str, Lives]
    """by label, treated first; column k is the same person under both"""
    notes: tuple[str, ...]
    manifest: dict[str, Any]
    sets: Callable[[], Sequence[Parameters]] = tuple
    """parameter sets that the science leaves open, made when the summary is asked for"""

    def table(self) -> pl.DataFrame:
        """Every output by month: mean and 95 % range over people, each with luck of their own.

        Outputs that are :func:`~brittlestar.care.withheld.withheld` under a plan have no rows of it.
        """
        parts = []
        for plan, lives in self.lives.items():
            monthly = slice(None, None, lives.question.grid.per_month)
            t, silent = lives.course.time_years[monthly], withheld(lives.plan)
            for name, values in (lives.course.outputs | {TOTAL: lives.expected_fractures()}).items():
                if name in silent:
                    continue
                people = lives.question.over_people(values[monthly])
                low, high = people.quantile(RANGE)
                parts.append(
                    pl.DataFrame(
                        {
                            "time_years": t,
                            "age_years": self.person.age + t,
                            "plan": plan,
                            "output": name,
                            "unit": UNITS.get(name, "count"),
                            "mean": people.mean(),
                            "low": low,
                            "high": high,
                        }
                    )
                )
        return pl.concat(parts)

    @property
    def fractures(self) -> pl.DataFrame:
        """Every fracture: draw, plan, site, time and age; each draw's weight where people are weighed."""
        parts = []
        for plan, lives in self.lives.items():
            c = lives.course
            parts.append(
                pl.DataFrame(
                    {
                        "draw": c.fracture_person,
                        "plan": np.full(c.fracture_person.size, plan, object),
                        "site": np.array(SITES, object)[c.fracture_site],
                        "time_years": c.fracture_years,
                        "age_years": self.person.age + c.fracture_years,
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
        found, weight = pl.concat(parts), self.lives[TREATED].question.weight
        return found if weight is None else found.with_columns(weight=weight[found["draw"].to_numpy()])

    def plot(self, panel: str | None = None) -> Any:
        """Density, turnover, drug, strength, fractures, pain and height, with and without the plan (Altair).

        Args:
            panel: one of them alone: ``density``, ``z``, ``turnover``, ``drug_surface``, ``drug_buried``,
                ``strength_spine``, ``strength_limb``, ``expected_fractures``, ``pain`` or ``height``.

        Raises:
            InputError: no such panel.

        Example:
            ``compare(...).plot("z").save("z.svg")``
        """
        from brittlestar.charts import each_person_panel, grid  # what draws takes half a second to load

        panels = each_person_panel(self.table())
        if panel is None:
            return grid(panels.values())
        if panel not in panels:
            raise InputError("panel", panel, nearest(panel, panels))
        return panels[panel]

    def _glance(self) -> Glance:
        found = self.summary()
        plans = [name for name in (TREATED, UNTREATED, "difference") if name in found["rows"][0]]
        heads = {TREATED: "with the plan", UNTREATED: "without", "difference": "difference"}
        table = Table.of("", *(Column(heads[name], right=True) for name in plans))
        by_id = {row["id"]: row for row in found["rows"]}
        for id in AT_A_GLANCE:
            if id in by_id:
                row = by_id[id]
                table.row(
                    f"{row['label']}, {row['unit']}",
                    *(number(row[name]["mean"], row["unit"]) for name in plans),
                )
        over = f"{self.years:g} {'year' if self.years == 1 else 'years'}"
        who = f"{self.person.sex}, {self.person.age:g} years, {self.person.oi_type}; {over}"
        trials = (found["in_trials"]["words"],) if found["in_trials"] else ()
        notes = (*trials, ".plot(), .table(), .fractures, .summary()")
        return Glance(f"{who}: {self.plan.in_words()}", table, notes)

    def _picture(self) -> str:
        from brittlestar.charts import each_person_panel, svg

        return svg(each_person_panel(self.table())["expected_fractures"])

    @cached_property
    def plasma(self) -> pl.DataFrame:
        """Highest plasma concentration of each infusion; columns as in ``comparison.plasma.SCHEMA``."""
        return plasma.table(self.lives)

    def _science(self) -> tuple[dict[str, science.Under], dict[str, science.Under]]:
        """Means under every set and with every switch; none without a course to compare with."""
        if UNTREATED not in self.lives:
            return {}, {}
        plans = {label: one.plan for label, one in self.lives.items()}
        return science.open_science(self.lives[TREATED].question, plans, self.sets())

    @cached_property
    def _summary(self) -> dict[str, Any]:
        question = self.lives[TREATED].question
        under, off = self._science()
        lines = rows(self.lives, under)
        without = science.sensitivity(off, UNTREATED) if off and self.plan.all_drugs else []
        trials, drug = in_trials(lines) if self.plan.drugs else None, bool(self.plan.all_drugs)
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
            "draws": question.people,
            "effective_draws": effective(question.weight, question.people),
            "rows": lines,
            "sensitivity": without,
            "in_trials": trials,
            "plasma": self.plasma.to_dicts(),
            "sentences": sentences(lines, self.years, trials, drug=drug, without=without),
            "notes": list(self.notes),
            "closing": CLOSING,
        }

    def __str__(self) -> str:
        found = self.summary()
        return "\n".join(
            [
                *found["sentences"],
                *(f"Note: {note}" for note in found["notes"]),
                *made_with(self.manifest),
                found["closing"],
            ]
        )

    def summary(self) -> dict[str, Any]:
        """Natural frequencies and changes, treated beside untreated over the same years, ready for JSON.

        Each of ``rows`` has ``id``, ``label``, ``unit`` and, for ``treated``, ``untreated`` and their
        ``difference``, the ``mean`` over people who share all that was told and differ in the rest, its
        ``simulation_error`` (one standard error, shrinks with draws), the 95 % range between such people
        (``person``) and of groups of 100 of them (``chance``: of how many, or of the group's mean); see
        :mod:`brittlestar.comparison.estimate`.

        ``effective_draws`` says for how many people drawn at random those of ``draws`` stand: all, unless a
        Z-score or fractures were told, which weigh them.

        Where there is a course to compare with, a ``difference`` has ``science``: what 9 of 10 parameter
        sets, laws and populations leave open of it; and fractures have ``population``: without treatment as
        cohorts differ in how often bones break, with treatment as laws and trials differ where so many break
        without it as is told. See :mod:`brittlestar.comparison.science`.

        ``sensitivity`` has how far fractures move where a channel of the effect of a drug did nothing.

        ``plan`` holds its ``words``, those of the plan ``resolved`` with the dates of its rules and of the
        ``untreated`` course; ``stopped_years`` when drugs end (None: not in these years), ``held_years`` from
        and to when they are held (None: to the end).

        ``plasma`` has the highest concentration of each infusion (nmol/L with its 95 % range over people,
        ng/mL) and its length in hours, on which bone does not depend.

        ``in_trials`` is the ratio of fractures here beside that of pooled trials (None without a drug).

        Rows with a ``kind`` (``harm`` or ``benefit``) follow from the same lives, out of 100 too; they have a
        ``note`` and no range by ``person``. Where a count leaves only a bound, ``mean`` is None, ``at_most``
        the bound and ``said`` its words.
        """
        return self._summary

    def save(self, path: str | PathLike[str], *, force: bool = False) -> Path:
        """Write tables (course, fractures, plasma), ``summary.json`` and pictures, all or nothing.

        Raises:
            InputError: the place cannot be written to or holds other files.
        """
        band = "people who share all that was told; they differ in the rest and in luck"
        title = f"Band: 95 % of {band}. {NOTE.capitalize()}."
        course, fractures = self.table(), self.fractures
        frames = {"course": course, "fractures": fractures}

        def pictures() -> dict[str, Content]:
            from brittlestar.charts.person import each_person_panel
            from brittlestar.charts.save import png_ahead
            from brittlestar.charts.theme import grid_spec

            panels = each_person_panel(course)
            drawn = png_ahead(grid_spec(panels.values(), title))  # while the summary is worked out
            return {
                "comparison.png": drawn,
                "comparison.html": page.html(person.view(self.summary(), frames, panels)),
            }

        drawings = with_pictures({}, pictures)
        files: dict[str, Content] = {
            "course.csv": course.write_csv,
            "fractures.csv": fractures.write_csv,
            "plasma.csv": self.plasma.write_csv,
            "summary.json": self.summary(),
        }
        return save_result(path, files | drawings, force=force)
