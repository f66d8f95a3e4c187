"""Install the wheel into empty environments, and write how large each is and how soon it starts.

    python scripts/measure_install.py --write   # into docs/install-sizes.txt; needs a package index, minutes
    python scripts/measure_install.py --write 87dea0d   # beside a plain install of that commit

Sizes are those of the installed packages without compiled bytecode; times seconds of CPU, the least of five
runs, in turns.
"""

import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[1]
TABLE = ROOT / "docs" / "install-sizes.txt"
INSTALLS = {
    "": "simulates, and writes numbers",
    "charts": "draws: reports, PNG, SVG, `.plot()`",
    "charts,query": "the same, and `brittlestar query`",
    "serve": "the page",
    "exchange": "runs exported files; pandas, xarray, SAS transport files",
    "scale": "a cluster of dask",
    "calibration": "Sobol indices of the credibility report",
}
STARTS = {
    "brittlestar --help": "import brittlestar.cli; brittlestar.cli.main(['--help'])",
    "import brittlestar": "import brittlestar",
    "from brittlestar import compare": "from brittlestar import compare",
    "from brittlestar import run_trial, predict, power": "from brittlestar import run_trial, predict, power",
}
RUNS = 5


def run(*command: str | Path) -> None:
    """Run a command; what it says is shown only where it fails."""
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")


def megabytes(folder: Path) -> float:
    """Of all files but bytecode."""
    files = (file for file in folder.rglob("*") if file.is_file() and file.suffix != ".pyc")
    return sum(file.stat().st_size for file in files) / 1e6


def cpu_seconds(python: Path, code: str) -> float:
    """Of one start; infinite where that version cannot."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([str(python), "-c", code], capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return inf if done.returncode else spent


def wheel_of(source: Path, folder: Path) -> Path:
    """The wheel of a checkout."""
    build = ["wheel", "-qq", "--no-deps", "--no-build-isolation", "-w", folder, source]
    run(sys.executable, "-m", "pip", *build)
    (wheel,) = folder.glob("*.whl")
    return wheel


def installed(wheel: Path, place: Path, extras: str = "") -> Path:
    """The folder of packages of an empty environment into which a wheel was installed."""
    uv, python = Path(sys.executable).with_name("uv"), place / "bin" / "python"
    run(uv, "venv", "--quiet", "--python", sys.executable, place)
    what = f"{wheel}[{extras}]" if extras else wheel
    run(uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", python, what)
    (packages,) = place.glob("lib/python*/site-packages")
    return packages


def sizes(wheel: Path, work: Path) -> str:
    """Installs, in Markdown."""
    lines = ["| install | MB | what it adds |", "|---|---|---|"]
    for extras, what in INSTALLS.items():
        size = megabytes(installed(wheel, work / (extras or "plain"), extras))
        lines.append(f"| `{f'brittlestar[{extras}]' if extras else 'brittlestar'}` | {size:,.0f} | {what} |")
    return "\n".join(lines)


def starts(plain: Mapping[str, Path]) -> str:
    """Plain installs side by side, in Markdown.

    Args:
        plain: what it is called -> its environment.
    """
    lines = [f"| plain install | {' | '.join(plain)} |", "|---" * (len(plain) + 1) + "|"]
    found = (megabytes(next(place.glob("lib/python*/site-packages"))) for place in plain.values())
    lines.append(f"| MB | {' | '.join(f'{size:,.0f}' for size in found)} |")
    for name, code in STARTS.items():
        turns = [[cpu_seconds(one / "bin" / "python", code) for one in plain.values()] for _ in range(RUNS)]
        least = (min(times) for times in zip(*turns, strict=True))
        told = " | ".join("not there" if spent == inf else f"{spent:.2f}" for spent in least)
        lines.append(f"| `{name}`, CPU seconds | {told} |")
    return "\n".join(lines)


def measured(work: Path, before: str | None) -> str:
    """The two tables in Markdown."""
    wheel = wheel_of(ROOT, work / "wheel")
    text = sizes(wheel, work)
    plain = {wheel.name.split("-")[1]: work / "plain"}
    if before:
        run("git", "clone", "--quiet", ROOT, work / "source")
        run("git", "-C", work / "source", "checkout", "--quiet", before)
        installed(wheel_of(work / "source", work / "earlier"), work / "before")
        plain = {f"commit {before}": work / "before"} | plain
    return f"{text}\n\n{starts(plain)}\n"


def main(arguments: Sequence[str]) -> int:
    """Measure, and print or write."""
    before = next((word for word in arguments if not word.startswith("-")), None)
    with TemporaryDirectory() as work:
        text = measured(Path(work), before)
    if "--write" in arguments:
        TABLE.write_text(text, encoding="utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
