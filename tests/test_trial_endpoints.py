"""One analysis for every door: each kind of endpoint gives ``trial`` and ``power`` the same numbers."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats

from brittlestar._shared.errors import InputError
from brittlestar.engine import default_parameters
from brittlestar.outcomes.fracture import SITES
from brittlestar.trials.analysis import analyse
from brittlestar.trials.conduct import treat
from brittlestar.trials.crossover import CARRY_OVER
from brittlestar.trials.measurement import record
from brittlestar.trials.power.endpoints import better, compared, durations, endpoints, found, last_of_each
from brittlestar.trials.power.pool import Draw, Pool
from brittlestar.trials.power.share import share, tally
from brittlestar.trials.power.simulation import power_of
from brittlestar.trials.protocol import Protocol
from brittlestar.trials.recruit import enrol
from brittlestar.trials.replicates import Trials, side_by_side, window
from brittlestar.trials.summary import pooled

MEASURED = {"measure": "ls_abmd", "month": 24}


def t_test(a: np.ndarray, b: np.ndarray) -> Any:
    return stats.ttest_ind(a, b, nan_policy="omit")


def rank_sum_test(a: np.ndarray, b: np.ndarray) -> Any:
    return stats.mannwhitneyu(a, b, method="asymptotic")


STATED = [
    {"id": "value", "kind": "value", **MEASURED},
    {"id": "change", "kind": "change", **MEASURED, "from_month": 12},
    {"id": "change_adjusted", "kind": "change", **MEASURED, "adjust": ["baseline", "age_stratum"]},
    {"id": "percent", "kind": "pct_change", **MEASURED, "from_month": 12},
    {"id": "z", "kind": "change", "measure": "ls_z", "month": 12},
    {"id": "marker", "kind": "pct_change", "measure": "ctx", "month": 12},
    {"id": "median", "kind": "pct_change", "measure": "ctx", "month": 12, "statistic": "median"},
    {"id": "geometric", "kind": "pct_change", "measure": "ctx", "month": 12, "statistic": "geometric_mean"},
    {"id": "of_control", "kind": "ratio_to_control", **MEASURED},
    {"id": "share", "kind": "proportion_fractured", "window": [6, 24]},
    {"id": "rate", "kind": "fracture_rate", "window": [0, 12], "sites": ["lower_limb"]},
    {"id": "hazard", "kind": "hazard_ratio", "window": [0, 24]},
    {"id": "risk", "kind": "risk_ratio", "window": [12, 24]},
    {"id": "negative_binomial", "kind": "rate_ratio_nb", "window": [0, 12]},
    {"id": "own_past", "kind": "rate_ratio_before", "window": [0, 24]},
    {"id": "recurrent", "kind": "rate_ratio_lwyy", "window": [0, 24], "sites": ["upper_limb", "other"]},
]  # fmt: skip
PEOPLE = 60


def protocol(**changes) -> Protocol:
    """Two years of zoledronate against nothing, with an endpoint of every kind."""
    fields = {
        "id": "every-kind",
        "title": "Every kind of endpoint",
        "sources": ["assumed"],
        "population": {"randomised": PEOPLE, "age_years": [4, 16], "types": {"I": 1}, "source": "assumed"},
        "arms": [
            {"id": "none", "label": "None", "control": True, "plan": "no treatment"},
            {"id": "zol", "label": "Drug", "plan": "zoledronate 0.05 mg/kg iv every 6 months for 1 year"},
        ],
        "design": {"years": 2, "age_strata": [8, 12]},
        "visits": [{"months": [0, 12, 24], "measures": ["ls_abmd", "ls_z", "ctx"]}],
        "endpoints": [{"label": e["id"], **e} for e in STATED],
    }
    return Protocol(**(fields | changes))


@pytest.fixture(scope="module")
def trials() -> Trials:
    """Six trials as ``trial`` runs them."""
    p, whole = default_parameters(), protocol()
    enrolled = enrol(whole, np.arange(6), 1, p)
    course, who = treat(whole, enrolled, 1, p, None), enrolled.cohort
    return side_by_side(enrolled, record(whole, course, who, 1), 6)


@pytest.fixture(scope="module")
def pool() -> Pool:
    return Pool.of(protocol(), 4 * PEOPLE, 0, 1, default_parameters())


def test_every_kind_is_among_them():
    from typing import get_args

    from brittlestar.trials.endpoint import Kind

    assert {e["kind"] for e in STATED} == set(get_args(Kind))


@pytest.mark.parametrize("e", protocol().endpoints, ids=lambda e: e.id)
def test_power_finds_an_effect_in_the_trials_in_which_trial_finds_one(e, trials, pool):
    """The pool's own trials through both doors: the same estimates, and the share that power tells."""
    whole = protocol()
    drawn = list(pool.trials(Draw((0, 1), np.arange(pool.people), PEOPLE, 40, 1, "t")))
    one_by_one = []
    for t in drawn:
        answers = analyse(e, t, whole)["difference"]
        for i in range(len(t.arm)):
            alone = analyse(e, only(t, i), whole)["difference"]
            assert alone.value[0] == pytest.approx(answers.value[i], rel=1e-6, nan_ok=True)
            assert alone.p_value[0] == pytest.approx(answers.p_value[i], rel=1e-6, abs=1e-12, nan_ok=True)
            better_off = better(e) * (alone.value[0] - (1.0 if "ratio" in e.kind else 0.0)) > 0
            one_by_one.append(alone.p_value[0] < 0.05 and (better_off or better(e) == 0))
    told = tally(pool, Draw((0, 1), np.arange(pool.people), PEOPLE, 40, 1, "t"), [e])[0]
    assert (told.trials, told.found) == (40, sum(one_by_one))
    assert np.isfinite(analyse(e, trials, whole)["difference"].value).all()


def only(t: Trials, i: int) -> Trials:
    """One of several trials."""
    size = t.arm.shape[1]
    mine = (t.person >= i * size) & (t.person < (i + 1) * size)
    return Trials(
        arm=t.arm[i : i + 1],
        stratum=t.stratum[i : i + 1],
        months=t.months,
        values={k: v[:, i : i + 1] for k, v in t.values.items()},
        followed=t.followed[i : i + 1],
        person=t.person[mine] - i * size,
        month=t.month[mine],
        site=t.site[mine],
        history=None if t.history is None else t.history[i : i + 1],
    )


def test_power_has_the_stated_months_and_no_others():
    rows = {(row["test"], row["months"]) for row in quick().power}
    stated = {(e.id, e.months) for e in protocol().endpoints}
    usual = {("first", 12.0), ("recurrent_nb", 24.0), ("recurrent_lwyy", 12.0), ("recurrent_lwyy", 24.0)}
    assert rows == stated | usual  # hazard over 24 and negative binomial over 12 months are stated


def quick(**changes):
    return power_of(
        protocol(**changes),
        sizes=[PEOPLE],
        replicates=100,
        people=4 * PEOPLE,
        parameters=[default_parameters()],
    )


def test_power_of_a_change_in_the_second_year_is_that_of_a_t_test_on_the_visits(tmp_path: Path):
    """150 trials through ``trial``, their visits through SciPy; 200 through ``power``: within 4 SE."""
    from brittlestar.trials.run import run_trial

    e = next(one for one in STATED if one["id"] == "percent")
    asked = protocol(
        endpoints=[{"label": "x", **e}],
        design={"years": 2, "age_strata": [8]},
        population={"randomised": 34, "age_years": [6, 12], "types": {"I": 1}, "source": "assumed"},
        arms=[
            {"id": "none", "label": "None", "control": True, "plan": "no treatment"},
            {"id": "zol", "label": "Drug", "plan": "zoledronate 0.01 mg/kg iv every year"},
        ],
    )
    run_trial(asked, replicates=150, seed=3, out=tmp_path / "run")
    patients = pl.read_parquet(tmp_path / "run" / "patients.parquet").select("person", "arm", "replicate")
    wide = pl.read_parquet(tmp_path / "run" / "visits.parquet").pivot(
        on="month", index="person", values="ls_abmd"
    )
    wide = wide.join(patients, on="person").with_columns(change=pl.col("24.0") / pl.col("12.0") - 1.0)
    hits = [
        t_test(*(g.filter(pl.col("arm") == arm)["change"].to_numpy() for arm in ("zol", "none")))
        for _, g in wide.group_by("replicate")
    ]
    by_hand = float(np.mean([h.pvalue < 0.05 and h.statistic > 0 for h in hits]))
    rows = power_of(asked, sizes=[34], replicates=200, people=400).power
    told = [row for row in rows if row["test"] == "percent"]
    assert [row["months"] for row in told] == [24.0]
    error = np.hypot(told[0]["se"], np.sqrt(by_hand * (1 - by_hand) / 150))
    assert abs(told[0]["share"] - by_hand) < 4 * error and 0.2 < by_hand < 0.7


def by_hand(**changes) -> Trials:
    """One trial of six people, the first three controls, with everything to be counted on paper."""
    fields = {
        "arm": np.array([[0, 0, 0, 1, 1, 1]]),
        "stratum": np.array([[0, 1, 2, 0, 1, 2]]),
        "months": {"ls_abmd": np.array([0.0, 12.0, 24.0])},
        "values": {
            "ls_abmd": np.array([[1, 1, 1, 1, 1, 1], [2, 2, 2, 2, 2, 2], [3, 4, 5, 5, 6, 7]], float)[:, None]
        },
        "followed": np.full((1, 6), 24.0),
        "person": np.array([0, 0, 1, 2, 3, 3]),
        "month": np.array([3.0, 15.0, 6.0, 20.0, 2.0, 14.0]),
        "site": np.array([0, 1, 0, 0, 1, 0]),
        "history": np.array([[1.0, 1, 0, 2, 2, 4]]),
    }
    return Trials(**(fields | changes))


def one(kind: str, **fields):
    return protocol(endpoints=[{"id": "e", "label": "e", "kind": kind, **fields}]).endpoints[0]


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        ("value", {"measure": "ls_abmd", "month": 24}, {"difference": 2.0, "none": 4.0, "zol": 6.0}),
        ("change", {"measure": "ls_abmd", "month": 24}, {"difference": 2.0, "none": 3.0, "zol": 5.0}),
        (
            "pct_change",
            {"measure": "ls_abmd", "month": 24, "from_month": 12},
            {"difference": 100.0, "none": 100.0, "zol": 200.0},
        ),
        ("ratio_to_control", {"measure": "ls_abmd", "month": 24}, {"difference": 1.5}),
        # Controls: months 3, 6, 15, 20 in three of three; treated: months 2 and 14 in one of three.
        ("proportion_fractured", {"window": [0, 24]}, {"difference": -2 / 3, "none": 1.0, "zol": 1 / 3}),
        ("proportion_fractured", {"window": [12, 24]}, {"difference": -1 / 3, "none": 2 / 3, "zol": 1 / 3}),
        ("fracture_rate", {"window": [0, 24]}, {"difference": -1 / 3, "none": 4 / 6, "zol": 2 / 6}),
        ("fracture_rate", {"window": [6, 24]}, {"difference": -1 / 4.5, "none": 2 / 4.5, "zol": 1 / 4.5}),
        ("risk_ratio", {"window": [0, 24]}, {"difference": 1 / 3}),
        ("risk_ratio", {"window": [12, 24], "sites": [SITES[0]]}, {"difference": 1.0}),
        ("rate_ratio_nb", {"window": [0, 24]}, {"difference": 0.5}),
        ("rate_ratio_lwyy", {"window": [0, 24]}, {"difference": 0.5}),
    ],
)
def test_estimates_counted_on_paper(kind, fields, expected):
    """Treated minus (or over) control, never the other way; a window starts after its first month."""
    found = analyse(one(kind, **fields), by_hand(), protocol())
    assert {arm: float(answers.value[0]) for arm, answers in found.items()} == pytest.approx(
        expected, rel=1e-6
    )


def test_a_rate_over_the_rate_of_the_same_people_before_entry():
    """4 and 2 fractures in 6 years after, 2 and 8 in 6 years before: ratios 2 and 1/4, together 1/8.

    Of the treated h = (y - T/3)/2 - (b - 8/3)/8 with y = 2, 0, 0, T = 2 and b = 2, 2, 4.
    """
    found = analyse(one("rate_ratio_before", window=[0, 24]), by_hand(), protocol())
    ratios = {arm: float(answers.value[0]) for arm, answers in found.items()}
    assert ratios == pytest.approx({"none": 2.0, "zol": 0.25, "difference": 0.125})
    h = np.array([4 / 3, -2 / 3, -2 / 3]) / 2 - np.array([-2 / 3, -2 / 3, 4 / 3]) / 8
    se = np.sqrt(1.5 * np.sum(h**2))
    assert found["zol"].p_value[0] == pytest.approx(2 * stats.norm.sf(np.log(4) / se))
    assert pooled(found["zol"], ratio=True)["value"] == pytest.approx(0.25)
    nothing_before = by_hand(history=np.zeros((1, 6)))
    none = analyse(one("rate_ratio_before", window=[0, 24]), nothing_before, protocol())["zol"]
    assert np.isnan(none.value[0]) and none.note[0] == "no event before or after"


def test_a_change_is_tested_against_none(trials):
    whole = protocol()
    e = next(e for e in whole.endpoints if e.id == "percent")
    change = trials.at("ls_abmd", 24) / trials.at("ls_abmd", 12) - 1
    found = analyse(e, trials, whole)["zol"]
    for i in range(6):
        test: Any = stats.ttest_1samp(change[i][trials.arm[i] == 1], 0.0)
        assert found.p_value[i] == pytest.approx(test.pvalue)


def test_a_crossover_pools_both_periods_on_paper():
    """A level of 10, the second period 3 lower for everybody, the treatment 2 higher, by hand.

    Those who have it first (arm 1): 12 and 7; second: 10 and 9. Effect ((12 - 7) - (10 - 9))/2 = 2.
    """
    off = np.array([-0.5, 0.0, 0.5])
    y1, y2 = np.r_[10 + off, 12 + off], np.r_[9 - off, 7 - off]
    values = np.stack([np.ones(6), y1, y2])[:, None]
    zoledronate = "zoledronate 0.05 mg/kg iv every 6 months"
    plans = {"none": f"no treatment for 1 year then {zoledronate}", "zol": f"{zoledronate} for 1 year"}
    arms = [{"id": id, "label": id, "control": id == "none", "plan": plan} for id, plan in plans.items()]

    def crossed(kind: str, **fields: Any) -> Any:
        stated = {"id": "e", "label": "e", "kind": kind, "second_period": [12, 24], **fields}
        return protocol(arms=arms, endpoints=[stated]).endpoints[0]

    e = crossed("value", measure="ls_abmd", month=12)
    found = analyse(e, by_hand(values={"ls_abmd": values}), protocol())
    assert {k: float(a.value[0]) for k, a in found.items()} == pytest.approx(
        {"difference": 2.0, "zol": (12 + 9) / 2, "none": (10 + 7) / 2}
    )
    half = (y1 - y2) / 2
    assert found["difference"].p_value[0] == pytest.approx(t_test(half[3:], half[:3]).pvalue)
    assert found["difference"].note[0] == "" and e.months == 24.0
    # The drug acts on in the second period of those who had it first: 7 becomes 9, the effect halves.
    carried = values.copy()
    carried[2, 0, 3:] += 2.0 + np.array([0.0, 0.1, -0.1])
    found = analyse(e, by_hand(values={"ls_abmd": carried}), protocol())["difference"]
    assert found.value[0] == pytest.approx(1.0) and found.note[0] == CARRY_OVER
    # Fractures: rates of each person in each period; treated first 1 and 0 a year, second 1 1/3 and 2/3.
    rate = analyse(crossed("fracture_rate", window=[0, 12]), by_hand(), protocol())
    assert float(rate["difference"].value[0]) == pytest.approx(((1 - 1) / 3 - (2 - 2) / 3) / 2)


SKEWED = np.array([[1, 2, 3, 1, 2, 3], [1, 2, 12, 2, 16, 48]], float)[:, None]
"""Before and after, controls first: ratios to before 1, 1, 4 and 2, 8, 16."""


@pytest.mark.parametrize(
    ("kind", "statistic", "expected"),
    [
        ("value", "median", {"none": 2.0, "zol": 16.0, "difference": 14.0}),
        ("change", "median", {"none": 0.0, "zol": 14.0, "difference": 14.0}),
        ("pct_change", "median", {"none": 0.0, "zol": 700.0, "difference": 700.0}),
        ("ratio_to_control", "median", {"difference": 8.0}),
        # (1 2 12)^(1/3) and (2 16 48)^(1/3); of ratios to before 4^(1/3) and 256^(1/3).
        ("value", "geometric_mean", {"none": 24 ** (1 / 3), "zol": 1536 ** (1 / 3), "difference": 8.653497}),
        ("pct_change", "geometric_mean", {"none": 58.740, "zol": 534.960, "difference": 476.220}),
        ("ratio_to_control", "geometric_mean", {"difference": 4.0}),
    ],
)
def test_medians_and_geometric_means_on_paper(kind, statistic, expected):
    t = by_hand(months={"ls_abmd": np.array([0.0, 24.0])}, values={"ls_abmd": SKEWED})
    e = one(kind, measure="ls_abmd", month=24, statistic=statistic)
    found = analyse(e, t, protocol())
    assert {arm: float(a.value[0]) for arm, a in found.items()} == pytest.approx(expected, rel=1e-5)
    # No sum over trials makes a median or a geometric mean.
    assert all(pooled(a, ratio=False)["value"] is None for a in found.values())


def test_who_has_no_logarithm_is_left_out_of_a_geometric_mean():
    """A value of 0 among 1 and 2: the mean is that of the two, and the other arm keeps its own."""
    values = SKEWED.copy()
    values[1, 0, 2] = 0.0
    t = by_hand(months={"ls_abmd": np.array([0.0, 24.0])}, values={"ls_abmd": values})
    found = analyse(one("value", measure="ls_abmd", month=24, statistic="geometric_mean"), t, protocol())
    assert found["none"].value[0] == pytest.approx(2**0.5)
    assert found["zol"].value[0] == pytest.approx(1536 ** (1 / 3))


def test_medians_are_tested_by_ranks_and_geometric_means_by_logarithms(trials):
    whole = protocol()
    asked = {e.id: e for e in whole.endpoints}
    change = trials.at("ctx", 12) / trials.at("ctx", 0)
    for name, test in (
        ("median", rank_sum_test),
        ("geometric", lambda a, b: t_test(np.log(a), np.log(b))),
    ):
        answers = analyse(asked[name], trials, whole)["difference"]
        for i in range(6):
            a, b = (change[i][trials.arm[i] == arm] for arm in (1, 0))
            assert answers.p_value[i] == pytest.approx(test(a, b).pvalue)
    adjusted = one("pct_change", measure="ctx", month=12, statistic="geometric_mean", adjust=["baseline"])
    first = np.log(trials.at("ctx", 0)[0])
    x = np.column_stack([np.ones(PEOPLE), trials.arm[0] == 1, first - first.mean()])
    beta = np.linalg.lstsq(x, np.log(change[0]), rcond=None)[0]
    found = analyse(adjusted, trials, whole)
    assert found["zol"].value[0] == pytest.approx(100 * np.expm1(beta[0] + beta[1]))
    assert found["none"].value[0] == pytest.approx(100 * np.expm1(beta[0]))


def test_the_test_of_two_rates_by_hand():
    """4 in 6 and 2 in 6 years: residuals 2/3, -1/3, -1/3 and 4/3, -2/3, -2/3; var = (3/2) SS/36 each."""
    found = analyse(one("fracture_rate", window=[0, 24]), by_hand(), protocol())["difference"]
    se = np.sqrt(1.5 / 36 * (6 / 9 + 24 / 9))
    assert found.p_value[0] == pytest.approx(2 * stats.norm.sf(1 / 3 / se))


def test_time_in_a_window_counts_from_its_start():
    w = window(by_hand(), 12.0, 24.0)
    assert w.at_risk[0].tolist() == [1.0] * 6 and w.count[0].tolist() == [1, 0, 1, 1, 0, 0]
    assert w.first[0] == pytest.approx([3 / 12, 1, 8 / 12, 2 / 12, 1, 1])


def test_the_tests_behind_power_are_the_usual_ones(trials):
    """Student's t for a ratio of means and a change, Pearson's chi squared for shares."""
    whole = protocol()
    asked = {e.id: e for e in whole.endpoints}
    now, then = trials.at("ls_abmd", 24), trials.at("ls_abmd", 12)
    for name, y in (("of_control", now), ("percent", now / then)):
        answers = analyse(asked[name], trials, whole)["difference"]
        for i in range(6):
            a, b = (y[i][trials.arm[i] == arm] for arm in (1, 0))
            assert answers.p_value[i] == pytest.approx(t_test(a, b).pvalue)
    answers = analyse(asked["share"], trials, whole)["difference"]
    count = window(trials, 6.0, 24.0).count
    for i in range(6):
        table = [
            [np.sum((count[i] > 0) == some, where=trials.arm[i] == arm) for some in (1, 0)] for arm in (0, 1)
        ]
        chi2: Any = stats.chi2_contingency(table, correction=False)
        assert answers.p_value[i] == pytest.approx(chi2[1])


STRATA = np.loadtxt(Path(__file__).parent / "data" / "strata_ancova.csv", delimiter=",", skiprows=1)


@pytest.mark.parametrize("names", [(0, 1, 2), (0, 2, 1), (2, 0, 1)])
def test_a_factor_is_a_name_and_not_a_number(names):
    """Strata 0, 1, 2 are as well called 0, 2, 1; R: lm(y ~ arm + factor(st)) gives 1.236, SE 0.402."""
    y, arm, stratum = STRATA.T
    nobody, now = np.zeros(0, int), np.stack([np.ones_like(y), y])[:, None]
    t = by_hand(
        arm=arm.astype(int)[None],
        stratum=np.array(names)[stratum.astype(int)][None],
        months={"ls_abmd": np.array([0.0, 24.0])},
        values={"ls_abmd": now},
        followed=np.full((1, len(y)), 24.0),
        person=nobody,
        month=nobody.astype(float),
        site=nobody,
    )
    e = one("value", measure="ls_abmd", month=24, adjust=["age_stratum"])
    found = analyse(e, t, protocol())["difference"]
    assert found.value[0] == pytest.approx(1.236, abs=5e-4)
    assert found.note[0] == ""
    degrees = len(y) - 4
    assert found.p_value[0] == pytest.approx(2 * stats.t.sf(1.236 / 0.402, degrees), rel=0.02)


def test_a_design_without_full_rank_is_told():
    t = by_hand(stratum=np.array([[0, 0, 0, 1, 1, 1]]))
    e = one("value", measure="ls_abmd", month=24, adjust=["age_stratum"])
    found = analyse(e, t, protocol())["difference"]
    assert np.isnan(found.value[0]) and found.note[0] == "treatment cannot be told apart from the covariates"
    flat = one("value", measure="ls_abmd", month=24, adjust=["baseline"])
    found = analyse(flat, by_hand(), protocol())["difference"]
    assert found.value[0] == pytest.approx(2.0) and "left out as constant" in found.note[0]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kind": "rate_ratio_nb", "window": [0, 12], "adjust": ["age_stratum"]}, "adjust"),
        ({"kind": "ratio_to_control", "measure": "ls_abmd", "month": 12, "adjust": ["baseline"]}, "adjust"),
        (
            {
                "kind": "value",
                "measure": "ctx",
                "month": 12,
                "adjust": ["baseline"],
                "statistic": "median",
            },
            "adjust, statistic",
        ),
        ({"kind": "rate_ratio_nb", "window": [0, 12], "statistic": "median"}, "kind, statistic"),
        (
            {"kind": "change", "measure": "ctx", "month": 12, "statistic": "geometric_mean"},
            "kind, statistic",
        ),
        ({"kind": "value", "measure": "ls_z", "month": 12, "statistic": "geometric_mean"}, "height_z"),
        ({"kind": "rate_ratio_nb", "window": [0, 12], "second_period": [12, 24]}, "second_period, kind"),
        ({"kind": "fracture_rate", "window": [0, 12], "second_period": [6, 24]}, "second_period, window"),
        (
            {"kind": "value", "measure": "ctx", "month": 12, "second_period": [0, 24]},
            "second_period, month",
        ),
        ({"kind": "rate_ratio_before", "window": [0, 12], "sites": ["other"]}, "kind, sites"),
    ],
)
def test_an_adjustment_that_nothing_makes_is_refused(fields, words):
    with pytest.raises(InputError, match=words):
        one(**fields)


def test_strata_need_ages_that_divide():
    e = {"id": "e", "label": "e", "kind": "value", "measure": "ls_z", "month": 12, "adjust": ["age_stratum"]}
    with pytest.raises(InputError, match=r"design\.age_strata"):
        protocol(endpoints=[e], design={"years": 2})


def test_usual_fracture_endpoints_end_while_the_arms_differ():
    assert durations(protocol()) == [12.0, 24.0]
    assert durations(protocol(design={"years": 2, "blinded_years": 1, "age_strata": [8]})) == [12.0]
    asked = endpoints(protocol())
    assert {e.id for e in last_of_each(asked)} == {e.id for e in asked}
    assert [e.months for e in last_of_each(asked) if e.id == "recurrent_lwyy"] == [24.0]


def test_what_is_good_for_the_treated():
    signs = {e.id: better(e) for e in protocol().endpoints}
    assert signs["value"] == 1 and signs["negative_binomial"] == signs["share"] == -1 and signs["marker"] == 0


def test_an_effect_counts_if_it_is_to_the_good_of_the_treated():
    from brittlestar.trials.answers import Answers

    value, p = np.array([0.5, 2.0, 0.5, np.nan]), np.array([0.01, 0.01, 0.2, np.nan])
    nothing = np.zeros((4, 2))
    answers = Answers(value, p, np.full(4, ""), nothing, nothing)
    ratio, mean = one("rate_ratio_nb", window=[0, 12]), one("change", measure="ls_z", month=12)
    assert found(ratio, answers).tolist() == [True, False, False, False]
    assert found(mean, answers).tolist() == [True, True, False, False]
    assert found(ratio, answers, either=True).tolist() == [True, True, False, False]


def test_two_arms_of_several_are_compared_as_control_and_treated():
    three = protocol(
        arms=[
            {"id": "low", "label": "L", "plan": "no treatment"},
            {"id": "none", "label": "N", "control": True, "plan": "no treatment"},
            {"id": "high", "label": "H", "plan": "no treatment"},
        ]
    )
    pair = compared(three, 1, 2)
    assert [(a.id, a.control) for a in pair.arms] == [("none", True), ("high", False)]
    assert pair.contrasts == [(1, "difference")] and pair.control == 0


def test_none_or_all_of_the_trials_is_a_limit():
    from brittlestar._shared.trial_words import share_of_trials
    from brittlestar.trials.power.share import Tally

    none, every = share([Tally(500, 0, 20)] * 2), share([Tally(500, 500, 0)] * 2)
    assert none["limit"] == pytest.approx(1 - 0.05 ** (1 / 1000)) and none["without_answer"] == 0.04
    assert every["limit"] == pytest.approx(0.05 ** (1 / 1000))
    assert share_of_trials(none) == "below 0.3 %" and share_of_trials(every) == "above 99.7 %"
    some = share([Tally(500, 100, 0), Tally(500, 140, 0)])
    assert some["limit"] is None and some["share"] == pytest.approx(0.24)
    assert some["se"] == pytest.approx(np.std([0.2, 0.28], ddof=1) / np.sqrt(2))
