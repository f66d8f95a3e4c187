"""The exported file: the traced equations are the engine's, the XML holds together, another solver agrees."""

from itertools import pairwise
from xml.etree import ElementTree

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from brittlestar._shared.errors import InputError
from brittlestar.care import PlanWarning
from brittlestar.cli import main
from brittlestar.drugs.catalogue import DRUGS
from brittlestar.exchange import export
from brittlestar.exchange.constants import OF_DRUG_ALONE, held, shaping
from brittlestar.exchange.curves import cubics, curve
from brittlestar.exchange.expression import Graph, counted
from brittlestar.exchange.model import OUTPUTS
from brittlestar.exchange.of_age import OfAge
from brittlestar.exchange.sbml_file import NAMESPACE
from brittlestar.model.at_rest import rest
from brittlestar.model.equations import EVENTS_ONLY, rates
from brittlestar.model.healthy import body_at, healthy_at
from brittlestar.model.healthy_table import load_reference, table
from brittlestar.model.outputs import read
from brittlestar.model.parameters import default_parameters
from brittlestar.model.reference_solution import stretches
from brittlestar.model.skeleton import amounts, log_strengths
from brittlestar.model.state import People, State, of_each, traits
from brittlestar.model.state import Person as Followed
from brittlestar.outcomes.fracture import SITES, untreated_hazard
from brittlestar.people.person import Person
from exported_cases import (
    CHANGED,
    CHOSEN,
    CLOSE,
    COUNT,
    NAMES,
    OUTPUT_DAYS,
    SCALES,
    another_solver,
    care_of,
    changed,
    constants,
    model,
    text,
    truth,
    value,
)
from numerics_cases import cohort

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"


@pytest.mark.parametrize("values", [{}, CHANGED], ids=["shipped", "changed"])
@pytest.mark.parametrize("name", NAMES)
def test_rates_and_outputs_are_those_of_the_engine(name, values):
    case, m = CHOSEN[NAMES.index(name)], model(name)
    care, p, day = care_of(case), changed(values), 100.25
    pick = [DRUGS.index(drug) for drug in care.drugs]
    p = p._replace(drugs=type(p.drugs)(*(np.asarray(column)[pick][:, None] for column in p.drugs)))
    rows = table(load_reference(), p)
    who = cohort((case,))
    people = People._make(np.asarray(getattr(who, field)) for field in People._fields)
    tr, entry = traits(people, p), people.age_years
    start = rest(entry, tr, rows, p, jnp.full((4, 1), jnp.inf))
    move = np.random.default_rng(1)
    moved = {
        name: np.asarray(old) * move.uniform(0.9, 1.1, np.shape(old)) + 1e-3
        for name, old in start._asdict().items()
        if name not in EVENTS_ONLY
    }
    x = start._replace(**moved)
    through, first = stretches([care], 52, 7.0), jnp.zeros(1, int)
    k = int(np.searchsorted(through.start, day, side="right")) - 1
    now = of_each(jax.tree.map(lambda v: v[k], through.care), first)
    dx = rates(jnp.asarray(day), x, now, Followed(people.id, first, entry, tr), rows, p)
    out = read(x, entry + day / 365.25, tr, rows, p, OUTPUTS)

    def flat(state):
        return np.concatenate([np.ravel(getattr(state, f)) for f in State._fields if f not in EVENTS_ONLY])

    given = {"time": day} | dict(zip((v.name for v in m.variables), flat(x), strict=True)) | m.care
    given |= constants(m, values)
    for event in m.events:
        if event.day <= day:
            given |= {name: new for name, new in event.sets.items() if name in m.care}
    healthy = healthy_at(entry + day / 365.25, tr, rows)._asdict()
    looked_up = {f"healthy_{name}": float(column[0]) for name, column in healthy.items()}
    looked_up["age_years"] = float(entry[0]) + day / 365.25
    of_age = {name: value(m.graph, whole, given | looked_up) for name, whole in m.stands_for.items()}
    assert {rule.name for rule in m.forcing} == {*looked_up, *of_age}
    for rule in m.forcing:
        true = (looked_up | of_age)[rule.name]
        # What fades away with age is held to less than its largest value.
        small = 1e-9 if rule.name in of_age else 0.0
        assert value(m.graph, rule.value, given) == pytest.approx(true, rel=1e-4, abs=small), rule.name
        given[rule.name] = true
    found = np.array([value(m.graph, v.rate, given) for v in m.variables])
    np.testing.assert_allclose(found, flat(dx), rtol=1e-9, atol=1e-15)
    for rule in m.outputs:
        np.testing.assert_allclose(
            value(m.graph, rule.value, given), out[rule.name][0], rtol=1e-9, atol=1e-15, err_msg=rule.name
        )
    at_entry = {f"healthy_{k}": float(v[0]) for k, v in healthy_at(entry, tr, rows)._asdict().items()}
    starts = [value(m.graph, v.start, constants(m, values) | at_entry) for v in m.variables]
    np.testing.assert_allclose(starts, flat(start), rtol=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_declared_once_and_has_one_equation(name):
    root, space = ElementTree.fromstring(text(name)), f"{{{NAMESPACE}}}"
    declared = [found.get("id") for found in root.iter(f"{space}parameter")]
    assert len(declared) == len(set(declared))
    ruled = [
        rule.get("variable") for kind in ("rateRule", "assignmentRule") for rule in root.iter(space + kind)
    ]
    assert len(ruled) == len(set(ruled))
    assert set(ruled) == set(declared) - {*model(name).care, *model(name).constants}
    mentioned = {ci.text for ci in root.iter("{http://www.w3.org/1998/Math/MathML}ci")}
    assert mentioned <= set(declared)
    assert set(OUTPUTS) <= set(declared)


def test_the_untreated_hazard_of_a_person_is_a_curve_of_age():
    m, p = model("bed rest"), default_parameters()
    rows, who = table(load_reference(), p), cohort((CHOSEN[0],))
    tr = traits(People._make(np.asarray(getattr(who, field)) for field in People._fields), p)
    curves = {rule.name: rule.value for rule in m.forcing if rule.name in m.stands_for}
    rate = next(v.rate for v in m.variables if v.name == "Lam_upper_limb")
    in_rate = {node.args[0] for node in counted([rate]) if node.op == "symbol"}
    found, true = {name: [] for name in in_rate & set(curves)}, []
    for years in (0.1, 0.5, 0.9):
        age = jnp.asarray(who.age_years) + years
        a = healthy_at(age, tr, rows)
        x = rest(age, tr, rows, p, jnp.full((4, 1), jnp.inf))
        body = body_at(a, tr, p)
        limb, vertebra = log_strengths(x, amounts(x, a, body.own.r, p), a, tr, p)
        added = jnp.stack([a.rate_LL, a.rate_UL, a.rate_oth, a.rate_V]) * tr.hazard
        of_site = untreated_hazard(added, a.rate_healthy * tr.frailty, limb, vertebra, p.fracture)
        true.append(float(of_site[SITES.index("upper_limb"), 0]))
        for name, ages in found.items():
            ages.append(value(m.graph, curves[name], {"age_years": float(age[0])}))
    assert any(ages == pytest.approx(true, rel=1e-5) for ages in found.values())


def test_a_long_expression_of_age_becomes_a_curve_and_nothing_else_does():
    graph, ages = Graph(), np.linspace(5.0, 6.0, 105)
    make, symbol = graph.make, graph.symbol
    A, time, bone, care = (symbol(name) for name in ("healthy_A", "time", "n_V", "care_activity_V"))

    def fitted(column):
        return curve(graph, symbol("age_years"), cubics(ages, column))

    by_age = {"healthy_A": np.sqrt(ages), "time": 365.25 * (ages - 5.0)}
    of_age = OfAge(graph, by_age, fitted, {"healthy_A": fitted(by_age["healthy_A"])})
    long = make("divide", make("times", A, A), make("plus", make("power", A, 3.0), make("exp", A)))
    found = of_age.with_curves(make("times", bone, make("plus", long, care)))
    assert {n.args[0] for n in counted([found]) if n.op == "symbol"} == {"n_V", "care_activity_V", "of_age_1"}
    assert of_age.stands_for == {"of_age_1": long}
    at, root = value(graph, of_age.curves["of_age_1"], {"age_years": 5.503}), np.sqrt(5.503)
    assert at == pytest.approx(root**2 / (root**3 + np.exp(root)), rel=1e-5)
    jagged = make("floor", make("times", 100.0, A))
    for stays in (bone, A, make("times", 2.0, A), make("times", time, care), make("lt", A, bone), jagged):
        assert of_age.with_curves(stays) is stays
    unchanging = make("plus", bone, make("minus", make("max", A, 3.0), 1.0))
    assert of_age.with_curves(unchanging) is make("plus", bone, 2.0)


def test_what_nobody_knows_under_a_drug_that_builds_bone_is_in_no_file_and_that_is_said():
    woman = Person(age=40, sex="female", oi_type="I")
    balance = ("calcium_change_mmol_per_l", "pth_ratio")

    def file(plan: str) -> tuple[set[str | None], str]:
        found = export.sbml(woman, plan, 0.1)
        space = f"{{{NAMESPACE}}}"
        return {one.get("id") for one in ElementTree.fromstring(found).iter(f"{space}parameter")}, found

    names, said = file("teriparatide 20 ug/day")
    assert names.isdisjoint(balance) and {"ctx", "ls_z"} <= names
    assert f"Not in this file: {', '.join(balance)}, not known under a drug that builds bone." in said
    names, said = file("denosumab 60 mg every 6 months")
    assert names >= set(balance) and "Not in this file" not in said


def test_care_becomes_events():
    rested, infused = model("bed rest"), model("zoledronate")
    assert [event.day for event in rested.events] == [70.0, 210.0]
    assert rested.events[0].sets == {"care_activity_V": 0.4, "care_activity_M": 0.3, "care_activity_L": 0.4}
    assert [event.day for event in infused.events] == [0.0, 182.0]
    assert set(infused.events[0].sets) == {"S_zoledronate", "U_zoledronate", "relief"}
    assert not model("alendronate").events


def test_constants_have_value_unit_and_source():
    m, root, space = model("zoledronate"), ElementTree.fromstring(text("zoledronate")), f"{{{NAMESPACE}}}"
    written = {
        found.get("id"): found for found in root.iter(f"{space}parameter") if found.get("constant") == "true"
    }
    assert set(written) == set(m.constants) > {"fracture__gL", "drugs__EC50_zoledronate"}
    clearance, quick = written["drugs__CLb70_zoledronate"], written["mechanics__k_lean"]
    assert (clearance.get("value"), clearance.get("units")) == ("142.0", "L_per_day")
    assert quick.get("units") == "per_day"
    said = "".join(clearance.itertext())
    assert "drugs/zoledronate.toml: 142 L/day; fitted to 39 % of dose in urine" in said
    sources = [one.get(f"{{{RDF}}}resource") for one in clearance.iter(f"{{{RDF}}}li")]
    assert sources == ["https://identifiers.org/doi:10.1177/009127002762491316"]
    assert not any("changed" in one.stated for one in m.constants.values())
    units = {found.get("id") for found in root.iter(f"{space}unitDefinition")}
    assert {found.get("units") for found in root.iter(f"{space}parameter")} <= units | {None, "dimensionless"}


def test_what_shapes_the_curves_of_age_is_a_number_and_nothing_else_is():
    assert not {name for m in map(model, NAMES) for name in m.constants} & held()
    assert {"turnover__v0", "remodelling__kC"} < shaping()
    shipped = table(load_reference(), default_parameters())
    drug_alone = table(load_reference(), changed(dict.fromkeys(OF_DRUG_ALONE, 0.9)))
    np.testing.assert_array_equal(shipped, drug_alone)


@pytest.mark.parametrize("name", NAMES)
def test_libsbml_finds_the_file_consistent(name):
    libsbml = pytest.importorskip("libsbml", reason="needs the extra exchange")
    document = libsbml.readSBMLFromString(text(name))
    document.checkConsistency()
    assert document.getNumErrors(libsbml.LIBSBML_SEV_ERROR) == 0
    unsure = {99505, 99508, 10501, 80701, 20702}
    """units that are not stated, so not checked"""
    assert {document.getError(i).getErrorId() for i in range(document.getNumErrors())} <= unsure


@pytest.mark.parametrize(("name", "values"), [*((name, {}) for name in NAMES), ("zoledronate", CHANGED)])
def test_another_solver_agrees(name, values):
    engine = another_solver(name)
    engine.resetAll()
    for constant, v in constants(model(name), values).items():
        engine[constant] = v
    engine.reset()
    days = np.arange(COUNT + 1) * float(OUTPUT_DAYS)
    found = np.asarray(engine.simulate(0.0, days[-1], COUNT + 1, ["time", *OUTPUTS]))
    # On the day of an infusion the file is read after it, the reference before.
    kept = ~np.isin(days, [event.day for event in model(name).events])
    here = truth(tuple(values.items()))
    for i, output in enumerate(OUTPUTS, start=1):
        true = here[output][:, NAMES.index(name)]
        scale = max(SCALES.get(output, 0.0), np.abs(true).max(), 1e-9)
        worst = np.max(np.abs(found[:, i] - true)[kept]) / scale
        assert worst < CLOSE, (output, worst)
    if values:
        moved = np.abs(here["ctx"] - truth()["ctx"])[:, NAMES.index(name)]
        assert moved.max() > 0.05


def test_a_curve_stays_within_its_tolerance_and_has_no_jumps():
    t = np.arange(400) / 104.0
    for y in (np.sin(3.0 * t), np.abs(t - 1.5), np.full(400, 2.0)):
        pieces = cubics(t, y, 1e-5)
        for start, end, powers in pieces:
            inside = (t >= start) & (t <= end)
            found = np.polyval(powers[::-1], t[inside] - start)
            assert np.abs(found - y[inside]).max() <= 1.001e-5 * np.abs(y).max()
        assert len(pieces) < 40
        assert all(a[1] == b[0] for a, b in pairwise(pieces))


def test_expressions_fold_and_are_shared():
    graph = Graph()
    x, y = graph.symbol("x"), graph.symbol("y")
    assert graph.make("plus", 2.0, 3.0) == 5.0
    assert graph.make("times", x, 0.0) == 0.0
    assert graph.make("minus", x, x) == 0.0
    assert graph.make("min", x, np.inf) is x
    assert graph.make("lt", x, np.inf) is True and graph.make("geq", x, np.inf) is False
    assert graph.make("gt", np.inf, x) is True and graph.make("leq", x, -np.inf) is False
    assert graph.make("piecewise", x, graph.make("lt", x, x), y) is y
    assert graph.make("times", x, y) is graph.make("times", x, y)
    assert graph.make("times", x, 1.5) is not graph.make("times", x, 2.5)


def test_what_is_unusual_in_a_plan_is_told_at_the_door_once(monkeypatch):
    monkeypatch.setattr(export, "continuous_model", lambda *_, **__: None)
    girl, unusual = Person(age=7, sex="female", oi_type="III"), "zoledronate 0.1 mg/kg iv every 6 months"
    with pytest.warns(PlanWarning) as told:
        export.model_of(girl, unusual, 0.1)
    assert [str(one.message).partition(":")[0] for one in told] == ["dose-above-published"]


def test_command_writes_a_file_and_refuses_another_format(tmp_path, capsys):
    said = ["--age", "7", "--sex", "female", "--type", "III", "--plan", "no treatment", "--years", "1"]
    file = tmp_path / "model.xml"
    assert main(["export", "sbml", *said, "--out", str(file)]) == 0
    assert len(list(ElementTree.parse(file).iter(f"{{{NAMESPACE}}}rateRule"))) == 38
    assert main(["export", "sbml", *said, "--out", str(file)]) == 2
    assert main(["export", "matlab", *said, "--out", str(file)]) == 2
    assert "accepted: sbml" in capsys.readouterr().err


def test_fractures_told_are_refused_as_they_weigh_many_people():
    child = Person(age=7, sex="female", oi_type="IV", fractures_last_2_years=3)
    with pytest.raises(InputError, match="fractures_last_2_years: got 3; accepted: none"):
        export.sbml(child, "no treatment", 1.0)
