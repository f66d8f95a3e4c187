"""The calibration's mode by machine code for AVX2, beside a posterior.json made with other vectors.

python scripts/other_vectors.py DIR/posterior.json     # DIR of `brittlestar calibrate --out DIR`, same commit

Sums of four and of eight people round differently; this tells how far a fit carries that. Ten minutes.
"""

import json
import sys
from pathlib import Path

import jax
import numpy as np

from brittlestar.engine.native import kept_programs
from brittlestar.engine.native.compiler import machine

AVX2 = "x86-64-v3"
"""LLVM's name of processors with AVX2 and fused products."""


def with_avx2() -> None:
    """Let this process make and run code for AVX2, four people side by side."""
    own = machine.here()
    machine.here = lambda without="": machine.Processor(own.triple, AVX2, "")  # type: ignore[assignment]
    machine.vector_bits = kept_programs.vector_bits = lambda: 256  # type: ignore[assignment]
    machine.processor.cache_clear()


def main(file: Path) -> None:
    """Fit, and print how far the mode lies from that of the file, in SDs of the posterior."""
    from brittlestar.evidence.calibration.calibrate import calibrate

    told = json.loads(file.read_text(encoding="utf-8"))
    with_avx2()
    found = calibrate(progress=lambda count, total: print(f"run {count}: {total:.4f}", file=sys.stderr))
    apart = np.abs(found.posterior.mode - np.array(told["log_mode"])) / np.sqrt(
        np.diag(told["log_covariance"])
    )
    worst = found.posterior.ids[int(np.argmax(apart))]
    print(f"chi-square {found.chi2:.6f} with AVX2, {told['chi2']:.6f} in the file")
    print(
        f"the mode lies at most {apart.max():.2g} posterior SD apart ({worst}), median {np.median(apart):.2g}"
    )


if __name__ == "__main__":
    jax.config.update("jax_enable_x64", True)
    main(Path(sys.argv[1]))
