#!/usr/bin/env bash
# Prints the Chromium of this machine, installing one where that is possible; prints nothing where it is not.
for name in chromium chromium-browser google-chrome google-chrome-stable; do
    if command -v "$name"; then exit 0; fi
done
{
    .venv/bin/python -m playwright install chromium || {
        [ "$(id -u)" = 0 ] && command -v apt-get && apt-get update -qq && apt-get install -qq -y chromium
    }
} >/dev/null 2>&1
command -v chromium || true
