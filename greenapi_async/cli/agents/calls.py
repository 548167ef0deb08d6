"""Calls of tools: checked by the policy, executed by the client, each message sent at most once per key.

Texts, polls and files by URL keep their keys in the outbox, across restarts. Other methods that send have no such key;
here each key sends at most once while the server of tools runs, and a key whose outcome is unknown never sends again.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import anyio

from greenapi_async.cli.agents.policy import Policy
from greenapi_async.cli.agents.tools import MethodTool
from greenapi_async.cli.output import Output, plain, to_json
from greenapi_async.cli.recipients import is_ambiguous
from greenapi_async.client import Client
from greenapi_async.errors import DeliveryUnknownError, GreenAPIError, InvalidArgumentError
from greenapi_async.models.chat_ids import chat_id

__all__ = ["ToolCalls"]

_CHAT_KEYS: Final = ("chat_id", "group_id", "participant_chat_id")


class ToolCalls:
    """Executes the tools of one client."""

    def __init__(self, client: Client, policy: Policy, output: Output) -> None:
        """Create it.

        Args:
            client: The client; it needs an outbox.
            policy: What is allowed.
            output: Hides secrets.
        """
        self._client = client
        self._policy = policy
        self._output = output
        self._is_whatsapp = False
        self._sent: dict[str, tuple[Mapping[str, Any], Any]] = {}
        self._unknown: set[str] = set()
        self._lock = anyio.Lock()

    async def call(self, name: str, arguments: Mapping[str, Any]) -> str:
        """Call a tool.

        Args:
            name: Its name.
            arguments: Its arguments.

        Returns:
            The result as JSON.

        Raises:
            GreenAPIError: The call is not allowed, or failed.
        """
        tool = self._policy.tools.get(name)
        if tool is None:
            raise InvalidArgumentError(f"the tool {name!r} is not allowed")
        if (complaint := tool.complaint(arguments)) is not None:
            raise InvalidArgumentError(complaint, method=name)
        await self._learn_messenger(arguments)
        if (complaint := self._policy.complaint(tool, arguments, self._client.messenger)) is not None:
            raise InvalidArgumentError(complaint, method=name)
        result = self._policy.visible(tool, await self._execute(tool, arguments), self._client.messenger)
        return self._output.masked(to_json(plain(result)))

    async def _learn_messenger(self, arguments: Mapping[str, Any]) -> None:
        """Ask the server once which messenger the instance has, if what was allowed or is asked for depends on it."""
        named = [*(self._policy.chats or ()), *(str(arguments[key]) for key in _CHAT_KEYS if key in arguments)]
        if self._client.messenger is None and not self._is_whatsapp and any(map(is_ambiguous, named)):
            await self._client.get_settings()
            self._is_whatsapp = self._client.messenger is None

    async def _execute(self, tool: MethodTool, arguments: Mapping[str, Any]) -> Any:
        values = {key: value for key, value in arguments.items() if value is not None and key != "once"}
        for key in _CHAT_KEYS:
            if key in values and "@" not in values[key]:
                values[key] = chat_id(values[key], messenger=self._client.messenger)
        method: Callable[..., Awaitable[Any]] = getattr(self._client, tool.name)
        if tool.kind != "send":
            return await method(**values)
        once = str(arguments["once"])
        if tool.has_once:
            return await method(**values, once=once)
        async with self._lock:
            return await self._send_once(f"{tool.name} {once}", method, values)

    async def _send_once(self, key: str, method: Callable[..., Awaitable[Any]], values: Mapping[str, Any]) -> Any:
        if key in self._sent:
            before, result = self._sent[key]
            if before != values:
                raise InvalidArgumentError("once was used for something else; use a new key for each message")
            return result
        if key in self._unknown:
            error = GreenAPIError("it is unknown whether this was sent before, so it is not sent again")
            error.advice = "Look into the chat."
            raise error
        try:
            result = await method(**values)
        except DeliveryUnknownError:
            self._unknown.add(key)
            raise
        except GreenAPIError:
            raise
        except BaseException:  # cancelled while the request may have left
            self._unknown.add(key)
            raise
        self._sent[key] = dict(values), result
        return result
