"""Id, token and URLs of an instance from variables, as in the environment or a file of settings.

A secret should not be in the environment, where every child process and crash report has it. So the token can be in a
file instead, as container platforms mount secrets: ``GREENAPI_API_TOKEN_INSTANCE_FILE`` is the path of that file.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import attrs

from greenapi_async.errors import InvalidArgumentError

__all__ = ["InstanceVariables", "read_variables"]

PREFIX: Final = "GREENAPI_"
MAX_SECRET = 10_000
"""Bytes read of a file with a secret."""


@attrs.frozen(kw_only=True)
class InstanceVariables:
    """Variables of an instance.

    Attributes:
        id_instance: The instance's id.
        api_token_instance: The instance's token.
        api_url: The instance's API URL.
        media_url: The instance's media URL.
        messenger: Name of the messenger; None if it is not set.
    """

    id_instance: str
    api_token_instance: str = attrs.field(repr=False)
    api_url: str
    media_url: str
    messenger: str | None


def read_variables(
    variables: Mapping[str, str], *, prefix: str = PREFIX, api_url: str, media_url: str
) -> InstanceVariables:
    """Read the variables of an instance.

    Args:
        variables: The variables, for example ``os.environ``.
        prefix: What their names begin with.
        api_url: The API URL if it is not set.
        media_url: The media URL if neither URL is set; if only the API URL is set, uploads use it too.

    Raises:
        InvalidArgumentError: A variable is missing, or a file cannot be read.
    """

    def get(name: str) -> str:
        return variables.get(prefix + name, "").strip()

    id_instance, token = get("ID_INSTANCE"), _secret(variables, f"{prefix}API_TOKEN_INSTANCE")
    needed = {f"{prefix}ID_INSTANCE": id_instance, f"{prefix}API_TOKEN_INSTANCE": token}
    if missing := [name for name, value in needed.items() if not value]:
        raise InvalidArgumentError(_missing(variables, missing))
    own_api_url = get("API_URL") or api_url
    return InstanceVariables(
        id_instance=id_instance,
        api_token_instance=token,
        api_url=own_api_url,
        media_url=get("MEDIA_URL") or (media_url if own_api_url == api_url else own_api_url),
        messenger=get("MESSENGER") or None,
    )


def _missing(variables: Mapping[str, str], names: Sequence[str]) -> str:
    """Return what is wrong with the variables that have no value."""
    states = [f"{name} is {'empty' if name in variables else 'not set'}" for name in names]
    them = "it" if len(states) == 1 else "both"
    hint = ""
    if variables is os.environ and os.path.isfile(".env"):  # noqa: PTH113  Path.is_file raises for some folders
        hint = ". The file .env in this folder is only read by the command greenapi"
    return f"the environment variable {' and '.join(states)}; set {them}, or use Client(...){hint}"


def _secret(variables: Mapping[str, str], name: str) -> str:
    """Return a secret from its variable, or from the file that the variable with the suffix ``_FILE`` names."""
    path = variables.get(f"{name}_FILE", "").strip()
    value = variables.get(name, "").strip()
    if not path:
        return value
    if value:
        raise InvalidArgumentError(f"both {name} and {name}_FILE are set; set one of them")
    try:
        with Path(path).expanduser().open("rb") as file:
            secret = file.read(MAX_SECRET).decode().strip()
    except (OSError, UnicodeDecodeError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not a text"
        if isinstance(error, RuntimeError):  # of expanduser
            reason = "there is no such home directory"
        raise InvalidArgumentError(f"the file that {name}_FILE names cannot be read: {path}: {reason}") from None
    if not secret:
        raise InvalidArgumentError(f"the file that {name}_FILE names is empty: {path}")
    return secret
