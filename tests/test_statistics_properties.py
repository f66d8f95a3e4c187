"""What holds for any trial: order and unit do not matter, batches equal singles, tests keep their level."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from brittlestar import statistics as st
from brittlestar.statistics.estimates import wald
from brittlestar.statistics.risk_sets import fit_cox, risk_sets

PEOPLE = 40


def simulate(seed, n=PEOPLE, trials=1, ratio=0.7, dispersion=0.8, years=1.5, rate=0.9, missing=0.0):
    """Recurrent events of gamma-frail people: follow-up, arm, and the flat list of events of all trials."""
    chance = np.random.default_rng(seed)
    arm = (np.arange(n) % 3 > 0).astype(float)
    follow_up = chance.uniform(0.5, 1.0, (trials, n)) * years
    frailty = chance.gamma(1 / dispersion, dispersion, (trials, n))
    count = chance.poisson(rate * np.where(arm == 1, ratio, 1.0) * frailty * follow_up)
    row = np.repeat(np.arange(trials * n), count.ravel())
    time = follow_up.ravel()[row] * chance.uniform(size=len(row))
    y = chance.normal(5 + 2 * arm, 3, (trials, n)) + 2 * frailty
    y[chance.uniform(size=y.shape) < missing] = np.nan
    return {
        "arm": arm,
        "follow_up": follow_up,
        "count": count,
        "row": row,
        "time": time,
        "y": y,
        "z": frailty,
    }


def rows_of(data):
    return st.intervals(data["row"], data["time"], data["follow_up"])


def first_of(data):
    time = data["follow_up"].ravel().copy()
    np.minimum.at(time, data["row"], data["time"])
    return time.reshape(data["follow_up"].shape), data["count"] > 0


def analyses(data):
    """Every analysis of the trials."""
    time, event = first_of(data)
    arm, rows = np.broadcast_to(data["arm"], time.shape), rows_of(data)
    fit = st.ancova(data["y"], arm, data["z"])
    counts = st.negative_binomial(data["count"], data["follow_up"], arm)
    fell = [st.Proportion.of((event & (arm == k)).sum(axis=1), (arm == k).sum(axis=1)) for k in (1, 0)]
    return {
        "difference": fit.difference,
        "control": fit.control,
        "treated": fit.treated,
        "counts": counts.rate_ratio,
        "rates": st.rate_difference(data["count"], data["follow_up"], arm),
        "cox": st.cox(time, event, arm),
        "recurrent": st.andersen_gill(rows, arm),
        "risks": st.risk_ratio(*fell),
        "shares": st.risk_difference(*fell),
    }, {
        "dispersion": counts.dispersion,
        "free": st.kaplan_meier(time, event, [0.3, 0.8, 1.4]),
        "mcf": st.mean_cumulative_function(rows, [0.3, 0.8, 1.4]),
    }


def people(data, order):
    """The same trial with its people in another order; one may stand in it twice."""
    times = [data["time"][data["row"] == i] for i in order]
    return {key: part[..., order] for key, part in data.items() if key not in ("row", "time")} | {
        "row": np.repeat(np.arange(len(order)), [len(part) for part in times]),
        "time": np.concatenate(times),
    }


def assert_near(one, other, rtol):
    np.testing.assert_allclose(one, other, rtol=rtol, equal_nan=True)


@settings(max_examples=15)
@given(seed=some.integers(0, 2**32 - 1))
def test_order_of_people_does_not_matter(seed):
    data = simulate(seed)
    shuffled = people(data, np.random.default_rng(seed).permutation(PEOPLE))
    (first, curves), (second, others) = analyses(data), analyses(shuffled)
    for name, estimates in first.items():
        assert_near(estimates.value, second[name].value, 1e-7)
        assert_near(estimates.se, second[name].se, 1e-7)
    for name, curve in curves.items():
        assert_near(curve, others[name], 1e-7)


@settings(max_examples=15)
@given(seed=some.integers(0, 2**32 - 1))
def test_everyone_twice_keeps_the_estimate_and_divides_the_error_by_root_two(seed):
    data = simulate(seed)
    (once, curves), (twice, others) = analyses(data), analyses(people(data, np.tile(np.arange(PEOPLE), 2)))
    for name in ("recurrent", "counts", "risks", "shares"):
        assert_near(once[name].value, twice[name].value, 1e-7)
        assert_near(once[name].se, np.sqrt(2) * twice[name].se, 1e-7)
    for name, curve in curves.items():
        assert_near(curve, others[name], 1e-7)


@settings(max_examples=15)
@given(seed=some.integers(0, 2**32 - 1), scale=some.floats(0.01, 365.25))
def test_unit_of_time_cancels_and_swapping_the_arms_inverts(seed, scale):
    data = simulate(seed)
    other = data | {
        "arm": 1 - data["arm"], "follow_up": data["follow_up"] * scale, "time": data["time"] * scale,
    }  # fmt: skip
    first, second = analyses(data)[0], analyses(other)[0]
    for name in ("recurrent", "counts", "cox", "risks"):
        assert_near(1 / second[name].value, first[name].value, 1e-6)
        assert_near(second[name].se, first[name].se, 1e-6)
    assert_near(-second["rates"].value * scale, first["rates"].value, 1e-9)


@pytest.mark.parametrize("n", [3, 6, 60])
def test_batches_equal_single_trials(n):
    """Three and six people per trial bring in trials that have no answer."""
    trials = 30
    data = simulate(11, n=n, trials=trials, missing=0.1)
    data["count"] = data["count"].astype(float)
    estimates, curves = analyses(data)
    for i in range(trials):
        mine = data["row"] // n == i
        alone = {key: part[i : i + 1] for key, part in data.items() if part.ndim == 2} | {
            "arm": data["arm"], "row": data["row"][mine] % n, "time": data["time"][mine],
        }  # fmt: skip
        single, single_curves = analyses(alone)
        for name, found in estimates.items():
            assert found.note[i] == single[name].note[0]
            for field in ("value", "se", "p_value"):
                assert_near(getattr(found, field)[i], getattr(single[name], field)[0], 1e-8)
        for name, curve in curves.items():
            assert_near(curve[i], single_curves[name][0], 1e-8)


TRIALS = 4000


@pytest.fixture(scope="module")
def null_trials():
    """Trials of 143 people without an effect, frailty variance 0.8, 48 of them controls."""
    return simulate(2024, n=143, trials=TRIALS, ratio=1.0, dispersion=0.8)


def rejections(estimates):
    answered = np.isfinite(estimates.p_value)
    assert answered.mean() > 0.999
    return np.mean(estimates.p_value[answered] < 0.05)


def keeps_its_level(estimates):
    """Rejections at 5 % lie within three Monte-Carlo standard errors, 1.03 points, of 5 %."""
    return abs(rejections(estimates) - 0.05) < 3 * np.sqrt(0.05 * 0.95 / TRIALS)


def test_type_one_error_of_andersen_gill(null_trials):
    rows, arm = rows_of(null_trials), null_trials["arm"]
    assert keeps_its_level(st.andersen_gill(rows, arm))
    # The naive variance ignores that frail people break bones again: proof that the check above can fail.
    fit = fit_cox(risk_sets(rows, arm[rows.person % len(arm)] == 1), efron=False)
    assert rejections(wald(fit.beta, 1 / np.sqrt(fit.information), fit.note)) > 0.10


def test_type_one_error_of_count_models(null_trials):
    count, time, arm = (null_trials[key] for key in ("count", "follow_up", "arm"))
    fit = st.negative_binomial(count, time, arm)
    assert keeps_its_level(fit.rate_ratio)
    assert np.median(fit.dispersion) == pytest.approx(0.8, abs=0.1)
    assert keeps_its_level(st.rate_difference(count, time, arm))


def test_type_one_error_of_cox_and_ancova(null_trials):
    arm = null_trials["arm"]
    assert keeps_its_level(st.cox(*first_of(null_trials), arm))
    assert keeps_its_level(st.ancova(null_trials["y"] - 2 * arm, arm, null_trials["z"]).difference)
