"""The arithmetic of power, number by number, from invented tallies, counts and records."""

import json
import math
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.stats import nbinom, norm

from brittlestar._shared.errors import InputError
from brittlestar.engine import default_parameters, fingerprint, with_values
from brittlestar.evidence.calibration.between_trials import between_trials
from brittlestar.evidence.calibration.ensemble import ensemble
from brittlestar.evidence.calibration.rivals import weights
from brittlestar.evidence.prediction import posterior_power
from brittlestar.evidence.prediction.endpoint_spread import offsets
from brittlestar.evidence.prediction.population_effect import population_offsets, population_shifts
from brittlestar.people.sampling import sample_cohort
from brittlestar.trials.conduct import DOUBLE
from brittlestar.trials.endpoint import Endpoint
from brittlestar.trials.measurement import Records
from brittlestar.trials.power import check as checking
from brittlestar.trials.power import entry_rules, simulation
from brittlestar.trials.power.check import check, check_run, drawn_counts, rejection_rate
from brittlestar.trials.power.endpoints import better, counted_over, durations, endpoints, found, last_of_each
from brittlestar.trials.power.entry_rules import over_pools, rules
from brittlestar.trials.power.formula import Scenario, formula_rows, seen_counts, wald_power
from brittlestar.trials.power.pool import Draw, Pool, PopulationOffset
from brittlestar.trials.power.result import save
from brittlestar.trials.power.share import Tally, share, shift_of
from brittlestar.trials.power.shifts import moved
from brittlestar.trials.power.simulation import Findings
from brittlestar.trials.power.sizes import needed, shortest
from brittlestar.trials.protocol import Protocol
from brittlestar.trials.protocol_files import load_protocol


def counts_of(endpoint_id: str, end: float, **fields: Any) -> Endpoint:
    base = {"id": endpoint_id, "label": endpoint_id, "kind": "rate_ratio_nb", "window": (0.0, end)}
    return Endpoint(**(base | fields))


def test_a_share_its_error_and_its_range():
    told = share([Tally(100, 20, 3), Tally(100, 40, 1)])
    assert told["share"] == pytest.approx(0.3)
    # Scatter between the pools, 0.1414/sqrt(2), is larger than chance among 200 trials.
    assert told["se"] == pytest.approx(0.1)
    assert (told["low"], told["high"]) == (pytest.approx(0.21), pytest.approx(0.39))
    assert (told["limit"], told["trials"], told["without_answer"]) == (None, 200, 0.02)
    alike = share([Tally(100, 30, 0), Tally(100, 30, 0)])
    assert alike["se"] == pytest.approx(math.sqrt(0.3 * 0.7 / 200))
    assert share([Tally(100, 30, 0)])["se"] == pytest.approx(math.sqrt(0.3 * 0.7 / 100))
    none, every = share([Tally(50, 0, 50)]), share([Tally(50, 50, 0)])
    assert none["se"] == every["se"] == pytest.approx(1 / 50)
    assert none["limit"] == pytest.approx(1 - 0.05 ** (1 / 50))
    assert every["limit"] == pytest.approx(0.05 ** (1 / 50))


def size_row(size: int, share: float, months: float = 12.0, test: str = "t") -> dict[str, Any]:
    return {"contrast": "d", "test": test, "label": "T", "months": months, "size": size, "share": share}


def test_sizes_needed_by_hand():
    """A curve through two sizes that do not agree: least squares of probit(power) + z on sqrt(n)."""
    rows = [size_row(50, 0.5), size_row(200, 0.7)]
    shift = norm.ppf([0.5, 0.7]) + norm.ppf(0.975)
    slope = (shift * np.sqrt([50, 200])).sum() / 250
    # What nearly always or nearly never finds an effect tells no size.
    wide = [*rows, size_row(10, 0.03), size_row(999, 0.995)]
    for wanted, one, beyond in zip((0.8, 0.9), needed(wide), needed(rows), strict=True):
        people = math.ceil(((norm.ppf(wanted) + norm.ppf(0.975)) / slope) ** 2)
        assert (one["power"], one["people"], one["said"]) == (wanted, people, f"about {people}")
        # Beyond the sizes simulated none is told.
        assert (beyond["people"], beyond["said"]) == (None, "more than 200")
    within = needed([size_row(50, 0.5), size_row(5000, 0.99)])[0]
    assert within["said"] == f"about {within['people']}" and within["people"] < 5000
    assert needed([size_row(50, 0.02)])[0]["said"] == "no size simulated shows an effect"
    assert needed([size_row(50, 0.995), size_row(100, 1.0)])[0]["said"] == "fewer than 50"
    assert needed([size_row(50, 0.7), size_row(100, 0.995)])[0]["said"].startswith("about ")
    apart = needed([size_row(50, 0.5), size_row(50, 0.6, months=24.0), size_row(50, 0.7, test="u")])
    assert [(one["test"], one["months"]) for one in apart[::2]] == [("t", 12.0), ("t", 24.0), ("u", 12.0)]


def test_the_shortest_duration_by_test_and_size():
    rows = [size_row(n, p, m) for n, m, p in ((50, 12, 0.8), (50, 24, 0.95), (100, 36, 0.85), (100, 12, 0.9))]
    told = {(one["size"], one["power"]): (one["months"], one["said"]) for one in shortest(rows)}
    assert told == {
        (50, 0.8): (12, "12"), (50, 0.9): (24, "24"), (100, 0.8): (12, "12"), (100, 0.9): (12, "12"),
    }  # fmt: skip
    never = shortest([size_row(50, 0.1, 12), size_row(50, 0.79, 24)])[0]
    assert (never["months"], never["said"]) == (None, "more than 24")


def drawn_from() -> Pool:
    """Six people under two arms for two years: nobody fractures but persons 1, 4 (twice) and 5."""
    protocol = load_protocol("poise")
    arms = tuple(
        arm.model_copy(update={"allocation": share, "control": i == 0})
        for i, (arm, share) in enumerate(zip(sorted(protocol.arms, key=lambda a: not a.control), (1, 2)))
    )
    protocol = protocol.model_copy(update={"arms": arms})
    person = np.array([1, 4, 4, 5, 7, 10, 11])
    records = Records(
        treated=np.array([True] * 6 + [True, True, False, True, True, True]),
        followed_months=np.array([24.0, 24, 6, 24, 24, 24, 24, 24, 24, 24, 24, 12]),
        fracture_person=person,
        fracture_month=np.array([3.0, 5, 12, 20, 4, 13, 2]),
        fracture_site=np.array([0, 1, 2, 3, 0, 1, 2]),
        months={"ls_z": np.array([0.0, 12.0])},
        values={"ls_z": np.arange(24.0).reshape(2, 12)},
    )
    nothing: Any = None
    return Pool(
        protocol,
        6,
        records,
        np.array([0, 1, 0, 1, 0, 1]),
        {"fractures": np.arange(6)},
        nothing,
        sample_cohort(12, seed=1),
    )


def test_counts_and_years_of_everybody_by_hand():
    """Up to 12 months: person 2 left after 6, the third of the treated took no dose."""
    (count0, time0, count1, time1), whole = seen_counts(drawn_from(), 0, 1, [12.0, 24.0])
    assert count0.tolist() == [0, 1, 0, 0, 2, 0] and time0.tolist() == [1, 1, 0.5, 1, 1, 1]
    assert count1.tolist() == [0, 1, 0, 0, 1] and time1.tolist() == [1, 1, 1, 1, 1]
    assert whole[0].tolist() == [0, 1, 0, 0, 2, 1] and whole[3].tolist() == [2, 2, 2, 2, 1]


def test_trials_are_drawn_in_rounds_of_the_whole_pool(monkeypatch: pytest.MonkeyPatch):
    """Of seven people two trials of three are drawn at a time: nobody is in both."""
    seen = []
    pool = drawn_from()
    monkeypatch.setattr(Pool, "gather", lambda self, chosen, treated, arms: seen.append((chosen, treated)))
    monkeypatch.setattr("brittlestar.trials.power.pool.TRIALS_AT_ONCE", 3)
    list(pool.trials(Draw((0, 1), np.arange(10, 19), 4, 7, 1, "k")))
    chosen = np.concatenate([one for one, _ in seen])
    assert [len(one) for one, _ in seen] == [2, 2, 2, 1]
    assert chosen.shape == (7, 4) and chosen.min() >= 10 and chosen.max() <= 18
    for two in (chosen[0:2], chosen[2:4], chosen[4:6]):
        assert len(set(two.ravel())) == 8
    assert len({tuple(sorted(trial)) for trial in chosen}) > 3
    # One control for each two treated, to the nearest whole person; controls stand first.
    assert all(np.array_equal(t, np.broadcast_to([False, True, True, True], t.shape)) for _, t in seen)
    for size in (3, 10):
        with pytest.raises(InputError, match="--sizes"):
            next(pool.trials(Draw((0, 1), np.arange(9), size, 1, 1, "k")))


def test_a_drawn_person_brings_their_own_record():
    pool = drawn_from()
    chosen, treated = np.array([[4, 1], [2, 5]]), np.array([[False, True], [True, False]])
    t = pool.gather(chosen, treated, (0, 1))
    assert t.arm.tolist() == [[0, 1], [-1, 0]] and t.stratum.tolist() == [[0, 1], [0, 1]]
    assert t.followed.tolist() == [[24, 24], [24, 24]]
    assert t.values["ls_z"][1].tolist() == [[16, 19], [20, 17]]
    assert t.person.tolist() == [0, 0, 1, 3] and t.month.tolist() == [5, 12, 4, 20]
    assert t.site.tolist() == [1, 2, 0, 3]


def test_the_formula_is_told_of_the_counts_that_were_seen():
    pool = drawn_from()
    protocol = pool.protocol
    contrast = protocol.contrasts[0][1]
    asked = [counts_of("nb", 12.0), counts_of("later", 24.0)]
    seen = [(contrast, seen_counts(pool, 0, 1, [12.0, 24.0])), ("another", [("x",), ("y",)])]
    rows = formula_rows(seen, [12.0, 24.0], [30, 60], protocol, asked)
    assert [(row["months"], row["size"], row["test"]) for row in rows] == [
        (12.0, 30, "nb"), (12.0, 60, "nb"), (24.0, 30, "later"), (24.0, 60, "later"),
    ]  # fmt: skip
    year = rows[0]
    # Five controls seen for the whole year: 0, 1, 0, 2, 0 have mean 0.6 and variance 0.8.
    assert year["dispersion"] == pytest.approx((0.8 - 0.6) / 0.6**2)
    assert year["rate_ratio"] == pytest.approx((2 / 5) / (3 / 5.5))
    assert year["control_rate_per_year"] == pytest.approx(3 / 5.5)
    expected = wald_power(Scenario(10, 20, 3 / 5.5, year["rate_ratio"], year["dispersion"], 5.5 / 6))
    assert year["formula_power"] == pytest.approx(expected)
    assert rows[1]["formula_power"] > year["formula_power"]
    alike = [(contrast, [(np.ones(4), np.ones(4), np.ones(4), np.ones(4))])]
    assert formula_rows(alike, [12.0], [30], protocol, [])[0]["dispersion"] == 1e-6
    # One person has no variance; two have: 0 and 2 have mean 1 and variance 2.
    one, two = np.ones(1), np.array([0.0, 2.0])
    alone = formula_rows([(contrast, [(one, one, one, one)])], [12.0], [30], protocol, [])[0]
    pair = formula_rows([(contrast, [(two, np.ones(2), two, np.ones(2))])], [12.0], [30], protocol, [])[0]
    assert (alone["dispersion"], pair["dispersion"]) == (None, pytest.approx(1.0))
    fewer = [(contrast, [(np.zeros(3), np.ones(3), np.ones(3), np.ones(3))] * 2)]
    none = formula_rows(fewer, [12.0], [30], protocol, [])[0]
    assert (none["formula_power"], none["rate_ratio"], none["test"]) == (None, None, None)


def entry(rule: str, screened: int, eligible: int, before: float, on: float, years: float, **power) -> dict:
    return {"rule": rule, "history_years": 2.0, "screened": screened, "eligible": eligible, "before": before,
            "on": on, "years": years, "power": power}  # fmt: skip


def test_entry_rules_over_pools_by_hand():
    pools = [
        [
            entry("everybody", 100, 100, 100, 40, 80.0),
            entry("strict", 100, 20, 80, 9, 15.0, t=Tally(10, 4, 0)),
        ],
        [entry("everybody", 100, 100, 60, 24, 80.0), entry("strict", 100, 30, 120, 12, 20.0)],
    ]
    everybody, strict = over_pools(pools)
    assert everybody["eligible_share"] == 1.0 and strict["eligible_share"] == pytest.approx(0.25)
    assert everybody["rate_before_per_year"] == pytest.approx(160 / 400)
    assert everybody["rate_on_study_per_year"] == pytest.approx(64 / 160)
    assert everybody["ratio"] == pytest.approx(1.0) and everybody["ratio_to_everybody"] == 1.0
    assert strict["rate_before_per_year"] == pytest.approx(200 / 100)
    assert strict["ratio"] == pytest.approx((21 / 35) / 2.0) == pytest.approx(strict["ratio_to_everybody"])
    assert strict["history_years"] == 2.0
    assert strict["power"]["t"]["share"] == pytest.approx(0.4) and strict["power"]["t"]["trials"] == 10
    nobody = over_pools([[entry("everybody", 10, 10, 8, 2, 10.0), entry("strict", 10, 0, 0, 0, 0.0)]])[1]
    told = (nobody["rate_before_per_year"], nobody["rate_on_study_per_year"], nobody["ratio"])
    assert told == (None, None, None) and nobody["ratio_to_everybody"] is None
    never = over_pools([[entry("everybody", 10, 10, 8, 2, 10.0), entry("strict", 10, 5, 0, 2, 5.0)]])[1]
    assert (never["rate_before_per_year"], never["ratio"]) == (0.0, None)
    half = over_pools([[entry("everybody", 10, 10, 20, 5, 10.0), entry("strict", 10, 5, 10, 2, 5.0)]])
    assert half[0]["ratio"] == pytest.approx(0.5) and half[1]["ratio_to_everybody"] == pytest.approx(0.8)


def test_the_rules_that_are_held_against_each_other():
    poise = load_protocol("poise")
    told = rules(poise)
    labels = [f"at least {n} in 2 years" for n in ("1 fracture", "2 fractures", "3 fractures")]
    assert list(told) == ["the protocol's own rule", "everybody", *labels]
    before = {"fractures": np.array([0, 1, 2, 3, 4])}
    assert [int(told[label].screen(before).eligible.sum()) for label in labels] == [4, 3, 2]
    assert told["everybody"].screen(before).eligible.all()
    year = poise.population.model_copy(update={"history_years": 1.0})
    assert "at least 1 fracture in 1 year" in rules(poise.model_copy(update={"population": year}))


def test_endpoints_that_a_protocol_states_are_not_asked_twice():
    poise = load_protocol("poise")

    def asked_of(*stated: Endpoint, blinded: float | None = 2.0) -> list[Endpoint]:
        design = poise.design.model_copy(update={"blinded_years": blinded, "years": 3.0})
        return endpoints(poise.model_copy(update={"endpoints": stated, "design": design}))

    def ids(*stated: Endpoint, blinded: float | None = 2.0) -> list[str]:
        return [f"{e.id} {e.months:g}" for e in asked_of(*stated, blinded=blinded)]

    usual = [f"{name} {end}" for name in ("first", "recurrent_nb", "recurrent_lwyy") for end in (12, 24)]
    assert ids() == usual
    assert [e.window for e in asked_of()] == [(0.0, 12.0), (0.0, 24.0)] * 3
    assert ids(counts_of("own", 12.0)) == ["own 12", *(one for one in usual if one != "recurrent_nb 12")]
    assert ids(counts_of("own", 18.0)) == ["own 18", *usual]
    assert ids(counts_of("own", 12.0, sites=("vertebral",))) == ["own 12", *usual]
    assert ids(counts_of("recurrent_nb", 18.0)) == [
        "recurrent_nb 18", *(one for one in usual if "recurrent_nb" not in one)
    ]  # fmt: skip
    assert ids(blinded=None)[:3] == ["first 12", "first 24", "first 36"]
    short = poise.design.model_copy(update={"blinded_years": 0.5})
    assert durations(poise.model_copy(update={"design": short})) == [6.0]
    asked = [counts_of("a", 12.0), counts_of("a", 24.0), counts_of("b", 12.0), counts_of("a", 18.0)]
    assert last_of_each(asked) == asked[1:3]
    assert counted_over(asked, 24.0, poise) is asked[1] and counted_over(asked, 6.0, poise) is None


def test_an_effect_is_found_below_the_level_and_on_the_good_side():
    def told(e: Endpoint, value: float, p: float, **how: Any) -> bool:
        return bool(found(e, SimpleNamespace(value=np.array([value]), p_value=np.array([p])), **how)[0])  # type: ignore[arg-type]

    ratio = counts_of("nb", 12.0)
    assert told(ratio, 0.9, 0.049) and not told(ratio, 0.9, 0.05) and not told(ratio, 1.1, 0.01)
    assert told(ratio, 1.1, 0.01, either=True) and not told(ratio, 0.9, 0.049, level=0.01)
    assert not told(ratio, 0.9, np.nan) and not told(ratio, 1.0, 0.01)
    share_ = Endpoint(**{"id": "s", "label": "s", "kind": "proportion_fractured", "window": (0.0, 12.0)})
    assert told(share_, -0.1, 0.01) and not told(share_, 0.5, 0.01)


def test_negative_binomial_counts_have_the_stated_law():
    s = Scenario(controls=300, treated=100, rate=0.6, ratio=0.5, dispersion=1.5, years=2.0)
    drawn = drawn_counts(s, np.arange(200), 1, "law")
    assert drawn.shape == (200, 400)
    for mine, mean in ((drawn[:, :300], 1.2), (drawn[:, 300:], 0.6)):
        shape = 1 / 1.5
        for k in range(4):
            expected = nbinom.pmf(k, shape, shape / (shape + mean))
            assert np.mean(mine == k) == pytest.approx(expected, abs=0.01)


def test_rejections_are_counted_over_batches_and_sides(monkeypatch: pytest.MonkeyPatch):
    """p below 0.05 in every second trial, with a ratio above 1 in every fourth."""
    sizes = []

    def fit(counts: np.ndarray, years: np.ndarray, arm: np.ndarray) -> Any:
        sizes.append(len(counts))
        assert years.tolist() == [1.5] * 3 and arm.tolist() == [0.0, 1.0, 1.0]
        i = np.arange(len(counts))
        return SimpleNamespace(
            rate_ratio=SimpleNamespace(
                p_value=np.where(i % 2 == 0, 0.04, 0.2), value=np.where(i % 4 == 0, 2.0, 0.5)
            )
        )

    monkeypatch.setattr(checking.statistics, "negative_binomial", fit)
    monkeypatch.setattr(checking, "TRIALS_AT_ONCE", 40)
    s = Scenario(controls=1, treated=2)
    assert rejection_rate(s, 100, 1, "k") == 0.5 and sizes == [40, 40, 20]
    assert rejection_rate(s, 100, 1, "k", favour=True) == 0.25
    assert rejection_rate(s, 100, 1, "k", level=0.01) == 0.0


def test_the_check_tells_what_it_held_against_what(monkeypatch: pytest.MonkeyPatch):
    def run(power: float, error: float) -> list[dict[str, Any]]:
        asked = []

        def rate(s: Scenario, replicates: int, seed: int, key: str, *, favour: bool = False) -> float:
            asked.append((s.ratio, key, favour))
            return power if key == "power" else error

        monkeypatch.setattr(checking, "rejection_rate", rate)
        rows = check(1000, 7)
        assert asked == [(0.6, "power", True), (1.0, "null", False)]
        return rows

    exact = wald_power(Scenario())
    se = math.sqrt(exact * (1 - exact) / 1000)
    rows = run(exact + 2.9 * se, 0.045)
    assert [row["status"] for row in rows] == ["PASS", "PASS"]
    assert rows[0]["expected"] == pytest.approx(exact) and rows[0]["monte_carlo_se"] == pytest.approx(se)
    assert rows[1]["expected"] == 0.05
    assert rows[1]["monte_carlo_se"] == pytest.approx(math.sqrt(0.05 * 0.95 / 1000))
    assert [row["status"] for row in run(exact - 3.1 * se, 0.0449)] == ["FAIL", "FAIL"]
    assert run(exact, 0.055)[1]["status"] == "PASS" and run(exact, 0.0551)[1]["status"] == "FAIL"
    assert all(row["replicates"] == 1000 and row["seed"] == 7 for row in rows)
    assert [(row["replicates"], row["seed"]) for row in check()] == [(20_000, 1)] * 2
    assert Scenario() == Scenario(53, 106, 0.75, 0.6, 1.0, 1.5) == replace(Scenario(), ratio=0.6)


def test_every_pool_is_asked_of_every_size_and_rate(monkeypatch: pytest.MonkeyPatch):
    """Who is drawn, how often and for what: the rows are tallies of these drawings alone."""
    poise: Protocol = load_protocol("poise")
    drawn: list[tuple[Any, ...]] = []

    class Few:
        people = 500
        course = SimpleNamespace(backend="native")

        def __init__(self, rate: float | None = None):
            self.rate = rate

        def with_dropout(self, rate: float, seed: int) -> "Few":
            return Few(rate)

    def tally(pool: Few, draw: Draw, asked: Any):
        assert draw.who.tolist() == list(range(500)) and draw.seed == 3
        drawn.append((draw.arms, draw.size, draw.trials, draw.key, pool.rate))
        return [Tally(draw.trials, i, 0) for i in range(len(asked))]

    pools = []
    monkeypatch.setattr(simulation.Pool, "of", lambda *given: pools.append(given[1:4]) or Few())
    monkeypatch.setattr(simulation, "tally", tally)
    monkeypatch.setattr(simulation, "seen_counts", lambda *_: [])
    monkeypatch.setattr(simulation, "formula_rows", lambda *_: [])
    monkeypatch.setattr(simulation, "entry_rows", lambda *given: [entry("everybody", 10, 10, 8, 2, 10.0)])
    told = []
    own, (treated, _) = poise.population.randomised, poise.contrasts[0]
    result = simulation.power_of(
        poise, replicates=1001, seed=3, people=600, progress=lambda done, total: told.append((done, total))
    )
    assert pools == [(600, number, 3) for number in range(4)] and told == [(n, 4) for n in (1, 2, 3, 4)]
    arms, none = (poise.control, treated), (poise.control, poise.control)
    rates = list(dict.fromkeys((poise.conduct.dropout_per_year, 0.0, 0.1, 0.2)))
    once = [
        (arms, size, 251, "power", None) for size in sorted({own // 2, own, 2 * own, 4 * own}) if size <= 600
    ]
    once += [(arms, own, 251, "power", rate) for rate in rates] + [(none, own, 251, "null", None)]
    assert sorted(drawn, key=str) == sorted(once * 4, key=str)
    assert {row["per_year"] for row in result.dropout} == set(rates)
    assert {row["trials"] for row in (*result.power, *result.null)} == {1004}
    assert result.basis == "the shipped parameter set" and result.manifest["replicates"] == 1001
    assert [row["share"] for row in result.null[:3]] == pytest.approx([0, 1 / 251, 2 / 251])
    assert result.manifest["parameters_sha256"] == fingerprint(default_parameters())
    drawn.clear()
    rows = simulation.null_rows(poise, 1001, 3)
    assert drawn == [(none, own, 251, "null", None)] * 4 and rows[0]["contrast"] == "none"


def test_what_no_pool_can_hold_is_refused():
    poise = load_protocol("poise")
    for sizes, where in (([9], "sizes"), ([2049], "sizes")):
        with pytest.raises(InputError, match=where):
            simulation.power_of(poise, sizes=sizes)
    with pytest.raises(InputError, match="randomised"):
        simulation.power_of(poise, people=100)
    assert [simulation.whole_replicates(count) for count in (100, 1_000_000)] == [100, 1_000_000]
    alone = poise.model_copy(update={"arms": poise.arms[:1], "endpoints": ()})
    with pytest.raises(InputError, match=r"arms, endpoints\.kind"):
        simulation.power_of(alone)


def test_rows_name_the_endpoint_that_was_asked():
    asked = [counts_of("a", 12.0), counts_of("a", 24.0, label="Later")]
    rows = Findings(asked, {("d", "a", 24.0, 50): [Tally(10, 5, 1)]}).rows()
    assert [(row["contrast"], row["label"], row["months"], row["size"]) for row in rows] == [
        ("d", "Later", 24.0, 50)
    ]
    assert rows[0]["direction"] == "lower" and rows[0]["share"] == 0.5 and rows[0]["without_answer"] == 0.1


def test_which_way_is_good():
    def sign(measure: str) -> int:
        fields: dict[str, Any] = {"id": "e", "label": "e", "kind": "change", "measure": measure, "month": 12}
        return better(Endpoint(**fields))

    assert {name: sign(name) for name in ("pain", "ls_z", "height_cm", "tb_n", "ctx")} == {
        "pain": -1, "ls_z": 1, "height_cm": 1, "tb_n": 1, "ctx": 0,
    }  # fmt: skip
    assert better(counts_of("nb", 12.0)) == -1


def test_who_enters_and_what_they_had_before_and_on_study(monkeypatch: pytest.MonkeyPatch):
    """Persons 1, 3 and 5 had a fracture before; as controls they had 1, 0 and none in the first year."""
    pool = replace(drawn_from(), screening={"fractures": np.array([0, 2, 0, 1, 0, 3])})
    pool.records.followed_months[5] = 9.0
    rule, drawn = rules(pool.protocol)["at least 1 fracture in 2 years"], []

    def tally(pool: Pool, draw: Draw, asked: Any):
        drawn.append((draw.arms, draw.who.tolist(), draw.size, draw.trials, draw.seed, draw.key))
        return [Tally(70, 1, 0) for _ in asked]

    monkeypatch.setattr(entry_rules, "tally", tally)
    for size, power in ((3, True), (4, False)):
        population = pool.protocol.population.model_copy(update={"randomised": size})
        few = pool.protocol.model_copy(update={"population": population})
        row = entry_rules.entry_row("name", rule, pool, few, 5, 70)
        assert (row["rule"], row["screened"], row["eligible"], row["history_years"]) == ("name", 6, 3, 2.0)
        assert (row["before"], row["on"], row["years"]) == (6.0, 1.0, 2.75)
        assert set(row["power"]) == ({e.id for e in endpoints(few)} if power else set())
    assert drawn == [((0, 1), [1, 3, 5], 3, 70, 5, "entry name")]


def test_candidates_are_others_and_not_selected(monkeypatch: pytest.MonkeyPatch):
    asked = []
    poise = load_protocol("poise")
    monkeypatch.setattr(
        entry_rules.Pool,
        "of",
        lambda protocol, *given: asked.append((protocol.population.eligibility, *given)),
    )
    monkeypatch.setattr(entry_rules, "entry_row", lambda label, *_: {"rule": label})
    rows = entry_rules.entry_rows(poise, 100, 2, 7, "p", 50)  # type: ignore[arg-type]
    assert asked == [({}, 100, 2, 8, "p", PopulationOffset(), None, DOUBLE)]
    assert [row["rule"] for row in rows] == list(rules(poise))


def test_power_asks_the_posterior_or_the_shipped_set(monkeypatch: pytest.MonkeyPatch):
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(
        posterior_power, "mixed_sets", lambda count: [("usual", f"set {i}") for i in range(count)]
    )
    monkeypatch.setattr(posterior_power, "power_of", lambda protocol, **given: asked.append(given))
    posterior_power.power("poise")
    posterior_power.power(load_protocol("poise"), sizes=[50], replicates=300, draws=1, seed=4)
    assert asked[0]["parameters"] == [f"set {i}" for i in range(16)]
    assert asked[0]["offsets"] == population_offsets(16, 1) and asked[1]["offsets"] is None
    assert (asked[0]["sizes"], asked[0]["replicates"], asked[0]["seed"]) == (None, 2000, 1)
    assert asked[1]["parameters"] is None
    assert (asked[1]["sizes"], asked[1]["replicates"], asked[1]["seed"]) == ([50], 300, 4)
    assert asked[1]["laws"] == [] and [law["sets"] for law in asked[0]["laws"] if law["sets"]] == [16]
    assert asked[0]["notes"] == [] and len(asked[0]["shifts"]) == 16 and asked[1]["shifts"] == ()
    assert len(asked[0]["drawn"]) == 16 and asked[1]["drawn"] == ()
    poise = load_protocol("poise")
    height = poise.endpoints[0].model_copy(update={"measure": "height_cm", "label": "Height"})
    (note,) = posterior_power.not_in_it(poise.model_copy(update={"endpoints": (height,)}))
    assert "not known of Height" in note
    assert len(posterior_power.posterior_sets(2)) == 2
    for draws in (0, 201):
        with pytest.raises(InputError, match="draws"):
            posterior_power.posterior_sets(draws)


def test_power_runs_own_sets_in_place_of_the_posterior(monkeypatch: pytest.MonkeyPatch):
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(posterior_power, "power_of", lambda protocol, **given: asked.append(given))
    own = [with_values(default_parameters(), fracture__gL=value) for value in (0.1, 0.2, 0.3)]
    posterior_power.power("poise", parameters=own)
    posterior_power.power("poise", parameters=own, draws=6)
    prints = [fingerprint(one) for one in own]
    for given, times in zip(asked, (6, 2), strict=True):
        assert [fingerprint(one) for one in given["parameters"]] == [
            one for one in prints for _ in range(times)
        ]
        assert len(given["offsets"]) == len(given["drawn"]) == 3 * times
        assert (given["own_sets"], given["laws"]) == (3, [])
    with pytest.raises(InputError, match="draws: got 1; accepted: 2 to 200 with 3 parameter sets"):
        posterior_power.power("poise", parameters=own, draws=1)


def test_the_power_of_own_sets_says_so(monkeypatch: pytest.MonkeyPatch):
    class Few:
        people, course = 500, SimpleNamespace(backend="native")

        def with_dropout(self, rate: float, seed: int) -> "Few":
            return self

    poise = load_protocol("poise")
    monkeypatch.setattr(simulation.Pool, "of", lambda *_: Few())
    monkeypatch.setattr(
        simulation, "tally", lambda _, draw, asked: [Tally(draw.trials, i, 0) for i in range(len(asked))]
    )
    monkeypatch.setattr(simulation, "seen_counts", lambda *_: [])
    monkeypatch.setattr(simulation, "formula_rows", lambda *_: [])
    monkeypatch.setattr(simulation, "entry_rows", lambda *_: [entry("everybody", 10, 10, 8, 2, 10.0)])
    sets = [default_parameters(), with_values(default_parameters(), fracture__gL=0.1)]
    own, posterior = (
        simulation.power_of(poise, replicates=100, people=600, parameters=sets, own_sets=own)
        for own in (2, 0)
    )
    assert own.basis == "own sets (2 parameter sets)" and posterior.basis.startswith(
        "the posterior of v6 (2 "
    )
    assert own.manifest["parameters"] == "v6" and own.manifest["own_sets"] == 2
    assert posterior.manifest["parameters"] == "v6 (posterior)" and "own_sets" not in posterior.manifest
    assert own.manifest["input_sha256"] != posterior.manifest["input_sha256"]
    assert f"Parameters v6 ({own.manifest['parameters_sha256'][:8]}) and 1 more, brittlestar" in repr(own)


def test_each_law_has_its_share_of_the_parameter_sets():
    """Power asks the mixture that a prediction asks: of 40 sets each law has its weight, to less than one."""
    found = posterior_power.posterior_sets(40)
    laws = posterior_power.laws_of(found)
    assert {law["name"]: law["weight"] for law in laws} == weights() and len(laws) > 5
    assert all(abs(law["sets"] - 40 * law["weight"]) < 1.0 for law in laws)
    assert sum(law["sets"] for law in laws) == len(found) == 40
    # The sets of a law are of its own posterior, not the shipped one's under its settings.
    own = [float(p.shared.kS) for name, p in found if name == "constant"]
    posterior = ensemble("constant")
    assert own == [float(posterior.parameters(int(i)).shared.kS) for i in posterior.pick(len(own))]


def test_populations_differ_as_trials_do():
    """Their effects have the SD of tau z, tau drawn; levels and effects go apart.

    People followed earlier have a level of their own: the two differ with twice the variance of either.
    """
    found = population_offsets(2000, 1)
    level, effect, earlier = np.array(found).T
    known = between_trials()
    assert effect.std() == pytest.approx(known["fracture effect"].constant.rms, rel=0.1)
    assert level.std() == pytest.approx(known["fracture level"].constant.rms, rel=0.1)
    assert abs(np.corrcoef(level, effect)[0, 1]) < 0.1
    assert np.var(level - earlier) == pytest.approx(2 * known["fracture level"].constant.rms ** 2, rel=0.15)
    assert np.median(effect) == pytest.approx(0.0, abs=0.02)


def of_z(**given: Any) -> Endpoint:
    base = {"id": "z", "label": "Z", "kind": "change", "measure": "ls_z", "month": 12.0}
    return Endpoint(**(base | given))


def test_an_offset_moves_the_endpoint_of_the_treated_by_as_much():
    """Of a change so many units, of a change in % so many per cent of the first value, of a ratio e^by."""
    pool = drawn_from()
    uneven = {"ls_z": np.sqrt(np.arange(24.0)).reshape(2, 12)}
    pool = replace(pool, records=replace(pool.records, values=uneven))
    t = pool.everybody((0, 1))
    treated = t.arm == 1
    first, now = t.at("ls_z", 0.0), t.at("ls_z", 12.0)
    for e, by, expected in (
        (of_z(), 0.3, now + 0.3),
        (of_z(kind="pct_change"), 5.0, now + 0.05 * first),
        (of_z(kind="ratio_to_control"), 0.2, math.exp(0.2) * now),
    ):
        off = moved(t, e, by)
        assert off.at("ls_z", 12.0)[treated] == pytest.approx(expected[treated]), e.kind
        assert np.array_equal(off.at("ls_z", 12.0)[~treated], now[~treated])
        assert np.array_equal(off.at("ls_z", 0.0), first)
    assert moved(t, of_z(), 0.0) is t and moved(t, counts_of("nb", 12.0), 1.0) is t
    asked: list[Any] = []
    shifted = replace(pool, shift=lambda *given: asked.append(given) or 0.25)  # type: ignore[func-returns-value]
    assert shift_of(shifted, of_z(), (0, 1)) == 0.25 and shift_of(shifted, of_z(), (0, 0)) == 0.0
    ((e, arm, mean, earlier),) = asked
    inside = [np.mean((now - first)[0][(t.arm == i)[0]]) for i in (0, 1)]
    assert (e.id, arm, earlier) == ("z", pool.protocol.arms[1].id, None)
    assert mean == pytest.approx(inside[1] - inside[0])
    assert shift_of(pool, of_z(), (0, 1)) == 0.0


def test_populations_are_off_in_density_and_markers_as_a_prediction_says():
    """Over many the SD is that of the offset which `predict` draws; results of a kind go together."""
    poise = load_protocol("poise")
    shifts, arm = population_shifts(poise, 2000, 1), poise.arms[poise.contrasts[0][0]].id
    by_measure = {e.measure: e for e in poise.endpoints if e.measure is not None}
    for measure, mean in (("ls_abmd", 12.0), ("ls_z", 0.6), ("ctx", -20.0)):
        e = by_measure[measure]
        found = np.array([shift(e, arm, mean, None) for shift in shifts[:2000:4]])
        (one,) = offsets(e, mean, contrast=True)
        assert found.std() == pytest.approx(one.variance**0.5, rel=0.15), measure
        assert found.mean() == pytest.approx(0.0, abs=0.15 * found.std())
    low, high = (np.array([s(by_measure["ls_abmd"], arm, x, None) for s in shifts[:50]]) for x in (6.0, 12.0))
    assert np.corrcoef(low, high)[0, 1] == pytest.approx(1.0, abs=1e-6)
    assert shifts[0](poise.endpoints[0].model_copy(update={"measure": "height_cm"}), arm, 3.0, None) == 0.0


def test_a_population_off_by_its_level_and_effect_breaks_as_often_more():
    """Everybody's own risk times e^level, of who is not in control times e^effect; the same people enter."""
    poise = load_protocol("poise")
    usual, off = (
        Pool.of(poise, 40, 0, 1, default_parameters(), PopulationOffset(*ln))
        for ln in ((0.0, 0.0), (0.7, -1.4))
    )
    assert all(np.array_equal(seen, off.screening[name]) for name, seen in usual.screening.items())
    counts = [np.bincount(pool.records.fracture_person // pool.people, minlength=2) for pool in (usual, off)]
    ratio, other = counts[1] / counts[0], 1 - poise.control
    # Each fracture raises the risk of the next for a while: a little more than the factor, and chance.
    assert ratio[poise.control] == pytest.approx(np.exp(0.7), rel=0.3)
    assert ratio[other] == pytest.approx(np.exp(-0.7), rel=0.3)


def test_the_check_and_its_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    asked = []
    monkeypatch.setattr(checking, "check", lambda *given: asked.append(given) or [])
    monkeypatch.setattr(checking, "null_rows", lambda protocol, *given: asked.append(given) or [])
    content = check_run("poise")
    check_run("poise", replicates=100, seed=3)
    assert asked == [(20_000, 1), (20_000, 1), (100, 3), (100, 3)]
    save(content, tmp_path / "run")
    assert [place.name for place in (tmp_path / "run").glob("*.json")] == ["check.json"]
    (tmp_path / "run" / "mine.txt").write_text("kept")
    with pytest.raises(InputError):
        save(content, tmp_path / "run")
    monkeypatch.setattr("brittlestar.report.power.view", lambda content: content["basis"])
    monkeypatch.setattr("brittlestar.report.page.html", lambda view: f"page of {view}")
    save({"schema": "brittlestar/power/3", "basis": "b"}, tmp_path / "power")
    assert json.loads((tmp_path / "power" / "power.json").read_text())["basis"] == "b"
    assert (tmp_path / "power" / "report.html").read_text() == "page of b"
    for replicates in (99, 1_000_001):
        with pytest.raises(InputError, match="replicates"):
            check_run("poise", replicates=replicates)


def test_a_result_of_power_at_a_glance():
    poise = load_protocol("poise")
    row = {
        "contrast": "difference",
        "label": "First",
        "direction": "lower",
        "se": 0.01,
        "low": 0.1,
        "high": 0.9,
    }
    rows = [
        row | {"test": "t", "months": months, "size": size, "share": share}
        for months, size, share in ((12.0, 50, 0.123), (12.0, 100, 0.456), (24.0, 50, 0.789))
    ]
    whole = simulation.PowerResult(poise, "the shipped parameter set", rows, [], [], [], [], [], [], {})
    text = repr(whole)
    for part in ("12 %", "46 %", "79 %", "50 people", "100 people"):
        assert part in text
    assert whole.table()["share"].to_list() == [0.123, 0.456, 0.789]
    assert whole.to_dict()["level"] == 0.05 and whole.to_dict()["trial"]["id"] == "poise"
    assert whole.plot().to_dict() == whole.plot(24.0).to_dict() != whole.plot(12.0).to_dict()
