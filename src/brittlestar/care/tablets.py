"""How tablets are taken, and what that leaves of their absorption."""

from brittlestar._shared.parameter_files import Parameter, load


def absorption(drug: str) -> Parameter:
    """Absorption with food over that of the same tablet half an hour before it.

    Args:
        drug: alendronate or risedronate.
    """
    return load("brittlestar.care", "tablets.toml")[f"{drug}_with_food"]
