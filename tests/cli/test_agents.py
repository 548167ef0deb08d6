"""``greenapi mcp``: tools for agents, over the protocol."""

import json
from functools import partial
from typing import Any

import anyio
import pytest
from mcp import Client as AgentClient
from mcp import StdioServerParameters

from greenapi_async import Client
from greenapi_async.cli.agents.calls import ToolCalls
from greenapi_async.cli.agents.policy import Policy, create_policy
from greenapi_async.cli.agents.server import create_server
from greenapi_async.cli.output import Output
from greenapi_async.inbox import MemoryInbox, SQLiteInbox
from greenapi_async.sandbox import Fault, Instance
from greenapi_async.sandbox.server import SandboxServer

from .conftest import CODE, Greenapi, Terminal

ANNA, BORIS = "79001234567@c.us", "79001234568@c.us"


class Agent:
    """Calls tools, and reads their results."""

    def __init__(self, client: AgentClient) -> None:
        self._client = client

    async def tools(self) -> set[str]:
        return {tool.name for tool in (await self._client.list_tools()).tools}

    async def call(self, name: str, **arguments: Any) -> Any:
        """Return the result of a tool, or its error as a string that begins with "Error"."""
        result = await self._client.call_tool(name, arguments)
        [content] = result.content
        text = getattr(content, "text", "")
        return f"Error: {text}" if result.is_error else json.loads(text)


def policy(
    *, allow: tuple[str, ...] = (), send: bool = False, chats: tuple[str, ...] = (), any_chat: bool = False
) -> Policy:
    return create_policy(allow=allow, allow_send=send, chats=chats, any_chat=any_chat)


def with_agent(instance: Instance, url: str, allowed: Policy, work: Any) -> None:
    """Run a function of an agent that has the tools of a policy."""

    async def main() -> None:
        inbox = MemoryInbox()
        async with Client(instance.id_instance, instance.token, url, url, outbox=inbox.outbox) as client:
            calls = ToolCalls(client, allowed, Output(secrets=[instance.token]))
            async with AgentClient(create_server(allowed, calls)) as agent:
                await work(Agent(agent))

    anyio.run(main)


def texts(server: SandboxServer, instance: Instance, chat: str) -> list[str]:
    """Return what was sent to a chat, in one moment: what is in it and what is still in the queue."""

    def read() -> list[str]:
        sent = [message.text for message in instance.chat(chat) if message.type == "outgoing"]  # sends what is due
        return [*sent, *(each.message.text for each in instance.outbox if each.message.chat_id == chat)]

    return server.call(read)


@pytest.fixture
def url(server: SandboxServer) -> str:
    return server.url


def test_by_default_an_agent_can_only_read(server: SandboxServer, instance: Instance, url: str) -> None:
    server.call(lambda: instance.contact_writes(ANNA, "Hello", sender_name="Anna"))

    async def work(agent: Agent) -> None:
        tools = await agent.tools()
        assert {"get_chat_history", "get_state_instance", "show_messages_queue"} < tools
        assert not {name for name in tools if not name.startswith(("get_", "check_", "last_", "show_"))}
        assert not tools & {"get_authorization_code", "receive_notification", "update_api_token"}
        assert await agent.call("get_state_instance") == {"stateInstance": "authorized"}
        [row] = await agent.call("get_chat_history", chat_id="+7 900 123-45-67", count=10)
        assert row["textMessage"] == "Hello"
        assert (await agent.call("get_settings"))["webhookUrlToken"] == "***"
        for name in "send_message", "set_settings", "receive_notification", "nonsense", "__init__":
            assert (await agent.call(name, chat_id=ANNA, message="Hi", once="1")).startswith("Error")

    with_agent(instance, url, policy(), work)
    assert texts(server, instance, ANNA) == []


def test_only_listed_chats_are_read_and_written_to(server: SandboxServer, instance: Instance, url: str) -> None:
    server.call(lambda: instance.contact_writes(ANNA, "from Anna", sender_name="Anna"))
    server.call(lambda: instance.contact_writes(BORIS, "from Boris", sender_name="Boris"))

    async def work(agent: Agent) -> None:
        assert {row["textMessage"] for row in await agent.call("last_incoming_messages")} == {"from Anna"}
        assert [row["id"] for row in await agent.call("get_contacts")] == [ANNA]
        assert "is not allowed" in await agent.call("get_chat_history", chat_id=BORIS)
        assert "is not allowed" in await agent.call("send_message", chat_id=BORIS, message="Hi", once="1")
        assert "is not allowed" in await agent.call(
            "forward_messages", chat_id=ANNA, chat_id_from=BORIS, messages=["x"], once="2"
        )
        assert "names no chat" in await agent.call("send_text_status", message="Hi all", once="3")
        assert (await agent.call("send_message", chat_id="79001234567", message="Hi", once="4"))["idMessage"]

    with_agent(instance, url, policy(send=True, chats=("+7 900 123-45-67",)), work)
    assert texts(server, instance, BORIS) == []


def test_a_listed_chat_of_telegram_is_not_the_phone_number_with_its_digits(server: SandboxServer, url: str) -> None:
    telegram = server.call(lambda: server.sandbox.add_instance(messenger="telegram"))
    server.call(lambda: telegram.contact_writes(ANNA, "from Anna"))
    server.call(lambda: telegram.contact_writes(BORIS, "from Boris"))
    [chat] = server.call(lambda: [one for one in telegram.chats if telegram.chat(one)[0].text == "from Anna"])

    async def work(agent: Agent) -> None:
        assert {row["textMessage"] for row in await agent.call("last_incoming_messages")} == {"from Anna"}
        assert "is not allowed" in await agent.call("send_message", chat_id=f"{chat}@c.us", message="Hi", once="1")
        assert (await agent.call("send_message", chat_id=chat, message="Hi", once="2"))["idMessage"]

    with_agent(telegram, url, policy(send=True, chats=(chat,)), work)
    assert texts(server, telegram, chat) == ["Hi"]


def test_each_key_sends_once(server: SandboxServer, instance: Instance, url: str) -> None:
    server.call(lambda: instance.fail("sendLocation", Fault(status=502)))

    async def work(agent: Agent) -> None:
        assert "once is missing" in await agent.call("send_message", chat_id=ANNA, message="Hi")
        first = await agent.call("send_message", chat_id=ANNA, message="Hi", once="a")
        assert await agent.call("send_message", chat_id=ANNA, message="Hi", once="a") == first
        place = {"chat_id": ANNA, "latitude": 1, "longitude": 2.5}
        assert (await agent.call("send_location", **place, once="c")).startswith("Error")
        assert "not sent again" in await agent.call("send_location", **place, once="c")
        sent = await agent.call("send_location", **place, once="b")
        assert await agent.call("send_location", **place, once="b") == sent
        assert "something else" in await agent.call("send_location", **{**place, "latitude": 3}, once="b")
        poll = {"chat_id": ANNA, "message": "Lunch?", "options": ["yes", "no"], "once": "d"}
        assert await agent.call("send_poll", **poll) == await agent.call("send_poll", **poll)

    with_agent(instance, url, policy(send=True, any_chat=True), work)
    queued = server.call(lambda: len(instance.chat(ANNA)) + len(instance.outbox))
    assert queued == 3


def test_arguments_are_checked(instance: Instance, url: str) -> None:
    async def work(agent: Agent) -> None:
        assert "chat_id is missing" in await agent.call("get_chat_history")
        assert "no parameter nonsense" in await agent.call("get_chat_history", chat_id=ANNA, nonsense=1)
        assert "not of type integer" in await agent.call("get_chat_history", chat_id=ANNA, count="many")
        assert "phone number" in await agent.call("get_chat_history", chat_id="abc")
        assert await agent.call("set_settings", incoming_webhook=False) == {"saveSettings": True}
        assert "not of type boolean" in await agent.call("set_settings", incoming_webhook="no")
        assert "no parameter webhook_url_token" in await agent.call("set_settings", webhook_url_token="mine")

    with_agent(instance, url, policy(allow=("set_settings",)), work)


def test_the_tools_are_listed(greenapi: Greenapi) -> None:
    rows = greenapi("mcp", "--list", "--allow-send", "--allow", "send_message", "--any-chat", "--json").json
    assert [row["name"] for row in rows if row["kind"] == "send"] == ["send_message"]
    assert "get_chats" in greenapi("mcp", "--list").out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--allow-send"], "needs --chat"),
        (["--allow", "send_message"], "needs --allow-send"),
        (["--allow", "set_setings"], "did you mean set_settings?"),
        (["--allow", "update_api_token"], "no such tool"),
        (["--chat", "abc"], "invalid phone number"),
        (["--chat", "79001234567", "--any-chat"], "exclude each other"),
    ],
)
def test_wrong_use_is_one_line(greenapi: Greenapi, options: list[str], message: str) -> None:
    done = greenapi("mcp", *options)
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert message in done.err


@pytest.mark.slow
def test_an_agent_starts_the_command_itself(terminal: Terminal, server: SandboxServer, instance: Instance) -> None:
    """A text with half an emoji does not end the command."""
    import os
    import sys

    server.call(lambda: instance.contact_writes(ANNA, "cut \ud83d"))

    async def main() -> None:
        command = StdioServerParameters(
            command=sys.executable, args=["-c", CODE, "mcp"], env={**os.environ, **terminal.variables}
        )
        async with AgentClient(command) as client:
            [row] = await Agent(client).call("get_chat_history", chat_id=ANNA)
            assert row["textMessage"] == "cut \ud83d"
            assert await Agent(client).call("get_state_instance") == {"stateInstance": "authorized"}

    anyio.run(main)


@pytest.mark.slow
def test_two_agents_and_a_command_share_the_keys(
    terminal: Terminal, greenapi: Greenapi, server: SandboxServer, instance: Instance
) -> None:
    import os
    import sys

    home = {"HOME": str(terminal.folder / "home")}
    arguments = ["-c", CODE, "mcp", "--allow-send", "--chat", ANNA]
    parameters = StdioServerParameters(
        command=sys.executable, args=arguments, env={**os.environ, **terminal.variables, **home}
    )
    ids: list[str] = []

    async def main() -> None:
        async with AgentClient(parameters) as first, AgentClient(parameters) as second:
            for agent in first, second:
                sent = await Agent(agent).call("send_message", chat_id=ANNA, message="Hello", once="order 1")
                ids.append(sent["idMessage"])

            async def send(agent: AgentClient, number: int) -> None:
                await Agent(agent).call("send_message", chat_id=ANNA, message="Both", once=f"order {number}")

            async with anyio.create_task_group() as tasks:
                for number in range(2, 5):
                    for agent in first, second:
                        tasks.start_soon(send, agent, number)
            done = await anyio.to_thread.run_sync(greenapi, "send", ANNA, "Hello", "--once", "order 1")
            ids.append(done.out.strip())

    anyio.run(main)
    assert len(set(ids)) == 1
    assert sorted(texts(server, instance, ANNA)) == ["Both", "Both", "Both", "Hello"]


def test_keys_in_the_inbox_of_a_running_bot_are_refused(
    greenapi: Greenapi, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("greenapi_async.cli.outbox_file.TURN_TIMEOUT", 0.1)

    async def main() -> None:
        async with SQLiteInbox(terminal.folder / "bot.db"):
            for command in ["mcp", "--allow-send", "--any-chat"], ["send", ANNA, "Hello", "--once", "k"]:
                done = await anyio.to_thread.run_sync(partial(greenapi, *command, "--outbox", "bot.db"))
                assert (done.status, done.err.count("\n")) == (1, 1)
                assert "Stop the other process, or use another file." in done.err

    anyio.run(main)
