"""How power looks in a terminal."""

from collections.abc import Iterable, Iterator
from typing import Any

from brittlestar._shared.table import Column, Table
from brittlestar._shared.trial_words import share_of_trials, without_test
from brittlestar.cli.tables import arms, number, warned
from brittlestar.cli.terminal import end, say


def _share(row: dict[str, Any]) -> str:
    """In per cent with its Monte Carlo error; none or all of the trials as a limit."""
    if row.get("limit") is not None:
        return share_of_trials(row).removesuffix(" %")
    return f"{100 * row['share']:.1f} ± {100 * row['se']:.1f}"


def power(content: dict[str, Any], out: str | None, took: str) -> None:
    """Power by size, people needed, type I error, entry rules and dropout."""
    trial = content["trial"]
    say(trial["title"], f"Power in % (± Monte Carlo standard error) under {content['basis']}", "")
    sizes = list(dict.fromkeys(row["size"] for row in content["power"]))
    table = Table.of(*_TEST, Column("months", right=True),
                     *(Column(f"{size} people", right=True) for size in sizes),
                     Column("for 80 %", rank=1), Column("for 90 %", rank=2))  # fmt: skip
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in content["power"]:
        groups.setdefault((row["contrast"], row["label"], row["months"], row["test"]), []).append(row)
    needed = {(r["contrast"], r["test"], r["months"], r["power"]): r["said"] for r in content["sizes"]}
    for (contrast, label, months, test), rows in groups.items():
        people = (needed[contrast, test, months, wanted] for wanted in (0.8, 0.9))
        table.row(label, contrast, f"{months:g}", *map(_share, rows), *people, notes=_no_test(rows))
    say(
        table,
        "Of turnover and calcium an effect in either direction counts, of others one to the treated's good.",
    )
    say("", *_durations(content["durations"]), *_null(content["null"]))
    entry = Table.of(
        "entry rule",
        *(Column(head, right=True) for head in ("meet it", "rate before", "on study", "on/before")),
        Column("over everybody's", right=True, rank=1),
        title="Entry rules: fractures a year before entry and of controls in year 1",
    )  # fmt: skip
    for row in content["entry"]:
        rates = (
            row[k] for k in ("rate_before_per_year", "rate_on_study_per_year", "ratio", "ratio_to_everybody")
        )
        entry.row(row["rule"], f"{100 * row['eligible_share']:.0f} %", *map(number, rates))
    labels = {row["test"]: row["label"] for row in content["power"]}
    under = Table.of("power in %", *(Column(row["rule"], right=True) for row in content["entry"]),
                     title="Power under each entry rule, each endpoint at its last month")  # fmt: skip
    for test in dict.fromkeys(test for row in content["entry"] for test in row["power"]):
        powers = (_share(row["power"][test]) if test in row["power"] else "-" for row in content["entry"])
        under.row(labels[test], *powers)
    rates = sorted({row["per_year"] for row in content["dropout"]})
    left = Table.of("test", *(Column(f"{rate:g} a year", right=True) for rate in rates),
                    title="Power by rate of leaving")  # fmt: skip
    for key in dict.fromkeys((r["contrast"], r["test"]) for r in content["dropout"]):
        mine = {r["per_year"]: r for r in content["dropout"] if (r["contrast"], r["test"]) == key}
        left.row(mine[rates[0]]["label"], *(_share(mine[rate]) for rate in rates))
    say(entry, "", under, "", left, *_ratio(content), *arms(trial["arms"]), *warned(content["warnings"]))
    end("", took, *([f"Written to {out}"] if out else []))


def _no_test(rows: Iterable[dict[str, Any]]) -> tuple[str, ...]:
    worst = max(rows, key=lambda row: row.get("without_answer", 0.0))
    if not worst.get("without_answer"):
        return ()
    return (
        f"{without_test(worst)} of the trials of {worst['size']} people allow no test: they find nothing",
    )


def _ratio(content: dict[str, Any]) -> Iterator[str]:
    """The fracture ratio that the power of fractures rests on, and what pooled trials found."""
    from brittlestar.report.power import model_ratio

    yield ""
    for label, value in model_ratio(content):
        yield f"{label}: {value}"


_TEST = (Column("test", over=True), Column("against control", over=True))


def _durations(rows: list[dict[str, Any]]) -> Iterator[Table | str]:
    sizes = list(dict.fromkeys(row["size"] for row in rows))
    for wanted in dict.fromkeys(row["power"] for row in rows):
        title = f"Months until power is {100 * wanted:.0f} %: the shortest trial simulated"
        table = Table.of(*_TEST, *(f"{size} people" for size in sizes), title=title)
        mine = [row for row in rows if row["power"] == wanted]
        for contrast, label in dict.fromkeys((row["contrast"], row["label"]) for row in mine):
            said = (row["said"] for row in mine if (row["contrast"], row["label"]) == (contrast, label))
            table.row(label, contrast, *said)
        yield from (table, "")


def _null(rows: list[dict[str, Any]]) -> Iterator[Table | str]:
    table = Table.of("test", *(Column(head, right=True) for head in ("months", "people", "type I error, %")),
                     title="Control against control")  # fmt: skip
    for row in rows:
        table.row(row["label"], f"{row['months']:g}", row["size"], _share(row), notes=_no_test([row]))
    yield from (table, "")


def check(content: dict[str, Any], out: str | None, took: str) -> None:
    """The analysis against theory, then the simulator's own null trials."""
    table = Table.of("check", *(Column(head, right=True) for head in ("found", "expected", "Monte-Carlo SE")),
                     Column("accepted", rank=1), Column("verdict", whole=True))  # fmt: skip
    for row in content["checks"]:
        numbers = (f"{row[name]:.4f}" for name in ("value", "expected", "monte_carlo_se"))
        table.row(row["label"], *numbers, row["accepted"], row["status"])
    replicates, seed = content["checks"][0]["replicates"], content["checks"][0]["seed"]
    say(table, f"{replicates} simulated trials each, seed {seed}.", "", content["trial"]["title"])
    say(*_null(content["null"]))
    end(took, *([f"Written to {out}"] if out else []))
