"""What a filter is made of, refused when it is made."""

from greenapi_async.bots.checking import is_a
from greenapi_async.errors import InvalidArgumentError

__all__ = ["strings", "written"]


def strings(name: str, values: tuple[str, ...], *, fewest: int = 1) -> tuple[str, ...]:
    """Give strings back if there are enough, and none is empty."""
    if len(values) < fewest:
        raise InvalidArgumentError(f"{name}() is given nothing; at least one string is needed")
    for value in values:
        if not value or not is_a(value, str):
            raise InvalidArgumentError(f"{name}() is given {value!r}; a string that is not empty is needed")
    return values


def written(name: str, *values: object, **options: object) -> str:
    """Give a filter's words: its name and its arguments, without the options that are not set."""
    parts = [value.__name__ if isinstance(value, type) else repr(value) for value in values]
    parts += [f"{option}={value!r}" for option, value in options.items() if value]
    return f"{name}({', '.join(parts)})"
