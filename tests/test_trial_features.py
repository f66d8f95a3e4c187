"""Each thing that a protocol can say, through a prediction and through power: it answers, and acts."""

from functools import cache
from typing import Any

import numpy as np
import pytest

from brittlestar.engine import default_parameters
from brittlestar.evidence.prediction import predict as predict_module
from brittlestar.evidence.prediction.predict import predict
from brittlestar.trials.power.simulation import power_of
from brittlestar.trials.protocol import Protocol
from brittlestar.trials.protocol_files import load_protocol

DRUG = "zoledronate 0.05 mg/kg iv every 3 months"
ADULTS = {"randomised": 12, "age_years": [25, 40], "types": {"I": 1}, "source": "assumed"}
LOOKS = {"accrual_months": 6, "interim": {"endpoint": "x", "months": [8, 12]}}
WEIGHTS = "risedronate 0.5 mg/day below 20 kg, 1 mg/day below 40 kg, 5 mg/day above"
TO_MONTH_3 = {"months": [0, 3]}
HALVES = ("risedronate 5 mg/day for 3 months", "risedronate 5 mg/day from 3 months for 3 months")


def change(measure: str = "ls_abmd", **told: Any) -> dict[str, Any]:
    return {"kind": "pct_change", "measure": measure, "month": 6} | told


def value(measure: str, month: float = 6) -> dict[str, Any]:
    return {"kind": "value", "measure": measure, "month": month}


def marker(**told: Any) -> dict[str, Any]:
    return change("ctx") | told


def protocol(
    endpoint: dict[str, Any] | None = None,
    *,
    drug: str = DRUG,
    control: str | None = "no treatment",
    past: dict[str, Any] | None = None,
    people: dict[str, Any] | None = None,
    design: dict[str, Any] | None = None,
    visits: dict[str, Any] | None = None,
) -> Protocol:
    """Half a year of 12 children in one or two arms, with one endpoint."""
    arms: list[dict[str, Any]] = [{"id": "drug", "label": "Drug", "plan": drug}]
    if control is not None:
        other = {"id": "none", "label": "None", "control": True, "plan": control}
        arms.append(other | ({} if past is None else {"historical": past}))
    measured = (endpoint or change()).get("measure", "ls_abmd")
    # The machine code of a run goes by what it tells: these few lists are those of other tests.
    measures = [*load_protocol("poise").measures, "height_z"] if measured != "ls_abmd" else ["ls_abmd"]
    return Protocol(**{
        "id": "small", "title": "Small", "sources": ["assumed"],
        "population": {"randomised": 12, "age_years": [6, 12], "types": {"IV": 1}, "source": "assumed",
                       "history_years": 1} | (people or {}),
        "arms": arms,
        "design": {"years": 0.5} | (design or {}),
        "visits": [{"months": [0, 3, 6], "measures": measures} | (visits or {})],
        "endpoints": [{"id": "x", "label": "X"} | (endpoint or change())],
    })  # fmt: skip


def by_size(dose: str) -> Protocol:
    """Tablets by a rule of their own, beside tablets in mg by several weights."""
    return protocol(drug=f"risedronate {dose}", control=WEIGHTS)


FEATURES = {
    # name: protocol with it, the same without it, arm, how their means differ
    "crossover": (
        protocol(change(month=3, second_period=[3, 6]), drug=HALVES[0], control=HALVES[1]),
        protocol(change(month=3), drug=HALVES[0], control=HALVES[1]), "difference", "!=",
    ),
    "historical control": (protocol(value("ls_abmd"), past=ADULTS), protocol(value("ls_abmd")), "none", ">"),
    "before and after": (protocol(control=None), protocol(control=None, drug="no treatment"), "drug", ">"),
    "rate against the past": (
        protocol({"kind": "rate_ratio_before", "window": [0, 6]}, control=None, people={"types": {"III": 1}}),
        protocol({"kind": "fracture_rate", "window": [0, 6]}, people={"types": {"III": 1}}), "drug", "!=",
    ),
    "mean Z at entry": (
        protocol(value("ls_z", 0), people={"entry_mean": {"measure": "ls_z", "mean": -5.0}}),
        protocol(value("ls_z", 0), people={"entry_mean": {"measure": "ls_z", "mean": -2.5}}), "none", "<",
    ),
    "range of Z at entry": (
        protocol(value("ls_z", 0), people={"eligibility": {"ls_z": {"max": -3.0}}}),
        protocol(value("ls_z", 0), people={"eligibility": {"ls_z": {"min": -3.0}}}), "none", "<",
    ),
    "several weights": (protocol(drug=WEIGHTS, control=WEIGHTS), by_size("5 mg/day"), "drug", "<"),
    "cap on tablets": (by_size("0.5 mg/kg/day, max 1 mg"), by_size("0.5 mg/kg/day"), "drug", "<"),
    "least of tablets": (by_size("0.02 mg/kg/day, min 5 mg"), by_size("0.02 mg/kg/day"), "drug", ">"),
    "mg per m2": (by_size("5 mg/m2/day"), by_size("0.5 mg/m2/day"), "drug", ">"),
    "height Z": (protocol(value("height_z")), protocol(value("height_cm")), "none", "<"),
    "median": (protocol(change(statistic="median")), protocol(), "drug", "!="),
    "geometric mean": (protocol(marker(statistic="geometric_mean")), protocol(marker()), "none", "<"),
    "days after a dose": (
        protocol(marker(month=3), visits=TO_MONTH_3 | {"days_after_dose": 7}), protocol(marker(month=3)),
        "drug", "!=",
    ),
    "a window of days": (
        protocol(marker(month=3), visits=TO_MONTH_3 | {"before_dose": True, "window_days": [-14, 0]}),
        protocol(marker(month=3), visits=TO_MONTH_3 | {"before_dose": True}), "drug", "!=",
    ),
    "entry over months and a close": (
        protocol(design={"accrual_months": 3, "closes_month": 7.5}), protocol(), "drug", "!=",
    ),
    "interim looks": (protocol(design=LOOKS), protocol(design={"accrual_months": 6}), "drug", "!="),
}  # fmt: skip


@cache
def predicted(trial: str) -> dict[str, Any]:
    return predict(Protocol.model_validate_json(trial), sets=2, workers=1).to_dict()


def mean(trial: Protocol, arm: str) -> float:
    """As predicted; trials that say the same are run once."""
    (row,) = [row for row in predicted(trial.model_dump_json())["endpoints"] if row["arm"] == arm]
    return row["mean"]


@pytest.mark.parametrize("feature", FEATURES)
def test_a_feature_of_a_protocol_acts_in_a_prediction_and_has_power(
    feature: str, monkeypatch: pytest.MonkeyPatch
):
    # Rival laws are asked elsewhere: here each would only take its time.
    monkeypatch.setattr(predict_module, "rivals", dict)
    trial, without, arm, sign = FEATURES[feature]
    there, gone = mean(trial, arm), mean(without, arm)
    assert np.isfinite([there, gone]).all()
    assert {"!=": there != gone, "<": there < gone, ">": there > gone}[sign], (there, gone)
    found = power_of(trial, sizes=[12], replicates=100, people=30, parameters=[default_parameters()])
    rows = [row for row in (*found.power, *found.null) if row["test"] == "x"]
    assert len(rows) == 2 and all(0.0 <= row["share"] <= 1.0 for row in rows)
    assert all(row["without_answer"] < 1.0 for row in rows)
    told = {one["rule"] for one in predicted(trial.model_dump_json())["warnings"]}
    assert ("interim-looks" in told) == bool(found.interim) == (feature == "interim looks")
