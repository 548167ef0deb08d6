"""A user file, type-checked and never executed: every method of the three clients, and the answers."""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO, assert_never, assert_type

from greenapi_async import (
    BusinessClient,
    CallStatus,
    Client,
    FileMessage,
    GreenAPIError,
    ImageMessage,
    InstanceState,
    Message,
    MessageStatus,
    OrderMessage,
    PartnerClient,
    ProductMessage,
    SentMessage,
    TextMessage,
    parse_notification,
)
from greenapi_async.types import (
    QR,
    AccountAuthorization,
    AccountAuthorizationData,
    AccountCheck,
    AddedContact,
    AddedParticipant,
    ApiToken,
    AuthorizationCode,
    Avatar,
    BusinessId,
    Call,
    CallButton,
    CallEnded,
    CallFailure,
    CallParticipant,
    CallRings,
    Calls,
    CallsConnected,
    CallsDisconnected,
    CallState,
    CallStateChanged,
    Chat,
    ClearedQueue,
    ClearedWebhooksQueue,
    Collection,
    CollectionMove,
    CollectionPage,
    Contact,
    ContactCard,
    ContactInfo,
    ContactType,
    CopyButton,
    CreatedCollection,
    CreatedGroup,
    CreatedInstance,
    CurrentCall,
    CustomPreview,
    DeletedCollection,
    DeletedContact,
    DeletedInstanceAccount,
    DeletedNotification,
    DeletedProducts,
    Device,
    Direction,
    DisappearingChat,
    DownloadLink,
    EditedCollection,
    EditedContact,
    ForwardedMessages,
    GroupAdmin,
    GroupData,
    GroupParticipant,
    GroupPicture,
    HistoryBlock,
    HistoryCall,
    HistoryMessage,
    HistoryStatus,
    IceServer,
    InteractiveButton,
    LeftGroup,
    ListRow,
    ListSection,
    Logout,
    Messenger,
    MovedCollections,
    OrderDetails,
    OrderLine,
    OrderPrices,
    Paging,
    PartnerInstance,
    PollOption,
    Price,
    Product,
    ProductImages,
    ProductPage,
    ProfilePicture,
    QRCodes,
    QRType,
    QueueCount,
    QueuedBody,
    QueuedMessage,
    RateLimitHeaders,
    RawResponse,
    ReadMark,
    Reboot,
    ReceivedNotification,
    RemovedAdmin,
    RemovedParticipant,
    RenamedGroup,
    ReplyButton,
    Response,
    SavedGroupSettings,
    SavedProduct,
    SavedSettings,
    SentBusinessMessage,
    SentFile,
    Settings,
    SettingsChanges,
    SocketState,
    StateInstance,
    StateInstanceRecord,
    StatusFont,
    StatusInstance,
    StatusStatistic,
    TemplateButton,
    UploadedFile,
    UrlButton,
    UrlTemplateButton,
    WaSettings,
    WhatsappCheck,
)

ME = "79001234567@c.us"
GROUP = "79001234567-1581234048@g.us"
ID = "3EB0C767D097B7C7C030"


def progress(done: int, total: int | None) -> None:
    assert total is None or done <= total


async def pieces() -> AsyncIterator[bytes]:
    yield b"a piece"


async def access(client: Client) -> None:
    renewed = await client.update_api_token()
    assert_type(renewed, ApiToken)
    assert_type(renewed.api_token_instance.upper(), str)


async def raw_responses(client: Client, partner: PartnerClient, business: BusinessClient) -> None:
    response = await client.with_raw_response.send_message(ME, "Hello", link_preview=True, type_preview="small")
    assert_type(response, RawResponse[SentMessage])
    assert_type((response.parsed, response.status, response.content), tuple[SentMessage, int, bytes])
    assert_type((response.headers["Date"], response.headers.get("Age")), tuple[str, str | None])
    assert_type(response.rate_limit, RateLimitHeaders | None)
    assert_type((await client.with_raw_response.get_contacts(group=True)).parsed, list[Contact])
    assert_type(await client.with_raw_response.set_settings(incoming_webhook=True), RawResponse[SavedSettings])
    assert_type(await partner.with_raw_response.get_instances(), RawResponse[list[PartnerInstance]])
    assert_type(await business.with_raw_response.send_text("79001234567", "Hello"), RawResponse[SentBusinessMessage])
    answer = await client.call("POST", "someNewMethod", {"chatId": ME}, per_second=1, idempotent=False)
    assert_type(answer, Any)
    try:
        await client.reboot()
    except GreenAPIError as error:
        assert_type(error.response, Response | None)


async def account(client: Client) -> None:
    settings = await client.get_settings()
    assert_type(settings, Settings)
    assert_type(settings.incoming_webhook, bool | None)
    if settings.delay_send_messages_milliseconds is not None and settings.wid:
        assert_type(settings.delay_send_messages_milliseconds + 1, int)
        assert_type(settings.wid.removesuffix("@c.us"), str)
    assert_type(settings.raw.get("somethingNew") is None, bool)

    saved = await client.set_settings(webhook_url="", incoming_webhook=True, delay_send_messages_milliseconds=1000)
    assert_type(saved, SavedSettings)
    assert_type(saved.save_settings, bool | None)
    assert_type((settings.catalog_webhook, settings.proxy_instance), tuple[bool | None, str | None])
    assert_type(settings.extra.get("somethingNew") is None, bool)
    changes: SettingsChanges = {"auto_typing": 2, "keep_online_status": None, "extra": {"new": True, "level": 3}}
    assert_type(await client.set_settings(**changes), SavedSettings)

    found = await client.get_state_instance()
    assert_type(found, StateInstance | None)
    if found is not None:
        assert_type(found.state_instance, InstanceState | str | None)
        if isinstance(found.state_instance, InstanceState):
            assert_type(found.state_instance, InstanceState)
            assert_type(found.state_instance.upper(), str)

    records = await client.get_state_instance_history(count=10)
    assert_type(records, list[StateInstanceRecord])
    for record in records:
        assert_type(record.timestamp, datetime | None)
        if record.timestamp is not None:
            assert_type(record.timestamp.isoformat(), str)

    linked = await client.get_wa_settings()
    assert_type(linked, WaSettings)
    assert_type((linked.phone, linked.state_instance), tuple[str | None, InstanceState | str | None])

    rebooted = await client.reboot()
    assert_type(rebooted, Reboot)
    assert_type(rebooted.is_reboot, bool | None)
    out = await client.logout()
    assert_type(out, Logout)
    assert_type(out.is_logout, bool | None)

    code = await client.qr()
    assert_type(code, QR)
    assert_type(code.type, QRType | str | None)
    if code.type == QRType.QR_CODE and code.message is not None:
        assert_type(code.message.encode(), bytes)
    typed = await client.get_authorization_code(79001234567)
    assert_type(typed, AuthorizationCode)
    if typed.status and typed.code:
        assert_type(typed.code[:4], str)


async def contacts(client: Client) -> None:
    added = await client.add_contact(ME, "Anna", last_name="Petrova", save_in_addressbook=False)
    assert_type(added, AddedContact)
    assert_type((added.add_contact, added.message), tuple[bool | None, str | None])
    edited = await client.edit_contact(ME, "Anna", last_name="Ivanova")
    assert_type(edited, EditedContact)
    assert_type((edited.edit_contact, edited.message), tuple[bool | None, str | None])
    deleted = await client.delete_contact(ME)
    assert_type(deleted, DeletedContact)
    assert_type((deleted.delete_contact, deleted.message), tuple[bool | None, str | None])


async def catalogs(client: Client) -> None:
    created = await client.create_product(
        "Mug",
        "GB",
        Decimal("8.50"),
        "https://shop.example/mug.jpg",
        description="blue",
        currency="EUR",
        retailer_id="M-1",
        url="https://shop.example/mug",
        is_hidden=False,
    )
    assert_type(created, SavedProduct)
    assert_type(created.id, str | None)
    price: Price = 9
    mug = created.id or ""
    assert_type(await client.edit_product(mug, price=price, is_hidden=True), SavedProduct)
    assert_type(await client.edit_product(mug, price="9.99", country_code="DE"), SavedProduct)
    page = await client.get_products(ME, product_limit=10)
    assert_type(page, ProductPage)
    while page.after is not None:
        page = await client.get_products(ME, after_product=page.after)
    assert_type((page.products, page.paging), tuple[list[Product] | None, Paging | None])
    product = await client.get_product(ME, mug)
    assert_type((product.price, product.price_amount, product.currency), tuple[str | None, Decimal | None, str | None])
    sent = await client.send_product(ME, mug, quoted_message_id=ID, archive=True, typing_time=1000)
    assert_type(sent, SentMessage)
    assert_type(await client.send_order(ME, (mug, mug), archive=False), SentMessage)
    collection = await client.create_collection("Kitchen", [mug])
    assert_type(collection, CreatedCollection)
    assert_type(collection.id, str | None)
    shelves = await client.get_collections(ME, collection_limit=5, after_collection_id="1", product_limit=3)
    assert_type(shelves, CollectionPage)
    assert_type((shelves.collections, shelves.after), tuple[list[Collection] | None, str | None])
    shelf = await client.get_collection(ME, collection.id or "", product_limit=3, after_product="1")
    assert_type(shelf, Collection)
    assert_type((shelf.name, shelf.products, shelf.after), tuple[str | None, list[Product] | None, str | None])
    edited = await client.edit_collection("1", name="Home", product_ids_to_add=[mug], product_ids_to_remove=[])
    assert_type(edited, EditedCollection)
    assert_type(edited.new_collection_id, str | None)
    moved = await client.move_collections([CollectionMove(collection_id="1", from_index=0, to_index=1)])
    assert_type(moved, MovedCollections)
    assert_type(moved.moved, bool | None)
    removed = await client.delete_collection("1")
    assert_type(removed, DeletedCollection)
    assert_type((removed.deleted, removed.deleted_collection_id), tuple[bool | None, str | None])
    deleted = await client.delete_product([mug])
    assert_type(deleted, DeletedProducts)
    assert_type((deleted.deleted, deleted.deleted_product_ids), tuple[bool | None, list[str] | None])


async def orders(client: Client, message: OrderMessage | ProductMessage) -> None:
    if isinstance(message, ProductMessage):
        assert_type((message.price_amount, message.currency_code), tuple[Decimal | None, str | None])
        assert_type((message.image, message.file), tuple[ImageMessage | None, FileMessage | None])
        return
    assert_type((message.total_amount, message.currency_code), tuple[Decimal | None, str | None])
    if message.order_id is not None and message.token is not None:
        order = await client.get_order_details(message.order_id, message.token, seller_jid=message.seller_jid)
        assert_type(order, OrderDetails)
        assert_type((order.creation_time_stamp, order.products), tuple[datetime | None, list[OrderLine] | None])
        for line in order.products or []:
            assert_type((line.price_amount, line.quantity), tuple[Decimal | None, int | None])
        if order.price_details is not None:
            assert_type(order.price_details, OrderPrices)
            totals = order.price_details.subtotal_amount, order.price_details.total_amount
            assert_type(totals, tuple[Decimal | None, Decimal | None])


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


async def groups(client: Client) -> None:
    created = await client.create_group("Friends", [ME, "79001234568@c.us"])
    assert_type(created, CreatedGroup)
    assert_type((created.created, created.group_invite_link), tuple[bool | None, str | None])
    if created.chat_id is not None:
        assert_type(await client.send_message(created.chat_id, "Hello"), SentMessage)
    renamed = await client.update_group_name(GROUP, "Good friends")
    assert_type(renamed, RenamedGroup)
    assert_type(renamed.update_group_name, bool | None)
    changed = await client.update_group_settings(GROUP, allow_participants_send_messages=False)
    assert_type(changed, SavedGroupSettings)
    assert_type((changed.update_group_settings, changed.reason), tuple[bool | None, str | None])
    group = await client.get_group_data(GROUP)
    assert_type(group, GroupData)
    assert_type(group.participants, list[GroupParticipant] | None)
    for member in group.participants or []:
        assert_type(member, GroupParticipant)
        assert_type((member.id, member.is_super_admin), tuple[str | None, bool | None])
    if group.creation is not None:
        assert_type(group.creation.year, int)
    added = await client.add_group_participant(GROUP, ME)
    assert_type(added, AddedParticipant)
    assert_type(added.add_participant, bool | None)
    removed = await client.remove_group_participant(GROUP, ME)
    assert_type(removed, RemovedParticipant)
    assert_type(removed.remove_participant, bool | None)
    admin = await client.set_group_admin(GROUP, ME)
    assert_type(admin, GroupAdmin)
    assert_type(admin.set_group_admin, bool | None)
    demoted = await client.remove_admin(GROUP, ME)
    assert_type(demoted, RemovedAdmin)
    assert_type(demoted.remove_admin, bool | None)
    left = await client.leave_group(GROUP)
    assert_type(left, LeftGroup)
    assert_type((left.leave_group, left.remove_admin), tuple[bool | None, bool | None])


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


async def calling(client: Client) -> None:
    assert_type((await client.calls_dial(ME)).call_id, str | None)
    state = await client.calls_state()
    assert_type(state, CurrentCall)
    assert_type((state.state, state.reason), tuple[CallState | str | None, str | None])
    if state.info is not None:
        assert_type((state.info.id, state.info.wid, state.info.name), tuple[str | None, str | None, str | None])
    await client.calls_accept()
    await client.calls_reject()
    await client.calls_hang_up()
    servers = await client.calls_get_ice_servers()
    assert_type(servers, list[IceServer])
    assert_type((servers[0].urls, servers[0].credential), tuple[list[str], str | None])
    assert_type((await client.calls_logout()).is_logout, bool | None)
    assert_type(await client.calls_qr(), QR)
    assert_type(client.calls_scan_qr_code(), QRCodes)
    assert_type(await client.calls_get_state_instance(count=10), list[StateInstanceRecord])
    async with client.calls(audio=False) as calls:
        assert_type(calls, Calls)
        async for event in calls.events():
            match event:
                case CallEnded(call=call, reason=reason):
                    assert_type((call, reason), tuple[Call, str])
                case CallsDisconnected(permanent=permanent):
                    assert_type(permanent, bool)
                case CallRings() | CallStateChanged() | CallsConnected() | CallFailure():
                    pass
                case _:
                    assert_never(event)
        async for call in calls.incoming():
            await call.accept()
            await call.play("hello.wav")
            await call.play(audio(), sample_rate=16_000)
            with call.recording(Path("caller.wav")) as recording:
                assert_type(recording.seconds, float)
            async for frame in call.listen(sample_rate=16_000):
                assert_type(frame, bytes)
            assert_type(await call.wait_until_over(timeout=60), str)
            assert_type(call.direction, Direction | None)
        async with await calls.dial(ME) as call:
            await call.wait_for_answer(timeout=30)


async def audio() -> AsyncIterator[bytes]:
    yield b""


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


async def service(client: Client) -> None:
    account = await client.check_account(79001234567, force=True)
    assert_type(account, AccountCheck)
    assert_type((account.exist, account.chat_id), tuple[bool | None, str | None])
    assert_type(await client.check_account(username="@anna"), AccountCheck)
    assert_type((await client.get_account_settings()).suspended_until, datetime | None)
    assert_type(await client.start_authorization(79001234567), AccountAuthorization)
    assert_type((await client.send_authorization_code("12345", password="p")).data, AccountAuthorizationData | None)
    assert_type((await client.send_authorization_password("p")).status, bool | None)
    assert_type(client.messenger, Messenger | None)
    check = await client.check_whatsapp(79001234567, force=True)
    assert_type(check, WhatsappCheck)
    assert_type((check.exists_whatsapp, check.chat_id), tuple[bool | None, str | None])
    assert_type(await client.check_whatsapp(chat_id=ME), WhatsappCheck)
    avatar = await client.get_avatar(ME)
    assert_type(avatar, Avatar)
    assert_type((avatar.url_avatar, avatar.available), tuple[str | None, bool | None])
    people = await client.get_contacts(group=False, count=10)
    assert_type(people, list[Contact])
    assert_type([person.type for person in people], list[ContactType | str | None])
    info = await client.get_contact_info(ME)
    assert_type(info, ContactInfo)
    assert_type(info.products, list[Product] | None)
    for product in info.products or []:
        assert_type(product.image_urls, ProductImages | None)
        if product.image_urls is not None and product.review_status is not None:
            assert_type((product.image_urls.original, product.review_status.whatsapp), tuple[str | None, str | None])
    await client.delete_message(ME, ID, only_sender_delete=True)
    edited = await client.edit_message(ME, ID, "Better")
    assert_type(edited, SentMessage)
    assert_type(edited.id_message, str)
    await client.archive_chat(ME)
    await client.unarchive_chat(ME)
    vanishing = await client.set_disappearing_chat(ME, 86_400)
    assert_type(vanishing, DisappearingChat)
    assert_type(
        (vanishing.disappearing_messages_in_chat, vanishing.ephemeral_expiration), tuple[bool | None, int | None]
    )
    await client.send_typing(ME, typing_time=2000, typing_type="recording")
    chats = await client.get_chats(count=10)
    assert_type(chats, list[Chat])
    for chat in chats:
        assert_type((chat.type, chat.ephemeral_setting_timestamp), tuple[ContactType | str | None, datetime | None])


async def statuses(client: Client) -> None:
    sent = await client.send_text_status("Hello", background_color="#228B22", font=StatusFont.SERIF, participants=[ME])
    assert_type(sent, SentMessage)
    assert_type(await client.send_text_status("Hello", font="SERIF"), SentMessage)
    voice = await client.send_voice_status("https://example.com/a.mp3", "a.mp3", background_color="#228B22")
    assert_type(voice, SentMessage)
    media = await client.send_media_status("https://example.com/a.jpg", "a.jpg", caption="A", participants=(ME,))
    assert_type(media.id_message, str)
    await client.delete_status(sent.id_message)
    seen = await client.get_status_statistic(sent.id_message)
    assert_type(seen, list[StatusStatistic])
    assert_type((seen[0].participant, seen[0].status), tuple[str | None, MessageStatus | str | None])
    incoming = await client.get_incoming_statuses(minutes=60)
    assert_type(incoming, list[HistoryStatus])
    assert_type((incoming[0].font, incoming[0].message), tuple[StatusFont | str | None, Message])
    outgoing = await client.get_outgoing_statuses(minutes=60)
    assert_type(outgoing, list[HistoryStatus])
    for status in outgoing:
        assert_type([participant.strip() for participant in status.participants or []], list[str])
        if isinstance(status.message, TextMessage):
            assert_type(status.message.text, str | None)


async def partner_methods(partner: PartnerClient) -> None:
    created = await partner.create_instance(name="Shop", incoming_webhook=True, webhook_url="")
    assert_type(created, CreatedInstance)
    assert_type((created.id_instance, created.type_instance), tuple[int, str | None])
    assert_type(Client(created.id_instance, created.api_token_instance), Client)
    instances = await partner.get_instances()
    assert_type(instances, list[PartnerInstance])
    assert_type((instances[0].api_token_instance, instances[0].deleted), tuple[str | None, bool | None])
    deleted = await partner.delete_instance_account(instances[0].id_instance)
    assert_type(deleted, DeletedInstanceAccount)
    assert_type(deleted.delete_instance_account, bool | None)
    assert_type(partner.with_options(timeout=5), PartnerClient)
    await partner.aclose()


async def business_methods(business: BusinessClient, show: Callable[[int, int | None], None]) -> None:
    sent = await business.send_text("79001234567", "Hello", preview_url=True, recipient_type="individual")
    assert_type(sent, SentBusinessMessage)
    assert_type((sent.id, sent.messages), tuple[str, list[BusinessId]])
    assert_type(sent.messages[0].id.upper(), str)
    media = await business.upload_media(Path("horse.jpg"), content_type="image/jpeg", progress=show)
    assert_type(media, str)
    assert_type(await business.send_image("79001234567", id=media, caption="A horse"), SentBusinessMessage)
    assert_type(await business.send_video("79001234567", link="https://example.com/a.mp4"), SentBusinessMessage)
    assert_type(await business.send_audio("79001234567", id=media, provider="p"), SentBusinessMessage)
    document = await business.send_document(
        "79001234567-1581234048", id=media, filename="a.pdf", recipient_type="group"
    )
    assert_type(document, SentBusinessMessage)
    assert_type(document.meta is None, bool)
    assert_type((await business.send_sticker("79001234567", id=media)).messages, list[BusinessId])
    written = await business.download_media(media, Path("folder"), max_bytes=10**6, progress=show)
    assert_type(written, Path)
    assert_type(written.name, str)
    await business.delete_media(media)
    assert_type(business.with_options(validate=False), BusinessClient)
    await business.aclose()
