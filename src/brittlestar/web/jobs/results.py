"""What a finished trial, or its power, shows on the page, and its files."""

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from brittlestar.report import page as report_page
from brittlestar.report import power as power_report
from brittlestar.report import trial as trial_report
from brittlestar.trials.protocol_texts import protocol_text
from brittlestar.web import pages
from brittlestar.web.catalogue import LANGUAGES
from brittlestar.web.downloads import cell_text
from brittlestar.web.jobs import kinds
from brittlestar.web.jobs.queue import Job
from brittlestar.web.narrow_charts import fitted, named
from brittlestar.web.requests import Trial
from brittlestar.web.speech import Speech, speech


def trial_result(job: Job, language: str = LANGUAGES[0]) -> dict[str, Any]:
    """A finished trial for the page, as HTML in a language of the page."""
    content, protocol = _content(job, "results.json"), kinds.asked_for(job.asked).read()
    content, say = _spoken(content, content["endpoints"], speech(language))
    view = trial_report.view(content, protocol.model_dump(mode="json"))
    entry = protocol.population.eligibility
    html = pages.part(
        "trial_result",
        say,
        title=view.title,
        manifest=view.manifest,
        tables=view.tables,
        figures=[fitted(named(figure), say) for group in view.draw().values() for figure in group],
        by_fractures=any("fractures" in rule for rule in (entry, *entry.get("any_of", ()))),
        regression=regression(job),
        id=job.id,
        **view.parts,
    )
    return {"html": {"result": html}}


def power_result(job: Job, language: str = LANGUAGES[0]) -> dict[str, Any]:
    """The power of a trial for the page, as HTML in a language of the page."""
    content = _content(job, "power.json")
    content, say = _spoken(content, content["power"], speech(language))
    view = power_report.view(content)
    html = pages.part(
        "power_result",
        say,
        manifest=view.manifest,
        tables=view.tables,
        figures=[fitted(figure, say) for figure in view.draw()["power"]],
        id=job.id,
        **view.parts,
    )
    return {"html": {"result": html}}


def designs_result(found: Sequence[Job], language: str = LANGUAGES[0]) -> dict[str, Any]:
    """The power of two or three designs side by side, as HTML in a language of the page."""
    contents, say = [], speech(language)
    for job in found:
        content = _content(job, "power.json")
        content, say = _spoken(content, content["power"], say)
        contents.append(content)
    titles = [content["trial"]["title"] for content in contents]
    names = (
        title if titles.count(title) == 1 else f"{title} ({titles[:k].count(title) + 1})"
        for k, title in enumerate(titles)
    )
    designs = {say(name): content for name, content in zip(names, contents, strict=True)}
    say = say.naming(designs)
    table, figures = power_report.side_by_side(designs)
    drawn = [fitted(figure, say) for figure in figures]
    part = pages.part("designs_result", say, table=table, figures=drawn)
    return {"html": {"designs": part}}


def _spoken(content: Any, rows: Sequence[Mapping[str, Any]], say: Speech) -> tuple[Any, Speech]:
    """What was found with its endpoints as ``say`` speaks, and who knows their names and those of the arms.

    Charts break names into lines, and so need them before they are drawn; of arms they know by the English
    name which go without the drug.
    """
    if say.language == LANGUAGES[0]:
        return content, say
    labels = {row["label"]: say(row["label"]) for row in rows}
    trial = content["trial"]
    arms = [name for arm in trial["arms"] for name in (arm["id"], arm["label"])]
    return _renamed(content, labels), say.naming([trial["title"], *arms, *labels, *labels.values()])


def _renamed(found: Any, labels: Mapping[str, str]) -> Any:
    if isinstance(found, list):
        return [_renamed(one, labels) for one in found]
    if not isinstance(found, dict):
        return found
    return {
        key: labels.get(one, one) if key == "label" and isinstance(one, str) else
        one if key == "arms" else _renamed(one, labels)
        for key, one in found.items()
    }  # fmt: skip


def power_file(job: Job, kind: str) -> tuple[str, str]:
    """The power of a trial as text and its type."""
    text = _text(job, "power.json")
    if kind == "json":
        return text, "application/json"
    content = json.loads(text)
    if kind == "html":
        return report_page.html(power_report.view(content)), "text/html"
    if kind == "toml":
        asked = kinds.asked_for(job.asked)
        run = f"power FILE --draws 1 --replicates {kinds.POWER_REPLICATES} --seed {asked.seed}"
        return _protocol(asked, run), "application/toml"
    columns = ("contrast", "label", "months", "size", "share", "se", "limit", "trials", "without_answer")
    return _csv(columns, (map(row.get, columns) for row in content["power"])), "text/csv"


def trial_file(job: Job, kind: str) -> tuple[str, str]:
    """A finished trial as text and its type."""
    whole = {"json": ("results.json", "application/json"), "html": ("report.html", "text/html")}
    if kind in whole:
        name, media = whole[kind]
        return _text(job, name), media
    asked = kinds.asked_for(job.asked)
    if kind == "toml":
        run = f"trial FILE --replicates {asked.replicates} --seed {asked.seed}"
        return _protocol(asked, run), "application/toml"
    rows = (
        (
            *(e[key] for key in ("label", "arm", "time_months", "unit")),
            *(e["simulated"][key] for key in ("mean", "low", "high")),
            *(e["monte_carlo_se"], e["pooled"]["value"], e["replicates"], e["replicates_without_answer"]),
            e["verdict"],
        )
        for e in _content(job, "results.json")["endpoints"]
    )
    return _csv(_COLUMNS, rows), "text/csv"


_COLUMNS = ("endpoint", "arm", "month", "unit", "mean", "low", "high", "monte_carlo_se",
            "all_people_together", "replicates", "replicates_without_answer", "verdict")  # fmt: skip


def _csv(columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([cell_text(x) if isinstance(x, str) else x for x in row] for row in rows)
    return out.getvalue()


def regression(job: Job) -> dict[str, float] | None:
    """Fractures a year before entry and in the first year of people without the drug, as the run saw them."""
    folder, protocol = kinds.finished(job.folder), kinds.asked_for(job.asked).read()
    patients, events = (pl.read_parquet(folder / f"{name}.parquet") for name in ("patients", "fractures"))
    if "screening_fractures" not in patients.columns:
        return None
    mine = patients.filter(pl.col("arm").cast(pl.String) == protocol.arms[protocol.control].id)
    keys = ["replicate", "person"]
    first = events.filter(pl.col("month") <= 12.0).join(mine.select(keys), on=keys, how="semi")
    followed = float(mine["followed_months"].clip(0.0, 12.0).sum()) / 12.0
    if followed <= 0:
        return None
    before = float(mine["screening_fractures"].sum()) / len(mine) / protocol.population.history_years
    return {"before": before, "after": len(first) / followed}


def _protocol(asked: Trial, run: str) -> str:
    """The protocol that was asked for as TOML, which the command line runs again."""
    text = asked.text if asked.text.strip() else protocol_text(asked.protocol)[0]
    if asked.randomised is not None:
        text = re.sub(r"(?m)^randomised\s*=.*$", f"randomised = {asked.randomised}", text, count=1)
    return f"# Run again: brittlestar {run}\n{text}"


def _text(job: Job, name: str) -> str:
    return (kinds.finished(job.folder) / name).read_text(encoding="utf-8")


def _content(job: Job, name: str) -> dict[str, Any]:
    return json.loads(_text(job, name))
