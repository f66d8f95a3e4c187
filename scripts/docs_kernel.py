"""Runs first in every kernel of the documentation.

Charts come as SVG inside the page, with their words; a command that fails fails the page.
"""

import subprocess
from html import escape
from typing import Any

import altair
import polars

from brittlestar.charts import svg


def drawn(spec: dict[str, Any], **_: Any) -> dict[str, str]:
    """A chart as HTML that asks nobody for a script, and that says to a screen reader what it shows."""
    words = escape(spec.get("description", "chart"), quote=True)
    picture = svg(altair.Chart.from_dict(spec))
    return {"text/html": f'<figure role="img" aria-label="{words}">{picture}</figure>'}


def called(command: str) -> None:
    """What a line that begins with ``!`` does; by itself IPython goes on whatever comes of it."""
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True)
    print(done.stdout + done.stderr, end="")
    done.check_returncode()


get_ipython().system = called  # noqa: F821
altair.renderers.register("page", drawn)
altair.renderers.enable("page")
polars.Config.set_float_precision(3)
polars.Config.set_tbl_hide_dataframe_shape(True)
polars.Config.set_tbl_hide_column_data_types(True)
