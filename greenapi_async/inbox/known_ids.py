"""The part of ``Client`` that knows which ids belong to one person."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from greenapi_async.http.endpoint import Endpoint

if TYPE_CHECKING:
    from greenapi_async.inbox.identities import ClientIdentities

__all__ = ["KnownIds"]

T = TypeVar("T")


class KnownIds:
    """Mixin of the client: it learns from answers, and tells what it knows."""

    _identities: "ClientIdentities"

    def known_ids(self, chat_id: str) -> tuple[str, ...]:
        """Return all ids under which the server has named a person, for example to find them in your own database.

        The server names a person by the phone number or by an ``@lid``. That two ids belong to one person is known from
        answers, such as that of ``check_whatsapp``, and stored with the inbox of ``process``.

        Args:
            chat_id: One id of the person, or any other chat id.

        Returns:
            The main id first: the phone number if it is known. Only ``chat_id`` if no other id is known.
        """
        return self._identities.known.ids_of(chat_id)

    async def _learn(self, endpoint: Endpoint[T], values: Mapping[str, Any], answer: T) -> T:
        """Learn what an answer reports, and return the answer."""
        if endpoint.reported_ids is not None:
            self._identities.learn(endpoint.reported_ids(values, answer))
            await self._identities.save()
        return answer
