"""The one way to say no."""


class Rejected(Exception):  # noqa: N818 - an answer of the fake server, not an error of ours
    """Carry the status and the sentence of a refusal up to where it becomes an answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
