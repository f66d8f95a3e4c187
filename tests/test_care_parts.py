"""Kinds of care: each stands in one list and knows its words, its line in words and what it does."""

from collections.abc import Iterable
from typing import Any, Self, get_args

import numpy as np
import pytest

from brittlestar.care import Plan, Span
from brittlestar.care.base import Effect, Part, Table
from brittlestar.care.durations import START, SpanField, number
from brittlestar.care.plan_fields import PARTS, PlanFields
from brittlestar.care.said import Said
from brittlestar.care.tabulate import FACTORS, RATES, add_effects


class Brace(Part):
    """A kind of care that the house does not have: rest at the spine, rate and factor beside."""

    words = ("spine-brace",)
    hours: float
    start: SpanField = START
    duration: SpanField | None = None

    @classmethod
    def from_words(cls, said: Said) -> Self:
        if said.amount is None:
            raise said.wrong("accepted: hours")
        return cls(hours=said.amount, **said.period)

    def effects(self) -> Iterable[Effect]:
        yield self.throughout("activity", (1.0 - self.hours / 48.0, 1.0, 1.0))
        yield self.throughout("calcium_mg_per_day", 100.0)
        yield self.throughout("formation", 1.5)
        yield self.throughout("immobilised")

    def __str__(self) -> str:
        return self.with_period(f"spine brace {number(self.hours)} h")


def test_every_kind_of_care_is_in_the_list_and_in_the_plan():
    beside = ("name", "note", "sources", "population", "monitoring")
    assert list(PARTS) == [name for name in PlanFields.model_fields if name not in beside]
    words = [word for kind in PARTS.values() for word in kind.words]
    assert len(words) == len(set(words)) and words == [word.lower() for word in words]


@pytest.mark.parametrize("field", [name for name, kind in PARTS.items() if kind.words])
def test_a_kind_with_words_reads_itself_and_says_itself(field):
    kind = PARTS[field]
    factors = {"vertebral": 0.8, "metaphyseal": 0.8, "long_bone": 0.8}
    for word in kind.words:
        said = Said("", word, 300.0 if kind.unit else None, factors, Span(2, "month"), Span(1, "year"))
        part = kind.from_words(said)
        assert str(part).lower().replace(" ", "-").startswith(word)
        assert str(part).endswith("from 2 months for 1 year")
        fields: dict[str, Any] = {field: (part,)}
        assert Plan(**fields).parts == (part,)


def test_what_a_part_does_counts_by_its_share_of_a_step():
    """A brace of 12 hours for a step and a half from the second step on."""
    brace = Brace(hours=12.0, start=Span(1, "week"), duration=Span(1.5, "week"))
    found = add_effects([brace], np.arange(5) * 7.0)
    np.testing.assert_allclose(found["activity"][:, 0], [1.0, 0.75, 0.875, 1.0])
    assert (found["activity"][:, 1:] == 1.0).all()
    assert found["calcium_mg_per_day"].tolist() == [0.0, 100.0, 50.0, 0.0]
    assert found["formation"].tolist() == [1.0, 1.5, 1.25, 1.0]
    assert found["immobilised"].tolist() == [False, True, False, False], "the middle of a step decides"
    assert found["vitamin_d_iu_per_day"].tolist() == [0.0] * 4 and (found["limb_hazard"] == 1.0).all()
    both = add_effects([brace, brace], np.arange(5) * 7.0)
    assert both["formation"][1] == 1.5**2 and both["calcium_mg_per_day"][1] == 200.0
    assert str(brace) == "spine brace 12 h from 1 week for 1.5 weeks"


def test_every_table_that_a_part_may_act_on_adds_multiplies_or_is_rest():
    assert {*RATES, *FACTORS, "immobilised"} == set(get_args(Table.__value__))
