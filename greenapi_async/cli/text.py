"""Text for the terminal: commands to copy, times, and untrusted strings."""

import re
from datetime import datetime
from typing import Any, Final

from greenapi_async.serialization.encoding import camel_case

__all__ = [
    "REMOTE_WARNING",
    "counted",
    "curl_examples",
    "environment_exports",
    "format_time",
    "printable",
    "terminal_advice",
]

REMOTE_WARNING = (
    "Anyone who can reach the port can, without a password, read and write all chats, see the token, and make this "
    "machine send requests to any address (webhookUrl)."
)

_PYTHON_ADVICE: Final = (
    (r",? or allow more time with timeout=", ""),
    (r"Allow more time with timeout=, and try", "Try"),
    (r",? or allow duplicates with Retry\(replay_sends=True\)", ""),
    (r"\(once= does that for", "(--once does that for"),
    (r"Call again with the same once= key", "Repeat it with the same --once key"),
    (
        r'say so: messenger="max" or "telegram", or call get_settings\(\) first',
        "set GREENAPI_MESSENGER to max or telegram",
    ),
    (r"\bcall (?=\w+\()", "run "),
    (r"\bCall (?=\w+\()", "Run "),
)
"""Advice of errors to programmers, and what it means in a terminal."""
_COMMANDS: Final = {
    "use_polling": "greenapi webhook off",
    "scan_qr_code": "greenapi qr",
    "get_authorization_code": "greenapi code",
}
"""Commands of methods; for others there is ``greenapi call``."""


def terminal_advice(text: str) -> str:
    """Return an error's text with commands in place of Python calls.

    Args:
        text: The text.
    """
    for pattern, replacement in _PYTHON_ADVICE:
        text = re.sub(pattern, replacement, text)
    text = re.sub(r"\bset_settings\((\w+)=True\)", _setting, text)
    return re.sub(r"(?<![.\w])([a-z]+(?:_[a-z]+)*)\(\)(?:\.(\w+))?", _command, text)


def _setting(found: re.Match[str]) -> str:
    return f"greenapi settings set {camel_case(found[1])}=yes"


def _command(found: re.Match[str]) -> str:
    """Return the command that does what a Python call does."""
    command = _COMMANDS.get(found[1]) or f"greenapi call {camel_case(found[1])}"
    return command if found[2] is None else f"{camel_case(found[2])} of {command}"


def counted(number: int, singular: str, plural: str = "") -> str:
    """Return a number and what is counted, such as ``1 job`` or ``2,000 jobs``.

    Args:
        number: The number.
        singular: What is counted, if it is one.
        plural: What is counted otherwise; by default the singular with an s.
    """
    return f"{number:,} {singular if number == 1 else plural or f'{singular}s'}"


def environment_exports(url: str, id_instance: int, token: str, messenger: str = "whatsapp") -> str:
    """Return shell commands that set the variables read by ``Client.from_env``.

    Args:
        url: Address of the sandbox.
        id_instance: Id of the instance.
        token: Token of the instance.
        messenger: Messenger of the instance; that of WhatsApp is not set.
    """
    kind = "" if messenger == "whatsapp" else f"\nexport GREENAPI_MESSENGER={messenger}"
    return (
        f"export GREENAPI_API_URL={url}\n"
        f"export GREENAPI_MEDIA_URL={url}\n"
        f"export GREENAPI_ID_INSTANCE={id_instance}\n"
        f"export GREENAPI_API_TOKEN_INSTANCE={token}{kind}"
    )


def curl_examples(url: str, id_instance: int) -> str:
    """Return shell commands that send a message as a contact and read the chat.

    Args:
        url: Address of the sandbox.
        id_instance: Id of the instance.
    """
    message = '{"chatId": "79001234568@c.us", "senderName": "Anna", "text": "Hello"}'
    return (
        f"curl {url}/sandbox/{id_instance}/messages -H 'Content-Type: application/json' -d '{message}'\n"
        f"curl {url}/sandbox/{id_instance}/chats/79001234568@c.us/messages"
    )


def format_time(seconds: float) -> str:
    """Format a Unix time as local time of day."""
    return datetime.fromtimestamp(seconds).astimezone().strftime("%H:%M:%S")


def printable(value: Any) -> str:
    """Return an untrusted string, truncated and without control characters."""
    text = value if isinstance(value, str) else "unknown"
    return "".join(character if character.isprintable() else "?" for character in text[:60])
