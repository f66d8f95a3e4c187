"""The base of everything a plan is made of: frozen, no unknown fields, one kind of error."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from brittlestar._shared.errors import InputError, nearest


class Component(BaseModel):
    """A frozen part of a plan; bad fields raise :class:`InputError` with the nearest match."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def __init__(self, /, **fields: Any):
        try:
            super().__init__(**fields)
        except ValidationError as error:
            raise _as_input_error(type(self), error) from None
        except TypeError as error:
            if "keywords must be strings" not in str(error):
                raise
            raise InputError(type(self).__name__, fields, "accepted: fields by name, texts all") from None

    @model_validator(mode="after")
    def _lasts(self) -> Self:
        duration = getattr(self, "duration", None)
        if duration is not None and not duration.days > 0:
            raise InputError("duration", str(duration), "accepted: longer than 0, or none")
        return self


def _as_input_error(kind: type[BaseModel], error: ValidationError) -> InputError:
    # A misspelt field also counts as a missing one: the misspelling is what helps.
    first = min(error.errors(), key=lambda found: found["type"] != "extra_forbidden")
    place = ".".join([kind.__name__, *(str(part) for part in first["loc"])])
    inner = first.get("ctx", {}).get("error")
    if isinstance(inner, InputError):
        return InputError(
            inner.where if inner.where.startswith("plan") else f"{place}: {inner.where}",
            inner.value,
            inner.accepted,
        )
    field = str(first["loc"][-1]) if first["loc"] else ""
    if first["type"] == "extra_forbidden":
        return InputError(place, field, nearest(field, kind.model_fields))
    if first["type"] == "missing":
        return InputError(place, "nothing", f"missing; fields: {', '.join(kind.model_fields)}")
    return InputError(place, first["input"], first["msg"])
