"""What holds for any trial: order and unit do not matter, batches equal singles, tests keep their level."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from brittlestar import statistics as st

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
    """Counting-process rows of all trials with their trial and arm."""
    n = len(data["arm"])
    rows = st.intervals(data["row"], data["time"], data["follow_up"].ravel())
    return rows.id // n, rows.id, rows.start, rows.stop, rows.event, data["arm"][rows.id % n]


def first_of(data):
    time = data["follow_up"].ravel().copy()
    np.minimum.at(time, data["row"], data["time"])
    return time.reshape(data["follow_up"].shape), data["count"] > 0


def everything(data, order):
    """Numbers from every analysis of a single trial, people in the given order."""
    time, event = (part[0][order] for part in first_of(data))
    arm, count, exposure, y, z = (
        data["arm"][order], data["count"][0][order], data["follow_up"][0][order], data["y"][0][order],
        data["z"][0][order],
    )  # fmt: skip
    _, *rows = rows_of(data)
    shuffle = np.argsort(order[rows[0]], kind="stable")[::-1]
    rows = [part[shuffle] for part in rows]
    gill = st.andersen_gill(*rows)
    return np.array([
        st.ancova(y, arm, z).difference.value,
        st.ancova(y, arm, z).difference.se,
        st.negative_binomial(count, exposure, arm, z).rate_ratio.value,
        st.marginal_rate_ratio(count, exposure, arm).value,
        st.cox(time, event, arm).value,
        st.cox(time, event, arm, z).value,
        st.log_rank(time, event, arm).chi_squared,
        st.kaplan_meier(time, event, [1.0]).value[0],
        gill.robust.value,
        gill.robust.se,
        st.mean_cumulative_function(*rows[:-1], at=[0.7]).se[0],
    ])  # fmt: skip


@settings(max_examples=15)
@given(seed=some.integers(0, 2**32 - 1))
def test_order_of_people_and_rows_does_not_matter(seed):
    data = simulate(seed)
    order = np.random.default_rng(seed).permutation(PEOPLE)
    same = everything(data, np.arange(PEOPLE)), everything(data, order)
    np.testing.assert_allclose(*same, rtol=1e-7, equal_nan=True)


@settings(max_examples=15)
@given(seed=some.integers(0, 2**32 - 1))
def test_everyone_twice_keeps_the_estimate_and_divides_the_error_by_root_two(seed):
    data = simulate(seed)
    twice = {key: np.concatenate([part, part], axis=-1) for key, part in data.items() if key != "row"}
    twice["row"] = np.concatenate([data["row"], data["row"] + PEOPLE])
    pairs = []
    for part in (data, twice):
        _, *rows = rows_of(part)
        curve = st.mean_cumulative_function(*rows[:-1], at=[0.7])
        gill = st.andersen_gill(*rows)
        count = st.negative_binomial(part["count"][0], part["follow_up"][0], part["arm"])
        pairs.append((
            [curve.value[0], gill.robust.value, count.rate_ratio.value, count.dispersion.value],
            [curve.se[0], gill.robust.se, gill.naive.se, count.rate_ratio.se],
        ))  # fmt: skip
    np.testing.assert_allclose(pairs[0][0], pairs[1][0], rtol=1e-7, equal_nan=True)
    np.testing.assert_allclose(pairs[0][1], np.sqrt(2) * np.array(pairs[1][1]), rtol=1e-7, equal_nan=True)


@settings(max_examples=15)
@given(seed=some.integers(0, 2**32 - 1), scale=some.floats(0.01, 365.25))
def test_unit_of_time_cancels_and_swapping_the_arms_inverts(seed, scale):
    data = simulate(seed)
    _, person, start, stop, event, arm = rows_of(data)
    count, exposure = data["count"][0], data["follow_up"][0]
    original = st.andersen_gill(person, start, stop, event, arm).robust
    other = st.andersen_gill(person, start * scale, stop * scale, event, 1 - arm).robust
    np.testing.assert_allclose([1 / other.value, other.se], [original.value, original.se], rtol=1e-7)
    original = st.negative_binomial(count, exposure, data["arm"]).rate_ratio
    other = st.negative_binomial(count, exposure * scale, 1 - data["arm"]).rate_ratio
    np.testing.assert_allclose([1 / other.value, other.se], [original.value, original.se], rtol=1e-6)


def assert_same(batch, single):
    for field in ("value", "low", "high", "se", "p_value"):
        np.testing.assert_allclose(
            [getattr(result, field) for result in batch],
            [getattr(result, field) for result in single],
            rtol=1e-8, err_msg=field,
        )  # fmt: skip
    for field in ("n", "excluded", "converged"):
        assert [getattr(r, field) for r in batch] == [getattr(r, field) for r in single]


@pytest.mark.parametrize("n", [6, 60])
def test_batches_equal_single_trials(n):
    """Six people per trial bring in trials that have no answer."""
    trials = 30
    data = simulate(11, n=n, trials=trials, missing=0.1)
    arm, z, y = data["arm"], data["z"], data["y"]
    count, exposure = data["count"].astype(float), data["follow_up"]
    count[::4, 1] = np.nan
    each = range(trials)

    batch = st.ancova_batch(y, arm, z)
    single = [st.ancova(y[i], arm, z[i]) for i in each]
    for name in ("difference", "control", "treated"):
        assert_same(getattr(batch, name), [getattr(result, name) for result in single])

    batch = st.negative_binomial_batch(count, exposure, arm, z)
    single = [st.negative_binomial(count[i], exposure[i], arm, z[i]) for i in each]
    assert_same(batch.rate_ratio, [result.rate_ratio for result in single])
    assert_same(batch.dispersion, [result.dispersion for result in single])
    assert_same(
        st.marginal_rate_ratio_batch(count, exposure, arm),
        [st.marginal_rate_ratio(count[i], exposure[i], arm) for i in each],
    )

    time, event = first_of(data)
    assert_same(st.cox_batch(time, event, arm), [st.cox(time[i], event[i], arm) for i in each])
    tests = [st.log_rank(time[i], event[i], arm) for i in each]
    for own, other in zip(st.log_rank_batch(time, event, arm), tests, strict=True):
        np.testing.assert_allclose([own.chi_squared, own.p_value], [other.chi_squared, other.p_value])

    at = [0.3, 0.8, 1.4]
    curves = st.kaplan_meier_batch(time, event, at)
    for i in each:
        curve = st.kaplan_meier(time[i], event[i], at)
        for field in ("value", "low", "high", "se", "at_risk"):
            np.testing.assert_allclose(getattr(curves[i], field), getattr(curve, field), err_msg=field)

    trial, *rows = rows_of(data)
    batch = st.andersen_gill_batch(trial, *rows, trials=trials)
    curves = st.mean_cumulative_function_batch(trial, *rows[:-1], at=at, trials=trials)
    for i in each:
        own = [part[trial == i] for part in rows]
        single = st.andersen_gill(*own)
        assert_same([batch[i].robust, batch[i].naive], [single.robust, single.naive])
        curve = st.mean_cumulative_function(*own[:-1], at=at)
        for field in ("value", "low", "high", "se", "at_risk"):
            np.testing.assert_allclose(getattr(curves[i], field), getattr(curve, field), err_msg=field)


def test_proportions_of_many_trials_equal_single_ones():
    data = simulate(3, trials=20, n=9)
    counts = st.count_by_arm(data["count"] > 0, data["arm"])
    for analyse in (st.risk_ratio, st.risk_difference, st.cloglog_hazard_ratio):
        assert_same(analyse(*counts.table), [analyse(*(part[i] for part in counts.table)) for i in range(20)])
    assert_same(
        st.proportion(counts.events_control, counts.n_control),
        [st.proportion(*pair) for pair in zip(counts.events_control, counts.n_control, strict=True)],
    )


TRIALS = 4000


@pytest.fixture(scope="module")
def null_trials():
    """Trials of 143 people without an effect, frailty variance 0.8, 48 of them controls."""
    return simulate(2024, n=143, trials=TRIALS, ratio=1.0, dispersion=0.8)


def keeps_its_level(estimates):
    """Rejections at 5 % lie within three Monte-Carlo standard errors, 1.03 points, of 5 %."""
    assert estimates.converged.mean() > 0.999
    share = np.mean(estimates.p_value[estimates.converged] < 0.05)
    return abs(share - 0.05) < 3 * np.sqrt(0.05 * 0.95 / TRIALS)


def test_type_one_error_of_andersen_gill(null_trials):
    trial, *rows = rows_of(null_trials)
    batch = st.andersen_gill_batch(trial, *rows, trials=TRIALS)
    assert keeps_its_level(batch.robust)
    # The naive variance ignores that frail people break bones again: proof that the check above can fail.
    assert np.mean(batch.naive.p_value < 0.05) > 0.10


def test_type_one_error_of_count_models(null_trials):
    count, time, arm = (null_trials[key] for key in ("count", "follow_up", "arm"))
    batch = st.negative_binomial_batch(count, time, arm)
    assert keeps_its_level(batch.rate_ratio)
    assert np.median(batch.dispersion.value) == pytest.approx(0.8, abs=0.1)
    assert keeps_its_level(st.marginal_rate_ratio_batch(count, time, arm))


def test_type_one_error_of_cox_and_ancova(null_trials):
    arm = null_trials["arm"]
    assert keeps_its_level(st.cox_batch(*first_of(null_trials), arm))
    assert keeps_its_level(st.ancova_batch(null_trials["y"] - 2 * arm, arm, null_trials["z"]).difference)
