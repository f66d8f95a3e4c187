"""The page's sheet of paper as PDF: person, plan, two pictures, harms, cautions, questions on one A4 page."""

import re
import textwrap
from collections.abc import Mapping
from datetime import date
from html import escape
from typing import Any

from brittlestar._shared.manifest import set_named
from brittlestar.comparison.lives import TREATED, UNTREATED
from brittlestar.comparison.result import Comparison
from brittlestar.outcomes import pooled_trials
from brittlestar.web.answer import no_trials
from brittlestar.web.catalogue import LANGUAGES, catalogue, local, rules

WIDE, HIGH, EDGE = 595, 842, 40
"""A4 in points, and its margins."""

MEASURED = ("height_cm", "weight_kg", "baseline_z", "fractures_last_2_years")
"""What a clinic tells of a person: printed as it was told."""

NONE, DRUG, QUIET, INK = "#6a6357", "#0a5a8c", "#56606a", "#17212b"


def pdf(result: Comparison, language: str = LANGUAGES[0]) -> bytes:
    """The sheet of a comparison.

    Args:
        result: with a course without treatment.
        language: one of ``catalogue.LANGUAGES``; labels of the density's picture and the plan stay English.
    """
    from brittlestar.charts.save import pdf_of  # what draws takes half a second to load

    return pdf_of(svg(result, language))


def svg(result: Comparison, language: str = LANGUAGES[0]) -> str:
    """The sheet as SVG."""
    from brittlestar import charts
    from brittlestar.web.pages import environment

    text, rows = catalogue(language), {row["id"]: row for row in result.summary()["rows"]}
    told = _told(result, rows, text, language)
    bone = environment().get_template("fields.html").module.bone()  # type: ignore[attr-defined]
    density = charts.svg(charts.each_person_panel(result.table())["density"])
    page = [
        _line(EDGE, 52, "brittlestar", 13, weight=700),
        _line(WIDE - EDGE, 52, text["sheet.badge"], 8.5, "end"),
    ]
    page.append(f'<path d="M{EDGE} 60H{WIDE - EDGE}" stroke="{INK}" stroke-width="1.5"/>')
    y = _block(page, told["say"], EDGE, 84, 16, 62, weight=700) + 6
    for name, value in told["meta"]:
        page.append(_line(EDGE, y, name, 10, fill=QUIET))
        y = _block(page, value, EDGE + 70, y, 10, 84, weight=600)
    y += 16
    page += [
        _line(EDGE, y, told["picture"], 11, weight=700),
        _line(310, y, text["sheet.density"], 11, weight=700),
    ]
    page.append(_rows(told, text, EDGE, y + 8))
    page.append(_placed(density, 306, y + 8, 250, 190))
    y += 228
    below = [y, y]
    page += [
        _line(EDGE, y, told["harms_title"], 11, weight=700),
        _line(310, y, text["sheet.cautions"], 11, weight=700),
    ]
    for label, value in told["harms"]:
        page.append(_line(285, below[0] + 15, value, 9, "end", weight=700))
        below[0] = _block(page, label[:1].upper() + label[1:], EDGE, below[0] + 15, 9, 44) - 11
    for line in told["cautions"]:
        below[1] = _block(page, f"• {line}", 310, below[1] + 15, 9, 56) - 11
    y = max(below) + 30
    page.append(_line(EDGE, y, text["sheet.questions"], 11, weight=700))
    for n in "1234":
        y += 15
        page.append(_line(EDGE, y, f"• {text[f'sheet.question{n}']}", 9.5))
    while (y := y + 22) < HIGH - 78:
        page.append(f'<path d="M{EDGE} {y}H{WIDE - EDGE}" stroke="{QUIET}" stroke-width=".6"/>')
    _block(page, told["foot"], EDGE, HIGH - 58, 7.5, 132, fill=QUIET)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="{WIDE}" '
        f'height="{HIGH}" viewBox="0 0 {WIDE} {HIGH}" font-family="Arial, sans-serif"><defs>{bone}</defs>'
        f'<rect width="{WIDE}" height="{HIGH}" fill="#fff"/>{"".join(page)}</svg>'
    )


def _told(
    result: Comparison, rows: Mapping[str, Any], text: Mapping[str, str], language: str
) -> dict[str, Any]:
    """What the sheet says, in the words of the page."""
    rule = rules()
    person, plan, years = result.person, result.resolved, result.years
    who = {"female": ("girl", "woman"), "male": ("boy", "man")}[str(person.sex)][
        person.age >= rule["adult_years"]
    ]
    many, cells, manifest = (
        text[f"who.{'women' if who == 'woman' else 'men' if who == 'man' else who + 's'}"],
        rows["fractures"],
        result.manifest,
    )
    u, m = (cells[key]["mean"] / years for key in (UNTREATED, TREATED))
    why, drugs = (
        no_trials(plan, person, years),
        " + ".join(text.get(f"drug.{one}", one) for one in plan.all_drugs),
    )
    of = 100 if 10 * u < rule["count_100_below"] else 10
    by = None if why else [of * u * factor for factor in pooled_trials.RATE_RATIO]
    bones = text["say.bone" if round(of * u) == 1 else "say.bones"].format(n=_some(of * u, text))
    parts = {"n": of, "people": many, "u": bones, "drug": drugs, "m": _some(of * m, text)}
    if not plan.all_drugs:
        say = text["say.none"].format(**parts)
    elif by:
        say = text["say.trials"].format(**parts, t=_some(by[0], text))
    else:
        say = text["say.model"].format(**parts, why=text[f"say.no_trials_{why}"])
    line = text["who.line_healthy" if person.oi_type == "healthy" else "who.line"].format(
        who=text[f"who.{who}"], age=_years(person.age, text, language), type=person.oi_type
    )
    measured = {name: getattr(person, name) for name in MEASURED if getattr(person, name) is not None}
    values = [
        text[f"who.{name}"].format(n=local(f"{value:g}", language).replace("-", "−"))
        for name, value in measured.items()
    ]
    span = _years(years, text, language)
    harms = [
        (text[f"row.{id}.label"], local(_count(rows[id][TREATED], text), language))
        for id in rule["harms_on_paper"]
        if _differs(rows.get(id))
    ][: rule["most_on_paper"]]
    v, low, high = (round(100 * x) for x in pooled_trials.RATE_RATIO)
    first = text["sheet.caution1"].format(v=v, low=low, high=high) if by else text["state.outside_body"]
    today = f"{date.today():%d %B %Y}" if language == LANGUAGES[0] else f"{date.today():%d.%m.%Y}"
    foot = text["sheet.foot"].format(
        date=today, version=manifest["version"], seed=manifest["seed"],
        parameters=set_named(manifest), n=result.lives[TREATED].question.people,
    )  # fmt: skip
    title = "sheet.harms" if len(harms) == rule["most_on_paper"] else "sheet.harms_some"
    nothing = text["harm.nothing" if plan.all_drugs else "harm.no_drug"]
    return {
        "say": say, "foot": f"{foot} {text['lang.draft_note']}".strip(),
        "picture": text["sheet.picture"].format(n=of, people=many),
        "meta": [
            (text["sheet.person"], text["sheet.invented"].format(line=", ".join([line, *values]))),
            (text["sheet.plan"], result.plan.in_words()),
            (text["sheet.beside"], text["sheet.beside_text"]),
        ],
        "groups": {
            side: tuple(of * end / years for end in cells[side]["population"])
            for side in (UNTREATED, TREATED)
        },
        "of": of, "people": many, "counts": (of * u, by, of * m if plan.all_drugs else None), "drug": drugs,
        "harms_title": text[title].format(people=many, years=span), "harms": harms or [(nothing, "")],
        "cautions": [first, text["sheet.caution2"], text["sheet.caution3"]],
    }  # fmt: skip


def _years(n: float, text: Mapping[str, str], language: str) -> str:
    own = {1: "ask.year", 0.5: "ask.half_year"}
    return text[own.get(n, "ask.years")].format(n=local(f"{n:g}", language))


def _some(x: float, text: Mapping[str, str]) -> str:
    return text["say.under"].format(n=1) if 0 < x < 0.5 else f"{x:.0f}"


def _differs(row: Mapping[str, Any] | None) -> bool:
    if row is None:
        return False
    return (
        row[TREATED].get("at_most") is not None
        or (row["difference"]["mean"] or 0.0) > rules()["seen_on_paper"]
    )


def _count(cell: Mapping[str, Any], text: Mapping[str, str]) -> str:
    if cell.get("at_most") is not None:
        return text["harm.at_most"].format(n=f"{cell['at_most']:.1f}")
    return _some(cell["mean"], text)


def _rows(told: Mapping[str, Any], text: Mapping[str, str], x: float, y: float) -> str:
    """Broken bones: without treatment, by trials, by the model."""
    (u, by, m), each = told["counts"], rules()["each_mark"]
    per = next(
        n
        for n in each
        if max(u, m or 0.0, by[2] if by else 0.0) / n <= rules()["most_marks"] or n == each[-1]
    )
    drug = told["drug"].capitalize()

    def groups(ends: tuple[float, float] | None) -> str:
        return (
            text["picture.groups"].format(low=_some(ends[0], text), high=_some(ends[1], text)) if ends else ""
        )

    shown = [(text["picture.untreated"], u, NONE, groups(told["groups"]["untreated"]))]
    if by:
        ends = text["picture.range"].format(low=_some(by[1], text), high=_some(by[2], text))
        shown.append(
            (text["picture.trials"].format(drug=drug), by[0], DRUG, f"{text['picture.guide']}, {ends}")
        )
    if m is not None:
        shown.append((text["picture.model"].format(drug=drug), m, DRUG, groups(told["groups"]["treated"])))
    parts = []
    for label, value, colour, below in shown:
        parts += [
            _line(x, y + 12, label, 9),
            _line(285, y + 12, _some(value, text), 11, "end", weight=700, fill=colour),
        ]
        for k in range(round(value / per)):
            parts.append(
                f'<use xlink:href="#bb" x="{x + 10 * k}" y="{y + 17}" width="9" height="18" fill="{colour}"/>'
            )
        parts.append(_line(x, y + 46, below, 8, fill=colour) if below else "")
        y += 62 if below else 48
    caption = "picture.caption" if per == 1 else "picture.caption_many"
    lines: list[str] = []
    said = text[caption].format(n=told["of"], people=told["people"], per=per)
    _block(lines, said, x, y + 8, 7.5, 62, fill=QUIET)
    return "".join([*parts, *lines])


def _placed(chart: str, x: float, y: float, wide: float, high: float) -> str:
    """A picture of its own within the page, fitted into a box."""
    size = re.search(r'width="([\d.]+)" height="([\d.]+)"', chart)
    assert size is not None
    inner = re.sub(r"^.*?<svg[^>]*>|</svg>\s*$", "", chart, flags=re.DOTALL)
    return (
        f'<svg x="{x}" y="{y}" width="{wide}" height="{high}" viewBox="0 0 {size[1]} {size[2]}" '
        f'preserveAspectRatio="xMinYMin meet">{inner}</svg>'
    )


def _line(
    x: float, y: float, text: str, size: float, anchor: str = "start", weight: int = 400, fill: str = INK
) -> str:
    return (
        f'<text x="{x}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" fill="{fill}" '
        f'text-anchor="{anchor}">{escape(text)}</text>'
    )


def _block(
    page: list[str],
    text: str,
    x: float,
    y: float,
    size: float,
    letters: int,
    weight: int = 400,
    fill: str = INK,
) -> float:
    """Text in lines of at most so many letters; gives where the next line stands."""
    for line in textwrap.wrap(text, letters):
        page.append(_line(x, y, line, size, weight=weight, fill=fill))
        y += 1.3 * size
    return y
