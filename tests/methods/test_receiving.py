import pytest

from greenapi_async import BadRequestError, Client, InvalidArgumentError

from .conftest import ANNA, ID, Request, Server

pytestmark = pytest.mark.anyio


async def test_file_is_answered_with_its_url(client: Client, server: Server) -> None:
    server.respond({"downloadUrl": "https://sw-media.storage.yandexcloud.net/a.png"})
    assert (await client.download_file(ANNA, ID)).download_url == "https://sw-media.storage.yandexcloud.net/a.png"
    assert server.requests == [Request("POST", "downloadFile", {"chatId": ANNA, "idMessage": ID})]


async def test_message_without_a_file_raises(client: Client, server: Server) -> None:
    server.respond({"message": "File message encrypted url not found by chatId"}, status=400)
    with pytest.raises(BadRequestError, match="encrypted url not found"):
        await client.download_file(ANNA, ID)


async def test_limit_violation_is_rejected_before_sending(client: Client, server: Server) -> None:
    with pytest.raises(InvalidArgumentError, match="id_message is 'x'; message ids have at least 16 characters"):
        await client.download_file(ANNA, "x")
    with pytest.raises(InvalidArgumentError, match="chat_id is 'x'"):
        await client.download_file("x", ID)
    assert server.requests == []
