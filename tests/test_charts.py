"""Pictures say what the tables say, with units, ranges, published points and a text summary."""

import json
import re
from itertools import combinations

import numpy as np
import polars as pl
import pytest
import vl_convert

import chart_frames as tables
from brittlestar import charts
from brittlestar._shared import words
from brittlestar._shared.errors import InputError
from brittlestar._shared.trial_words import VERDICTS
from brittlestar.charts import theme

DARK_PAGE = "#12161c"
# Machado 2009, severity 1: what an eye without one kind of cone sees, linear RGB.
PROTAN = np.array(
    [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
)
DEUTAN = np.array(
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
)


def every_chart() -> dict:
    bands, published = tables.bands(), tables.published()
    return {
        "course": charts.course_bands(bands, published, series="ls_abmd_pct_change"),
        "course without points": charts.course_bands(bands, series="ls_z"),
        "markers": charts.marker_panels(bands, published),
        "free": charts.fracture_free(tables.free(), published),
        "mcf": charts.mean_cumulative_fractures(tables.mcf(), published),
        "forest": charts.endpoint_forest(tables.endpoints()),
        "person": charts.person_panels(tables.course()),
        "one draw": charts.person_panels(tables.course(one_draw=True)),
        "fate": charts.drawn_fractures(tables.fractures(), ("treated", "untreated"), 10.0),
    }


@pytest.fixture(scope="module")
def drawn() -> dict:
    return every_chart()


def layers(chart) -> list[dict]:
    return chart.to_dict()["layer"]


def rows_of(spec: dict, layer: dict) -> list[dict]:
    """Rows of a layer; Altair lifts shared data to the top and names it there."""
    data = layer.get("data") or spec["data"]
    return data["values"] if "values" in data else spec["datasets"][data["name"]]


def forest_rows(chart) -> list[dict]:
    return rows_of(chart.to_dict(), layers(chart)[1])


def marks(chart, kind: str) -> list[dict]:
    return [layer for layer in layers(chart) if layer["mark"]["type"] == kind]


def test_every_chart_has_words_and_draws_text_that_is_not_tiny(drawn: dict) -> None:
    for name, chart in drawn.items():
        assert len(chart.to_dict()["description"]) > 60, name
        svg = charts.svg(chart)
        sizes = {float(size) for size in re.findall(r'font-size="([\d.]+)px"', svg)}
        assert sizes and min(sizes) >= 12, name
        assert not re.search(r">(NaN|undefined|null|Infinity)<", svg), name


def test_a_course_shows_line_band_axis_unit_and_published_points_above_them() -> None:
    chart = charts.course_bands(tables.bands(), tables.published(), series="ls_abmd_pct_change")
    kinds = [layer["mark"]["type"] for layer in layers(chart)]
    assert max(i for i, kind in enumerate(kinds) if kind in ("area", "line")) < kinds.index("point")
    assert len(marks(chart, "area")) == len(tables.ARMS)
    assert all(mark["mark"]["stroke"] == theme.OUTLINE for mark in marks(chart, "point"))
    values = sorted(row["value"] for mark in marks(chart, "point") for row in rows_of(chart.to_dict(), mark))
    assert values == [4.6, 7.6, 9.8, 19.4]
    (line,) = marks(chart, "line")
    assert line["encoding"]["y"]["title"] == "Lumbar spine aBMD, change (%)"
    assert line["encoding"]["stroke"]["legend"] is not None


def test_the_legend_survives_and_tells_dashes() -> None:
    chart = charts.course_bands(tables.bands(), tables.published(), series="ls_abmd_pct_change")
    vega = vl_convert.vegalite_to_vega(chart.to_dict())
    (legend,) = vega["legends"]
    assert legend["stroke"] and legend["strokeDash"]


def test_points_without_interval_have_no_error_bar_and_contrasts_no_point() -> None:
    published = pl.concat(
        [
            tables.published(),
            tables.published().head(1).with_columns(series=pl.lit("ls_z"), arm=pl.lit("difference")),
        ]
    )
    chart = charts.course_bands(tables.bands(), published, series="ls_z")
    assert len(marks(chart, "point")) == 1
    assert not [mark for mark in marks(chart, "rule") if "y2" in mark["encoding"]]


def test_the_title_and_the_words_give_the_last_values() -> None:
    chart = charts.course_bands(tables.bands(), tables.published(), series="ls_abmd_pct_change")
    title = " ".join(chart.to_dict()["title"]["text"]).replace(words.FIRM, " ")
    assert title.endswith("at 24 months: risedronate 15.2 %; placebo 7.1 %")
    said = chart.to_dict()["description"].replace(words.FIRM, " ")
    assert "placebo 7.1 % (95 % range 3.9 to 10.3)" in said
    assert "Published at 24 months" in said and "risedronate 19.4 % (95 % interval 16.9 to 21.9)" in said


def test_markers_are_found_by_word_and_the_rest_are_not() -> None:
    assert list(charts.each_marker(tables.bands())) == ["ctx", "p1np", "bsap"]
    with pytest.raises(InputError, match="names"):
        charts.marker_panels(tables.bands(), markers=("sclerostin",))


def test_fractures_are_told_out_of_100_people() -> None:
    chart = charts.fracture_free(tables.free(), tables.published())
    end = tables.free().filter(pl.col("arm") == "placebo")["mean"][-1]
    assert f"placebo {100 * (1 - end):.1f}" in chart.to_dict()["description"]
    (line,) = marks(chart, "line")
    assert line["encoding"]["y"]["scale"]["domain"] == [0, 1]


def test_coarse_curves_are_steps() -> None:
    coarse = tables.free().filter(pl.col("time_months") % 1 == 0)
    (line,) = marks(charts.fracture_free(coarse), "line")
    assert line["mark"]["interpolate"] == "step-after"


def test_the_forest_puts_failures_first_and_standardises() -> None:
    rows = forest_rows(charts.endpoint_forest(tables.endpoints()))
    assert [row["verdict"] for row in rows] == ["outside"] * 2 + ["inside"] * 4
    first = rows[0]
    assert first["mean"] == pytest.approx((15.2 - 19.4) / 2.5, rel=1e-5)
    assert all((abs(row["mean"]) <= 1) == (row["verdict"] == "inside") for row in rows)


def test_the_forest_reads_a_table_as_it_reads_a_list() -> None:
    frame = pl.DataFrame(tables.endpoints())
    assert charts.endpoint_rows(frame) == charts.endpoint_rows(tables.endpoints())
    far = tables.endpoints()[:1]
    far[0]["simulated"] = {"mean": 90.0, "low": 80.0, "high": 99.0}
    far[0]["verdict"] = "outside"
    (row,) = forest_rows(charts.endpoint_forest(far))
    assert row["mark"] == "triangle-right"


def test_the_forest_refuses_unknown_verdicts_and_nothing_to_draw() -> None:
    odd = [tables.endpoints()[0] | {"verdict": "fine"}]
    with pytest.raises(InputError, match=VERDICTS[0]):
        charts.endpoint_forest(odd)
    with pytest.raises(InputError, match="published interval"):
        charts.endpoint_forest([tables.endpoints()[-1]])


def test_a_person_has_every_panel_and_expected_fractures_add_up() -> None:
    course = tables.course()
    assert list(charts.each_person_panel(course)) == [
        "density", "z", "turnover", "drug_surface", "drug_buried", "strength_spine", "strength_limb",
        "expected_fractures", "pain", "height",
    ]  # fmt: skip
    total = charts.with_total(course).filter(pl.col("output") == "expected_fractures")
    last = total.filter(pl.col("plan") == "untreated").sort("time_years").tail(1)
    years = last["time_years"][0]
    assert last["mean"][0] == pytest.approx(years * (0.8 + 0.5 + 0.3 + 0.6))


def test_turnover_is_two_lines_for_each_plan() -> None:
    chart = charts.each_person_panel(tables.course())["turnover"]
    (line,) = marks(chart, "line")
    drawn_lines = {(row["plan"], row["what"]) for row in rows_of(chart.to_dict(), line)}
    assert drawn_lines == {
        (plan, what) for plan in ("treated", "untreated") for what in ("removed", "formed")
    }
    assert line["encoding"]["strokeDash"]["scale"] == {
        "domain": ["untreated", "treated"],
        "range": [[5, 4], [1, 0]],
    }
    assert chart.to_dict()["title"]["subtitle"] == ["Dashed: untreated"]


def test_one_draw_has_no_band() -> None:
    chart = charts.each_person_panel(tables.course(one_draw=True))["density"]
    assert marks(chart, "area") == []


def test_a_plan_under_which_nothing_broke_keeps_its_row() -> None:
    none = tables.fractures().clear()
    chart = charts.drawn_fractures(none, ("treated", "untreated"), 5.0)
    assert layers(chart)[0]["encoding"]["y"]["scale"]["domain"] == ["untreated", "treated"]
    assert "treated 0" in chart.to_dict()["description"]


def test_arms_without_drug_are_grey_and_come_first() -> None:
    chosen = charts.colours(["risedronate", "Placebo, then risedronate", "alendronate"])
    assert list(chosen) == ["Placebo, then risedronate", "risedronate", "alendronate"]
    assert list(chosen.values()) == [theme.CONTROL[0], *theme.TREATED[:2]]
    with pytest.raises(InputError, match="fewer"):
        charts.colours(f"dose {i}" for i in range(len(theme.TREATED) + 1))


def test_colours_are_seen_on_both_pages_and_by_eyes_that_mix_red_and_green() -> None:
    for colour in (*theme.CONTROL, *theme.TREATED, *theme.PROCESS, theme.OUTSIDE):
        assert contrast(colour, theme.PAPER) >= 3, colour
        assert contrast(colour, DARK_PAGE) >= 3, colour
    usual = (theme.CONTROL[0], *theme.TREATED[:3])
    for matrix in (np.eye(3), PROTAN, DEUTAN):
        for a, b in [*combinations(usual, 2), theme.PROCESS, (theme.OUTSIDE, theme.TREATED[0])]:
            assert np.linalg.norm(lab(a, matrix) - lab(b, matrix)) >= 14, (a, b)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (15.234, "15.2"),
        (0.4271, "0.43"),
        (-0.001, "0.00"),
        (-3.456, "−3.46"),
        (154.2, "154"),
        (None, "–"),
        (float("nan"), "–"),
    ],
)
def test_numbers_read_well(value: float | None, said: str) -> None:
    assert words.number(value) == said


def test_shares_are_whole_people_out_of_100() -> None:
    assert (
        words.estimate(0.309, 0.224, 0.408, unit="share").replace(words.FIRM, " ") == "31 of 100 (22 to 41)"
    )
    assert words.estimate(0.55, None, None, unit="ratio") == "0.55"
    assert words.estimate(None, None, None, unit="%") == "–"


def test_a_label_that_says_its_unit_does_not_say_it_twice() -> None:
    assert theme.with_unit("CTX, change in %", "%") == "CTX, change in %"
    assert theme.with_unit("Density", "g/cm2") == "Density (g/cm²)"
    assert theme.with_unit("Rate ratio", "ratio") == "Rate ratio"


def test_the_table_of_a_chart_holds_first_last_and_ranges() -> None:
    table = charts.data_table(tables.free(), scale=100)
    assert table.columns == ["Months", "placebo", "risedronate"]
    assert table.height == 13
    assert table["Months"][0] == "0" and table["Months"][-1] == "24"
    assert re.fullmatch(r"\d+ \(\d+ to \d+\)", table["placebo"][-1])


def test_a_missing_column_or_series_is_said_with_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'ls_z'"):
        charts.course_bands(tables.bands(), series="ls_zz")
    with pytest.raises(InputError, match="time_months"):
        charts.fracture_free(tables.free().rename({"time_months": "time_month"}))
    with pytest.raises(InputError, match="at least one row"):
        charts.mean_cumulative_fractures(tables.mcf().clear())


def test_points_no_replicate_answered_are_left_out() -> None:
    holes = tables.bands().with_columns(
        mean=pl.when(pl.col("time_months") > 20).then(None).otherwise(pl.col("mean"))
    )
    chart = charts.course_bands(holes, series="ls_z")
    assert "over 20 months" in chart.to_dict()["description"]


def test_files_are_written_and_a_page_needs_no_network(tmp_path) -> None:
    chart = charts.fracture_free(tables.free())
    png = charts.save_png(chart, tmp_path / "free.png").read_bytes()
    assert png.startswith(b"\x89PNG")
    assert int.from_bytes(png[16:20], "big") >= 2 * theme.WIDTH
    assert charts.save_svg(chart, tmp_path / "free.svg").read_text().startswith("<svg")
    page = re.sub(r"(?s)(<script[^>]*>).*?</script>", r"\1</script>", charts.html(chart))
    assert page.count("<script") == 3
    assert "src=" not in page and "href=" not in page


def test_a_grid_written_at_once_is_the_grid() -> None:
    panels = charts.each_person_panel(tables.course())
    whole = theme.grid(panels.values()).properties(title="Band: 95 %")
    assert theme.grid_spec(panels.values(), "Band: 95 %") == whole.to_dict()


def test_what_is_drawn_ahead_is_the_same_picture(tmp_path) -> None:
    chart = charts.fracture_free(tables.free())
    written = charts.png_ahead(chart.to_dict())
    written(tmp_path / "ahead.png")
    charts.save_png(chart, tmp_path / "free.png")
    assert (tmp_path / "ahead.png").read_bytes() == (tmp_path / "free.png").read_bytes()


def test_nothing_in_a_chart_can_close_its_script() -> None:
    bad = "</script><script>alert(1)</script>"
    bands = tables.bands().with_columns(label=pl.lit(bad), arm=pl.col("arm") + pl.lit(bad))
    chart = charts.course_bands(bands, series="ls_z")
    text = charts.safe_json(chart.to_dict())
    assert "<" not in text
    assert json.loads(text) == chart.to_dict()
    assert charts.html(chart).count("</script>") == 3


def linear(colour: str) -> np.ndarray:
    rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def contrast(a: str, b: str) -> float:
    """WCAG contrast ratio."""
    low, high = sorted(float(linear(colour) @ [0.2126, 0.7152, 0.0722]) for colour in (a, b))
    return (high + 0.05) / (low + 0.05)


def lab(colour: str, seen_by: np.ndarray) -> np.ndarray:
    """CIE L*a*b*, D65."""
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ np.clip(seen_by @ linear(colour), 0, 1) / [0.9505, 1.0, 1.089]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def test_the_script_of_all_charts_is_put_together_once_and_kept(tmp_path, monkeypatch) -> None:
    made = []
    monkeypatch.setenv("BRITTLESTAR_CACHE", str(tmp_path))
    monkeypatch.setattr(vl_convert, "javascript_bundle", lambda vl_version: made.append(1) or "draw()")

    def again() -> str:
        charts.scripts.cache_clear()  # as another process
        return charts.scripts()

    try:
        assert (again(), again(), len(made)) == ("draw()", "draw()", 1)
        (file,) = tmp_path.rglob("*.js")
        file.write_bytes(file.read_bytes()[:-1])
        assert (again(), len(made)) == ("draw()", 2)
    finally:
        charts.scripts.cache_clear()
