"""Negative controls by simulated trials: what must not work, and what must look as if it did."""

import numpy as np
from scipy.special import ndtr

from brittlestar._shared.chance import uniform
from brittlestar.engine import default_parameters
from brittlestar.evidence.credibility.row import Row, Settings, judged, left_out
from brittlestar.trials.power_analyses import LEVEL, analyses, durations, rejected
from brittlestar.trials.power_pool import Pool
from brittlestar.trials.protocol import load_protocol

GROUP = "controls"
RELIABLE = 0.8
"""Power below which an effect is not reliably found."""

PEOPLE, TRIALS = 1500, 1000
STUDY, STUDIES = 30, 1000
"""People in a single-arm study, and how many such studies."""


def antibody(s: Settings) -> list[Row]:
    """An antibody that raises density: its trial must not show fewer fractures reliably."""
    claim = "A drug that raises density is not thereby shown to prevent fractures"
    if s.quick:
        return [left_out("antibody", GROUP, claim)]
    protocol = load_protocol("orbit-like")
    pool, size = Pool.of(protocol, PEOPLE, 0, s.seed, default_parameters()), protocol.population.randomised
    treated, _ = protocol.contrasts[0]
    hits: dict[str, int] = {}
    asked = analyses(protocol, durations(protocol)[-1])
    for batch in pool.trials(
        (protocol.control, treated), np.arange(pool.people), size, TRIALS, s.seed, "antibody"
    ):
        for one in asked:
            hits[one.id] = hits.get(one.id, 0) + int(rejected(one.run(batch), LEVEL, True).sum())
    share = {name: count / TRIALS for name, count in hits.items()}
    density = min(share[one.id] for one in asked if one.id not in ("first", "recurrent_nb", "recurrent_lwyy"))
    fracture = max(share[name] for name in ("first", "recurrent_nb", "recurrent_lwyy"))
    return [
        judged(
            "antibody",
            GROUP,
            claim,
            method=f"{TRIALS} trials of {size} people like the phase 3 trial of an antibody to sclerostin",
            threshold=f"density found in {100 * RELIABLE:.0f} of 100 trials or more, fewer fractures in less",
            value=f"density in {100 * density:.0f}, fractures in {100 * fracture:.0f} of 100",
            passed=density >= RELIABLE > fracture,
            seed=s.seed,
            note=", ".join(f"{name} {100 * x:.0f}" for name, x in share.items()),
        )
    ]


def before_after(s: Settings) -> list[Row]:
    """Untreated people chosen for recent fractures: a single-arm study must show a benefit that is none."""
    whole, years = load_protocol("poise"), 1.0
    people = 400 if s.quick else 2 * PEOPLE
    least = {"fractures": {"min": 2}}
    population = whole.population.model_copy(update={"eligibility": least, "history_years": years})
    nobody = whole.arms[0].model_copy(update={"id": "untreated", "plan": "no treatment", "control": True})
    design = whole.design.model_copy(update={"years": years, "blinded_years": 0.0})
    visits = (whole.visits[0].model_copy(update={"months": (0.0, 12.0), "measures": ("ls_z",)}),)
    protocol = whole.model_copy(
        update={
            "population": population,
            "arms": (nobody,),
            "design": design,
            "visits": visits,
            "endpoints": (),
        }
    )
    pool = Pool.of(protocol, people, 0, s.seed, default_parameters())
    before = pool.screening["fractures"] / years
    r = pool.records
    on = np.bincount(r.fracture_person, minlength=pool.people) / np.maximum(r.followed_months / 12.0, 0.1)
    fall = before - on
    order = np.argsort(
        uniform(s.seed, np.arange(pool.people)[None, :], "single-arm study", np.arange(STUDIES)[:, None]),
        axis=1,
    )
    drawn = fall[order[:, :STUDY]]
    z = drawn.mean(axis=1) / np.maximum(drawn.std(axis=1, ddof=1) / np.sqrt(STUDY), 1e-12)
    found = float(np.mean((z > 0) & (2.0 * (1.0 - ndtr(np.abs(z))) < LEVEL)))
    ratio = float(on.mean() / before.mean())
    return [
        judged(
            "before_after",
            GROUP,
            "A study without controls shows a benefit where there is no drug at all",
            method=f"untreated people with at least 2 fractures in the year before, {STUDIES} single-arm "
            f"studies of {STUDY}, year 1 against the year before",
            threshold="more often than the 2.5 of 100 that chance gives, by at least twice",
            value=f"a significant fall in {100 * found:.0f} of 100 studies; rate × {ratio:.2f}",
            passed=found > 0.05 and ratio < 1.0,
            seed=s.seed,
            note="This is a warning about such studies: the simulator reproduces it, the fall is no effect.",
        )
    ]
