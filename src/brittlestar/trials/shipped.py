"""The replicated trials as they ship with the package: run with the parameters in use."""

import json
from pathlib import Path
from typing import Any

from brittlestar._shared.manifest import input_sha256
from brittlestar._shared.result_files import as_json
from brittlestar.engine import default_parameters, fingerprint
from brittlestar.trials.run_all import AllTrials, inputs

FILE = Path(__file__).with_name("shipped.json")
"""Written by ``brittlestar trial all --write``: everything of ``all.json`` but what follows from the rest."""


def shipped() -> dict[str, Any] | None:
    """What ships, as in ``all.json``; None if parameters or protocols are not those that it was run with."""
    if not FILE.exists():
        return None
    content = json.loads(FILE.read_text(encoding="utf-8"))
    about = content["manifest"]
    same = about["parameters_sha256"] == fingerprint(default_parameters())
    if not same or about["input_sha256"] != input_sha256(inputs(replicates=about["replicates"])):
        return None
    return AllTrials(content["trials"], about).to_dict()


def write(found: AllTrials) -> Path:
    """Put what was found into the package."""
    content = found.to_dict()
    FILE.write_text(
        as_json({key: content[key] for key in ("schema", "manifest", "trials")}), encoding="utf-8"
    )
    return FILE
