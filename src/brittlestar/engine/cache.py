"""Compiled programs are kept between runs, so that a second run starts computing at once.

``BRITTLESTAR_CACHE`` names another directory, or ``off``.
"""

import hashlib
import os
import platform
from pathlib import Path

import jax


def _processor() -> str:
    """What this processor can do: a program compiled for another one must not be loaded."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    wanted = [line for line in lines if line.startswith(("flags", "Features", "model name"))][:2]
    return "\n".join([platform.machine(), platform.processor(), jax.__version__, *wanted])


def use_cache() -> None:
    """Point JAX at the directory of compiled programs; a place that cannot be written is left out."""
    chosen = os.environ.get("BRITTLESTAR_CACHE", "")
    if chosen == "off":
        return
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    root = Path(chosen) if chosen else Path(home) / "brittlestar"
    folder = root / hashlib.sha256(_processor().encode()).hexdigest()[:16]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return
    if os.access(folder, os.W_OK):
        jax.config.update("jax_compilation_cache_dir", str(folder))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.5)
