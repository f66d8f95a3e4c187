"""Where curves end, in words: for the title that says what a chart shows, and for who cannot see it."""

import polars as pl

from brittlestar._shared.words import FIRM, decimals, joined, number, with_interval
from brittlestar.charts.theme import in_order


def last_values(frame: pl.DataFrame, by: str, time: str) -> pl.DataFrame:
    """The last row of each arm or plan, those without the drug first."""
    order = in_order(frame[by].to_list())
    last = frame.sort(time).group_by(by, maintain_order=True).last()
    return pl.concat([last.filter(pl.col(by) == name) for name in order])


def versus(last: pl.DataFrame, by: str, unit: str | None = None, scale: float = 1.0) -> str:
    """One value per arm in a line: "risedronate 16.1 %; placebo 7.4 %", the arms with the drug first."""
    values = [scale * mean for mean in last["mean"]]
    places = decimals(values)
    said = [f"{arm}{FIRM}{number(value, places)}{joined(unit)}" for arm, value in zip(last[by], values)]
    return "; ".join(reversed(said))


def read_out(
    last: pl.DataFrame, by: str, unit: str | None = None, *, what: str = "95 % range", scale: float = 1.0
) -> str:
    """One clause per arm with its range, for the text summary."""
    clauses = []
    for row in last.to_dicts():
        mean, low, high = (
            None if row[name] is None else scale * row[name] for name in ("mean", "low", "high")
        )
        text = with_interval(mean, low, high).replace("(", f"({what} ")
        head, bracket, tail = text.partition(" (")
        clauses.append(f"{row[by]} {head}{joined(unit)}{bracket}{tail}")
    return "; ".join(clauses)
