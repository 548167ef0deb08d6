import pytest

from greenapi_async import Client, InvalidArgumentError

from .conftest import ANNA, ID, Asked, Server

pytestmark = pytest.mark.anyio


async def test_a_message_or_a_whole_chat_is_marked(client: Client, server: Server) -> None:
    server.answers({"setRead": True})
    assert (await client.read_chat(ANNA, id_message=ID)).set_read is True
    server.answers({"setRead": False})
    assert (await client.read_chat(ANNA)).set_read is False
    assert server.asked == [
        Asked("POST", "readChat", {"chatId": ANNA, "idMessage": ID}),
        Asked("POST", "readChat", {"chatId": ANNA}),
    ]


async def test_what_is_beyond_a_limit_is_refused_before_sending(client: Client, server: Server) -> None:
    with pytest.raises(InvalidArgumentError, match="chat_id is 'x'"):
        await client.read_chat("x")
    with pytest.raises(InvalidArgumentError, match="at least 16 symbols"):
        await client.read_chat(ANNA, id_message="x")
    assert server.asked == []
