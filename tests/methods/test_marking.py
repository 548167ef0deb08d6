import pytest

from greenapi_async import Client, InvalidArgumentError

from .conftest import ANNA, ID, Request, Server

pytestmark = pytest.mark.anyio


async def test_message_or_whole_chat_is_marked_as_read(client: Client, server: Server) -> None:
    server.respond({"setRead": True})
    assert (await client.read_chat(ANNA, id_message=ID)).set_read is True
    server.respond({"setRead": False})
    assert (await client.read_chat(ANNA)).set_read is False
    assert server.requests == [
        Request("POST", "readChat", {"chatId": ANNA, "idMessage": ID}),
        Request("POST", "readChat", {"chatId": ANNA}),
    ]


async def test_limit_violation_is_rejected_before_sending(client: Client, server: Server) -> None:
    with pytest.raises(InvalidArgumentError, match="chat_id is 'x'"):
        await client.read_chat("x")
    with pytest.raises(InvalidArgumentError, match="at least 16 characters"):
        await client.read_chat(ANNA, id_message="x")
    assert server.requests == []
