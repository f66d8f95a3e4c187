"""The command line: commands, their options, the tables they print; nothing heavy loads before need."""

import atexit
import errno
import gc
import os
import sys
import warnings
from collections.abc import Sequence
from typing import Any, get_args

from cyclopts import (
    App,
    CoercionError,
    CycloptsError,
    Group,
    MissingArgumentError,
    UnknownOptionError,
    UnusedCliTokensError,
)

from brittlestar._shared import faults
from brittlestar._shared.errors import InputError, nearest, one_line, shown
from brittlestar._shared.manifest import CLOSING, version
from brittlestar._shared.memory import CHARTS, RUNS, check_addresses
from brittlestar.cli import (
    calibrate,
    commands,
    credibility,
    engine,
    evidence,
    export,
    leaflet,
    physiology,
    power,
    predict,
    query,
    serve,
    site,
    vpc,
)
from brittlestar.cli.characters import write_readably
from brittlestar.cli.help import HelpLayout

MISTAKE, FAULT, INTERRUPTED = 2, 70, 130
"""Exit codes: of a mistake in what was asked, of a fault of this program, of Ctrl-C."""

OBJECTS_MADE = 100_000
"""Between two searches for garbage: loading JAX and charts makes hundreds of thousands that stay."""

LIGHT = ("plans", "parameters", "cite", "version", "evidence", "query")
"""Commands that run no course."""

PURPOSES = {
    "One person, with and without treatment": (commands.simulate, commands.plans, *export.ALL),
    "A trial": (commands.trial, *predict.ALL, *power.ALL, *query.ALL),
    "What is published, and every number of the model": (
        *evidence.ALL, *leaflet.ALL, commands.parameters, commands.cite,
    ),
    "How far to trust it": (*credibility.ALL, *physiology.ALL, *vpc.ALL, *calibrate.ALL),
    "A page in the browser": (*serve.ALL, *site.ALL, *engine.ALL),
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
    """Run one command and return its exit code: 0, ``MISTAKE``, ``FAULT`` or ``INTERRUPTED``.

    Args:
        argv: words after ``brittlestar``; those of this process by default, which is then the command's own.
    """
    if argv is None:
        # Modules that stay are searched for garbage less often, and not once more on leaving.
        gc.set_threshold(OBJECTS_MADE)
        atexit.register(gc.freeze)
    _reopen_closed()
    tokens = list(sys.argv[1:] if argv is None else argv)
    warnings.showwarning = _say_warning
    write_readably()
    try:
        _known_command(tokens)
        _enough_addresses(tokens)
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
    except (SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # libraries written in Rust panic past Exception
        return _stdout_refused(error) or _no_memory(error) or _fault(error)
    return 0


def _reopen_closed() -> None:
    """Let output go nowhere where a stream was closed: the next file opened would get its number."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115


def _leave_stdout() -> None:
    """Point standard output elsewhere, so that the last flush on leaving stays silent."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _stdout_refused(error: BaseException) -> int:
    refusals = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG, errno.EBADF, errno.ENXIO)
    if not isinstance(error, OSError) or error.filename is not None or error.errno not in refusals:
        return 0
    _leave_stdout()
    return _mistake(f"standard output: cannot write: {error.strerror}")


def _no_memory(error: BaseException) -> int:
    """Told as a mistake: what was asked is more than this machine, or its ``ulimit``, can hold."""
    said = str(error)
    signs = ("can't start new thread", "failed to map segment", "annot allocate memory", "RESOURCE_EXHAUSTED",
             "bad_alloc", "Out of memory")  # fmt: skip
    if not isinstance(error, MemoryError) and not any(sign in said for sign in signs):
        return 0
    return _mistake("memory: not enough for this; accepted: fewer people, draws or years, or more memory")


def _fault(error: BaseException) -> int:
    print(f"brittlestar: {faults.as_sentence(error)}", file=sys.stderr)
    return FAULT


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


def _enough_addresses(tokens: list[str]) -> None:
    if not tokens or tokens[0].startswith("-"):
        return
    if any(word.partition("=")[0] == "--out" for word in tokens) or tokens[0] == "serve":
        check_addresses(CHARTS)
    elif tokens[0] not in LIGHT:
        check_addresses(RUNS)


def _as_option(error: InputError) -> str:
    """The message with the name of the option in place of the argument it became."""
    field = error.where.removeprefix("Person.").removeprefix("compare.")
    option = commands.OPTIONS.get(field)
    return f"{option}{str(error).removeprefix(error.where)}" if option else str(error)


def _options(tokens: Sequence[str]) -> list[str]:
    """Every option of the command that is asked for."""
    asked = app.parse_commands(tokens)[1][-1]
    names = [name for argument in asked.assemble_argument_collection() for name in argument.names]
    return [name for name in (*names, "--help") if name.startswith("--")]


def _one_line(error: CycloptsError) -> str:
    if isinstance(error, CoercionError) and error.token is not None and error.argument is not None:
        kinds = {int: "a whole number", float: "a number"}
        # What may be left out comes as a union with None.
        possible = get_args(error.argument.hint) or (error.argument.hint,)
        accepted = next((kinds[kind] for kind in possible if kind in kinds), "another value")
        return f"{error.argument.name}: got {shown(error.token.value)}; accepted: {accepted}"
    help = " ".join(("brittlestar", *(error.command_chain or ()), "--help"))
    if isinstance(error, MissingArgumentError) and error.argument is not None:
        # Where an option is misspelled, that comes first: it may be the one that is missing.
        known = _options(error.root_input_tokens or [])
        words = [token.partition("=")[0] for token in error.root_input_tokens or [] if token.startswith("--")]
        for word in words:
            if word not in known:
                return str(InputError("option", word, nearest(word, known, help)))
        return f"{error.argument.name}: missing; see `{help}`"
    if isinstance(error, UnknownOptionError):
        word = error.token.keyword or error.token.value
        known = _options(error.root_input_tokens or [])
        return str(InputError("option", word, nearest(word, known, help)))
    if isinstance(error, UnusedCliTokensError) and error.unused_tokens:
        return str(InputError("argument", error.unused_tokens[0], f"accepted: nothing more; see `{help}`"))
    return one_line(" ".join(str(error).split()))
