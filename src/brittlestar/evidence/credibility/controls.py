"""Negative controls by simulated trials: what must not work, and what must look as if it did."""

import numpy as np
from scipy.special import ndtr

from brittlestar._shared.chance import uniform
from brittlestar.engine import default_parameters
from brittlestar.evidence.credibility.row import Row, Settings, judged, left_out
from brittlestar.trials.power.endpoints import LEVEL
from brittlestar.trials.power.pool import Pool
from brittlestar.trials.protocol_files import load_protocol
from brittlestar.trials.protocol_texts import REPLICATES_OF_ALL
from brittlestar.trials.run import run_trial
from brittlestar.trials.summary import INSIDE

GROUP = "controls"
PEOPLE = 3000
"""Enough that the groups drawn from them share few people."""

STUDY, STUDIES = 30, 1000
"""People in a single-arm study, and how many such studies, drawn from ``PEOPLE``: the share of
significant studies is then known to 1.6 of 100 at worst."""


def antibody(s: Settings) -> list[Row]:
    """An antibody that raises density: its trial must agree with what was published of the real one.

    The verdicts are those of ``brittlestar trial orbit-like``: the published words against the range of
    simulated trials.
    """
    claim = "A drug that raises density is not thereby shown to prevent fractures"
    if s.quick:
        return [left_out("antibody", GROUP, claim)]
    result = run_trial("orbit-like", replicates=REPLICATES_OF_ALL, seed=s.seed)
    told = [row for row in result.endpoints if row["said"]]
    found = [
        f"{row['label']}: said {row['said']['words']}, simulated "
        + "{mean:.3g} ({low:.3g} to {high:.3g})".format(**row["simulated"])
        + f", {row['verdict']}"
        for row in told
    ]
    return [
        judged(
            "antibody",
            GROUP,
            claim,
            method=f"{REPLICATES_OF_ALL} trials like the phase 3 trial of an antibody to sclerostin, as in "
            "`brittlestar trial all`; 95 % of trials",
            threshold="density above no effect in nearly every trial; for fractures no effect is in range",
            value="; ".join(found),
            passed=all(row["verdict"] == INSIDE for row in told),
            seed=s.seed,
        )
    ]


def before_after(s: Settings) -> list[Row]:
    """Untreated people chosen for recent fractures: a single-arm study must show a benefit that is none."""
    whole, years = load_protocol("poise"), 1.0
    people = 400 if s.quick else PEOPLE
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
    error = 100 * float(np.sqrt(found * (1.0 - found) / STUDIES))
    ratio = float(on.mean() / before.mean())
    return [
        judged(
            "before_after",
            GROUP,
            "A study without controls shows a benefit where there is no drug at all",
            method=f"untreated people with at least 2 fractures in the year before, {STUDIES} single-arm "
            f"studies of {STUDY}, year 1 against the year before",
            threshold="more often than the 2.5 of 100 that chance gives, by at least twice",
            value=f"a significant fall in {100 * found:.0f} ± {error:.0f} of 100 studies; rate × {ratio:.2f}",
            passed=found > 0.05 and ratio < 1.0,
            seed=s.seed,
            note="This is a warning about such studies: the simulator reproduces it, the fall is no effect.",
        )
    ]
