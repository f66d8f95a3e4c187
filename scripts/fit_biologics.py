"""Fit what biologics do to cells, and print or write the numbers.

python scripts/fit_biologics.py            # print them beside the shipped ones, and what they give
python scripts/fit_biologics.py --write    # put them into the parameter files
"""

import sys
from pathlib import Path

import jax

from brittlestar.evidence.calibration.free_parameters import Leaf
from brittlestar.evidence.calibration.write_parameters import edited
from brittlestar.evidence.physiology.fit_biologics import (
    entry_of,
    evidence,
    file_of,
    fit_biologics,
    with_followers,
)

SOURCE = Path(__file__).parents[1] / "src/brittlestar"

if __name__ == "__main__":
    jax.config.update("jax_enable_x64", True)
    fitted, computed = fit_biologics()
    for target, value in zip(evidence().targets, computed(fitted), strict=True):
        print(f"{target.id:28} published {target.observed:<7g} sd {target.sd:<5g} model {value:.3g}")
    for path, value in with_followers(fitted).items():
        file_name, name = path.split(".")
        number = Leaf(path, file_name, name, None)
        print(f"{path:32} shipped {float(entry_of(number).value):<10.5g} fitted {value:.5g}")
        if "--write" in sys.argv:
            file = SOURCE / f"{file_of(number)}.toml"
            file.write_text(
                edited(file.read_text(encoding="utf-8"), number, value, file.name), encoding="utf-8"
            )
