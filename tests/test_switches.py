"""Channels of the effect on fractures, switched off one at a time, by one name everywhere."""

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

import brittlestar as bs
from brittlestar._shared.errors import InputError
from brittlestar.evidence.prediction import posterior_power
from brittlestar.model.parameters import Parameters, identity
from brittlestar.model.switches import SWITCHES, named, switched_off
from brittlestar.outcomes.fracture import hazard
from brittlestar.report.power import view as power_view
from brittlestar.report.trial import view as trial_view

NOTE = "Switched off: strength; stronger bone spares no fracture."
TOLD = {"age": 9, "sex": "male", "oi_type": "IV", "years": 1, "plan": "alendronate 5 mg/day", "draws": 20,
        "step_days": 7}  # fmt: skip


def _hazards(p: Parameters, stronger: float, quieter: float) -> np.ndarray:
    """Of one person whose bone is so much stronger and whose remodelling is so much quieter."""
    one = jnp.ones(1)
    return np.asarray(
        hazard(
            jnp.full((4, 1), 1e-4), limb=stronger * one, vertebra=stronger * one, space=(1.0 - quieter) * one,
            recent=0.0 * one, tough=one, reach=one, p=p.fracture,
        )
    )  # fmt: skip


def test_without_a_channel_it_spares_nothing_and_the_other_still_does():
    p = bs.default_parameters()
    none, strong, quiet = _hazards(p, 0.0, 0.0), (0.2, 0.0), (0.0, 0.5)
    for name, off, on in (("strength", strong, quiet), ("turnover", quiet, strong)):
        without = switched_off(p, (name,))
        assert _hazards(without, *off) == pytest.approx(none, rel=1e-6)
        assert _hazards(without, *on) == pytest.approx(_hazards(p, *on), rel=1e-6)
        assert np.all(_hazards(p, *off) < none)
    both = switched_off(p, named(tuple(SWITCHES)))
    assert _hazards(both, 0.2, 0.5) == pytest.approx(none, rel=1e-6)


def test_a_name_that_is_no_switch_is_refused_with_the_nearest():
    with pytest.raises(InputError, match=r"without: got 'strenght'.*strength"):
        switched_off(bs.default_parameters(), named("strenght"))


def test_an_answer_tells_what_rests_on_which_channel_and_can_be_asked_without_it():
    """What a channel moves is what the same question without it moves, over the same people and steps."""
    usual = bs.compare(**TOLD, sets=0)
    summary = usual.summary()
    told = {row["without"]: row for row in summary["sensitivity"] if row["id"] == "fractures"}
    assert list(told) == list(SWITCHES)
    (line,) = (said for said in summary["sentences"] if said.startswith("How much rests on what"))
    assert all(switch.without in line for switch in SWITCHES.values())
    without = bs.compare(**TOLD, sets=0, without="strength")
    mean = {
        plan: without.lives[plan].expected_fractures()[-1].mean()
        - usual.lives[plan].expected_fractures()[-1].mean()
        for plan in ("treated", "untreated")
    }
    assert told["strength"]["moves"] == pytest.approx(mean)
    # Without a drug bone is its own measure, but for what rest after a fracture takes.
    assert mean["treated"] > 0.05 and abs(mean["untreated"]) < 0.2 * mean["treated"]
    assert NOTE in without.notes
    assert without.manifest["parameters"] == "own"


def test_a_trial_without_a_channel_finds_less_of_an_effect_and_says_so():
    """Over the same people and chance: all of eight trials as one."""
    ratio = {}
    for off in ("", "strength", "turnover"):
        found = bs.run_trial("poise", replicates=8, without=off or ())
        row = next(
            row for row in found.endpoints if row["id"] == "first_fracture_hr" or "hazard" in row["id"]
        )
        ratio[off] = row["pooled"]["value"]
        assert found.manifest.get("without") == ({off: SWITCHES[off].without} if off else None)
        asked = switched_off(bs.default_parameters(), (off,) if off else ())
        assert found.manifest["parameters_sha256"] == identity(asked).sha256
        shown = trial_view(found.to_dict())
        assert (NOTE in shown.notes, shown.parts["off"] == [NOTE]) == (off == "strength",) * 2
    assert ratio[""] < min(ratio["strength"], ratio["turnover"])


def test_power_without_a_channel_is_that_of_one_set_and_says_so(monkeypatch: pytest.MonkeyPatch):
    def power_of(protocol: Any, **given: Any) -> bs.PowerResult:
        asked.append(given)
        names = ("power", "null", "sizes", "durations", "entry", "dropout", "counts")
        rows: dict[str, Any] = {name: [] for name in names}
        return bs.PowerResult(protocol, "b", **rows, manifest={"seed": 1}, notes=list(given["notes"]))

    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(posterior_power, "power_of", power_of)
    found = bs.power("poise", draws=2, without="strength")
    off = identity(switched_off(bs.default_parameters(), ("strength",)))
    assert [identity(p) for p in asked[0]["parameters"]] == [off] * 2 and asked[0]["laws"] == []
    assert found.manifest == {"seed": 1, "without": {"strength": SWITCHES["strength"].without}}
    assert NOTE in power_view(found.to_dict()).printed
    assert "without" not in bs.power("poise", draws=2).manifest
