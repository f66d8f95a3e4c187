"""What nobody foresaw, told in one sentence: kind, place and message, and how to get the rest."""

import os
import sys
import traceback
from pathlib import Path

from brittlestar._shared.errors import shown

DEBUG = "BRITTLESTAR_DEBUG"
"""Set to anything, a fault is told with its whole traceback."""


def as_sentence(error: BaseException) -> str:
    """The sentence about a fault; its traceback goes to standard error where ``DEBUG`` is set."""
    if os.environ.get(DEBUG):
        traceback.print_exception(error, file=sys.stderr)
    ours = [at for at in traceback.extract_tb(error.__traceback__) if "brittlestar" in at.filename]
    place = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "an unknown place"
    return (
        f"a fault of this program, not of the input: {type(error).__name__} at {place} "
        f"({shown(str(error))}); please report it with what was asked and what {DEBUG}=1 prints"
    )
