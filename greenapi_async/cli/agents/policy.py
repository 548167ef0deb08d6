"""Permissions of an agent: read anything, change what was allowed by name, send to listed chats with consent."""

import difflib
from collections.abc import Collection, Mapping
from typing import Any, Final, cast

import attrs

from greenapi_async.cli.agents.tools import MethodTool, method_tools
from greenapi_async.cli.recipients import is_ambiguous
from greenapi_async.errors import InvalidArgumentError
from greenapi_async.models.chat_ids import chat_id
from greenapi_async.models.messengers import Messenger

__all__ = ["Policy", "create_policy"]

_CHAT_PARAMETERS: Final = (
    "chat_id",
    "chat_ids",
    "chat_id_from",
    "group_id",
    "participant_chat_id",
    "phone_number",
    "participants",
)
"""Parameters that name chats or people."""
_CHAT_FIELDS: Final = ("chatId", "id", "senderId", "participantId")
"""Fields of rows that say which chat they are about."""
_ABOUT_ONE_CHAT: Final = {"get_chat_history"}


@attrs.frozen(kw_only=True)
class Policy:
    """Permissions of an agent.

    Attributes:
        tools: The tools that are offered.
        chats: The chats that may be read and written to, as they were given; None for all.
    """

    tools: Mapping[str, MethodTool]
    chats: frozenset[str] | None

    def complaint(self, tool: MethodTool, arguments: Mapping[str, Any], messenger: Messenger | None) -> str | None:
        """Return why a call concerns chats that are not allowed; None if it does not.

        Args:
            tool: The tool.
            arguments: The arguments of a call.
            messenger: Messenger of the instance; None means WhatsApp.
        """
        if self.chats is None:
            return None
        named: list[str] = []
        for name in _CHAT_PARAMETERS:
            value = arguments.get(name)
            if isinstance(value, list):
                named += map(str, cast("list[object]", value))
            elif value is not None:
                named.append(str(value))
        allowed = self._allowed(messenger)
        forbidden = next((chat for chat in named if _normal(chat, messenger) not in allowed), None)
        if forbidden is not None:
            return f"the chat {forbidden} is not allowed"
        if tool.kind == "send" and not named:  # a status without recipients goes to all contacts
            return "it names no chat, and only some are allowed"
        return None

    def visible(self, tool: MethodTool, result: Any, messenger: Messenger | None) -> Any:
        """Return the part of a result that is about allowed chats.

        Args:
            tool: The tool that was called.
            result: What the method has returned.
            messenger: Messenger of the instance; None means WhatsApp.
        """
        if self.chats is None or not isinstance(result, list) or tool.name in _ABOUT_ONE_CHAT:
            return cast("object", result)
        allowed = self._allowed(messenger)
        rows = cast("list[object]", result)
        return [row for row in rows if (chat := _chat_of(row)) is not None and _normal(chat, messenger) in allowed]

    def _allowed(self, messenger: Messenger | None) -> set[str]:
        return {_normal(chat, messenger) for chat in self.chats or ()}


def create_policy(*, allow: Collection[str], allow_send: bool, chats: Collection[str], any_chat: bool) -> Policy:
    """Create the policy from the options of the command.

    Args:
        allow: Names of methods beside those that read.
        allow_send: Whether messages may be sent.
        chats: The chats that are allowed.
        any_chat: Whether messages may be sent to all chats.

    Raises:
        InvalidArgumentError: The options contradict each other, or name an unknown method.
    """
    tools = method_tools()
    for name in allow:
        if name not in tools:
            close = difflib.get_close_matches(name, tools, 1, 0.6)
            raise InvalidArgumentError(f"--allow {name}: no such tool{f'; did you mean {close[0]}?' if close else ''}")
        if tools[name].kind == "send" and not allow_send:
            raise InvalidArgumentError(f"--allow {name} sends messages, which needs --allow-send, too")
    if any_chat and chats:
        raise InvalidArgumentError("--chat and --any-chat exclude each other")
    if allow_send and not (chats or any_chat):
        raise InvalidArgumentError("--allow-send needs --chat for each chat that may be written to, or --any-chat")
    for chat in chats:  # a wrong one is reported at the start
        chat_id(chat, messenger=Messenger.TELEGRAM if is_ambiguous(chat) else None)
    sends = {name for name in allow if tools[name].kind == "send"}
    offered = {
        name: tool
        for name, tool in tools.items()
        if tool.kind == "read" or name in allow or (tool.kind == "send" and allow_send and not sends)
    }
    return Policy(tools=offered, chats=frozenset(chats) if chats else None)


def _chat_of(row: object) -> str | None:
    """Return the chat that a row is about."""
    fields = _mapping(getattr(row, "raw", row))
    parts = (fields, _mapping(fields.get("body")))
    return next((str(part[name]) for part in parts for name in _CHAT_FIELDS if part.get(name)), None)


def _mapping(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}


def _normal(chat: str, messenger: Messenger | None) -> str:
    """Return a chat id, however it is written; a text that is none stays as it is, and is allowed nowhere."""
    try:
        return chat_id(chat, messenger=messenger)
    except InvalidArgumentError:
        return chat
