"""A user file, type-checked and never executed: methods of accounts, contacts, groups, statuses, partners."""

from datetime import datetime
from typing import Any, assert_type

from greenapi_async import (
    BusinessClient,
    Client,
    GreenAPIError,
    InstanceState,
    Message,
    MessageStatus,
    PartnerClient,
    SentMessage,
    TextMessage,
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
    Chat,
    Contact,
    ContactInfo,
    ContactType,
    CreatedGroup,
    CreatedInstance,
    DeletedContact,
    DeletedInstanceAccount,
    DisappearingChat,
    EditedContact,
    GroupAdmin,
    GroupData,
    GroupParticipant,
    HistoryStatus,
    LeftGroup,
    Logout,
    Messenger,
    PartnerInstance,
    Product,
    ProductImages,
    QRType,
    RateLimitHeaders,
    RawResponse,
    Reboot,
    RemovedAdmin,
    RemovedParticipant,
    RenamedGroup,
    Response,
    SavedGroupSettings,
    SavedSettings,
    SentBusinessMessage,
    Settings,
    SettingsChanges,
    StateInstance,
    StateInstanceRecord,
    StatusFont,
    StatusStatistic,
    WaSettings,
    WhatsappCheck,
)

ME = "79001234567@c.us"
GROUP = "79001234567-1581234048@g.us"
ID = "3EB0C767D097B7C7C030"


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
