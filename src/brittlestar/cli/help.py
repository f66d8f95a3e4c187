"""How help looks: the same tables as results, so that it fits any terminal."""

from typing import Any

from cyclopts.help import HelpEntry, HelpPanel

from brittlestar._shared.table import Column, Table
from brittlestar.cli.terminal import say


class HelpLayout:
    """Lays out one panel of commands or options."""

    def __call__(self, console: Any, options: Any, panel: HelpPanel) -> None:
        """Print a panel: its title, then names and what they mean."""
        if not panel.entries:
            return
        table = Table.of(Column("", whole=True), "", title=_text(panel.title))
        for entry in panel.entries:
            table.row(", ".join(entry.display_labels_with_metavar), _meaning(entry))
        say(table, "")

    def render_usage(self, console: Any, options: Any, usage: Any) -> None:
        """Print how the command is called."""
        say(f"Usage: {_text(usage)}", "")

    def render_description(self, console: Any, options: Any, description: Any) -> None:
        """Print what the command does."""
        say(_text(description), "")


def _meaning(entry: HelpEntry) -> str:
    parts = [_text(entry.description)]
    if entry.default not in (None, "False"):
        parts.append(f"[default: {entry.default}]")
    if entry.required:
        parts.append("[required]")
    return " ".join(filter(None, parts))


def _text(content: Any) -> str:
    content = getattr(content, "primary_renderable", content)
    return " ".join(str(getattr(content, "plain", content) or "").split())
