"""Compiled programs are kept between runs, so that a second run starts computing at once.

``BRITTLESTAR_CACHE`` names another directory, or ``off``.
"""

import hashlib
import os
import platform
from functools import cache
from pathlib import Path

import jax


@cache
def _processor() -> str:
    """What this processor can do: a program compiled for another one must not be loaded."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    wanted = [line for line in lines if line.startswith(("flags", "Features", "model name"))][:2]
    return "\n".join([platform.machine(), platform.processor(), jax.__version__, *wanted])


def folder() -> Path | None:
    """Directory of compiled programs; nothing where caching is off or the place cannot be written."""
    chosen = os.environ.get("BRITTLESTAR_CACHE", "")
    if chosen == "off":
        return None
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    root = Path(chosen) if chosen else Path(home) / "brittlestar"
    place = root / hashlib.sha256(_processor().encode()).hexdigest()[:16]
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return place if os.access(place, os.W_OK) else None


def use_cache() -> None:
    """Point JAX at the directory of compiled programs."""
    place = folder()
    if place is not None:
        jax.config.update("jax_compilation_cache_dir", str(place))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.5)
