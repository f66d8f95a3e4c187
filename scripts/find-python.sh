#!/usr/bin/env bash
# Print the path of a Python that runs, is 3.12 or newer, and can make a virtual environment.
# Order: $PYTHON if set, then python3.13, python3.12 and python3 on PATH, then the versions that pyenv knows.
set -u

usable() {
    # A name on PATH proves nothing: a pyenv shim exists for versions that are not selected and then fails to run.
    "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1
}

offer() {
    if usable "$1"; then
        # The interpreter itself, so that a shim never ends up inside a virtual environment.
        "$1" -c 'import sys; print(sys.executable)'
        exit 0
    fi
}

if [ -n "${PYTHON:-}" ]; then
    offer "$PYTHON"
    echo "PYTHON is set to '$PYTHON', which does not run as Python 3.12 or newer with the venv module." >&2
    exit 1
fi

for name in python3.13 python3.12 python3; do
    while IFS= read -r candidate; do
        offer "$candidate"
    done < <(type -aP "$name")
done

if command -v pyenv >/dev/null 2>&1; then
    while IFS= read -r version; do
        if prefix=$(pyenv prefix "$version" 2>/dev/null); then
            offer "$prefix/bin/python3"
        fi
    done < <(pyenv versions --bare --skip-aliases 2>/dev/null | grep -E '^3\.(1[2-9]|[2-9][0-9])\.[0-9]+$' | sort -rV)
fi

echo "brittlestar needs Python 3.12 or newer with the venv module, and none was found: install one, or name it with PYTHON=/path/to/python3." >&2
exit 1
