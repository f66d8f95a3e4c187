"""Install the wheel into empty environments, and write how large each is and how soon it starts.

    python scripts/measure_install.py --write   # into docs/install-sizes.txt; needs a package index, minutes

Sizes are those of the installed packages without compiled bytecode; times seconds of CPU, the least of five
runs.
"""

import resource
import subprocess
import sys
from collections.abc import Sequence
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
    """The least of some runs, which others on this machine hardly touch."""

    def once() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        run(python, "-c", code)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    return min(once() for _ in range(RUNS))


def measured(work: Path) -> str:
    """The two tables in Markdown."""
    uv = Path(sys.executable).with_name("uv")
    run(sys.executable, "-m", "pip", "wheel", "-qq", "--no-deps", "--no-build-isolation", "-w", work, ROOT)
    (wheel,) = work.glob("*.whl")
    lines = ["| install | MB | what it adds |", "|---|---|---|"]
    starts = ["| start | CPU seconds |", "|---|---|"]
    for extras, what in INSTALLS.items():
        place = work / (extras or "plain")
        run(uv, "venv", "--quiet", "--python", sys.executable, place)
        python = place / "bin" / "python"
        run(
            uv,
            "pip",
            "install",
            "--quiet",
            "--compile-bytecode",
            "--python",
            python,
            f"{wheel}[{extras}]" if extras else wheel,
        )
        (packages,) = place.glob("lib/python*/site-packages")
        name = f"brittlestar[{extras}]" if extras else "brittlestar"
        lines.append(f"| `{name}` | {megabytes(packages):,.0f} | {what} |")
        if not extras:
            starts += [f"| `{name}` | {cpu_seconds(python, code):.2f} |" for name, code in STARTS.items()]
    return "\n".join([*lines, "", *starts, ""])


def main(arguments: Sequence[str]) -> int:
    """Measure, and print or write."""
    with TemporaryDirectory() as work:
        text = measured(Path(work))
    if "--write" in arguments:
        TABLE.write_text(text, encoding="utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
