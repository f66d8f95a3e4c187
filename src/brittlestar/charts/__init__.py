"""Every picture, once, from results only.

Each function takes a table of results and returns an Altair chart that carries its own text summary
(``chart.description``). ``data_table`` prints the numbers behind it; ``save_png``, ``save_svg`` and ``html``
write it out. What draws belongs to the extra ``charts``.
"""

from brittlestar._shared.extras import needs

with needs("charts", "charts"):
    from brittlestar.charts.course import course_bands, each_marker, marker_panels, points_of
    from brittlestar.charts.forest import endpoint_forest, endpoint_name, endpoint_rows
    from brittlestar.charts.fractures import drawn_fractures, fracture_free, mean_cumulative_fractures
    from brittlestar.charts.person import each_person_panel, person_panels, with_total
    from brittlestar.charts.save import html, png_ahead, safe_json, save_png, save_svg, scripts, svg
    from brittlestar.charts.tables import data_table, published_table
    from brittlestar.charts.theme import colours, grid

__all__ = [
    "colours",
    "course_bands",
    "data_table",
    "drawn_fractures",
    "each_marker",
    "each_person_panel",
    "endpoint_forest",
    "endpoint_name",
    "endpoint_rows",
    "fracture_free",
    "grid",
    "html",
    "marker_panels",
    "mean_cumulative_fractures",
    "person_panels",
    "png_ahead",
    "points_of",
    "published_table",
    "safe_json",
    "save_png",
    "save_svg",
    "scripts",
    "svg",
    "with_total",
]
