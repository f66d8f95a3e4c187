"""Random plans, trials, courses, parameter sets and models through every format and back: losses are printed.

Usage: python scripts/exchange_round_trips.py [--plans 1000] [--trials 200] [--bundles 200] [--sets 20]
                                              [--models 10] [--seed 1]

A plan goes through its TOML, JSON and words, and as a trial on paper through an event table and the analysis
data sets; a simulated trial through these and the files of its run. Bundles, parameter sets and models are of
other random plans. Data sets take CSV, Parquet and XPT in turn. Needs the extra ``exchange``.
"""

import argparse
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

import round_trips  # noqa: E402
import round_trips_of_files as files  # noqa: E402
from brittlestar.exchange.trial_tables import TrialTables  # noqa: E402
from brittlestar.trials.protocol_files import load_protocol  # noqa: E402
from brittlestar.trials.protocol_texts import library  # noqa: E402
from brittlestar.trials.run import run_trial  # noqa: E402

COUNTS = {"plans": 1000, "trials": 200, "bundles": 200, "sets": 20, "models": 10}
FORMATS = ("csv", "parquet", "xpt")


def of_plan(number: int, chance: random.Random, folder: Path) -> Iterator[str]:
    """What a plan loses on the way through its own forms and as a trial on paper."""
    plan = round_trips.legal_plan(chance)
    yield from files.lost_in_plan(plan)
    trial = round_trips.paper_trial(plan, chance)
    yield from round_trips.lost_in_events(trial, folder / f"t.{FORMATS[number % 2]}")
    yield from files.lost_in_adam(trial, FORMATS[number % 3])


def of_trial(number: int, chance: random.Random, folder: Path) -> Iterator[str]:
    """What a simulated trial loses on the way through tables and the files of its run."""
    protocol = load_protocol(chance.choice(library()))
    result = run_trial(protocol, replicates=1, seed=chance.randrange(2**32))
    trial = TrialTables.of(result)
    yield from files.lost_in_protocol(protocol)
    yield from files.lost_in_run(result, folder / f"run{number}")
    yield from round_trips.lost_in_events(trial, folder / f"t.{FORMATS[number % 2]}")
    yield from files.lost_in_adam(trial, FORMATS[number % 3])


def of_bundle(number: int, chance: random.Random, folder: Path) -> Iterator[str]:
    """What a simulated course loses on the way through FHIR."""
    yield from files.lost_in_fhir(round_trips.legal_plan(chance), chance, folder)


def of_sets(number: int, chance: random.Random, folder: Path) -> Iterator[str]:
    """What parameter sets lose on the way through JSON and Parquet."""
    yield from files.lost_in_parameters([files.a_set(chance) for _ in range(3)], folder)


def of_model(number: int, chance: random.Random, folder: Path) -> Iterator[str]:
    """What one person's model loses on the way through SBML and an archive."""
    yield from files.lost_in_model(round_trips.legal_plan(chance), chance, folder)


TRIPS = dict(zip(COUNTS, (of_plan, of_trial, of_bundle, of_sets, of_model), strict=True))


def main() -> int:
    """Exit code 1 if anything was lost."""
    asked = argparse.ArgumentParser(description="Round trips through every format.")
    for name, count in COUNTS.items():
        asked.add_argument(f"--{name}", type=int, default=count)
    asked.add_argument("--seed", type=int, default=1)
    options = asked.parse_args()
    any_lost = False
    for kind, trip in TRIPS.items():
        kinds: Counter[str] = Counter()
        with tempfile.TemporaryDirectory() as folder:
            for number in range(count := getattr(options, kind)):
                lost = list(trip(number, random.Random(f"{options.seed} {kind} {number}"), Path(folder)))
                kinds["lost" if lost else "whole"] += 1
                any_lost |= bool(lost)
                for one in lost:
                    print(f"{kind} {number}: {one}")
        print(f"{kind}: {count}, of which {kinds['whole']} came back whole", flush=True)
    return int(any_lost)


if __name__ == "__main__":
    sys.exit(main())
