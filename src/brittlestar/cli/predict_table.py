"""How a prediction looks in a terminal."""

from typing import TYPE_CHECKING, Any

from brittlestar._shared.table import Column, Table
from brittlestar._shared.trial_words import beside, together
from brittlestar.cli.tables import about_trials, arms, in_trials, number, warned, with_range
from brittlestar.cli.terminal import end, say

if TYPE_CHECKING:
    from brittlestar.evidence.prediction.predict import Prediction
    from brittlestar.evidence.prediction.validation import Validation

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


def validation(found: "Validation") -> None:
    """Predicted beside found for the studies that were kept, then how the forecasts did."""
    yes = {True: "yes", False: "no"}
    rows = Table.of(
        "result", Column("found", right=True), Column("predicted (90 %)", right=True),
        Column("inside 50", rank=2, comfort=0), Column("inside 90", comfort=0),
        Column("no effect", right=True, rank=3), Column("same route", right=True, rank=3),
    )  # fmt: skip
    for row in found.rows:
        model, none, same = (row["forecasts"][name] for name in ("model", "no effect", "same route"))
        predicted = with_range(model["mean"], *model["interval_90"])
        inside = (yes[bool(model[f"inside_{level}"])] for level in (50, 90))
        others = (number(one["mean"]) for one in (none, same))
        rows.row(row["label"], number(row["found"]), predicted, *inside, *others)
    forecasts = Table.of("forecast", *(Column(head, right=True) for head in (
        "inside 50 %", "inside 90 %", "mean absolute error", "CRPS")))  # fmt: skip
    for name, s in found.summary().items():
        counts = (f"{s[part]:.0f} of {s['results']:.0f}" for part in ("inside_50", "inside_90"))
        forecasts.row(name, *counts, number(s["mean_absolute_error"]), number(s["crps"]))
    say(rows, "", forecasts, "Errors in units of the SD of sampling and between trials.")
    say(*(f"{one['label']}: predicted {number(one['predicted'])}." for one in found.directions), "")
    built = Table.of(
        Column("study", whole=True), "result", Column("found", right=True), Column("model", right=True),
        Column("why it is not counted", rank=1),
        title="Used in building the model, or of people whose types are not known: not counted",
    )  # fmt: skip
    for row in found.built:
        low, high = map(number, row["model"])
        built.row(row["study"], f"{row['label']}, {row['unit']}", number(row["found"]),
                  low if low == high else f"{low} to {high}", row["why_not_counted"])  # fmt: skip
    say(built, "", *(f"{study}: {why}." for study, why in found.left_out.items()))
    end("")


def _range(ends: list[Any]) -> str:
    low, high = ends
    if low is not None and low == high:
        return "none seen"
    return "not given" if low is None or high is None else f"{number(low)} to {number(high)}"


def _error(error: float | None) -> str:
    return "" if error is None else f" ± {error:.2g}"
