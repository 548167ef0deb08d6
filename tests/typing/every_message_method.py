"""A user file, type-checked and never executed: methods that send, receive, list or mark messages."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, assert_type

from greenapi_async import (
    CallStatus,
    Client,
    FileMessage,
    ImageMessage,
    Message,
    MessageStatus,
    SentMessage,
    TextMessage,
    parse_notification,
)
from greenapi_async.types import (
    CallButton,
    CallParticipant,
    ClearedQueue,
    ClearedWebhooksQueue,
    ContactCard,
    CopyButton,
    CustomPreview,
    DeletedNotification,
    Device,
    Direction,
    DownloadLink,
    ForwardedMessages,
    GroupPicture,
    HistoryBlock,
    HistoryCall,
    HistoryMessage,
    InteractiveButton,
    ListRow,
    ListSection,
    PollOption,
    ProfilePicture,
    QueueCount,
    QueuedBody,
    QueuedMessage,
    ReadMark,
    ReceivedNotification,
    ReplyButton,
    SentFile,
    SocketState,
    StatusInstance,
    TemplateButton,
    UploadedFile,
    UrlButton,
    UrlTemplateButton,
)

ME = "79001234567@c.us"
GROUP = "79001234567-1581234048@g.us"
ID = "3EB0C767D097B7C7C030"


def progress(done: int, total: int | None) -> None:
    assert total is None or done <= total


async def pieces() -> AsyncIterator[bytes]:
    yield b"a piece"


async def files(client: Client, opened: BinaryIO) -> None:
    sent = await client.send_file_by_upload(ME, Path("horse.jpg"), caption="A horse", typing_time=2000)
    assert_type(sent, SentFile)
    assert_type((sent.id_message, sent.url_file), tuple[str, str | None])
    for file in (b"bytes", opened, "horse.jpg", pieces()):
        await client.send_file_by_upload(ME, file, file_name="horse.jpg", progress=progress)
    uploaded = await client.upload_file(pieces(), content_type="image/jpeg", progress=progress)
    assert_type(uploaded, UploadedFile)
    if uploaded.url_file:
        assert_type(await client.send_file_by_url(ME, uploaded.url_file, "horse.jpg"), SentMessage)
    own = await client.set_profile_picture(opened, progress=progress)
    assert_type(own, ProfilePicture)
    assert_type((own.set_profile_picture, own.url_avatar, own.reason), tuple[bool | None, str | None, str | None])
    groups = await client.set_group_picture(GROUP, b"\xff\xd8")
    assert_type(groups, GroupPicture)
    assert_type((groups.set_group_picture, groups.url_avatar), tuple[bool | None, str | None])


async def journals(client: Client, folder: Path) -> None:
    history = await client.get_chat_history(ME, count=10)
    assert_type(history, list[HistoryMessage])
    for row in history:
        assert_type((row.type, row.timestamp), tuple[Direction | str | None, datetime | None])
        assert_type(row.message, Message)
        if isinstance(row.message, TextMessage):
            assert_type(row.message, TextMessage)
            assert_type((row.message.text, row.message.is_template_message), tuple[str | None, bool | None])
        elif isinstance(row.message, FileMessage):
            assert_type(row.message.download_url, str | None)
            assert_type(await client.download(row, folder), Path)
        if row.message.quoted is not None:
            assert_type(row.message.quoted, Message)
            assert_type(row.message.quoted.stanza_id, str | None)
    one = await client.get_message(ME, ID)
    assert_type(one, HistoryMessage)
    if isinstance(one.message, ImageMessage) and one.message.caption is not None:
        assert_type(one.message.caption.title(), str)
    received = await client.last_incoming_messages(minutes=60)
    assert_type(received, list[HistoryMessage])
    for row in received:
        if isinstance(row, HistoryBlock):
            assert_type(row.chat_state, str | None)
    sent = await client.last_outgoing_messages(minutes=60)
    assert_type(sent, list[HistoryMessage])
    assert_type([row.status_message for row in sent], list[MessageStatus | str | None])
    calls = await client.last_incoming_calls(minutes=60)
    assert_type(calls, list[HistoryCall])
    assert_type(calls[0].status, CallStatus | str | None)
    calls = await client.last_outgoing_calls()
    assert_type(calls, list[HistoryCall])
    assert_type(calls[0].participants, list[CallParticipant] | None)
    for participant in calls[0].participants or []:
        assert_type((participant.id, participant.status), tuple[str | None, CallStatus | str | None])


async def marking(client: Client) -> None:
    mark = await client.read_chat(ME, id_message=ID)
    assert_type(mark, ReadMark)
    assert_type(mark.set_read, bool | None)


async def queues(client: Client) -> None:
    queue = await client.show_messages_queue()
    assert_type(queue, list[QueuedMessage])
    for queued in queue:
        assert_type((queued.message_id, queued.messages_ids), tuple[str | None, list[str] | None])
        assert_type((queued.chat_id, queued.body), tuple[str | None, QueuedBody | None])
        if queued.body is not None:
            assert_type(queued.body.options, list[PollOption] | None)
            assert_type(queued.body.contact, ContactCard | None)
            if queued.body.contact is not None:
                assert_type(queued.body.contact.phone_contact, int | None)
            assert_type([option.option_name for option in queued.body.options or []], list[str | None])
    cleared = await client.clear_messages_queue()
    assert_type(cleared, ClearedQueue)
    assert_type(cleared.is_cleared, bool | None)
    for count in (await client.get_messages_count(), await client.get_webhooks_count()):
        assert_type(count, QueueCount)
        assert_type(count.count, int | None)
    dropped = await client.clear_webhooks_queue()
    assert_type(dropped, ClearedWebhooksQueue)
    assert_type((dropped.is_cleared, dropped.reason), tuple[bool | None, str | None])


async def receiving(client: Client) -> None:
    received = await client.receive_notification(receive_timeout=10)
    assert_type(received, ReceivedNotification | None)
    if received is not None:
        assert_type(parse_notification(received.body).chat_id, str | None)
        deleted = await client.delete_notification(received.receipt_id)
        assert_type(deleted, DeletedNotification)
        assert_type((deleted.result, deleted.reason), tuple[bool | None, str | None])
    link = await client.download_file(ME, ID)
    assert_type(link, DownloadLink)
    if link.download_url is not None:
        written = await client.download(link.download_url, "horse.jpg", max_bytes=10**6, progress=progress)
        assert_type(written, Path)
        assert_type(written.stat().st_size, int)


async def retired(client: Client) -> None:
    sent = await client.send_buttons(ME, "Well?", [ReplyButton(button_id="1", button_text="Yes")], footer="Choose")
    assert_type(sent, SentMessage)
    assert_type(sent.id_message, str)
    button = TemplateButton(index=1, url_button=UrlTemplateButton(display_text="Look", url="https://example.com"))
    assert_type(await client.send_template_buttons(ME, "Well?", [button], archive_chat=True), SentMessage)
    section = ListSection(title="Colours", rows=[ListRow(row_id="1", title="Red")])
    assert_type(await client.send_list_message(ME, "Which?", "Choose", [section], title="One"), SentMessage)
    assert_type(await client.send_link(ME, "https://example.com", quoted_message_id=ID), SentMessage)
    answer: object = await client.send_template({"chatId": ME, "templateId": 1})  # the answer is JSON of any shape
    assert isinstance(answer, dict)
    status = await client.get_status_instance()
    assert_type(status, StatusInstance)
    assert_type(status.status_instance, SocketState | str | None)
    device = await client.get_device_info()
    assert_type(device, Device)
    assert_type((device.platform, device.battery), tuple[str | None, int | None])


async def sending(client: Client) -> None:
    preview = CustomPreview(title="Title", link="example.com")
    sent = await client.send_message(ME, "Hello", quoted_message_id=ID, link_preview=True, custom_preview=preview)
    assert_type(sent, SentMessage)
    assert_type(sent.id_message.lower(), str)
    assert_type(await client.send_poll(ME, "Which?", ["Red", "Blue"], multiple_answers=True), SentMessage)
    linked = await client.send_file_by_url(
        ME, "https://example.com/a.jpg", "a.jpg", caption="A", typing_type="recording"
    )
    assert_type(linked, SentMessage)
    assert_type(await client.send_location(ME, 55.75, 37, name_location="Square"), SentMessage)
    card = ContactCard(phone_contact=79001234567, first_name="Anna")
    assert_type(await client.send_contact(ME, card, typing_time=1000), SentMessage)
    forwarded = await client.forward_messages(ME, GROUP, (ID,), typing_time=1000)
    assert_type(forwarded, ForwardedMessages)
    assert_type(forwarded.messages[0], str)
    buttons: Sequence[InteractiveButton] = (
        CopyButton(button_id="1", button_text="Copy", copy_code="42"),
        CallButton(button_id="2", button_text="Call", phone_number="79001234567"),
        UrlButton(button_id="3", button_text="Look", url="https://example.com"),
    )
    assert_type(await client.send_interactive_buttons(ME, "Well?", buttons, footer="Choose"), SentMessage)
    assert_type(await client.send_interactive_buttons(ME, "Well?", [buttons[0]]), SentMessage)
    reply = ReplyButton(button_id="1", button_text="Yes")
    assert_type(await client.send_interactive_buttons_reply(ME, "Well?", [reply], header="Choose"), SentMessage)
