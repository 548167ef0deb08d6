"""Configuration of a command: its instance comes from the environment, ``.env``, or a profile of a TOML file.

A profile, if one is named, decides alone. Otherwise the variables ``GREENAPI_*`` of the environment count, and what
they lack is taken from the file ``.env`` in the current folder.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import attrs

from greenapi_async.errors import InvalidArgumentError

if TYPE_CHECKING:
    from greenapi_async.client import Client
    from greenapi_async.inbox.view import InboxView

__all__ = ["Configuration", "load_configuration"]

PREFIX: Final = "GREENAPI_"
_NAMES: Final = (
    "id_instance",
    "api_token_instance",
    "api_token_instance_file",
    "api_url",
    "media_url",
    "messenger",
    "inbox",
)
"""Keys of a profile; in capitals after the prefix, the names of the variables."""
_LINE: Final = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")


@attrs.frozen(kw_only=True)
class Configuration:
    """The variables of an instance, and where they are from.

    Attributes:
        variables: The variables, by names with the prefix ``GREENAPI_``.
        source: Where they are from, for people.
    """

    variables: Mapping[str, str] = attrs.field(repr=False)
    source: str

    @property
    def secrets(self) -> tuple[str, ...]:
        """The secrets that no output may contain."""
        token = self._token() if self.variables.get(f"{PREFIX}API_TOKEN_INSTANCE_FILE") else None
        return tuple(filter(None, [token, self.variables.get(f"{PREFIX}API_TOKEN_INSTANCE", "").strip()]))

    def client(self, **options: Any) -> "Client":
        """Create the client of the instance.

        Args:
            **options: Options of ``Client``.

        Raises:
            InvalidArgumentError: A variable is missing or not valid.
        """
        from greenapi_async.client import API_URL, MEDIA_URL, Client  # noqa: PLC0415  not needed for the inbox
        from greenapi_async.http.messengers import messenger_named  # noqa: PLC0415
        from greenapi_async.instance.environment import read_variables  # noqa: PLC0415

        self._check_present()
        found = read_variables(self.variables, api_url=API_URL, media_url=MEDIA_URL)
        if found.messenger is not None:
            options.setdefault("messenger", messenger_named(found.messenger, found.api_url))
        return Client(found.id_instance, found.api_token_instance, found.api_url, found.media_url, **options)

    def inbox_location(self, given: str | None) -> str:
        """Return the inbox that was given, or that is configured.

        Args:
            given: Value of the option ``--inbox``.

        Raises:
            InvalidArgumentError: There is neither.
        """
        location = given or self.variables.get(f"{PREFIX}INBOX", "").strip()
        if not location:
            raise InvalidArgumentError(
                "no inbox is given; use --inbox bot.db, or --inbox postgresql://..., or set GREENAPI_INBOX"
            )
        return location

    def has_inbox(self, given: str | None) -> bool:
        """Return whether an inbox was given or is configured.

        Args:
            given: Value of the option ``--inbox``.
        """
        return bool(given or self.variables.get(f"{PREFIX}INBOX", "").strip())

    def inbox_view(self, given: str | None) -> "InboxView":
        """Return a view of the inbox.

        Args:
            given: Value of the option ``--inbox``.

        Raises:
            InvalidArgumentError: No inbox is given.
        """
        from greenapi_async.inbox.view import open_inbox_view  # noqa: PLC0415  not needed by most commands

        return open_inbox_view(self.inbox_location(given))

    def _check_present(self) -> None:
        missing = [
            name
            for name in (f"{PREFIX}ID_INSTANCE", f"{PREFIX}API_TOKEN_INSTANCE")
            if not (self.variables.get(name, "").strip() or self.variables.get(f"{name}_FILE", "").strip())
        ]
        if missing:
            verb, them = ("is", "it") if len(missing) == 1 else ("are", "them")
            raise InvalidArgumentError(
                f"{' and '.join(missing)} {verb} not set in {self.source}; export {them}, write {them} into .env, or "
                "use --profile"
            )

    def _token(self) -> str | None:
        from greenapi_async.instance.environment import read_variables  # noqa: PLC0415

        try:
            return read_variables(self.variables, api_url="", media_url="").api_token_instance
        except InvalidArgumentError:
            return None  # reported when the client is created


def load_configuration(profile: str | None, config: Path | None) -> Configuration:
    """Find the instance of a command.

    Args:
        profile: Name of a profile; None for the environment and ``.env``.
        config: File with the profiles; None for ``greenapi.toml`` in the current folder, or
            ``~/.config/greenapi/config.toml``.

    Raises:
        InvalidArgumentError: A file cannot be read, or has no such profile.
    """
    if profile is not None:
        path = config or _find_config()
        return Configuration(variables=_read_profile(path, profile), source=f"profile {profile} of {path}")
    if config is not None:
        raise InvalidArgumentError("--config names a file of profiles; choose one with --profile")
    environment = {name: value for name, value in os.environ.items() if name.startswith(PREFIX)}
    file = Path(".env")
    found = _read_env(file) if _is_file(file) else {}
    source = "the environment and .env" if found else "the environment"
    secret = f"{PREFIX}API_TOKEN_INSTANCE"
    if environment.get(secret) or environment.get(f"{secret}_FILE"):  # not one of each
        found = {name: value for name, value in found.items() if name not in {secret, f"{secret}_FILE"}}
    return Configuration(variables={**found, **environment}, source=source)


def _find_config() -> Path:
    base = _expanded(os.environ.get("XDG_CONFIG_HOME") or "~/.config")
    candidates = [Path("greenapi.toml"), base / "greenapi" / "config.toml"]
    for path in candidates:
        if _is_file(path):
            return path
    raise InvalidArgumentError(f"no file of profiles was found: neither {' nor '.join(map(str, candidates))}")


def _read_profile(path: Path, profile: str) -> dict[str, str]:
    try:
        with path.open("rb") as file:
            content = tomllib.load(file)
    except OSError as error:
        raise InvalidArgumentError(f"{path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidArgumentError(f"{path} is not TOML: {_without_values(error)}") from None
    profiles: Any = content.get("profiles")
    names = (
        [name for name, value in cast("dict[str, Any]", profiles).items() if isinstance(value, dict)]
        if (isinstance(profiles, dict))
        else []
    )
    if profile not in names:
        known = ", ".join(sorted(names)) or "none; write [profiles.NAME]"
        raise InvalidArgumentError(f"{path} has no profile {profile!r}; its profiles: {known}")
    variables: dict[str, str] = {}
    for name, value in cast("dict[str, Any]", profiles[profile]).items():
        if name not in _NAMES or not isinstance(value, str | int):
            raise InvalidArgumentError(
                f"profile {profile!r} of {path}: {name} is not a text or not known; known are {', '.join(_NAMES)}"
            )
        variables[PREFIX + name.upper()] = str(value)
    for name in (f"{PREFIX}API_TOKEN_INSTANCE_FILE", f"{PREFIX}INBOX"):  # relative to the file that names them
        value = variables.get(name, "")
        if value and "://" not in value:
            variables[name] = str(path.parent / _expanded(value))
    return variables


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # sudo has kept a current folder that this user may not look into
        return False


def _read_env(path: Path) -> dict[str, str]:
    """Return the variables ``GREENAPI_*`` of a file ``.env``."""
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        raise InvalidArgumentError(f"{path} cannot be read as a UTF-8 text") from None
    found: dict[str, str] = {}
    for line in lines:
        match = _LINE.fullmatch(line.strip())
        if match and match[1].startswith(PREFIX):
            found[match[1]] = _unquoted(match[2])
    return found


def _unquoted(value: str) -> str:
    quoted = re.fullmatch(r"""(["'])(.*?)\1\s*(?:#.*)?""", value)
    if quoted:
        return quoted[2]
    return value.partition(" #")[0].strip()


def _expanded(path: str) -> Path:
    try:
        return Path(path).expanduser()
    except RuntimeError:  # there is no such home directory; the path is reported as missing
        return Path(path)


def _without_values(error: Exception) -> str:
    """Return where a file is wrong, without quoting it."""
    found = re.search(r"at (?:line \d+, column \d+|end of document)", str(error))
    return found[0] if found else "see its syntax"
