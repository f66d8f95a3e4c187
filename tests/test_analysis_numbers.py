"""Analysis and summary of trials that can be counted on paper; nothing is simulated."""

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from brittlestar.outcomes.fracture import SITES
from brittlestar.trials.analysis import analyse, fracture_curves
from brittlestar.trials.answers import Answers
from brittlestar.trials.comparisons import outcome, ratio
from brittlestar.trials.endpoint import Endpoint, Published, Said
from brittlestar.trials.measurement import Records
from brittlestar.trials.protocol import Protocol
from brittlestar.trials.protocol_files import load_protocol
from brittlestar.trials.replicates import Trials, side_by_side, window
from brittlestar.trials.summary import (
    endpoint_rows,
    monte_carlo_se,
    near_limit,
    pooled,
    range_of,
    too_many_missing,
    unit,
    verdict,
)


def endpoint(kind: str, **fields: Any) -> Endpoint:
    return Endpoint(**{"id": "e", "label": "E", "kind": kind, **fields})


def two_arms() -> Protocol:
    """Control first, both without treatment."""
    poise = load_protocol("poise")
    control, treated = sorted(poise.arms, key=lambda arm: not arm.control)
    arms = tuple(arm.model_copy(update={"id": name}) for arm, name in ((control, "none"), (treated, "drug")))
    design = poise.design.model_copy(update={"age_strata": (8.0,)})
    return poise.model_copy(update={"arms": arms, "design": design})


def six(**changes: Any) -> Trials:
    """One trial: three controls, two treated, and one outside the analysis set who broke a bone too."""
    fields = {
        "arm": np.array([[0, 0, 0, 1, 1, -1]]),
        "stratum": np.array([[0, 0, 1, 0, 1, 1]]),
        "months": {"ls_z": np.array([0.0, 12.0])},
        "values": {"ls_z": np.array([[-4.0, -3, -2, -1, -3, 9], [-3, -2.5, -1, 1, -1, 99]])[:, None]},
        "followed": np.array([[24.0, 6, 24, 24, 18, 24]]),
        "person": np.array([0, 0, 1, 3, 5, 5]),
        "month": np.array([6.0, 18.0, 5.0, 24.0, 3.0, 4.0]),
        "site": np.array([0, 1, 1, 0, 0, 1]),
    }
    return Trials(**(fields | changes))


def numbers(e: Endpoint, t: Trials | None = None) -> dict[str, float]:
    found = analyse(e, six() if t is None else t, two_arms())
    return {arm: float(answers.value[0]) for arm, answers in found.items()}


def test_people_outside_the_analysis_set_take_no_part():
    assert numbers(endpoint("value", measure="ls_z", month=12)) == pytest.approx(
        {"none": -6.5 / 3, "drug": 0.0, "difference": 6.5 / 3}
    )
    assert numbers(endpoint("change", measure="ls_z", month=12)) == pytest.approx(
        {"none": 2.5 / 3, "drug": 2.0, "difference": 2.0 - 2.5 / 3}
    )
    whole = endpoint("fracture_rate", window=(0.0, 24.0))
    assert numbers(whole) == pytest.approx(
        {"none": 3 / 4.5, "drug": 1 / 3.5, "difference": 1 / 3.5 - 3 / 4.5}
    )
    found = analyse(whole, six(), two_arms())["difference"]
    assert found.total.tolist() == [[1.0, 3.0]] and found.weight.tolist() == [[3.5, 4.5]]


def test_means_adjusted_for_the_baseline_are_those_of_its_overall_mean():
    """By least squares on arm and baseline; the arms stand at the mean baseline of everybody."""
    first, now = np.array([-4.0, -3, -2, -1, -3]), np.array([-3.0, -2.5, -1, 1, -1])
    design = np.column_stack([np.ones(5), [0, 0, 0, 1, 1], first])
    level, difference, slope = np.linalg.lstsq(design, now, rcond=None)[0]
    adjusted = numbers(endpoint("value", measure="ls_z", month=12, adjust=("baseline",)))
    control = level + slope * first.mean()
    assert adjusted == pytest.approx(
        {"none": control, "drug": control + difference, "difference": difference}
    )


def test_strata_adjust_and_a_name_said_twice_counts_once():
    both = endpoint("value", measure="ls_z", month=12, adjust=("age_stratum",))
    now, stratum = np.array([-3.0, -2.5, -1, 1, -1]), np.array([0, 0, 1, 0, 1])
    design = np.column_stack([np.ones(5), [0, 0, 0, 1, 1], stratum])
    difference = np.linalg.lstsq(design, now, rcond=None)[0][1]
    assert numbers(both)["difference"] == pytest.approx(difference)


def test_a_window_counts_what_lies_after_its_start_up_to_its_end():
    w = window(six(), 6.0, 18.0)
    assert w.at_risk[0] == pytest.approx([1, np.nan, 1, 1, 1, np.nan], nan_ok=True)
    # Month 6 is before the window, month 18 in it; the one who left at 6 and the one outside are not there.
    assert w.count[0] == pytest.approx([1, np.nan, 0, 0, 0, np.nan], nan_ok=True)
    assert w.first[0] == pytest.approx([1, np.nan, 1, 1, 1, np.nan], nan_ok=True)
    assert w.event[0] == pytest.approx([1, np.nan, 0, 0, 0, np.nan], nan_ok=True)
    assert w.person.tolist() == [0] and w.time.tolist() == [1.0]
    some = window(six(), 0.0, 24.0, (SITES[1],))
    assert some.count[0] == pytest.approx([1, 1, 0, 0, 0, np.nan], nan_ok=True)
    assert some.first[0] == pytest.approx([1.5, 5 / 12, 2, 2, 1.5, np.nan], nan_ok=True)


def test_what_two_visits_make():
    first, now = np.array([2.0, -2.0, 0.0]), np.array([3.0, -1.0, 1.0])
    made = {kind: outcome(endpoint(kind, measure="ls_z", month=12), first, now)
            for kind in ("value", "change", "pct_change", "ratio_to_control")}  # fmt: skip
    assert made["value"].tolist() == made["ratio_to_control"].tolist() == now.tolist()
    assert made["change"].tolist() == [1.0, 1.0, 1.0]
    assert made["pct_change"] == pytest.approx([50.0, -50.0, np.nan], nan_ok=True)
    assert ratio(np.array([3.0, 0.0, 1.0]), np.array([2.0, 4.0, 0.0])) == pytest.approx(
        [1.5, 0, np.nan], nan_ok=True
    )


def test_ratios_without_an_answer_say_why():
    asked = endpoint("ratio_to_control", measure="ls_z", month=12)
    found = analyse(asked, six(), two_arms())["difference"]
    assert np.isnan(found.value[0]) and found.note[0] == "mean of control is not above 0"
    assert np.isnan(found.p_value[0])
    up = six(values={"ls_z": 10.0 + six().values["ls_z"]})
    told = analyse(asked, up, two_arms())
    assert set(told) == {"difference"} and told["difference"].note[0] == ""
    assert told["difference"].value[0] == pytest.approx(10.0 / (10 - 6.5 / 3))
    flat = six(values={"ls_z": np.array([[1.0] * 6, [4.0, 5, 6, 0, 0, 9]])[:, None]})
    zero = analyse(asked, flat, two_arms())["difference"]
    assert np.isnan(zero.value[0]) and zero.note[0]
    spared = analyse(endpoint("risk_ratio", window=(0.0, 12.0)), six(), two_arms())["difference"]
    assert np.isnan(spared.value[0]) and spared.total.tolist() == [[0.0, 2.0]]
    nobody = six(arm=np.array([[0, 0, 0, -1, -1, -1]]))
    rate = analyse(endpoint("fracture_rate", window=(0.0, 24.0)), nobody, two_arms())
    assert rate["drug"].note[0] == "nobody at risk" and np.isnan(rate["drug"].value[0])
    mean = analyse(endpoint("value", measure="ls_z", month=12), nobody, two_arms())
    assert mean["drug"].note[0] == "nobody was measured" and mean["none"].note[0] == ""
    none = analyse(endpoint("risk_ratio", window=(0.0, 2.0)), six(), two_arms())["difference"]
    assert np.isnan(none.value[0]) and none.note[0]


def test_a_risk_ratio_of_two_whole_arms_is_one():
    broke = six(person=np.arange(6), month=np.full(6, 3.0), site=np.zeros(6, int))
    assert numbers(endpoint("risk_ratio", window=(0.0, 12.0)), broke) == {"difference": 1.0}
    for arm in ([[-1, -1, -1, 1, 1, -1]], [[0, 0, 0, -1, -1, -1]]):
        alone = six(arm=np.array(arm), person=broke.person, month=broke.month, site=broke.site)
        assert np.isnan(numbers(endpoint("risk_ratio", window=(0.0, 12.0)), alone)["difference"])
    some = six(person=np.array([0, 1, 2, 3]), month=np.full(4, 3.0), site=np.zeros(4, int))
    assert numbers(endpoint("risk_ratio", window=(0.0, 12.0)), some) == pytest.approx({"difference": 0.5})
    assert numbers(endpoint("proportion_fractured", window=(0.0, 12.0)), some) == pytest.approx(
        {"none": 1.0, "drug": 0.5, "difference": -0.5}
    )


def test_curves_by_arm_on_paper():
    """Controls: first fractures at 6 and 5 months among three; the one left alone has none."""
    first = fracture_curves(six(), two_arms(), np.array([4.5, 24.0]))
    assert first["free"]["none"][0, 0] == 1.0 and first["mcf"]["none"][0, 0] == 0.0
    curves = fracture_curves(six(), two_arms(), np.array([0.0, 5.5, 12.0, 24.0]))
    assert curves["free"]["none"][0] == pytest.approx([1, 2 / 3, 1 / 3, 1 / 3])
    assert curves["free"]["drug"][0] == pytest.approx([1, 1, 1, 0.0])
    # The second leaves at 6 months, after the first has broken a bone: 1/3, 1/3, then 1 of 2.
    assert curves["mcf"]["none"][0] == pytest.approx([0, 1 / 3, 2 / 3, 2 / 3 + 1 / 2])
    assert curves["mcf"]["drug"][0] == pytest.approx([0, 0, 0, 1.0])


def test_people_are_laid_out_trial_by_trial():
    records = Records(
        months={"ls_z": np.array([0.0])},
        values={"ls_z": np.arange(6.0)[None]},
        followed_months=np.arange(6.0) + 10,
        treated=np.array([True, False, True, True, True, False]),
        fracture_person=np.array([0, 1, 1, 4]),
        fracture_month=np.array([1.0, 2.0, 3.0, 4.0]),
        fracture_site=np.array([0, 1, 2, 3]),
    )
    enrolled: Any = SimpleNamespace(
        arm=np.array([0, 1, 1, 0, 1, 1]),
        stratum=np.array([0, 0, 1, 1, 0, 1]),
        baseline={"fractures": np.arange(6)},
    )
    t = side_by_side(enrolled, records, 2)
    assert t.arm.tolist() == [[0, -1, 1], [0, 1, -1]] and t.stratum.tolist() == [[0, 0, 1], [1, 0, 1]]
    assert t.at("ls_z", 0.0).tolist() == [[0, 1, 2], [3, 4, 5]] and t.shape == (2, 3)
    assert t.history is not None and t.history.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert t.followed.tolist() == [[10, 11, 12], [13, 14, 15]]
    assert (t.person.tolist(), t.month.tolist(), t.site.tolist()) == ([0, 4], [1, 4], [0, 3])


def sums(total: list[list[float]], weight: list[list[float]]) -> Answers:
    nothing = np.zeros(len(total))
    return Answers(nothing, nothing, nothing, np.array(total), np.array(weight))


def test_groups_of_trials_are_joined_in_order():
    a, b = sums([[1.0, 2.0]], [[3.0, 4.0]]), sums([[5.0, 6.0], [7.0, 8.0]], [[1.0, 1.0], [1.0, 2.0]])
    both = Answers.join([a, b])
    assert both.total.tolist() == [[1, 2], [5, 6], [7, 8]] and len(both.value) == len(both.note) == 3
    assert both.weight.tolist() == [[3, 4], [1, 1], [1, 2]]


def test_pooled_numbers_and_their_errors_on_paper():
    """r = sum Y / sum T; se = sqrt(m/(m - 1) sum (Y - r T)^2) / sum T."""
    total, weight = [[1.0, 4.0], [3.0, 2.0], [2.0, 6.0]], [[10.0, 10.0], [10.0, 12.0], [20.0, 8.0]]
    r1, r0 = 6 / 40, 12 / 30
    se1 = math.sqrt(1.5 * ((1 - 1.5) ** 2 + (3 - 1.5) ** 2 + (2 - 3.0) ** 2)) / 40
    se0 = math.sqrt(1.5 * ((4 - 4) ** 2 + (2 - 4.8) ** 2 + (6 - 3.2) ** 2)) / 30
    told = pooled(sums(total, weight), ratio=True)
    assert told["value"] == pytest.approx(r1 / r0)
    assert told["monte_carlo_se"] == pytest.approx(r1 / r0 * math.hypot(se1 / r1, se0 / r0))
    told = pooled(sums(total, weight), ratio=False)
    assert told == pytest.approx({"value": r1 - r0, "monte_carlo_se": math.hypot(se1, se0)})
    one = pooled(sums(total[:1], weight[:1]), ratio=False)
    assert one["value"] == pytest.approx(0.1 - 0.4) and one["monte_carlo_se"] is None
    nothing = {"value": None, "monte_carlo_se": None}
    assert pooled(sums([[0.0, 4.0]], [[9.0, 9.0]]), ratio=True) == nothing
    assert pooled(sums([[0.0, 4.0]], [[9.0, 9.0]]), ratio=False)["value"] == pytest.approx(-4 / 9)
    assert pooled(sums([[1.0, 4.0]], [[0.0, 9.0]]), ratio=False) == nothing


def told(low: float, high: float) -> Published:
    return Published(arm="difference", value=low, low=low, high=high, source="assumed")


def word(words: str) -> Said:
    return Said(arm="difference", words=words, source="assumed")  # type: ignore[arg-type]


def test_every_verdict():
    at: dict[str, float | None] = {"mean": 1.0, "low": 0.5, "high": 2.0}
    assert verdict(at, told(1.0, 1.5)) == verdict(at, told(0.5, 1.0)) == "inside"
    assert verdict(at, told(1.01, 1.5)) == verdict(at, told(0.5, 0.99)) == "outside"
    bare = Published(arm="difference", value=1.0, low=None, high=None, source="assumed")
    assert verdict(at, bare) == verdict(at, bare, withheld=True) == "no interval"
    assert verdict(at, None) == "not published" and verdict(at, None, withheld=True) == "not published"
    assert verdict(at, told(0.5, 1.5), withheld=True) == "not judged"
    for name in at:
        assert verdict(at | {name: None}, told(0.5, 1.5)) == "no answer"
    judged = {
        (words, null): verdict(at, None, word(words), null)
        for words in ("rose", "fell", "no clear difference") for null in (0.4, 0.5, 1.0, 2.0, 2.1)
    }  # fmt: skip
    inside = {("rose", 0.4), ("fell", 2.1)} | {("no clear difference", null) for null in (0.5, 1.0, 2.0)}
    assert {key for key, found in judged.items() if found == "inside"} == inside
    assert set(judged.values()) == {"inside", "outside"}
    # Numbers speak before words.
    assert verdict(at, told(3.0, 4.0), word("rose"), 0.4) == "outside"
    assert verdict(at, None, word("rose"), 0.4, withheld=True) == "not judged"


def test_which_verdicts_may_turn():
    values = np.array([0.9, 1.1] * 50)  # SE 0.01005
    assert near_limit(values, False, told(0.5, 0.981), None, 0.0) is True
    assert near_limit(values, False, told(0.5, 0.980), None, 0.0) is False
    assert near_limit(values, False, told(0.5, 1.019), None, 0.0) is True
    assert near_limit(values, False, None, None, 0.0) is None
    assert near_limit(values[:1], False, told(0.5, 1.0), None, 0.0) is None
    few, many = np.r_[np.full(15, -1.0), np.full(985, 1.0)], np.r_[np.full(16, -1.0), np.full(984, 1.0)]
    # sqrt(0.025 0.975/1000) 1.96 = 0.0097: shares from 0.0153 to 0.0347 may turn.
    assert near_limit(few, False, None, word("rose"), 0.0) is False
    assert near_limit(many, False, None, word("rose"), 0.0) is True
    assert near_limit(-many, False, None, word("fell"), 0.0) is True
    assert near_limit(-many, False, None, word("rose"), 0.0) is False
    for side in (many, -many):
        assert near_limit(side, False, None, word("no clear difference"), 0.0) is True
        assert near_limit(np.r_[side, np.nan], False, None, word("no clear difference"), 0.0) is True
    assert near_limit(few, False, None, word("no clear difference"), 0.0) is False
    # A trial on the very line does not lie beyond it, but does not show a rise either.
    line = np.r_[np.zeros(25), np.full(975, 1.0)]
    assert near_limit(line, False, None, word("rose"), 0.0) is True
    assert near_limit(-line, False, None, word("fell"), 0.0) is True
    for side in (line, -line):
        assert near_limit(side, False, None, word("no clear difference"), 0.0) is False
    ratios = np.exp(np.array([-0.1, 0.1] * 50))
    assert near_limit(ratios, True, told(0.5, 0.981), None, 1.0) is True


def test_ranges_and_errors_on_paper():
    x = np.r_[np.arange(101.0), np.nan]
    assert range_of(x) == pytest.approx({"mean": 50.0, "low": 2.5, "high": 97.5})
    assert range_of(np.array([1.0, 4.0]), ratio=True)["mean"] == pytest.approx(2.0)
    assert range_of(np.array([np.nan])) == {"mean": None, "low": None, "high": None}
    assert monte_carlo_se(np.array([1.0, 3.0])) == pytest.approx(1.0)
    assert not too_many_missing(np.r_[np.zeros(19), np.nan]) and too_many_missing(np.r_[np.zeros(18), np.nan])


def test_a_row_holds_its_own_arm_and_its_unit():
    e = endpoint(
        "change", measure="ls_z", month=12,
        published=(Published(arm="drug", value=1.0, low=0.5, high=1.5, source="assumed"),),
        said=(Said(arm="none", words="rose", source="assumed"),),
    )  # fmt: skip
    value, both = np.array([1.0, 1.2] * 20), np.ones((40, 1))
    a = Answers(value, value, np.array(["", "seen"] * 20, object), both, both)
    drug, none, other = endpoint_rows(e, {"drug": a, "none": a, "other": a})
    assert (drug["published"]["low"], drug["said"], drug["verdict"]) == (0.5, None, "inside")
    assert drug["near_limit"] is False and drug["unit"] == "SD" and drug["time_months"] == 12.0
    assert (none["published"], none["said"]["words"], none["verdict"]) == (None, "rose", "inside")
    assert (other["published"], other["said"], other["verdict"]) == (None, None, "not published")
    assert other["near_limit"] is None and drug["notes"] == {"seen": 20}
    assert drug["monte_carlo_se"] == pytest.approx(monte_carlo_se(value))
    ratios = endpoint("rate_ratio_nb", window=(0.0, 12.0), said=(word("fell"),))
    fell = Answers(value - 0.5, value, a.note, np.ones((40, 2)), np.ones((40, 2)))
    row = endpoint_rows(ratios, {"difference": fell})[0]
    assert row["verdict"] == "inside" and row["unit"] == "ratio"  # below 1, not below 0
    assert row["simulated"]["mean"] == pytest.approx(math.sqrt(0.5 * 0.7))
    share = endpoint_rows(endpoint("fracture_rate", window=(0.0, 12.0)), {"drug": a})[0]
    assert share["unit"] == "1/y" == unit(endpoint("fracture_rate", window=(0.0, 12.0)))
