"""The command line: one line per mistake, nothing heavy loaded before it is needed."""

import errno
import os
import sys
import warnings
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, get_args

from cyclopts import App, CoercionError, CycloptsError, Group, MissingArgumentError, UnknownOptionError

from brittlestar._shared.errors import InputError, nearest
from brittlestar._shared.manifest import CLOSING, version
from brittlestar.cli import (
    calibrate,
    commands,
    credibility,
    evidence,
    export,
    leaflet,
    power,
    predict,
    query,
    serve,
)
from brittlestar.cli.characters import write_readably
from brittlestar.cli.help import HelpLayout

MISTAKE, INTERRUPTED = 2, 130

PURPOSES = {
    "One person, with and without treatment": (commands.simulate, commands.plans, *export.ALL),
    "A trial": (commands.trial, *predict.ALL, *power.ALL, *query.ALL),
    "What is published, and every number of the model": (
        *evidence.ALL, *leaflet.ALL, commands.parameters, commands.cite,
    ),
    "How far to trust it": (*credibility.ALL, *calibrate.ALL),
    "A page in the browser": serve.ALL,
}  # fmt: skip
"""What the commands are for, in the order of the help."""

app = App(
    name="brittlestar",
    help="Simulate bisphosphonate treatment of osteogenesis imperfecta.",
    help_epilogue=CLOSING,
    version=version,
    help_format="plaintext",
    help_formatter=HelpLayout(),
    suppress_keyboard_interrupt=False,
)
for purpose, doors in PURPOSES.items():
    group = Group.create_ordered(purpose)
    for command in doors:
        if isinstance(command, App):
            command.group = group
            app.command(command)
        else:
            app.command(command, group=group)
other = Group.create_ordered("About this program")
app.command(commands.show_version, name="version", group=other)
app["--help"].group = app["--version"].group = other


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0, 2 after a mistake in what was asked, or 130 after Ctrl-C."""
    tokens = list(sys.argv[1:] if argv is None else argv)
    warnings.showwarning = _say_warning
    write_readably()
    try:
        _known_command(tokens)
        app(tokens, exit_on_error=False, print_error=False, result_action="return_value")
        sys.stdout.flush()
    except InputError as error:
        return _mistake(_as_option(error))
    except CycloptsError as error:
        return _mistake(_one_line(error))
    except KeyboardInterrupt as stop:
        print(f"brittlestar: {str(stop) or 'stopped; nothing was written'}", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        _leave_stdout()  # the reader has seen enough (`| head`)
    except OSError as error:
        if error.filename is not None or error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
            raise
        _leave_stdout()
        return _mistake(f"standard output: cannot write: {error.strerror}")
    return 0


def _leave_stdout() -> None:
    """Point standard output elsewhere, so that the last flush on leaving stays silent."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _mistake(text: str) -> int:
    print(f"brittlestar: {text}", file=sys.stderr)
    return MISTAKE


def _say_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    print(f"brittlestar: note: {message}", file=sys.stderr)


def _known_command(tokens: list[str]) -> None:
    if tokens and not tokens[0].startswith("-"):
        known = [name for name in app if not name.startswith("-")]
        if tokens[0] not in known:
            raise InputError("command", tokens[0], nearest(tokens[0], known, "brittlestar --help"))


def _as_option(error: InputError) -> str:
    """The message with the name of the option in place of the argument it became."""
    field = error.where.removeprefix("Person.").removeprefix("compare.")
    option = commands.OPTIONS.get(field)
    return f"{option}{str(error).removeprefix(error.where)}" if option else str(error)


def _one_line(error: CycloptsError) -> str:
    if isinstance(error, CoercionError) and error.token is not None and error.argument is not None:
        kinds = {int: "a whole number", float: "a number"}
        # What may be left out comes as a union with None.
        possible = get_args(error.argument.hint) or (error.argument.hint,)
        accepted = next((kinds[kind] for kind in possible if kind in kinds), "another value")
        return f"{error.argument.name}: got {error.token.value!r}; accepted: {accepted}"
    if isinstance(error, MissingArgumentError) and error.argument is not None:
        return (
            f"{error.argument.name}: missing; see `brittlestar {' '.join(error.command_chain or ())} --help`"
        )
    if isinstance(error, UnknownOptionError) and error.argument_collection is not None:
        known = [name for argument in error.argument_collection for name in argument.names]
        word = error.token.keyword or error.token.value
        close = get_close_matches(word, known, n=1)
        hint = f"did you mean {close[0]!r}? " if close else ""
        return f"option: got {word!r}; {hint}accepted: {', '.join(known)}"
    return " ".join(str(error).split())
