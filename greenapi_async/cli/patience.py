"""Retry behaviour of commands, for which a person waits."""

from greenapi_async.errors import TimeoutExpiredError
from greenapi_async.http.retry import Failure, Retry, is_ambiguous

__all__ = ["Patience"]


class Patience(Retry):
    """Retry behaviour that ends soon: a server that is silent for the whole timeout is not asked again."""

    def decide(self, failure: Failure) -> float | None:
        """Return the seconds before the next attempt, or None to raise.

        Args:
            failure: The failed attempt.
        """
        is_over = is_ambiguous(failure.error) and failure.since_first > self.patience
        if is_over or isinstance(failure.error, TimeoutExpiredError):
            return None
        return super().decide(failure)
