"""The long work of a page, as the other process does it, and results that are kept between launches."""

import json
import os
from pathlib import Path
from typing import Any

from brittlestar._shared.errors import InputError
from brittlestar._shared.manifest import version
from brittlestar._shared.output import output_directory
from brittlestar.engine import default_parameters, fingerprint
from brittlestar.web.asked import Trial
from brittlestar.web.jobs import Progress

MOST_PERSON_YEARS = 400_000
"""Of one trial with all its repetitions: some minutes on two cores."""

PEOPLE_PER_BLOCK = 512
"""Smaller blocks than a trial uses by itself, so that progress is seen; they change no result."""

REPLICATES = 20
"""Repetitions of each published trial on the page of evidence."""

KEPT = {"leaflet": "leaflet.json", "trials": "all.json"}
"""Kind of work -> the file that holds what it found."""


def check_cost(asked: Trial) -> float:
    """Person-years of a trial with its repetitions.

    Raises:
        InputError: more than a page may ask for, or no protocol.
    """
    protocol = asked.read()
    cost = protocol.population.randomised * protocol.design.years * asked.replicates
    if cost > MOST_PERSON_YEARS:
        raise InputError(
            "size", f"{cost:,.0f} person-years", f"accepted here: up to {MOST_PERSON_YEARS:,}; "
            "larger trials run with `brittlestar trial`"
        )  # fmt: skip
    return cost


def trial(asked: dict[str, Any], folder: str, progress: Progress) -> None:
    """A virtual trial into ``folder``."""
    from brittlestar.trials import conduct, run

    conduct.PEOPLE_PER_BLOCK, run.BLOCKS_PER_CHUNK = PEOPLE_PER_BLOCK, 1
    told = Trial(**asked)
    progress(0, told.replicates)
    run.run_trial(told.read(), replicates=told.replicates, seed=told.seed, out=folder, progress=progress)


def leaflet(asked: dict[str, Any], folder: str, progress: Progress) -> None:
    """Every statement of the leaflet."""
    from brittlestar.evidence.leaflet import run_leaflet

    found = run_leaflet(progress=progress).to_dict()
    _keep("leaflet", found, folder)


def trials(asked: dict[str, Any], folder: str, progress: Progress) -> None:
    """Every published trial that ships."""
    from brittlestar.evidence.split import split
    from brittlestar.trials.every import run_all

    roles = {name: place.use for name, place in split().studies.items()}
    found = run_all(replicates=REPLICATES, roles=roles, progress=lambda _, done, total: progress(done, total))
    content = found.to_dict() | {"compared": found.compared()}
    _keep("trials", content, folder)


def _keep(kind: str, content: dict[str, Any], folder: str) -> None:
    text = json.dumps(content, ensure_ascii=False, allow_nan=False)
    for place in (Path(folder), kept_folder()):
        with output_directory(place / kind if place != Path(folder) else place, force=True) as scratch:
            (scratch / KEPT[kind]).write_text(text + "\n", encoding="utf-8")


def kept_folder() -> Path:
    """Where results of this version and these parameters are kept between launches."""
    chosen = os.environ.get("BRITTLESTAR_CACHE", "")
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    root = Path(chosen) if chosen not in ("", "off") else Path(home) / "brittlestar"
    return root / "page" / f"{version()}-{fingerprint(default_parameters())[:16]}"


def kept(kind: str) -> dict[str, Any] | None:
    """What was found before with these parameters, if it is there and whole."""
    try:
        return json.loads((kept_folder() / kind / KEPT[kind]).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
