"""Messages of unknown types."""

import attrs

from greenapi_async.models.base import DERIVED
from greenapi_async.models.messages.base import BaseMessage
from greenapi_async.models.messages.files import FileMessage

__all__ = ["UnknownMessage"]


@attrs.frozen(kw_only=True)
class UnknownMessage(BaseMessage):
    """A message of a type that this version does not know; ``raw`` holds the whole message.

    Attributes:
        text: Human-readable text, if it stands where a known type has it.
    """

    text: str | None = attrs.field(default=None, metadata=DERIVED)
    _file: FileMessage | None = attrs.field(default=None, alias="file", repr=False, metadata=DERIVED)

    @property
    def file(self) -> FileMessage | None:
        """The file, if it stands where the types with a file have it, for ``Client.download``; otherwise None."""
        return self._file
