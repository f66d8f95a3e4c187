"""Rows of what takes long and was recorded: verdicts of the factsheet over seeds, faults in the source."""

import tomllib
from collections import Counter

from brittlestar.evidence.credibility.counts import CHECKOUT, studies_counted, targets_counted, tests_counted
from brittlestar.evidence.credibility.row import Row, Settings, judged, not_run
from brittlestar.evidence.leaflet.shipped import shipped
from brittlestar.evidence.leaflet.verdict import CLOSE

MOST_CLOSE = 0.1
"""Share of verdicts that may be too close to call: an error is of 95 %, so some are by chance alone."""


def seeds(_: Settings) -> list[Row]:
    """Whether verdicts of the factsheet hold over seeds."""
    claim = "Verdicts of the factsheet do not hang on the seed"
    found = shipped()
    if found is None:
        why = "the results that ship are of other parameters, or none ship"
        return [not_run("seeds", "seeds", claim, why=why, cure="brittlestar leaflet --write")]
    n, close = len(found["statements"]), found["counts"][CLOSE]
    return [
        judged(
            "seeds",
            "seeds",
            claim,
            method=f"{n} statements with {found['seeds']} seeds; each margin against its Monte Carlo error",
            threshold=f"at most {100 * MOST_CLOSE:.0f} of 100 too close to call",
            value=f"{close} of {n} too close to call",
            passed=close <= MOST_CLOSE * n,
            seed=found["manifest"]["seed"],
        )
    ]


def mutants(_: Settings) -> list[Row]:
    """Whether tests notice small faults, by the sample that is kept with them."""
    claim, file = "Tests notice faults that are put into the source", CHECKOUT / "tests" / "mutants.toml"
    if not file.exists():
        why = "the sample is kept with the tests, which an installed package has not"
        return [not_run("mutants", "code", claim, why=why, cure="run in a checkout of the source")]
    sample = tomllib.loads(file.read_text(encoding="utf-8"))["mutants"]
    survived = Counter(one["verdict"] for one in sample if one["found"] == "survived")
    missed = survived.total()
    return [
        judged(
            "mutants",
            "code",
            claim,
            method=f"{len(sample)} one-line faults in {len({one['module'] for one in sample})} modules, "
            "the others unsampled (`make mutants`)",
            threshold="no fault that changes an answer goes unnoticed",
            value=f"{len(sample) - missed} noticed; {missed} not, "
            f"of which {survived['changes']} change an answer",
            passed=survived["changes"] == 0,
            note="as recorded when the sample was last run",
        )
    ]


def counts(_: Settings) -> list[Row]:
    """What there is to be held against: studies, targets and tests."""
    studies, targets, tests = studies_counted(), targets_counted(), tests_counted()
    kept = studies["validation"] + studies["test"]
    told = f"{tests['functions']} tests in {tests['files']} files" if tests else "tests: none installed"
    return [
        judged(
            "counts",
            "numbers",
            "Studies are kept apart from those that are fitted to",
            method="the frozen split of the studies, the targets of the calibration, the tests of a checkout",
            threshold="some studies are neither fitted to nor taken from",
            value=f"{studies['all']} studies, {studies['calibration']} for calibration and {kept} kept to "
            f"predict; {targets['all']} targets, {targets['fitted']} fitted; {told}",
            passed=kept > 0,
        )
    ]
