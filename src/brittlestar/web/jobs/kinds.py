"""The long work of a page, as the other process does it, and results that are kept between launches."""

import json
import os
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from brittlestar._shared.disk_cache import root
from brittlestar._shared.errors import InputError
from brittlestar._shared.manifest import manifest, source_sha256, version
from brittlestar._shared.output import intact
from brittlestar._shared.result_files import save_result
from brittlestar.engine import default_parameters, fingerprint, identity
from brittlestar.web.jobs.queue import Progress, Work
from brittlestar.web.requests import Trial

MOST_PERSON_YEARS = 400_000
"""Of one trial with all its repetitions: some minutes on two cores."""

PEOPLE_PER_BLOCK = 512
"""Smaller blocks than a trial uses by itself, so that progress is seen; they change no result."""

REPLICATES = 20
"""Repetitions of each published trial on the page of evidence."""

POWER_REPLICATES = 400
"""Trials behind each number of a power."""

PART = "part.json"
"""What was found of a statement or a published trial, in a directory of its name."""

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


def name_of(asked: Trial, kind: str = "trial") -> str:
    """What a list of runs calls a trial, or its power."""
    size = "" if asked.randomised is None else f", {asked.randomised} people"
    if kind == "power":
        return f"{asked.read().title}{size}: power"
    times = "once" if asked.replicates == 1 else f"{asked.replicates} times"
    return f"{asked.read().title}{size}, {times}"


def trial(asked: dict[str, Any], folder: str, progress: Progress) -> None:
    """A virtual trial under ``folder``; goes on from the parts that are there."""
    from brittlestar.trials import conduct, run

    conduct.PEOPLE_PER_BLOCK, run.BLOCKS_PER_CHUNK = PEOPLE_PER_BLOCK, 1
    told = asked_for(asked)
    progress(0, told.replicates)
    out = Path(folder) / _edition()
    run.run_trial(told.read(), replicates=told.replicates, seed=told.seed, out=out, progress=progress)


def power(asked: dict[str, Any], folder: str, progress: Progress) -> None:
    """How surely the trial finds an effect, by its size; begins anew when taken up again."""
    from brittlestar.trials.power.simulation import PEOPLE, POOLS, power_of

    told = asked_for(asked)
    progress(0, POOLS)
    protocol = told.read()
    own = protocol.population.randomised
    sizes = [n for n in (own // 2, own, 2 * own, 4 * own) if 10 <= n <= PEOPLE]
    found = power_of(protocol, sizes=sizes, replicates=POWER_REPLICATES, seed=told.seed, progress=progress)
    save_result(Path(folder) / _edition(), {"power.json": found.to_dict()}, force=True)


def leaflet(asked: dict[str, Any], folder: str, progress: Progress) -> None:
    """Every statement of the leaflet, as on the command line; goes on after the last one that is there."""
    from brittlestar.evidence import leaflet as room
    from brittlestar.evidence.leaflet.result import finding_of
    from brittlestar.evidence.leaflet.run import REPLICATES, SEEDS, about_leaflet, simulated
    from brittlestar.evidence.leaflet.seeds import over_seeds

    todo, p, first = room.checks(), default_parameters(), 1
    origin = about_leaflet(todo, seed=first, seeds=SEEDS, parameters=p, replicates=REPLICATES)
    told: dict[str, list[room.Finding]] = {id: [] for id in todo}
    for i in range(SEEDS):
        groups = simulated(todo.values(), seed=first + i, replicates=REPLICATES)
        for done, (id, one) in enumerate(todo.items(), i * len(todo)):
            progress(done, SEEDS * len(todo))
            place = Path(folder) / _edition() / f"{id}-{first + i}"
            if not intact(place):
                save_result(place, {PART: room.Leaflet({id: one.run(groups)}, origin).to_dict()}, force=True)
            told[id].append(finding_of(json.loads((place / PART).read_text(encoding="utf-8"))))
    findings = {id: over_seeds(each) for id, each in told.items()}
    keep("leaflet", room.Leaflet(findings, origin, SEEDS).to_dict())


def trials(asked: dict[str, Any], folder: str, progress: Progress) -> None:
    """Every published trial that ships; goes on after the last one that is there."""
    from brittlestar.evidence.studies.split import split
    from brittlestar.trials.protocol_texts import library
    from brittlestar.trials.run_all import AllTrials, inputs, run_all

    names, roles = library(), {name: place.use for name, place in split().studies.items()}
    found: list[dict[str, Any]] = []
    for i, name in enumerate(names):
        progress(i, len(names))
        place = Path(folder) / _edition() / name
        if not intact(place):
            one = run_all((name,), replicates=REPLICATES, roles=roles)
            save_result(place, {PART: one.trials}, force=True)
        found += json.loads((place / PART).read_text(encoding="utf-8"))
    about = manifest(seed=1, parameters=identity(default_parameters()), inputs=inputs(names, REPLICATES))
    every = AllTrials(found, about | {"replicates": REPLICATES})
    keep("trials", every.to_dict())


WORKS: dict[str, Work] = {"trial": trial, "power": power, "leaflet": leaflet, "trials": trials}
"""What a job can do, by kind."""


def finished(folder: Path) -> Path:
    """The directory of a finished trial or of its power, whichever edition made it.

    Raises:
        FileNotFoundError: it is not there any more, or a file of it is not as it was written.
    """
    for name in ("results", "power"):
        for place in folder.glob(f"*/{name}.json"):
            if intact(place.parent):
                return place.parent
    raise FileNotFoundError(folder)


def asked_for(asked: Any) -> Trial:
    """The trial that a job was asked for.

    Raises:
        InputError: what was noted of the job is damaged.
    """
    try:
        return Trial.model_validate(asked)
    except ValidationError:
        raise InputError("job.json", "asked", "accepted: what the page asked for; ask for it again") from None


def _edition() -> str:
    """Program and parameters: what another edition made does not fit to what this one makes."""
    return f"{version()}-{source_sha256()[:16]}-{fingerprint(default_parameters())[:16]}"


def keep(kind: str, content: dict[str, Any]) -> None:
    """Keep what a kind of work found for the next launch of this edition."""
    save_result(kept_folder() / kind, {KEPT[kind]: content}, force=True)


def kept_folder() -> Path:
    """Where results of this edition are kept between launches: another may say the same in other words."""
    # Results stay where programs are not to be kept: making them again takes minutes.
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return (root() or Path(home) / "brittlestar") / "page" / _edition()


def stamp(kind: str) -> int:
    """When what is kept was written; 0: nothing is."""
    try:
        return (kept_folder() / kind / KEPT[kind]).stat().st_mtime_ns
    except OSError:
        return 0


def kept(kind: str) -> dict[str, Any] | None:
    """What was found before with these parameters, if it is there and whole."""
    place = kept_folder() / kind
    return json.loads((place / KEPT[kind]).read_text(encoding="utf-8")) if intact(place) else None
