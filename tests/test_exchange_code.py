"""Model files of rxode2 and mrgsolve, read back and run here: neither tool is."""

import math
import re

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from brittlestar._shared.errors import InputError
from brittlestar.cli import main
from brittlestar.exchange import export_code
from brittlestar.exchange.model import OUTPUTS
from brittlestar.exchange.model_code import doses, mrgsolve, rxode2
from brittlestar.people.person import Person
from exported_cases import CLOSE, COUNT, NAMES, OUTPUT_DAYS, SCALES, constants, model, truth

FUNCTIONS = {
    "exp": math.exp, "log": lambda x: math.log(x) if x > 0 else math.nan, "floor": math.floor, "pow": pow,
    "sqrt": lambda x: math.sqrt(x) if x >= 0 else math.nan, "abs": abs, "fabs": abs, "max": max, "fmax": max,
    "min": min, "fmin": min, "ifelse": lambda condition, yes, no: yes if condition else no,
}  # fmt: skip
READ = (
    "ls_z",
    "ctx",
    "strength_vertebral",
    "drug_surface_nmol",
    "expected_fractures_other",
    "pain",
    "muscle",
)


class File:
    """What a model file says, as functions of time and state."""

    def __init__(self, constants, begins, rates, outputs, clock):
        self.constants, self.clock = constants, clock
        self.begin, self.rate, self.output = (self.compiled(one) for one in (begins, rates, outputs))

    def compiled(self, lines):
        """All lines of a block as one program."""
        python = [
            re.sub(r"!(?!=)", " not ", line.replace("&&", " and ").replace("||", " or ")) for line in lines
        ]
        code = compile("\n".join(python), "model file", "exec")

        def run(time, state):
            known = {**FUNCTIONS, **self.constants, **state, **dict.fromkeys(self.clock, time)}
            exec(code, known)
            return known

        return run


def read_rxode2(text):
    """The statements of the file stand in one list, in their order."""
    known, lines = {}, []
    for line in text.splitlines():
        said = line.partition("#")[0].strip()
        if not said:
            continue
        name, _, value = said.partition(" = ")
        name = re.sub(
            r"d/dt\((\w+)\)", r"dxdt_\1", re.sub(r"f\((\w+)\)", r"F_\1", re.sub(r"(\w+)\(0\)", r"\1_0", name))
        )
        if "#" in line:
            known[name] = float(value)
        else:
            lines.append(f"{name} = {value.replace('^', '**')}")
    return File(known, lines, lines, lines, ["t"])


def read_mrgsolve(text):
    """The statements stand in blocks."""
    blocks: dict[str, list[str]] = {}
    now: list[str] = []
    for line in text.splitlines():
        if line.startswith("$"):
            now = blocks.setdefault(line.split()[0], [])
        elif not line.startswith(("//", "#")):
            now.append(line.rstrip(";"))
    assert blocks["$CAPTURE"][0].split() == list(OUTPUTS)
    known = {line.split(" : ")[0]: float(line.split(" : ")[1]) for line in blocks["$PARAM"]}
    return File(known, blocks["$MAIN"], blocks["$ODE"], blocks["$TABLE"], ["TIME", "SOLVERTIME"])


def course(file, m):
    """Outputs every four weeks, those of a day of infusion before it."""
    names, table = [v.name for v in m.variables], doses(m)
    begin = file.begin(0.0, dict.fromkeys(names, 0.0) | {v.name: v.initial for v in m.variables})
    x = np.array([begin[f"{name}_0"] for name in names])
    given = table["TIME"].to_list()
    stops = sorted({*(OUTPUT_DAYS * np.arange(COUNT + 1.0)).tolist(), *given, *(e.day for e in m.events)})
    found = []
    for start, end in zip(stops, [*stops[1:], None]):
        state = dict(zip(names, x.tolist()))
        if start % OUTPUT_DAYS == 0:
            seen = file.output(start, state)
            found.append([seen[name] for name in READ])
        for day, amount, name in table.select("TIME", "AMT", "CMT").iter_rows():
            if day == start:
                x[names.index(name)] += amount * file.begin(start, state)[f"F_{name}"]
        if end is not None:

            def rate(time, y):
                known = file.rate(time, dict(zip(names, y.tolist())))
                return [known[f"dxdt_{name}"] for name in names]

            x = solve_ivp(rate, (start, end), x, method="LSODA", rtol=1e-8, atol=1e-11).y[:, -1]
    return np.array(found)


@pytest.mark.parametrize(
    ("name", "write", "read"),
    [("bed rest", rxode2, read_rxode2), ("zoledronate", mrgsolve, read_mrgsolve)],
    ids=["rxode2", "mrgsolve"],
)
def test_the_file_read_back_gives_the_course_of_the_equations(name, write, read):
    m = model(name)
    file = read(write(m, ("a note",)))
    assert file.constants == constants(m, {})
    found = course(file, m)
    for output, column in zip(READ, found.T):
        true = truth()[output][:, NAMES.index(name)]
        scale = max(SCALES.get(output, 0.0), np.abs(true).max(), 1e-9)
        assert np.max(np.abs(column - true)) / scale < CLOSE, output


def test_both_languages_say_the_same():
    m = model("zoledronate")
    state = {v.name: 1.01 * v.initial + 1e-3 for v in m.variables}
    one, other = (read(write(m, ())) for read, write in ((read_rxode2, rxode2), (read_mrgsolve, mrgsolve)))
    for name in (*(f"dxdt_{v.name}" for v in m.variables), *READ):
        block = "rate" if name.startswith("dxdt_") else "output"
        values = [getattr(file, block)(200.3, state)[name] for file in (one, other)]
        assert values[0] == pytest.approx(values[1], rel=1e-12), name
    assert one.begin(0.0, state)["F_S_zoledronate"] == pytest.approx(
        other.begin(0.0, state)["F_S_zoledronate"]
    )


def test_infusions_are_records_by_compartment():
    table = doses(model("zoledronate"))
    assert table.columns == ["ID", "TIME", "EVID", "AMT", "CMT"]
    assert table["TIME"].to_list() == [0.0] * 3 + [182.0] * 3
    assert set(table["CMT"]) == {"S_zoledronate", "U_zoledronate", "relief"} and set(table["AMT"]) == {1.0}
    assert doses(model("bed rest")).is_empty()


def test_command_writes_the_model_and_its_doses(tmp_path, capsys):
    said = ["--age", "7", "--sex", "female", "--type", "III", "--plan", "zoledronate", "--years", "0.5"]
    assert main(["export", "mrgsolve", *said, "--out", str(tmp_path / "girl.cpp")]) == 0
    assert "$ODE" in (tmp_path / "girl.cpp").read_text(encoding="utf-8")
    assert (
        (tmp_path / "girl.doses.csv")
        .read_text(encoding="utf-8")
        .startswith("ID,TIME,EVID,AMT,CMT\n1,0.0,1,1.0,S_")
    )
    assert main(["export", "mrgsolve", *said, "--out", str(tmp_path / "girl.cpp")]) == 2
    with pytest.raises(InputError, match="language: got 'stan'"):
        export_code(tmp_path / "x", Person(age=7, sex="female", oi_type="III"), "none", 1, language="stan")
