"""Protocols from files: what the texts of :mod:`brittlestar.trials.protocol_texts` say."""

import re
from typing import Any

from brittlestar._shared.errors import InputError
from brittlestar._shared.user_files import toml_fields
from brittlestar.trials.protocol import Protocol
from brittlestar.trials.protocol_texts import protocol_text


def protocol_of(fields: dict[str, Any], where: str) -> Protocol:
    """A protocol from the tables of its file.

    Args:
        fields: as TOML gives them.
        where: the file, for messages.

    Raises:
        InputError: unknown fields, or parts that contradict each other; names file, field, value and what is
            accepted.
    """
    try:
        return Protocol(**fields)
    except InputError as error:
        # Nested parts name their class ("population: Population.female"); a reader of the file knows tables.
        place = re.sub(r"^Protocol(\.|: )", "", error.where)
        place = re.sub(r": [A-Z]\w+(\.|: )", ".", place)
        raise InputError(f"{where}: {place}", error.value, error.accepted) from None


def load_protocol(name_or_path: str) -> Protocol:
    """A protocol by shipped name (``"poise"``) or from a TOML file.

    Raises:
        InputError: not found, not TOML (a repeated key included), unknown fields, or parts that contradict
            each other; names file, field, value and what is accepted.
    """
    text, where = protocol_text(name_or_path)
    return protocol_of(toml_fields(text, where), where)
