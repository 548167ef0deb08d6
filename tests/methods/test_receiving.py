import pytest

from greenapi_async import BadRequestError, Client, InvalidArgumentError

from .conftest import ANNA, ID, Asked, Server

pytestmark = pytest.mark.anyio


async def test_a_file_is_answered_by_its_link(client: Client, server: Server) -> None:
    server.answers({"downloadUrl": "https://sw-media.storage.yandexcloud.net/a.png"})
    assert (await client.download_file(ANNA, ID)).download_url == "https://sw-media.storage.yandexcloud.net/a.png"
    assert server.asked == [Asked("POST", "downloadFile", {"chatId": ANNA, "idMessage": ID})]


async def test_a_message_without_a_file_says_so(client: Client, server: Server) -> None:
    server.answers({"message": "File message encrypted url not found by chatId"}, status=400)
    with pytest.raises(BadRequestError, match="encrypted url not found"):
        await client.download_file(ANNA, ID)


async def test_what_is_beyond_a_limit_is_refused_before_sending(client: Client, server: Server) -> None:
    with pytest.raises(InvalidArgumentError, match="id_message is 'x'; the id of a message has at least 16 symbols"):
        await client.download_file(ANNA, "x")
    with pytest.raises(InvalidArgumentError, match="chat_id is 'x'"):
        await client.download_file("x", ID)
    assert server.asked == []
