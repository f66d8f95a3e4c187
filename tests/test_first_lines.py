"""What a command says first comes before anything heavy loads, and says what it will do and how long."""

import json
import subprocess
import sys

PROGRAM = """
import json, sys
from brittlestar.cli import app, terminal

class Announced(Exception):
    pass

def announced(line):
    raise Announced(line)

terminal.announce = announced
said = {}
for words in json.loads(sys.argv[1]):
    try:
        app(words, exit_on_error=False, print_error=False, result_action="return_value")
        said[" ".join(words)] = "nothing"
    except Announced as line:
        said[" ".join(words)] = str(line)
    heavy = sorted({"jax", "scipy", "altair", "llvmlite"} & set(sys.modules))
    assert not heavy, (words, heavy)
print(json.dumps(said))
"""
PERSON = ["--age", "7", "--sex", "female", "--type", "III", "--years", "3", "--plan", "no treatment"]
COMMANDS = (
    ["simulate", *PERSON],
    ["export", "sbml", *PERSON, "--out", "a.xml"],
    ["export", "mrgsolve", *PERSON, "--out", "a.cpp"],
    ["export", "fhir", *PERSON, "--start", "2024-01-31", "--out", "a.json"],
    ["export", "events", "run", "--out", "events.csv"],
    ["export", "adam", "run", "--out", "adam"],
    ["export", "posterior", "--out", "posterior"],
    ["trial", "poise", "--replicates", "20"],
    ["trial", "all"],
    ["predict", "poise"],
    ["predict", "--validation"],
    ["predict", "--left-out"],
    ["predict", "--fractures"],
    ["power", "poise"],
    ["vpc", "events.csv"],
    ["leaflet"],
    ["leaflet", "--seeds", "5"],
    ["credibility"],
    ["physiology"],
    ["calibrate"],
    ["evidence"],
    ["evidence", "meta"],
    ["parameters"],
    ["cite"],
    ["plans"],
    ["query", "run", "select 1"],
    ["serve"],
    ["engine", "--out", "engine"],
    ["site", "--out", "site"],
)
TIMES = ("second", "minute", "hour", " s,")


def test_every_command_says_what_it_will_do_before_anything_heavy_loads(tmp_path):
    command = [sys.executable, "-c", PROGRAM, json.dumps(COMMANDS)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert len(said) == len(COMMANDS)
    for words, line in said.items():
        assert any(time in line for time in TIMES), (words, line)
    assert said["trial poise --replicates 20"].startswith("poise: 20 trials of 147 people over 3 years")
    assert said["simulate " + " ".join(PERSON)].startswith("200 people over 3 years")
    assert "5 seeds" in said["leaflet --seeds 5"]
    assert said["predict poise"].startswith("The trial under 100 parameter sets")
