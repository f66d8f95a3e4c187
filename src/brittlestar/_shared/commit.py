"""The commit that the program was made from.

A checkout is asked; a wheel or a source archive holds what ``setup.py`` wrote down when it was built. The
build runs this file by itself, so it imports nothing of the project.
"""

import json
import os
import subprocess
from functools import cache
from importlib import metadata
from pathlib import Path

NOTE = "_commit.txt"
"""In the package, where a build wrote it."""


def of_checkout(root: Path) -> str | None:
    """Commit of a repository, ``-dirty`` where a build would hold anything else; None where there is none."""
    if not ((root / ".git").exists() and (root / "pyproject.toml").is_file()):
        return None
    # Within a hook of git these name the repository of the hook.
    outside = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}

    def git(*words: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(root), *words],
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
            env=outside,
        )
        return done.stdout.strip()

    try:
        said = git("describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")
        more = git("ls-files", "--others", "--exclude-standard", "--", "src")
    except (OSError, subprocess.SubprocessError):
        return None
    return said if said.endswith("-dirty") or not more else f"{said}-dirty"


@cache
def commit() -> str | None:
    """Commit of this program, ``-dirty`` where files differ from it; None where nobody knows."""
    package = Path(__file__).resolve().parents[1]
    if found := of_checkout(package.parents[1]):
        return found
    try:
        return (package / NOTE).read_text(encoding="utf-8").strip()
    except OSError:
        # PEP 610: what an installer notes down when it installs from a repository.
        origin = json.loads(metadata.distribution("brittlestar").read_text("direct_url.json") or "{}")
        return origin.get("vcs_info", {}).get("commit_id")
