"""A visit on the day of a dose comes before it, whatever other visits there are."""

import numpy as np
import pytest

from brittlestar.engine import default_parameters
from brittlestar.trials.conduct import conduct, output_days
from brittlestar.trials.protocol import Protocol
from brittlestar.trials.protocol_parts import DAYS_PER_MONTH


def protocol(plan: str, *months: float, years: float = 2.0) -> Protocol:
    """Forty children, half of them on a plan, with markers at these months."""
    return Protocol.model_validate(
        {
            "id": "markers",
            "title": "Markers",
            "sources": ["assumed"],
            "population": {"randomised": 40, "age_years": [6, 12], "types": {"I": 1}, "source": "assumed"},
            "arms": [
                {"id": "drug", "label": "Drug", "plan": plan},
                {"id": "none", "label": "None", "control": True, "plan": "no treatment"},
            ],
            "design": {"years": years},
            "visits": [{"months": [0, *months], "measures": ["untx"]}],
            "endpoints": [
                {"id": "end", "label": "NTX", "kind": "pct_change", "measure": "untx", "month": months[-1]}
            ],
        }
    )


def change(p: Protocol) -> float:
    """Mean change of the marker under the drug, one trial."""
    kept = conduct(p, np.arange(1), 1, default_parameters(), people=False).kept
    return float(kept.estimates[0]["drug"].value[0])


def test_the_day_of_a_dose_is_before_it_whatever_other_visits_there_are():
    plan = "zoledronate 0.05 mg/kg iv every 8 months"
    alone, company = change(protocol(plan, 8)), change(protocol(plan, 0.5, 3, 8))
    # As if the second dose were never given.
    once = change(protocol("zoledronate 0.05 mg/kg iv once", 8))
    assert alone == pytest.approx(once, abs=0.1)
    assert company == pytest.approx(alone, abs=0.1)
    # Half a month after the dose much less is resorbed than on its day.
    assert change(protocol(plan, 8, 8.5)) < alone - 15.0


def test_a_dose_due_at_the_visit_that_comes_a_little_earlier_waits_for_it():
    # 13 weeks are 91 days, a quarter of a year 91.3: one and the same visit to the clinic.
    days = protocol("zoledronate 0.0125 mg/kg iv every 13 weeks", 3, 6, 12).visit_days["untx"]
    assert days == pytest.approx({0: 0.0, 3: 91.0, 6: 182.0, 12: 364.0})
    ninety = protocol("zoledronate 0.0125 mg/kg iv every 90 days", 3, 12).visit_days["untx"]
    assert ninety == pytest.approx({0: 0.0, 3: 90.0, 12: 360.0})
    # A dose a week earlier is another visit.
    other = protocol("zoledronate 0.0125 mg/kg iv every 12 weeks", 3).visit_days["untx"]
    assert other[3] == pytest.approx(3 * DAYS_PER_MONTH)


def test_every_visit_is_an_output_of_the_run():
    p = protocol("zoledronate 0.05 mg/kg iv every 6 months", 0.25, 6, 7.9)
    days = output_days(p)
    for day in list(p.visit_days["untx"].values())[1:]:
        assert np.abs(days - day).min() < 1e-6
    assert np.all(np.diff(days) > 1e-3)
