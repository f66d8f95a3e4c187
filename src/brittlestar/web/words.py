"""Plain words for readers, from one file, and what a researcher sees beside them."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True)
class Word:
    """A word and what it means."""

    word: str
    says: str


@cache
def glossary() -> dict[str, Word]:
    """Every word that can be tapped, by id."""
    text = resources.files("brittlestar.web").joinpath("glossary.toml").read_text(encoding="utf-8")
    return {id: Word(**entry) for id, entry in tomllib.loads(text).items()}


EQUATIONS = (
    ("Osteoclasts", "dC/dt = kC (A r − a(u) C)", "bone/remodelling.toml"),
    ("Osteoblasts", "dB/dt = (load × P − B) / tau_B, with P following resorption", "bone/remodelling.toml"),
    ("Drug on the surface", "dS/dt = uptake + released − (desorbed + buried)", "drugs/shared.toml"),
    ("Buried drug", "dD/dt = buried − released by resorption", "drugs/shared.toml"),
    ("Fracture", "hazard(site) = reference × type × strength^-p × damage terms; an event when its integral "
     "crosses the person's next unit-rate arrival", "outcomes/fracture.toml"),
)  # fmt: skip
"""Name, equation in short and the file of its numbers."""
