"""The page on this machine, and its settings run again without it."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from brittlestar.cli.commands import Force, Out, Whole

PORT = 8765


def serve(
    *,
    port: Annotated[Whole, Parameter(help="Port on this machine, 1 to 65535.")] = PORT,
    open: Annotated[bool, Parameter(negative=(), help="Open the page in the browser.")] = False,
    jobs: Annotated[Path | None, Parameter(help="Directory that keeps trials run on the page.")] = None,
) -> None:
    """Open a page on this machine: explore, compare, run trials, read the evidence."""
    from brittlestar._shared.errors import InputError
    from brittlestar._shared.extras import needs
    from brittlestar.cli.terminal import announce

    if not 1 <= port <= 65535:
        raise InputError("--port", port, "accepted: 1 to 65535")
    announce("The page on this machine: some seconds, the first time half a minute.")
    with needs("serve", "serve"):
        import uvicorn

        from brittlestar.web.app import create_app
        from brittlestar.web.connections import TimedConnection
        from brittlestar.web.jobs.store import usual_folder
    listener = _listen(port)
    address = f"http://127.0.0.1:{port}/"
    print(f"brittlestar: {address} (Ctrl-C ends it; only this machine can see it)", flush=True)
    if open:
        import webbrowser

        webbrowser.open(address)
    config = uvicorn.Config(
        create_app(port, jobs_folder=jobs or usual_folder()), log_level="warning", access_log=False,
        server_header=False, h11_max_incomplete_event_size=16384, timeout_graceful_shutdown=2,
        http=TimedConnection,
    )  # fmt: skip
    uvicorn.Server(config).run(sockets=[listener])


def _listen(port: int) -> Any:
    import socket

    from brittlestar._shared.errors import InputError

    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        listener.close()
        raise InputError("--port", port, f"accepted: a free port; {error.strerror}") from None
    return listener


def rerun(
    settings: Annotated[Path, Parameter(help="Settings that the page saved (TOML).")],
    /,
    *,
    out: Out = None,
    force: Force = False,
) -> None:
    """Work out the numbers of a page again from its saved settings."""
    from brittlestar._shared.output import output_file
    from brittlestar._shared.user_files import read_text
    from brittlestar.web import downloads

    text = read_text(settings, "settings")
    found = downloads.to_json(downloads.whole(downloads.from_toml(text, settings.name)))
    if out is None:
        print(found, end="")
        return
    with output_file(out, force=force) as scratch:
        scratch.write_text(found, encoding="utf-8")


ALL: tuple[Callable[..., Any], ...] = (serve, rerun)
