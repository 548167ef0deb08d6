"""A user file, type-checked and never executed: a client, its notifications and events, and the errors."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self, assert_never, assert_type

from greenapi_async import (
    BadRequestError,
    BusinessClient,
    BusinessError,
    CallStatus,
    Client,
    ContactMessage,
    ContactsArrayMessage,
    DeliveryUnknownError,
    DeviceInfo,
    ExtendedTextMessage,
    FileMessage,
    GreenAPIError,
    ImageMessage,
    IncomingBlock,
    IncomingCall,
    IncomingMessageReceived,
    InstanceState,
    InvalidArgumentError,
    ListMessage,
    LocationMessage,
    MalformedNotification,
    MemoryInbox,
    Message,
    MessageNotification,
    MessageStatus,
    Notification,
    Notifications,
    OutgoingCall,
    OutgoingMessageStatus,
    PartnerClient,
    PollMessage,
    PollUpdateMessage,
    Processing,
    QuotaExceeded,
    QuotaExceededError,
    RateLimitedError,
    ReactionMessage,
    RefusedError,
    Retry,
    SentMessage,
    SQLiteInbox,
    StateInstanceChanged,
    StatusInstanceChanged,
    TextMessage,
    UnknownNotification,
    chat_id,
    chat_kind,
    is_group,
    merge,
    parse_notification,
    process,
)
from greenapi_async.serialization.vcard import parse_vcard
from greenapi_async.types import (
    QR,
    AvatarInfo,
    BusinessErrorItem,
    CallParticipant,
    ChatKind,
    ContactAvatar,
    Device,
    MethodRateLimiter,
    PollVote,
    QRCodes,
    QRType,
    QuotaData,
    QuotaStatus,
    RateLimiter,
    Readiness,
    ReadMark,
    Recovered,
    SentFile,
    ServiceError,
    Settings,
    SharedContact,
    SocketState,
    by_chat,
)


class ShopClient(Client):
    async def __aenter__(self) -> Self:
        return await super().__aenter__()


async def life(shared: RateLimiter) -> None:
    async with Client(1101000001, "token", timeout=10, retry=Retry(replay_sends=True), rate_limiter=shared) as client:
        assert_type(client, Client)
        assert_type(client.id_instance, int)
        assert_type(client.with_options(timeout=5, retry=Retry(repeats=0), validate=False), Client)
    client = Client("1101000001", "token", "https://1101.api.green-api.com", rate_limiter=None)
    await client.aclose()
    assert_type(Client.from_env(validate=False, rate_limiter=MethodRateLimiter()), Client)
    async with ShopClient.from_env() as shop:
        assert_type(shop, ShopClient)
        assert_type(shop.with_options(timeout=5), ShopClient)
    async with (
        PartnerClient("token", rate_limiter=None) as partner,
        BusinessClient("token", media_url=None) as business,
    ):
        assert_type(partner, PartnerClient)
        assert_type(business, BusinessClient)


async def readiness(client: Client) -> None:
    ready = await client.ensure_ready(fix=True)
    assert_type(ready, Readiness)
    assert_type((ready.ok, ready.state), tuple[bool, InstanceState | str | None])
    assert_type(ready.problems + ready.fixed, tuple[str, ...])
    assert_type(ready.raise_for_problems(), Readiness)
    await client.wait_until(InstanceState.AUTHORIZED, timeout=300)


async def linking(client: Client) -> None:
    async with client.scan_qr_code() as codes:
        assert_type(codes, QRCodes)
        async for event in codes:
            assert_type(event, QR)
            match event:
                case QR(type=QRType.QR_CODE, message=str(picture)):
                    assert_type(picture, str)
                case QR(type=QRType.ACCOUNT_DATA, account_data=account) if account is not None:
                    assert_type(list(account), list[str])
                case QR(type=kind, message=words):
                    assert_type((kind, words), tuple[QRType | str | None, str | None])
    await codes.aclose()


async def loop(client: Client, folder: Path) -> None:
    notifications = client.notifications(receive_timeout=30)
    assert_type(notifications, Notifications)
    async with notifications:
        async for notification in notifications:
            assert_type(notification, Notification)
            assert_type((notification.type_webhook, notification.text), tuple[str | None, str | None])
            assert_type((notification.is_group, notification.receipt_id), tuple[bool, int])
            assert_type(notification.timestamp, datetime | None)
            match notification:
                case IncomingMessageReceived(message=TextMessage(text=str(text)), chat_id=str(chat)):
                    assert_type((text, chat), tuple[str, str])
                    assert_type(await notification.reply(text.upper(), quote=True), SentMessage)
                case IncomingMessageReceived(message=TextMessage(text=maybe)):
                    assert_type(maybe, str | None)
                case IncomingMessageReceived(message=ImageMessage() as image):
                    assert_type((image.caption, image.thumbnail), tuple[str | None, bytes | None])
                    assert_type(image.file, FileMessage)
                    assert_type(await notification.download(folder, max_bytes=10**6), Path)
                    assert_type(await client.download(notification, folder), Path)
                case IncomingMessageReceived():
                    sent = await notification.send_file(b"%PDF", file_name="a.pdf", caption="Here", quote=True)
                    assert_type(sent, SentFile)
                    assert_type((sent.id_message, sent.url_file), tuple[str, str | None])
                    mark = await notification.mark_read()
                    assert_type(mark, ReadMark)
                    assert_type(mark.set_read, bool | None)
                    assert_type((notification.sender, notification.sender_name), tuple[str, str | None])
                    assert_type((notification.chat_id, notification.text), tuple[str, str | None])
                case _:
                    kinds(notification)
            await notification.ack()
    notifications.stop()
    await notifications.aclose()
    async for notification in client.notifications():
        assert_type(await notification.reply("Hello"), SentMessage)


def kinds(notification: Notification) -> None:
    """Use every type, so that a type checker reports a missing one."""
    assert_type(notification.service_error, ServiceError | None)
    match notification:
        case MessageNotification():
            assert_type(notification.message, Message)
            words(notification.message)
        case OutgoingMessageStatus():
            assert_type(notification.status, MessageStatus | str | None)
            assert_type(notification.chat_id, str)
            assert_type((notification.description, notification.send_by_api), tuple[str | None, bool | None])
        case StateInstanceChanged(state_instance=state):
            assert_type(state, InstanceState | str | None)
        case StatusInstanceChanged(status_instance=socket):
            assert_type(socket, SocketState | str | None)
        case DeviceInfo():
            assert_type(notification.device_data, Device | None)
            assert_type(notification.avatar_info, ContactAvatar | None)
            if notification.device_data is not None:
                assert_type(notification.device_data.device_model, str | None)
        case IncomingCall(status=status, chat_id=caller):
            assert_type((status, caller), tuple[CallStatus | str | None, str])
        case OutgoingCall(participants=participants):
            assert_type(participants, list[CallParticipant] | None)
            assert_type([called.status for called in participants or []], list[CallStatus | str | None])
        case IncomingBlock(chat_state=blocked):
            assert_type(blocked, str | None)
        case QuotaExceeded(quota_data=QuotaData(used=used, total=total)):
            assert_type((used, total), tuple[int | None, int | None])
        case QuotaExceeded(quota_data=quota):
            assert_type(quota, QuotaData | None)
        case MalformedNotification(error=error):
            assert_type(error, str)
        case UnknownNotification(raw=raw):
            assert_type(list(raw.keys()), list[str])
        case AvatarInfo():
            assert_type(notification.avatar_info, ContactAvatar | None)
            if notification.avatar_info is not None:
                assert_type(notification.avatar_info.url_avatar, str | None)
        case _:
            assert_never(notification)


def words(message: Message) -> None:
    assert_type((message.text, message.file), tuple[str | None, FileMessage | None])
    if message.service_error is not None:
        assert_type(message.service_error.advice, str)
    match message:
        case ExtendedTextMessage(title=title, quoted=quoted):
            assert_type((title, quoted), tuple[str | None, Message | None])
        case FileMessage():
            assert_type((message.file_name, message.mime_type), tuple[str | None, str | None])
        case LocationMessage(latitude=float(latitude), longitude=float(longitude)):
            assert_type((latitude, longitude), tuple[float, float])
        case ContactMessage(vcard=str(card)):
            read = parse_vcard(card)
            assert_type((read.name, read.phones), tuple[str | None, tuple[str, ...]])
            assert_type([chat_id(number) for number in read.whatsapp_ids], list[str])
        case ContactsArrayMessage(contacts=contacts) if contacts:
            assert_type(contacts, list[SharedContact])
            assert_type(contacts[0].display_name, str | None)
        case ReactionMessage(text=emoji, stanza_id=reacted_to):
            assert_type((emoji, reacted_to), tuple[str | None, str | None])
        case PollMessage(options=options):
            assert_type([option.option_name for option in options or []], list[str | None])
        case PollUpdateMessage(votes=votes):
            assert_type(votes, list[PollVote] | None)
            for vote in votes or []:
                assert_type((vote.option_name, vote.option_voters), tuple[str | None, list[str] | None])
        case ListMessage(sections=sections):
            assert_type([row.title for section in sections or [] for row in section.rows or []], list[str | None])
        case _:
            assert_type(message.type_message, str | None)


def pushed(body: Mapping[str, object], client: Client) -> None:
    notification = parse_notification(body, client)
    assert_type(notification, Notification)
    if isinstance(notification, MessageNotification):
        assert_type(notification.message.quoted, Message | None)


def chats() -> None:
    one = chat_id("+7 900 123-45-67")
    assert_type(one, str)
    assert_type(is_group(one), bool)
    kind = chat_kind(one)
    assert_type(kind, ChatKind | None)
    match kind:
        case ChatKind.PERSON | ChatKind.LID:
            assert_type(kind.upper(), str)
        case ChatKind.GROUP | ChatKind.STATUS | ChatKind.CHANNEL | None:
            pass
        case _:
            assert_never(kind)


async def errors(client: Client, business: BusinessClient) -> None:
    try:
        await client.send_message("79001234567@c.us", "Hello")
    except QuotaExceededError as error:
        assert_type((error.invoke, error.correspondents), tuple[QuotaStatus | None, QuotaStatus | None])
        if error.invoke is not None:
            assert_type((error.invoke.used, error.invoke.total), tuple[int | None, int | None])
    except (RateLimitedError, BadRequestError) as error:
        assert_type((error.retry_after, error.status), tuple[float | None, int | None])
    except DeliveryUnknownError as error:
        assert_type(error.__cause__, BaseException | None)
    except InvalidArgumentError as error:
        wrong: ValueError = error
        assert_type(str(wrong), str)
    except RefusedError as error:
        assert_type(error.reason, str)
    except GreenAPIError as error:
        assert_type((error.method, error.reason, error.advice), tuple[str, str, str])
        assert_type(error.status, int | None)
    try:
        await business.send_text("79001234567", "Hello")
    except BusinessError as error:
        assert_type((error.code, error.title, error.details), tuple[int | None, str | None, str | None])
        assert_type(error.errors, tuple[BusinessErrorItem, ...])
        assert_type(error.errors[0].code, int | None)


async def handler(notification: Notification) -> None:
    if isinstance(notification, IncomingMessageReceived):
        async with notification.conversation(timeout=60, cancel="cancel") as talk:
            assert_type(await talk.ask("Your name?"), str)
            assert_type(await talk.choose("Which?", ["one", "two"]), str)
            assert_type(await talk.hear(), IncomingMessageReceived)
        sent = await notification.reply("Hello", once="greeting")
        assert_type(await sent.wait_for(MessageStatus.READ, timeout=5), OutgoingMessageStatus)
        assert_type(await sent.edit("Hello!"), SentMessage)
        await sent.delete()


async def looping(client: Client, second: Client) -> None:
    inbox = SQLiteInbox("bot.db")
    run = client.process(handler, inbox=inbox, concurrency=10, while_retrying="pass", key=by_chat)
    assert_type(run, Processing)
    run.stop()
    await run
    assert_type(run.counters.lag, float)
    await process(handler, clients=[client, second], inbox=MemoryInbox())
    assert_type(await client.recover(inbox, since=timedelta(days=2)), Recovered)
    assert_type([entry.failure for entry in await inbox.quarantined()], list[str | None])
    async with merge(client.notifications(overlap=True), second.notifications(inbox=inbox)) as merged:
        async for notification in merged:
            assert_type(notification, Notification)
            assert_type(notification.recovered, bool)
    async with client.typing("79001234567@c.us"), client.conversation("79001234567@c.us") as talk:
        assert_type(await talk.say("Hello"), SentMessage)
    assert_type(await client.use_webhook("https://example.com/", token="secret", timeout=60), Settings)
    assert_type(await client.use_polling(), Settings)
    status = await client.wait_for_status("3EB0C767D0", MessageStatus.READ, timeout=60)
    assert_type(status, OutgoingMessageStatus)
