"""The words of the factsheet's checks: whatever is measured is said or judged, and nothing else is."""

import ast
import inspect
from collections.abc import Iterator
from string import Formatter
from types import FunctionType, ModuleType
from typing import Any

import numpy as np
import pytest

from brittlestar.evidence.leaflet import Measured, Number, checks
from brittlestar.evidence.leaflet.check import StatementCheck
from brittlestar.evidence.leaflet.limits import KINDS, Limit, limits_of_evidence, limits_of_words
from brittlestar.evidence.leaflet.margin import all_of, between, close, less, more
from brittlestar.evidence.leaflet.prose import all_words, written

DRAWN = {"chart", "pages"}
"""Taken as they are."""
NOT_TEMPLATES = {"questions", "frame", "mechanism", "suspect"}
"""Tables of a statement whose words are not filled with what its check measured."""


def keywords(function: Any, called: str) -> list[ast.keyword]:
    """Keyword arguments of the one call of this name in a function."""
    tree = ast.parse(inspect.getsource(function))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return next(call.keywords for call in calls if isinstance(call.func, ast.Name) and call.func.id == called)


def names(found: list[ast.keyword], module: ModuleType) -> Iterator[str]:
    """Names of keyword arguments; of ``**function()`` the keys of the dictionary that it returns."""
    for one in found:
        if one.arg is not None:
            yield one.arg
            continue
        assert isinstance(one.value, ast.Call) and isinstance(one.value.func, ast.Name)
        function = getattr(module, one.value.func.id)
        assert isinstance(function, FunctionType)
        returned = [
            n.value for n in ast.walk(ast.parse(inspect.getsource(function))) if isinstance(n, ast.Return)
        ]
        assert isinstance(returned[-1], ast.Dict)
        yield from (str(key.value) for key in returned[-1].keys if isinstance(key, ast.Constant))


def measured_by(check: StatementCheck) -> set[str]:
    """Names of all that a check measures."""
    module = inspect.getmodule(check.measure)
    assert module is not None
    return set(names(keywords(check.measure, "Measured"), module))


def judged_by(check: StatementCheck) -> dict[str, set[str]]:
    """Claims that a check judges, by what they are about."""
    found = {}
    for one in keywords(check.judge, "Judged"):
        assert one.arg is not None
        found[one.arg] = (
            {k.arg for k in one.value.keywords if k.arg} if isinstance(one.value, ast.Call) else set()
        )
    return found


def read_by(check: StatementCheck) -> set[str]:
    """Measured names that the judge reads."""
    tree = ast.parse(inspect.getsource(check.judge))
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "m"
    }


def fields(words: Any) -> set[str]:
    """Names of the fields in all templates of a statement; those of the open questions are their own."""
    if isinstance(words, dict):
        return set().union(*(fields(value) for key, value in words.items() if key not in NOT_TEMPLATES))
    if isinstance(words, list):
        return set().union(*map(fields, words))
    found = (name for _, name, _, _ in Formatter().parse(words) if name) if isinstance(words, str) else ()
    return {name.split(".")[0].split("[")[0] for name in found}


@pytest.mark.parametrize("id", checks())
def test_what_is_measured_is_said_or_judged_and_nothing_else_is(id: str) -> None:
    check, words = checks()[id], all_words()[id]
    measured, said = measured_by(check), fields(words) - {"each"}
    numbers = set(words.get("numbers", {}))
    assert said | numbers | read_by(check) <= measured
    assert measured - DRAWN <= said | numbers | read_by(check)
    assert ("chart" in measured) == ("chart" in words)
    for kind, claims in judged_by(check).items():
        assert set(words.get(kind, {})) == claims
    assert set(words.get("origins", {})) == set(words.get("evidence", {}))


@pytest.mark.parametrize("id", checks())
def test_every_claim_about_the_evidence_says_where_its_limit_is_from(id: str) -> None:
    words, limits = all_words()[id], limits_of_evidence().get(id, {})
    assert set(limits) == set(words.get("evidence", {}))
    for one in limits.values():
        assert one.kind in KINDS and (one.value is not None) == (one.kind in ("elsewhere", "chosen"))
        assert bool(one.why) == (one.kind == "chosen") and bool(one.source) == (one.kind == "elsewhere")
        assert bool(one.what) == (one.value is not None)


@pytest.mark.parametrize("id", limits_of_words())
def test_limits_that_the_words_ask_for_are_those_of_claims_and_say_why(id: str) -> None:
    assert set(limits_of_words()[id]) <= set(all_words()[id]["statement"])
    assert all(len(one) == 2 and all(one) for one in limits_of_words()[id].values())


def numbers_of(check: StatementCheck) -> set[float]:
    """Numbers that stand in a check's claims about the evidence."""
    evidence = next(one.value for one in keywords(check.judge, "Judged") if one.arg == "evidence")
    found = (n.value for n in ast.walk(evidence) if isinstance(n, ast.Constant))
    return {float(n) for n in found if isinstance(n, int | float) and not isinstance(n, bool)}


NOTHING_SET = {0.0, 1.0, 50.0, 100.0}
"""None, as much, more often than not, and in per cent: no limit that somebody set."""
OF_COUNTS = {"S18": {0.05, 1e-6}}
"""What none among so many leaves possible, at 95 %, and rounding."""
HOURS = {"S37": {3.0}, "S19": {0.0}}
"""Months at which something is read."""


@pytest.mark.parametrize("id", checks())
def test_no_limit_hides_in_a_check(id: str) -> None:
    module = inspect.getsource(inspect.getmodule(checks()[id].judge))  # type: ignore[arg-type]
    allowed = NOTHING_SET | OF_COUNTS.get(id, set()) | HOURS.get(id, set())
    assert numbers_of(checks()[id]) <= allowed, "it belongs into limits.toml"
    shared = {"S41": "S31"}.get(id, id)
    for name, one in limits_of_evidence().get(id, {}).items():
        assert one.value is None or f'limit("{shared}.{name}")' in module


def test_every_statement_has_words_of_its_own() -> None:
    assert set(all_words()) == set(checks())


WORDS = {
    "summary": "Density rises by {gain:.0f} % ({gain.published:g} published), most with {best}.",
    "sources": ["poise2013", "a source in words"],
    "notes": ["Of {n} people."],
    "statement": {"rises": "{each}: it rises", "enough": "enough"},
    "evidence": {"as_published": "as published"},
    "origins": {"as_published": "poise2013"},
    "numbers": {"gain": ["gain", "%"], "by_drug": "gain, {each}"},
    "chart": {"title": "Gain", "y": "%", "series": "{each} a day"},
    "names": {"zol": "zoledronate"},
}
MEASURED = Measured(
    gain=Number(4.6, 4.0, 5.0, published=5.0),
    by_drug={"zol": Number(4.0), "pamidronate": 2.0},
    best="zoledronate",
    n=12,
    chart={"kind": "dots", "title": "", "y": "", "rows": [{"series": "zol", "y": 4.0}]},
)
SAID: dict[str, Any] = {"rises": {"zol": True, "pamidronate": False}, "enough": True}


def test_words_are_filled_with_what_was_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("brittlestar.evidence.leaflet.prose.all_words", lambda: {"S99": WORDS})
    known = {"S99": {"as_published": Limit("printed")}}
    monkeypatch.setattr("brittlestar.evidence.leaflet.prose.limits_of_evidence", lambda: known)
    found = written("S99", MEASURED, SAID, {"as_published": True})
    assert found.summary == "Density rises by 5 % (5 published), most with zoledronate."
    assert [(claim.what, claim.holds) for claim in found.statement] == [
        ("zoledronate: it rises", True), ("pamidronate: it rises", False), ("enough", True)
    ]  # fmt: skip
    assert [claim.kind for claim in (*found.statement, *found.evidence)] == ["", "", "", "fitted"]
    assert found.evidence[0].limit == "printed"
    assert [(n.label, n.unit, n.value) for n in found.numbers] == [
        ("gain", "%", 4.6), ("gain, zoledronate", "", 4.0), ("gain, pamidronate", "", 2.0)
    ]  # fmt: skip
    assert found.sources[0].startswith("Bishop 2013") and found.sources[1] == "a source in words"
    assert found.notes == ["Of 12 people."] and found.verdict == "PARTLY"
    assert found.chart is not None and found.chart["title"] == "Gain"
    assert found.chart["rows"][0]["series"] == "zoledronate a day"


@pytest.mark.parametrize("judged", [{}, {"as_published": True, "more": True}])
def test_a_claim_without_words_or_words_without_a_claim_are_refused(
    judged: dict[str, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("brittlestar.evidence.leaflet.prose.all_words", lambda: {"S99": WORDS})
    with pytest.raises(KeyError, match="S99 evidence"):
        written("S99", MEASURED, SAID, judged)


def test_a_number_prints_as_its_value_and_compares_by_how_much() -> None:
    number, absent = Number(2.0, 1.5, 2.5, published=1.2), Number(None)
    assert f"{number:+.1f}" == "+2.0" and float(number) == 2.0
    assert number.above(1.4) == pytest.approx(0.1) and not number.above(1.5)
    assert number.below(2.6) == pytest.approx(0.1) and not number.below(2.5)
    assert number.spans(2.4) == pytest.approx(0.1) and not number.spans(2.5) and number.covers < 0
    assert number.within(0.81) == pytest.approx(0.01) and not number.within(0.7)
    assert number.within_factor(1.7) == pytest.approx(np.log(1.7 / (2.0 / 1.2)))
    assert not number.within_factor(1.6)
    assert not any((absent.above(0), absent.within(1), absent.spans(0), absent.inside))
    assert not absent.within_factor(2) and not less(float(absent), 1) and not more(float(absent), 1)


def test_of_claims_that_must_all_hold_the_least_margin_counts() -> None:
    assert all_of([more(3, 1), True, less(0.5, 1)]) == 0.5
    assert not all_of([more(3, 1), False]) and all_of([True, True]) is True
    assert close(1.0, 1.3, 0.5) == pytest.approx(0.2) and between(3, 1, 4) == 1.0
