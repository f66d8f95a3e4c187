"""What lies between trials in density, Z and markers: everybody treated of one population is off alike.

Fractures are not among them: of a population that breaks more often, or gains less, everybody's own risk is
so many times as large (:class:`brittlestar.trials.power.pool.PopulationOffset`).
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from brittlestar.trials.endpoint import Endpoint
from brittlestar.trials.replicates import Trials
from brittlestar.trials.summary import unit

Shift = Callable[[Endpoint, str, float, float | None], float]
"""From an endpoint, the arm (the treated one of two), its mean (of two arms their contrast) and the mean of a
control that was followed earlier: what the population moves it by; on the scale of work, ln of a ratio."""


def moved(t: Trials, e: Endpoint, by: float) -> Trials:
    """The trials with an endpoint off by so much: in the treated, or in everybody of one arm.

    Values at its month and after it rise by ``by``, by so many per cent of the first value, or as a ratio by
    e^by; in a crossover those of control do from the end of the second period on, for they had the drug then.

    Args:
        t: trials of control (0) and treated (1), or of one arm.
        e: an endpoint of a measure.
        by: on the scale of work.
    """
    if not by or e.measure is None or e.month is None:
        return t
    months, values = t.months[e.measure], t.values[e.measure].copy()
    since = {int(t.arm.max()): e.month} | ({} if e.second_period is None else {0: e.second_period[1]})
    first = t.at(e.measure, e.from_month)
    for arm, month in since.items():
        who, late = t.arm == arm, months >= month - 1e-9
        for i in np.flatnonzero(late):
            if unit(e) == "ratio":
                values[i] = np.where(who, np.exp(by) * values[i], values[i])
            else:
                values[i] += np.where(who, by / 100.0 * first if e.kind == "pct_change" else by, 0.0)
    return replace(t, values=t.values | {e.measure: values})
