"""How a prediction looks in a terminal."""

from typing import TYPE_CHECKING, Any

from brittlestar._shared.table import Column, Table
from brittlestar._shared.trial_words import beside, together
from brittlestar.cli.show import about_trials, arms, in_trials, number, warned
from brittlestar.cli.terminal import end, say

if TYPE_CHECKING:
    from brittlestar.evidence.predict import Prediction

SOURCES = {
    "chance": "luck of the same people, and measurement",
    "people": "which people take part",
    "science": "numbers the data leave open, rival laws, spread between trials",
}


def prediction(result: "Prediction", lines: list[str]) -> None:
    """What lies beyond the evidence, then every endpoint with its intervals and what makes them wide."""
    if result.law is not None:
        say(f"Under one rival law alone: {result.law}.", "")
    if result.extrapolation:
        say("BEYOND THE CALIBRATION: the intervals below do not hold this risk.")
        say(*(f"  {flag['arm']}, {flag['what']}: {flag['words']}." for flag in result.extrapolation), "")
    rows = Table.of(
        Column("endpoint", over=True), Column("arm", whole=True), Column("month", right=True, over=True),
        Column("unit", over=True), *(Column(head, right=True) for head in ("mean", "50 %", "90 %")),
        *(Column(head, right=True, rank=1) for head in SOURCES),
        title="90 % interval of the whole, then of each source alone",
    )  # fmt: skip
    for row in result.endpoints:
        wide = (_range(row["alone"][name]["90"]) for name in SOURCES)
        rows.row(
            row["label"],
            row["arm"],
            f"{row['time_months']:g}",
            row["unit"],
            number(row["mean"]) + _error(row.get("monte_carlo_se")),
            _range(row["interval"]["50"]),
            _range(row["interval"]["90"]) + ("" if row["between_trials_known"] else " *"),
            *wide,
            notes=(beside(row, number(together(row)), "runs"),),
        )
        if row.get("fractures_in_trials"):
            rows.row(*in_trials(row), "", "", *("" for _ in SOURCES))
    say(rows, *arms(result.arms), *warned(result.warnings))
    told = about_trials(result.endpoints)
    told += [
        "Mean ± its Monte Carlo standard error.",
        *(f"{name}: {said}." for name, said in SOURCES.items()),
    ]
    if any(row["interval"]["90"][0] is None for row in result.endpoints):
        told.append("No interval is given where more than 5 % of the runs gave no answer.")
    if any(not row["between_trials_known"] for row in result.endpoints):
        told.append("* no spread between trials is known for such results: the interval is too narrow.")
    if result.ignored:
        told.append(f"{result.ignored} published results in the protocol were taken out and not read.")
    end("", *told, *lines)


def _range(ends: list[Any]) -> str:
    low, high = ends
    if low is not None and low == high:
        return "none seen"
    return "not given" if low is None or high is None else f"{number(low)} to {number(high)}"


def _error(error: float | None) -> str:
    return "" if error is None else f" ± {error:.2g}"
