"""A thousand random plans and two hundred random trials through event tables and back: what is lost is
printed.

Usage: python scripts/exchange_round_trips.py [--plans 1000] [--trials 200] [--seed 1]
"""

import argparse
import random
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

import round_trips  # noqa: E402
from brittlestar.exchange.trial_tables import TrialTables  # noqa: E402
from brittlestar.trials.protocol_files import load_protocol  # noqa: E402
from brittlestar.trials.protocol_texts import library  # noqa: E402
from brittlestar.trials.run import run_trial  # noqa: E402


def main() -> int:
    """Exit code 1 if anything was lost."""
    asked = argparse.ArgumentParser(description="Round trips of random plans and trials.")
    for name, default in (("plans", 1000), ("trials", 200), ("seed", 1)):
        asked.add_argument(f"--{name}", type=int, default=default)
    options = asked.parse_args()
    lost: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(options.plans + options.trials):
            chance = random.Random(f"{options.seed} {number}")
            if number < options.plans:
                plan = round_trips.legal_plan(chance)
                what, trial = plan.in_words(), round_trips.paper_trial(plan, chance)
            else:
                protocol = load_protocol(chance.choice(library()))
                what, seed = protocol.id, chance.randrange(2**32)
                trial = TrialTables.of(run_trial(protocol, replicates=1, seed=seed))
            file = Path(folder) / f"t.{chance.choice(('csv', 'parquet'))}"
            for one in round_trips.lost(trial, file):
                lost[one[:60]] = lost.get(one[:60], 0) + 1
                print(f"{what}: {one}")
    print(f"{options.plans} plans and {options.trials} trials: {sum(lost.values())} losses")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
