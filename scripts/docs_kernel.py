"""Runs first in every kernel of the documentation: charts come as SVG inside the page, with their words."""

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


altair.renderers.register("page", drawn)
altair.renderers.enable("page")
polars.Config.set_float_precision(3)
polars.Config.set_tbl_hide_dataframe_shape(True)
polars.Config.set_tbl_hide_column_data_types(True)
