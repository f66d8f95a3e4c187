"""How power looks in a terminal."""

from typing import Any

from rich.markup import escape

from brittlestar.cli.show import _console, _end, _end_free, _table, number


def _share(row: dict[str, Any]) -> str:
    return f"{100 * row['share']:.1f} ± {100 * row['se']:.1f}"


def power(content: dict[str, Any], out: str | None, took: str) -> None:
    """Power by size, people needed, type I error, entry rules and dropout."""
    console, trial = _console(), content["trial"]
    _end_free(console, trial["title"], f"Power in % (± standard error) under {content['basis']}", "")
    sizes = list(dict.fromkeys(row["size"] for row in content["power"]))
    table = _table("test", "against control", "months", *map(str, sizes), "for 80 %", "for 90 %",
                   right=("months", *map(str, sizes)))  # fmt: skip
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in content["power"]:
        groups.setdefault((row["contrast"], row["label"], row["months"], row["test"]), []).append(row)
    needed = {(r["contrast"], r["test"], r["months"], r["power"]): r["said"] for r in content["sizes"]}
    for (contrast, label, months, test), rows in groups.items():
        cells = (_share(row) for row in rows)
        people = (needed[contrast, test, months, wanted] for wanted in (0.8, 0.9))
        table.add_row(escape(label), escape(contrast), f"{months:g}", *cells, *people)
    console.print(table)
    _end_free(console, "")
    _durations(content["durations"])
    _null(content["null"])
    labels = {row["test"]: row["label"] for row in content["power"]}
    entry = _table("entry rule", "meet it", "rate before", "on study", "on/before", "over everybody's",
                   *(f"power %, {labels[test]}" for test in content["entry"][0]["power"]),
                   title="Entry rules: fractures a year before entry and of controls in year 1")  # fmt: skip
    for row in content["entry"]:
        rates = (
            row[k] for k in ("rate_before_per_year", "rate_on_study_per_year", "ratio", "ratio_to_everybody")
        )
        powers = (
            _share(row["power"][test]) if test in row["power"] else "-"
            for test in content["entry"][0]["power"]
        )
        entry.add_row(row["rule"], f"{100 * row['eligible_share']:.0f} %", *map(number, rates), *powers)
    console.print(entry)
    _end_free(console, "")
    rates = sorted({row["per_year"] for row in content["dropout"]})
    left = _table("test", *(f"{rate:g} a year" for rate in rates), title="Power by rate of leaving")
    for key in dict.fromkeys((r["contrast"], r["test"]) for r in content["dropout"]):
        mine = {r["per_year"]: r for r in content["dropout"] if (r["contrast"], r["test"]) == key}
        left.add_row(escape(mine[rates[0]]["label"]), *(_share(mine[rate]) for rate in rates))
    console.print(left)
    _end(console, "", took, *([f"Written to {out}"] if out else []))


def _durations(rows: list[dict[str, Any]]) -> None:
    console, sizes = _console(), list(dict.fromkeys(row["size"] for row in rows))
    for wanted in dict.fromkeys(row["power"] for row in rows):
        title = f"Months until power is {100 * wanted:.0f} %: the shortest trial simulated"
        table = _table("test", "against control", *(f"{size} people" for size in sizes), title=title)
        mine = [row for row in rows if row["power"] == wanted]
        for contrast, label in dict.fromkeys((row["contrast"], row["label"]) for row in mine):
            said = (row["said"] for row in mine if (row["contrast"], row["label"]) == (contrast, label))
            table.add_row(escape(label), escape(contrast), *said)
        console.print(table)
        _end_free(console, "")


def _null(rows: list[dict[str, Any]]) -> None:
    console = _console()
    table = _table("test", "months", "people", "type I error, %", right=("months", "people"),
                   title="Control against control")  # fmt: skip
    for row in rows:
        table.add_row(escape(row["label"]), f"{row['months']:g}", str(row["size"]), _share(row))
    console.print(table)
    _end_free(console, "")


def check(content: dict[str, Any], out: str | None, took: str) -> None:
    """The analysis against theory, then the simulator's own null trials."""
    console = _console()
    table = _table("check", "found", "expected", "Monte-Carlo SE", "accepted", "verdict")
    for row in content["checks"]:
        numbers = (f"{row[name]:.4f}" for name in ("value", "expected", "monte_carlo_se"))
        table.add_row(row["label"], *numbers, row["accepted"], row["status"])
    console.print(table)
    replicates, seed = content["checks"][0]["replicates"], content["checks"][0]["seed"]
    _end_free(console, f"{replicates} simulated trials each, seed {seed}.", "", content["trial"]["title"])
    _null(content["null"])
    _end(console, took, *([f"Written to {out}"] if out else []))
