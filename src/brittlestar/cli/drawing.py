"""What draws takes half a second to load and start: a command has it do so beside its own work."""

from contextlib import suppress
from threading import Thread


def start_drawing() -> None:
    """Load and start it in a thread that no one waits for; nothing where it is not installed."""
    Thread(target=_draw_nothing, daemon=True).start()


def _draw_nothing() -> None:
    from brittlestar._shared.extras import MissingExtra

    with suppress(MissingExtra):
        from brittlestar.charts.save import start

        start()
