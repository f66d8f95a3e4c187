"""All pools as one result: JSON, pictures and a page."""

import os
from typing import Any

from brittlestar._shared.errors import InputError, nearest
from brittlestar._shared.manifest import ParameterSet, input_sha256, manifest
from brittlestar._shared.result_files import Content, save_result, with_pictures
from brittlestar.evidence.studies.pool_plans import plans
from brittlestar.evidence.studies.pools import as_dict, pooling
from brittlestar.evidence.studies.split import USES, split
from brittlestar.report import page
from brittlestar.report import pools as pools_view

SCHEMA = "brittlestar/meta/1"
CONTEXT_OF_USE = "overview of published effects of bisphosphonates in osteogenesis imperfecta, for research"


def pools(use: str | None = None) -> dict[str, Any]:
    """Content of ``meta.json``: every question pooled.

    Args:
        use: only studies of this part of the split.

    Raises:
        InputError: an unknown part.
    """
    if use is not None and use not in USES:
        raise InputError("--use", use, nearest(use, USES))
    studies = {name: place.sha256 for name, place in split().studies.items()}
    about = manifest(
        seed=0,
        parameters=ParameterSet("none", input_sha256("no parameters of the model")),
        inputs={"studies": studies, "use": use},
        context_of_use=CONTEXT_OF_USE,
    )
    return {
        "schema": SCHEMA,
        "manifest": about | {"note": "published, not simulated"},
        "use": use,
        "pools": [as_dict(pooling(name, use)) for name in plans()],
    }


def save(content: dict[str, Any], out: str | os.PathLike[str], *, force: bool = False) -> None:
    """Write ``meta.json``, ``report.html`` and one SVG and PNG per question."""

    def pictures() -> dict[str, Content]:
        return {"report.html": page.html(pools_view.view(content)), **pools_view.forest_files(content)}

    save_result(out, with_pictures({"meta.json": content}, pictures), force=force)
