"""Published studies on the command line."""

import pytest

from brittlestar._shared.errors import InputError
from brittlestar.cli import main
from brittlestar.evidence.studies.listing import drugs_of, routes_of, select
from brittlestar.evidence.studies.split import split
from brittlestar.evidence.studies.study import studies, study


def test_filters_keep_what_they_name():
    assert {s.id for s in select(use="validation")} == set(split().of("validation"))
    assert {"ward2011", "chevrel2006"} <= {s.id for s in select(drug="alendronate", design="rct")}
    assert all("oral" in routes_of(s) for s in select(route="oral"))
    assert "anissipour2014" not in {s.id for s in select(route="iv")}  # type IV is not a route
    assert all("III" in s.population.types for s in select(oi_type="III"))
    assert len(select()) == len(studies())
    assert {s.id for s in select(use="test")} == set(split().of("test"))
    assert drugs_of(study("topaz")) == ("zoledronate", "teriparatide")


@pytest.mark.parametrize(
    ("filters", "part"),
    [
        ({"drug": "zoledronat"}, "did you mean 'zoledronate'"),
        ({"use": "valid"}, "'validation'"),
        ({"route": "nose"}, "iv"),
        ({"oi_type": "VI"}, "type VI exists but is not in these studies; accepted: I, IV, III"),
        ({"measure": "nothing like it"}, "ls_z"),
        ({"design": "astrology"}, "RCT"),
    ],
)
def test_an_unknown_filter_is_refused(filters: dict[str, str], part: str):
    with pytest.raises(InputError, match=part):
        select(**filters)


def test_one_study_with_every_number(capsys: pytest.CaptureFixture[str]):
    assert main(["evidence", "chevrel2006"]) == 0
    said = capsys.readouterr().out
    for part in ("10.1, SD 9.8", "primary", "alendronate 10 mg/day", "calibration", "underpowered"):
        assert part in said
    assert said.rstrip().endswith("it is not advice for any person.")


def test_the_list_is_what_is_printed_where_no_study_is_named(capsys: pytest.CaptureFixture[str]):
    said = {}
    for words in ((), ("list",), ("--drug", "neridronate"), ("list", "--drug", "neridronate")):
        assert main(["evidence", *words]) == 0
        said[words] = capsys.readouterr().out
    assert said[()] == said[("list",)] and said[()].count("\n") > len(studies())
    assert said[("--drug", "neridronate")] == said[("list", "--drug", "neridronate")] != said[()]


def test_listing_and_measures(capsys: pytest.CaptureFixture[str]):
    assert main(["evidence", "--drug", "neridronate"]) == 0
    said = capsys.readouterr().out
    assert "antoniazzi2006" in said and "ward2011" not in said
    assert main(["evidence", "--measure", "ls_z", "--use", "validation"]) == 0
    said = capsys.readouterr().out
    assert "−2.03, SD 1.51" in said and "1.43, p <0.001" in said
    assert main(["evidence", "--use", "test"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "freedom_test" in said and "test: evidence from outside OI, predicted and never fitted to" in said
    assert main(["evidence", "poise13"]) == 2
    assert "did you mean 'poise2013'" in capsys.readouterr().err
