"""Credentials: id, token and URLs of an instance."""

from greenapi_async.base_client import host_url
from greenapi_async.client import API_URL, MEDIA_URL
from greenapi_async.errors import InvalidArgumentError
from greenapi_async.http.protocol import instance_id
from greenapi_async.http.token import seal_token

__all__ = ["Credentials"]


class Credentials:
    """Id, token and URLs from which a client is created; compared by value. The token is never shown.

    Attributes:
        id_instance: The instance's id.
        api_url: The instance's API URL.
        media_url: The instance's media URL.
    """

    __slots__ = ("_token", "api_url", "id_instance", "media_url")

    def __init__(
        self, id_instance: int | str, api_token_instance: str, api_url: str = API_URL, media_url: str = MEDIA_URL
    ) -> None:
        """Create the credentials of an instance, from your personal area.

        Args:
            id_instance: The instance's id.
            api_token_instance: The instance's token.
            api_url: The instance's API URL.
            media_url: The instance's media URL.

        Raises:
            InvalidArgumentError: An argument is not valid.
        """
        token = seal_token(api_token_instance, "api_token_instance")
        del api_token_instance  # from here on no frame holds the token as a string
        if isinstance(token, InvalidArgumentError):
            raise token
        self.id_instance = instance_id(id_instance)
        self.api_url = host_url("api_url", api_url)
        self.media_url = host_url("media_url", media_url)
        self._token = token

    @property
    def api_token_instance(self) -> str:
        """The token, a secret."""
        return self._token.reveal()

    def __repr__(self) -> str:
        return f"Credentials({self.id_instance}, {self._token!r}, {self.api_url!r}, {self.media_url!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Credentials):
            return NotImplemented
        return self._values() == other._values()

    def __hash__(self) -> int:
        return hash(self.id_instance)

    def _values(self) -> tuple[object, ...]:
        return self.id_instance, self.api_url, self.media_url, self._token.reveal()
