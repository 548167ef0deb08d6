"""Activity of a client: when the API was last heard of."""

import attrs

__all__ = ["Activity"]


@attrs.define(eq=False)
class Activity:
    """Signs of life from the API to a client and its copies; times are seconds since the epoch.

    Attributes:
        contact: When the API last answered a request, whatever the answer was.
        webhook: When the API last pushed a notification that was accepted.
    """

    contact: float | None = None
    webhook: float | None = None
