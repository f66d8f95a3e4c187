"""Power of a trial of one arm, whose people's past is its control; and interim looks on its page."""

from functools import cache
from typing import Any

import pytest

from brittlestar._shared.errors import InputError
from brittlestar.report.page import html
from brittlestar.report.power import view
from brittlestar.trials.power.endpoints import comparisons, endpoints, without_effect
from brittlestar.trials.power.result import PowerResult
from brittlestar.trials.power.simulation import null_rows, power_of
from brittlestar.trials.protocol import Protocol

VISITS = [{"months": [0, 12], "measures": ["ls_abmd"]}]
DENSITY = {"id": "density", "label": "Density", "kind": "pct_change", "measure": "ls_abmd", "month": 12}
PAST = {"id": "past", "label": "Over the year before", "kind": "rate_ratio_before", "window": [0, 12]}
RATE = {"id": "rate", "label": "Rate", "kind": "fracture_rate", "window": [0, 12]}


def protocol(*endpoints: dict[str, Any], rules: dict[str, Any] | None = None) -> Protocol:
    return Protocol(**{
        "id": "alone", "title": "One arm", "sources": ["assumed"],
        "population": {"randomised": 40, "age_years": [6, 12], "types": {"I": 1}, "source": "assumed",
                       "history_years": 1, "eligibility": rules or {}},
        "arms": [{"id": "drug", "label": "Drug", "plan": "zoledronate 0.05 mg/kg iv every 6 months"}],
        "design": {"years": 1},
        "visits": VISITS,
        "endpoints": list(endpoints),
    })  # fmt: skip


@cache
def result() -> PowerResult:
    chosen = protocol(DENSITY, PAST, RATE, rules={"fractures": {"min": 2}})
    return power_of(chosen, sizes=[20], replicates=200, people=80)


def test_an_arm_alone_is_asked_what_it_can_be_tested_by():
    alone = protocol(DENSITY, PAST, RATE, DENSITY | {"id": "median", "statistic": "median"})
    assert [e.id for e in endpoints(alone)] == ["density", "past"]
    assert comparisons(alone) == [((0,), "drug")]
    assert without_effect(alone).arms[0].plan == "no treatment"


def test_a_trial_of_one_arm_finds_what_growth_and_bad_luck_do():
    """Two fractures in the year before were partly bad luck: fewer follow, also where nobody is treated."""
    found = result()
    assert {row["size"] for row in found.power} == {20, 40} and not found.entry and not found.counts
    power = {(row["test"], row["size"]): row["share"] for row in found.power}
    null = {row["test"]: row["share"] for row in found.null}
    assert power["density", 40] > 0.9 and power["past", 40] >= power["past", 20]
    assert null["past"] > 0.3
    assert {row["contrast"] for row in found.power} == {"drug"}


def test_its_page_says_what_nothing_would_find():
    content = result().to_dict()
    page = html(view(content))
    assert "Nobody treated" in page and "Both arms are controls" not in page
    assert "Entry rules and regression" not in page and "The formula" not in page
    printed = " ".join(str(part) for part in view(content).printed)
    assert "Nobody treated" in printed and "Entry rules" not in printed


def test_an_arm_alone_with_nothing_to_test_names_both_places():
    with pytest.raises(InputError, match=r"alone: arms, endpoints\.kind"):
        power_of(protocol(RATE))
    with pytest.raises(InputError, match="randomised to two arms"):
        null_rows(protocol(DENSITY), 100, 1)


def test_interim_looks_stand_on_the_page():
    look = {"month": 12.0, "information": 0.5, "z": 2.8, "stop_share": 0.25}
    row = {"test": "past", "label": "Recurrent fractures", "size": 40, "effect": True,
           "boundary": "obrien_fleming", "looks": [look, look | {"month": 24.0, "z": 1.98}],
           "expected_look": 1.75, "expected_month": 21.0, "expected_people": 38.5, "share": 0.6, "se": 0.02,
           "limit": None}  # fmt: skip
    content = result().to_dict()
    page = html(view(content | {"interim": [row, row | {"effect": False, "share": 0.05}]}))
    for words in ("Interim looks", "12, 0.50, 2.80, 25 %", "look 1.8, month 21.0", "none: type I error"):
        assert words in page
    assert "Interim looks" not in html(view(content))
