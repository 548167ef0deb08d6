"""Activity of a client: when the API was last heard of."""

import attrs

__all__ = ["Activity"]


@attrs.define(eq=False)
class Activity:
    """What a client and its copies have heard of the API; times are seconds since the epoch.

    Attributes:
        contact: When the API last answered a request, whatever the answer was.
        webhook: When the API last pushed a notification that was accepted.
    """

    contact: float | None = None
    webhook: float | None = None
