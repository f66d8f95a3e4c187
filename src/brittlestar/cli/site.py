"""``brittlestar site``: the page as files that need no server."""

from collections.abc import Callable
from typing import Annotated, Any

from cyclopts import Parameter

from brittlestar.cli.commands import Force


def site(
    *,
    out: Annotated[
        str, Parameter(help="Directory for the site, and for brittlestar.html, which opens from a disk.")
    ],
    force: Force = False,
) -> None:
    """Write the page as files that compute in the browser: for any web host, or to open from a disk."""
    from brittlestar._shared.extras import needs
    from brittlestar._shared.output import check_output, output_directory
    from brittlestar.cli.terminal import announce, progress, say

    check_output(out, force=force)
    announce("The page as some thirty files, its engine among them: a minute, the first time two.")
    with needs("serve", "site"):
        from brittlestar.web.catalogue import LANGUAGES
        from brittlestar.web.site.write import FIRST, ONE_FILE, name_of, write
    making = progress("making WebAssembly", "files")
    with making, output_directory(out, force=force) as folder:
        sizes = write(folder)
    one, index = ONE_FILE[LANGUAGES[0]], name_of(FIRST, LANGUAGES[0])
    say(
        f"Written to {out}: {index} and {len(sizes) - len(ONE_FILE) - 1} files beside it for a web host; "
        f"{one} ({sizes[one] / 1000:.0f} kB) opens from a disk"
    )


ALL: tuple[Callable[..., Any], ...] = (site,)
