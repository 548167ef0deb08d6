"""What the types promise, asked all the same: not everybody runs a type checker."""

__all__ = ["is_a", "is_under"]


def is_a(value: object, kind: type) -> bool:
    """Tell whether it is an instance of a class."""
    return isinstance(value, kind)


def is_under(value: object, base: type) -> bool:
    """Tell whether it is a class under another, or that itself."""
    return isinstance(value, type) and issubclass(value, base)
