"""Invented tables in the shape that trials and comparisons hand to charts and reports: not results."""

import math

import polars as pl

ARMS = ("placebo", "risedronate")
SERIES = {
    "ls_abmd_pct_change": ("Lumbar spine aBMD, change", "%", 0.0, (7.1, 15.2), (1.6, 1.7)),
    "ls_z": ("Lumbar spine Z-score", "SD", -2.1, (-0.05, 0.43), (0.10, 0.11)),
    "ctx": ("CTX, change", "%", 0.0, (-6.0, -34.0), (6.0, 5.0)),
    "p1np": ("P1NP, change", "%", 0.0, (-3.0, -27.0), (5.0, 5.0)),
    "bsap": ("BSAP, change", "%", 0.0, (-4.0, -19.0), (4.0, 4.0)),
}
MONTHS = [float(month) for month in range(25)]


def bands() -> pl.DataFrame:
    rows = []
    for series, (label, unit, start, gains, spreads) in SERIES.items():
        for arm, gain, spread in zip(ARMS, gains, spreads):
            for t in MONTHS:
                if series in ("ctx", "p1np", "bsap"):
                    grown = 1 - math.exp(-t / {"ctx": 1.0, "p1np": 4.0, "bsap": 3.0}[series])
                else:
                    grown = t / 24
                mean, half = start + gain * grown, 2 * spread * math.sqrt(max(grown, 0.02))
                rows.append((series, label, unit, arm, t, mean, mean - half, mean + half))
    columns = ["series", "label", "unit", "arm", "time_months", "mean", "low", "high"]
    return pl.DataFrame(rows, schema=columns, orient="row")


def free() -> pl.DataFrame:
    return _curve(lambda t, rate: (1 + rate * t / 12) ** -1.0, (0.95, 0.52), 0.09, top=1.0)


def mcf() -> pl.DataFrame:
    return _curve(lambda t, rate: rate * t / 12, (1.05, 0.62), 0.28)


def _curve(shape, rates, spread: float, top: float = math.inf) -> pl.DataFrame:  # type: ignore[no-untyped-def]
    rows = []
    for arm, rate in zip(ARMS, rates):
        for step in range(0, 241):
            t = step / 10
            mean, half = shape(t, rate), spread * math.sqrt(t / 24)
            rows.append((arm, t, mean, max(mean - half, 0.0), min(mean + half, top)))
    return pl.DataFrame(rows, schema=["arm", "time_months", "mean", "low", "high"], orient="row")


def published() -> pl.DataFrame:
    paper = "Invented A, Journal of Examples 2099; doi:10.5555/example.1"
    rows = [
        ("ls_abmd_pct_change", "placebo", 12.0, 4.6, 2.0, 7.2, paper),
        ("ls_abmd_pct_change", "risedronate", 12.0, 9.8, 7.4, 12.1, paper),
        ("ls_abmd_pct_change", "risedronate", 24.0, 19.4, 16.9, 21.9, paper),
        ("ls_abmd_pct_change", "placebo", 24.0, 7.6, 4.9, 10.3, paper),
        ("ls_z", "risedronate", 24.0, -1.7, None, None, paper),
        ("ctx", "risedronate", 6.0, -35.0, -44.0, -26.0, paper),
        ("ctx", "placebo", 6.0, -9.0, -20.0, 2.0, paper),
        ("free", "placebo", 12.0, 0.51, 0.37, 0.65, paper),
        ("free", "risedronate", 12.0, 0.69, 0.60, 0.78, paper),
        ("mcf", "placebo", 12.0, 0.88, None, None, paper),
        ("mcf", "risedronate", 12.0, 0.47, 0.31, 0.66, paper),
    ]
    columns = ["series", "arm", "time_months", "value", "low", "high", "source"]
    return pl.DataFrame(rows, schema=columns, orient="row")


def endpoints() -> list[dict]:
    paper = "Invented A, Journal of Examples 2099; doi:10.5555/example.1"

    def row(id, label, arm, t, unit, simulated, published, verdict):  # type: ignore[no-untyped-def]
        low_high = ("mean", "low", "high")
        paper_says = (
            None if published is None else dict(zip(("value", "low", "high"), published), source=paper)
        )
        return {
            "id": id, "label": label, "arm": arm, "time_months": t, "unit": unit,
            "simulated": dict(zip(low_high, simulated)), "published": paper_says, "verdict": verdict,
        }  # fmt: skip

    broken, first = "People with a fracture", "Time to first fracture, hazard ratio"
    abmd, z = "Lumbar spine aBMD, change", "Lumbar spine Z-score, change"
    return [
        row("ls_abmd", abmd, "placebo", 24.0, "%", (7.1, 3.9, 10.3), (7.6, 4.9, 10.3), "inside"),
        row("ls_abmd", abmd, "risedronate", 24.0, "%", (15.2, 11.8, 18.6), (19.4, 16.9, 21.9), "outside"),
        row("ls_abmd", abmd, "difference", 24.0, "%", (8.1, 4.0, 12.1), (11.8, 8.5, 15.0), "outside"),
        row("ls_z", z, "risedronate", 24.0, "SD", (0.43, 0.21, 0.65), (0.4, None, None), "no interval"),
        row("broken", broken, "placebo", 12.0, "share", (0.487, 0.39, 0.581), (0.49, 0.35, 0.63), "inside"),
        row("broken", broken, "risedronate", 12.0, "share", (0.341, 0.26, 0.42), (0.31, 0.22, 0.4), "inside"),
        row("hr", first, "difference", 12.0, "ratio", (0.58, 0.36, 0.91), (0.53, 0.31, 0.92), "inside"),
        row("pain", "Pain, 0 to 10", "difference", 12.0, "points", (-0.4, -0.9, 0.1), None, "not published"),
    ]  # fmt: skip


def results(title: str = "Invented trial of risedronate, for tests") -> dict:
    return {
        "schema": "brittlestar/results/1",
        "manifest": {
            "version": "0.1.0", "commit": "0123456789abcdef0123456789abcdef01234567",
            "parameters": "v6", "parameters_sha256": "ab" * 32,
            "input_sha256": "cd" * 32, "seed": 1, "replicates": 200,
            "context_of_use": "Comparing simulated with published results of this trial, for research.",
            "note": "simulated, not observed", "created": "2099-01-02T03:04:05+00:00", "python": "3.13.1",
        },
        "trial": {"id": "invented", "title": title, "arms": list(ARMS),
                  "source": "Invented A, Journal of Examples 2099; doi:10.5555/example.1"},
        "endpoints": endpoints(),
    }  # fmt: skip


def frames() -> dict[str, pl.DataFrame]:
    return {"bands": bands(), "free": free(), "mcf": mcf(), "published": published()}


def content(results: dict, frames: dict[str, pl.DataFrame]) -> dict:
    """Results as a trial leaves them, with its curves."""
    return results | {"curves": {k: v.to_dicts() for k, v in frames.items() if k != "published"}}


def asked(frames: dict[str, pl.DataFrame]) -> dict:
    """The published points of curves, as a protocol holds them."""
    found = []
    for row in frames["published"].to_dicts() if "published" in frames else ():
        month, numbers = row["time_months"], {k: row[k] for k in ("arm", "value", "low", "high", "source")}
        one = {"id": row["series"], "month": month}
        if row["series"] in ("free", "mcf"):
            kind = "proportion_fractured" if row["series"] == "free" else "fracture_rate"
            one = {"id": kind, "kind": kind, "window": [0.0, month]}
            scaled = {k: numbers[k] and numbers[k] * 12 / month for k in ("value", "low", "high")}
            if row["series"] == "free":
                scaled = {
                    a: 1 - numbers[b] for a, b in (("value", "value"), ("low", "high"), ("high", "low"))
                }
            numbers |= scaled
        found.append(one | {"published": [numbers]})
    return {"endpoints": found}


def protocol() -> dict:
    return {
        "Design": "Two arms, 2:1, 12 months, then all on risedronate to 24 months",
        "Population": {"Ages": "4 to 15 years", "Types": ["I", "III", "IV"], "People": 147},
        "Entry": ["At least one low-impact fracture and Z ≤ −1.0", "or Z ≤ −2.0"],
        "Arms": {"risedronate": "2.5 mg daily by mouth; 5 mg above 30 kg", "placebo": "no drug"},
    }


COURSE = {
    "ls_abmd": ("g/cm2", 0.38, (0.03, 0.055), 0.04), "ls_z": ("SD", -3.8, (-0.08, 0.33), 0.4),
    "resorption": ("of healthy adult", 3.0, None, 0.3), "formation": ("of healthy adult", 2.7, None, 0.3),
    "drug_surface_nmol": ("nmol", 0.0, None, 0.0), "drug_buried_nmol": ("nmol", 0.0, None, 0.0),
    "strength_vertebral": ("of healthy", 0.34, (0.004, 0.035), 0.05),
    "strength_limb": ("of healthy", 0.41, (0.003, 0.017), 0.05),
    "expected_fractures_lower_limb": ("count", 0.0, (0.8, 0.5), 0.3),
    "expected_fractures_upper_limb": ("count", 0.0, (0.5, 0.35), 0.2),
    "expected_fractures_other": ("count", 0.0, (0.3, 0.2), 0.1),
    "expected_fractures_vertebral": ("count", 0.0, (0.6, 0.25), 0.2),
    "height_cm": ("cm", 108.0, (4.6, 4.6), 2.0), "pain": ("0-10", 3.4, (0.0, -0.2), 0.5),
}  # fmt: skip


def course(one_draw: bool = False) -> pl.DataFrame:
    """Ten years from age seven, four infusions a year for four years, treated beside untreated."""
    rows = []
    for output, (unit, start, slopes, spread) in COURSE.items():
        for plan, slope in zip(("untreated", "treated"), slopes or (0.0, 0.0)):
            for step in range(131):
                t = step * 28 / 365.25
                mean = start + slope * t if slopes else _drug_or_flux(output, plan, t, start)
                half = 0.0 if one_draw else spread * (0.3 + 0.07 * t)
                rows.append((t, 7 + t, plan, output, unit, mean, mean - half, mean + half))
    columns = ["time_years", "age_years", "plan", "output", "unit", "mean", "low", "high"]
    return pl.DataFrame(rows, schema=columns, orient="row")


def _drug_or_flux(output: str, plan: str, t: float, start: float) -> float:
    given = [dose / 4 for dose in range(16) if dose / 4 <= t]
    surface = sum(900 * math.exp(-(t - dose) / 0.35) for dose in given)
    if output == "drug_surface_nmol":
        return surface if plan == "treated" else 0.0
    if output == "drug_buried_nmol":
        return 400 * min(t, 4.0) * math.exp(-max(t - 4, 0) / 12) if plan == "treated" else 0.0
    lag = 0.0 if output == "resorption" else 0.35
    blocked = (1 - math.exp(-max(t - lag, 0) / 0.2)) * (1 if t < 4.5 else math.exp(-(t - 4.5) / 2))
    return start * math.exp(-0.04 * t) * (1 - 0.55 * blocked * (plan == "treated"))


def fractures() -> pl.DataFrame:
    rows = [("untreated", t, "lower limb") for t in (0.4, 1.1, 2.5, 2.9, 4.4, 6.1, 8.0, 8.8)]
    rows += [("treated", t, "lower limb") for t in (0.4, 1.5, 4.1, 6.2, 9.3)]
    return pl.DataFrame(rows, schema=["plan", "time_years", "site"], orient="row")


def comparison(title: str = "Girl of 7 years, type III, invented") -> dict:
    return {
        "title": title,
        "manifest": results()["manifest"]
        | {"context_of_use": "Seeing how treatment works; research and teaching."},
        "person": {"Age": "7 years", "Sex": "female", "OI type": "III", "Height Z": -3.0},
        "plans": {"treated": "zoledronate 0.05 mg/kg every 3 months for 4 years", "untreated": "no drug"},
    }
