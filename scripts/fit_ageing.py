"""Fit how healthy bone ages, and print or write the five numbers.

python scripts/fit_ageing.py            # print them beside the shipped ones
python scripts/fit_ageing.py --write    # put them into the parameter files
"""

import sys
from pathlib import Path

import jax

from brittlestar.evidence.calibration.ageing import fit_ageing
from brittlestar.evidence.calibration.free_parameters import leaf
from brittlestar.evidence.calibration.write_parameters import edited

SOURCE = Path(__file__).parents[1] / "src/brittlestar"

if __name__ == "__main__":
    jax.config.update("jax_enable_x64", True)
    for path, value in fit_ageing().items():
        one = leaf(path)
        print(f"{path:32} shipped {one.shipped:<10.5g} fitted {value:.5g}")
        if "--write" in sys.argv:
            file = SOURCE / f"{one.file}.toml"
            file.write_text(edited(file.read_text(encoding="utf-8"), one, value, one.file), encoding="utf-8")
