"""What is kept on the disk is made anew when anything that it was made from has changed."""

import subprocess
import sys

from brittlestar._shared.source_digest import ROOMS

LOADED = """
import sys
import brittlestar.engine, brittlestar.engine.native.kept_programs
print(*{name.split(".")[1] for name in sys.modules if name.startswith("brittlestar.")})
"""


def test_every_room_that_the_engine_imports_is_part_of_the_key():
    found = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    assert set(found.stdout.split()) == set(ROOMS)
