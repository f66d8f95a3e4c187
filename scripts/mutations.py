"""Which one-line faults there are: for every operator, number, bound, guard and statement what stands for it.

Not changed: docstrings, annotations, text, what is raised and its words, ``assert``, ``__repr__``,
``__str__``.
"""

import ast
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parents[1] / "src" / "brittlestar"

SWAPS = {"min": "max", "minimum": "maximum", "any": "all", "floor": "ceil", "zeros": "ones"}
SWAPS |= {new: old for old, new in SWAPS.items()} | {"isfinite": "isnan"}
OPERATORS: dict[type[ast.AST], tuple[str, ...]] = {
    ast.Lt: ("<=", ">="), ast.LtE: ("<", ">"), ast.Gt: (">=", "<="), ast.GtE: (">", "<"),
    ast.Eq: ("!=",), ast.NotEq: ("==",), ast.Is: ("is not",), ast.IsNot: ("is",), ast.In: ("not in",),
    ast.NotIn: ("in",), ast.Add: ("-",), ast.Sub: ("+",), ast.Mult: ("/",), ast.Div: ("*",),
    ast.FloorDiv: ("*",), ast.Pow: ("*",), ast.BitAnd: ("|",), ast.BitOr: ("&",), ast.And: ("or",),
    ast.Or: ("and",),
}  # fmt: skip
"""What stands for an operator."""


@dataclass(frozen=True)
class Mutant:
    """One change of one line.

    Args:
        module: below ``src/brittlestar``, without its ending.
        line: its number, from 1.
        lines: first and last line of the statement.
        old, new: the line before and after.
        source: the whole changed file.
    """

    module: str
    line: int
    lines: tuple[int, int]
    old: str
    new: str
    source: bytes

    @property
    def key(self) -> str:
        """Its name: module and change, not the number of the line, which moves."""
        return hashlib.sha256(f"{self.module}|{self.old}|{self.new}".encode()).hexdigest()[:12]


def changes(text: bytes) -> Iterator[tuple[ast.stmt, int, int, bytes]]:
    """Statement, first byte, last byte and replacement of every change of a file."""
    starts = [0]
    for row in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(row))

    def begin(node: Any) -> int:
        return starts[node.lineno - 1] + node.col_offset

    def end(node: Any) -> int:
        return starts[node.end_lineno - 1] + node.end_col_offset

    def between(left: ast.AST, right: ast.AST, operator: ast.AST) -> Iterator[tuple[int, int, bytes]]:
        words = r"not\s+in|is\s+not|<=|>=|==|!=|//|\*\*|[-+*/<>&|]|\b(?:and|or|in|is)\b"
        found = re.search(words.encode(), text[end(left) : begin(right)])
        if found is None:
            return
        for new in OPERATORS.get(type(operator), ()):
            yield end(left) + found.start(), end(left) + found.end(), new.encode()

    def here(node: ast.AST) -> Iterator[tuple[int, int, bytes]]:
        match node:
            case ast.Compare(left=left, ops=ops, comparators=right):
                for a, operator, b in zip([left, *right], ops, right):
                    yield from between(a, b, operator)
            case ast.BinOp(left=a, op=operator, right=b):
                yield from between(a, b, operator)
            case ast.BoolOp(op=operator, values=values):
                for a, b in pairwise(values):
                    yield from between(a, b, operator)
            case ast.UnaryOp(operand=operand):
                yield begin(node), begin(operand), b""
            case ast.Constant(value=bool(value)):
                yield begin(node), end(node), str(not value).encode()
            case ast.Constant(value=int(value)):
                for new in {0: (1,), 1: (0, 2)}.get(value, (value - 1, value + 1)):
                    yield begin(node), end(node), str(new).encode()
            case ast.Constant(value=float(value)):
                for new in {0.0: (1.0,), 1.0: (0.0, 2.0)}.get(value, (0.0, 2.0 * value)):
                    yield begin(node), end(node), repr(new).encode()
            case ast.Slice(lower=lower, upper=upper):
                for bound in (lower, upper):
                    if bound is not None and not isinstance(bound, ast.Constant):
                        yield end(bound), end(bound), b" + 1"
            case ast.Call(func=ast.Name(id=name) as function) if name in SWAPS:
                yield begin(function), end(function), SWAPS[name].encode()
            case ast.Call(func=ast.Attribute(attr=name) as function) if name in SWAPS:
                yield end(function) - len(name), end(function), SWAPS[name].encode()
            case ast.IfExp(test=test) if not isinstance(test, ast.Compare | ast.BoolOp | ast.UnaryOp):
                yield begin(test), end(test), b"not (" + text[begin(test) : end(test)] + b")"
            case ast.Return(value=ast.expr() as value) if ast.unparse(value) != "None":
                yield begin(value), end(value), b"None"
            case ast.If(test=test) if isinstance(node.body[-1], ast.Return | ast.Raise | ast.Continue):
                yield begin(test), end(test), b"False"
            case ast.If(test=test) if not isinstance(test, ast.Compare | ast.BoolOp | ast.UnaryOp):
                yield begin(test), end(test), b"not (" + text[begin(test) : end(test)] + b")"
            case ast.Continue() | ast.AugAssign() | ast.Expr(value=ast.Call()):
                yield begin(node), end(node), b"pass"

    def walk(node: ast.AST, statement: ast.stmt | None) -> Iterator[tuple[ast.stmt, int, int, bytes]]:
        if isinstance(node, ast.Raise | ast.Assert | ast.JoinedStr | ast.Import | ast.ImportFrom):
            return
        if isinstance(node, ast.FunctionDef) and node.name in ("__repr__", "__str__"):
            return
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            return
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(
            ("InputError", "getLogger", "dumps")
        ):
            return
        statement = node if isinstance(node, ast.stmt) else statement
        if statement is not None:
            for first, last, new in here(node):
                yield statement, first, last, new
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "decorator_list", "op", "ops", "type_params"):
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from walk(child, statement)

    yield from walk(ast.parse(text), None)


def mutants(module: str) -> list[Mutant]:
    """Every change of a module that still is Python."""
    text = (PACKAGE / f"{module}.py").read_bytes()
    rows, same = text.splitlines(), ast.dump(ast.parse(text))
    found = {}
    for statement, first, last, new in changes(text):
        source = text[:first] + new + text[last:]
        try:
            if ast.dump(ast.parse(source)) == same:
                continue
        except SyntaxError:
            continue
        line = text.count(b"\n", 0, first) + 1
        body = getattr(statement, "body", None)
        until = body[0].lineno - 1 if body else statement.end_lineno or line
        span = (statement.lineno, max(until, line))
        after = source.splitlines()[line - 1]
        one = Mutant(module, line, span, rows[line - 1].strip().decode(), after.strip().decode(), source)
        found.setdefault(one.key, one)
    return list(found.values())
