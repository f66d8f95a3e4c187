"""Channels of the effect on fractures, switched off one at a time, by one name everywhere."""

import jax.numpy as jnp
import numpy as np
import pytest

import brittlestar as bs
from brittlestar._shared.errors import InputError
from brittlestar.model.parameters import Parameters
from brittlestar.model.switches import SWITCHES, named, switched_off
from brittlestar.outcomes.fracture import hazard

TOLD = {"age": 9, "sex": "male", "oi_type": "IV", "years": 1, "plan": "alendronate 5 mg/day", "draws": 20}


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
    """What a channel moves is what the same question without it moves, over the same people."""
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
    assert any(note.startswith("Switched off: strength") for note in without.notes)
    assert without.manifest["parameters"] == "own"
