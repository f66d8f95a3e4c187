"""The one error: what it shows of a value, and how many words it names."""

import pytest

from brittlestar._shared.errors import InputError, nearest

DRUGS = [f"drug-{letter}{letter}" for letter in "abcdefghijkl"]


def test_a_long_list_is_answered_with_the_five_nearest_and_where_the_rest_stands():
    said = nearest("drug-kx", DRUGS, "brittlestar plans")
    assert said.startswith("did you mean 'drug-kk'? accepted: drug-kk, ")
    assert said.endswith(" and 7 more: brittlestar plans")
    assert sum(name in said.split("accepted:")[1] for name in DRUGS) == 5


def test_exchanged_letters_come_first_among_words_as_near():
    assert nearest("S72", [f"S{n:02}" for n in range(1, 47)]).startswith("did you mean 'S27'?")


def test_a_short_list_is_named_whole_in_its_order():
    assert nearest("zzz", ["iv", "oral", "sc"]) == "accepted: iv, oral, sc"
    assert nearest("orl", ["iv", "oral", "sc"]) == "did you mean 'oral'? accepted: iv, oral, sc"


@pytest.mark.parametrize("name", ["plan", "study", "trial", "output", "group"])
def test_refusals_of_the_doors_name_few_words(name):
    with pytest.raises(InputError) as caught:
        if name == "plan":
            from brittlestar.care import parse

            parse("zolendronate 0.05 mg/kg iv every 6 months")
        elif name == "study":
            from brittlestar.evidence.studies.study import study

            study("poise2031")
        elif name == "trial":
            from brittlestar.trials.protocol_files import load_protocol

            load_protocol("pois")
        elif name == "output":
            from brittlestar.model.outputs import UNITS

            raise InputError("output", "ls", nearest("ls", UNITS))
        else:
            from brittlestar.cli.parameter_list import select

            select("bones")
    assert len(str(caught.value).split("accepted: ")[-1].split(" and ")[0].split(", ")) <= 5
    assert len(str(caught.value)) < 400


def test_a_long_value_is_shown_by_its_beginning():
    for value in ("x" * 100_000, ["word"] * 10_000, 10**3_000, 10**9_000):
        assert len(str(InputError("place", value, "accepted: less"))) < 250
    assert str(InputError("place", "no", "accepted: yes")) == "place: got 'no'; accepted: yes"
