"""``physiology``: the table of points beside the model."""

from brittlestar.cli.commands import Force, Out


def physiology(*, out: Out = None, force: Force = False) -> None:
    """Compare the model with published physiology, point by point, and count what is right."""
    import time

    from brittlestar._shared.manifest import made_with
    from brittlestar._shared.output import check_output
    from brittlestar.cli.terminal import announce, say

    if out is not None:
        check_output(out, force=force)
    began = time.monotonic()
    announce("Some two hundred points of published physiology, each worked out by the model: a minute.")
    from brittlestar.cli import tables
    from brittlestar.cli.cost import cost
    from brittlestar.evidence.physiology.compared import compared, save

    content = compared()
    if out is not None:
        save(content, out, force=force)
    from brittlestar.report.physiology import view

    found = view(content)
    # The count stands last: a script reads the last line.
    say(*found.printed, "", *made_with(content["manifest"]), cost(began), *tables.written(out), *found.notes)


ALL = (physiology,)
