"""A server of the page as a process of its own."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

START = "import sys; from brittlestar.cli import main; sys.exit(main(['serve', *sys.argv[1:]]))"


@contextmanager
def serving(jobs: Path) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """Address and process of a server that keeps its jobs in a directory."""
    import httpx

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = [sys.executable, "-c", START, "--port", str(port), "--jobs", str(jobs)]
    with subprocess.Popen(words) as server:
        base = f"http://127.0.0.1:{port}"
        try:
            for _ in range(600):
                try:
                    httpx.get(f"{base}/favicon.ico", timeout=5)
                    break
                except httpx.TransportError:
                    time.sleep(0.2)
            yield base, server
        finally:
            server.terminate()
