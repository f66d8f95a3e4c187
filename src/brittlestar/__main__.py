"""``python -m brittlestar``: the same as the command."""

import sys

from brittlestar.cli import main

if __name__ == "__main__":
    sys.exit(main())
