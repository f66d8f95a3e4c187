"""Every field of a protocol file as a page to read, from the models that validate it."""

from typing import Any, get_args

from pydantic import BaseModel

from brittlestar.trials.protocol import (
    Arm,
    Conduct,
    Design,
    Endpoint,
    Population,
    Protocol,
    Published,
    Said,
    Visits,
)

_SECTIONS: tuple[tuple[str, type[BaseModel], str], ...] = (
    ("Top of the file", Protocol, "Plain keys before the first table."),
    ("`[population]`", Population, "Who is randomised. Entry rules stand in `[population.eligibility]`."),
    ("`[[arms]]`", Arm, "One table per arm."),
    ("`[design]`", Design, "Length and randomisation."),
    ("`[conduct]`", Conduct, "What happens when people carry it out."),
    ("`[[visits]]`", Visits, "Several tables if different things are measured at different months."),
    ("`[[endpoints]]`", Endpoint, "What is analysed, and how."),
    (
        "`[[endpoints.published]]`",
        Published,
        "Published numbers of the endpoint above; leave out for a new trial.",
    ),
    ("`[[endpoints.said]]`", Said, "What was published of it in words only."),
)

_HEAD = """# Protocol files

A trial is a TOML file. `brittlestar trial poise` runs one that ships, `brittlestar trial all` every one of
them, `brittlestar trial my-trial.toml` yours. The file is validated before anything runs: an error names the
file, the field, the value and what is accepted. Nothing in it needs a published result: leave those tables
out to see what the model expects of a new trial.

A small complete example:

```toml
id = "my-trial"
title = "Zoledronate every six months against no treatment, type I, 6 to 12 years"
sources = ["assumed"]

[population]
randomised = 80
age_years = [6, 12]
types = { I = 1 }
source = "assumed"

[population.eligibility]
fractures = { min = 1 }

[[arms]]
id = "zoledronate"
label = "Zoledronate"
plan = "zoledronate 0.05 mg/kg iv every 6 months for 2 years"

[[arms]]
id = "untreated"
label = "No treatment"
control = true
plan = "no treatment"

[design]
years = 2

[[visits]]
months = [0, 12, 24]
measures = ["ls_abmd", "ls_z"]

[[endpoints]]
id = "ls_abmd_pct_change"
label = "Lumbar-spine aBMD, change in %"
kind = "pct_change"
measure = "ls_abmd"
month = 24

[[endpoints]]
id = "rate_ratio"
label = "Fractures, rate ratio"
kind = "rate_ratio_nb"
window = [0, 24]
```

Entry rules are ranges by field, all of which must hold; of the tables in `any_of` one must hold:

```toml
[population.eligibility]
weight_kg = { min = 10 }
any_of = [{ fractures = { min = 1 }, lowest_z = { max = -1.0 } }, { lowest_z = { max = -2.0 } }]
```

A rule that nobody of the population can meet is refused, and so is one that surely fewer than 1 in 200 people
of a type meet: screening goes on until every place is filled or that is sure.

A visit takes place on the day of its month. Where something is drawn some days after an infusion, say so:

```toml
[[visits]]
months = [0, 6, 12]
measures = ["ctx"]
days_after_dose = 3
```

Here months 6 and 12 are measured 3 days after the infusion that is given at or just before them, in all arms
on the same day. A course of infusions on several days counts from its last day. Month 0 stays before the
first dose.

What departs from labels or from published use in an arm, at any age of the population, does not stop a trial:
it is told by name with the results of `trial`, `predict` and `power`.
"""


def _kind(annotation: Any) -> str:
    words = [repr(w) for w in get_args(annotation) if isinstance(w, str)]
    if words:
        return "one of " + ", ".join(words)
    text = str(annotation).replace("typing.", "").replace("<class '", "").replace("'>", "")
    for kind in (Population, Arm, Design, Conduct, Visits, Endpoint, Published, Said):
        text = text.replace(f"{kind.__module__}.{kind.__name__}", kind.__name__)
    text = text.replace("Literal", "one of ").replace(" | None", "").replace(", ...", ", ...")
    return text


def _rows(model: type[BaseModel]) -> list[str]:
    rows = ["| field | kind | default | meaning |", "|---|---|---|---|"]
    for name, field in model.model_fields.items():
        nested = any(part.__name__ in str(field.annotation) for part in (BaseModel,)) or name in (
            "population", "arms", "design", "conduct", "visits", "endpoints", "published", "said",
        )  # fmt: skip
        if nested:
            continue
        default = "needed" if field.is_required() else repr(field.get_default(call_default_factory=True))
        meaning = field.description or ""
        rows.append(f"| `{name}` | {_kind(field.annotation)} | {default} | {meaning} |".replace("\n", " "))
    return rows


def protocol_fields_markdown() -> str:
    """The page ``docs/protocol.md``."""
    parts = [_HEAD]
    for title, model, note in _SECTIONS:
        parts += [f"## {title}", "", note, "", *_rows(model), ""]
    return "\n".join(parts).rstrip() + "\n"
