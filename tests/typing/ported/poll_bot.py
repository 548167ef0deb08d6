"""Port of the vendor's bot with polls, reply buttons and the statuses of what it sent."""

from collections import Counter

from greenapi_async import IncomingMessageReceived, MessageStatus, OutgoingMessageStatus, PollUpdateMessage
from greenapi_async.bots import Router, Text, filters
from greenapi_async.types import ReplyButton

COLOURS = ("Red", "Green", "Blue")


class Survey:
    def __init__(self) -> None:
        self.polls: set[str] = set()
        self.read_by: Counter[str] = Counter()


def create_router(survey: Survey) -> Router:
    router = Router()

    @router.message(filters.command("poll"))
    async def poll(notification: IncomingMessageReceived) -> None:
        sent = await notification.reply_poll("Which colour?", COLOURS, multiple_answers=True, quote=True)
        survey.polls.add(sent.id_message)

    @router.vote(filters.poll(survey.polls))
    async def vote(notification: IncomingMessageReceived, message: PollUpdateMessage) -> None:
        chosen = [one.option_name for one in message.votes or () if notification.sender in (one.option_voters or ())]
        await notification.reply(f"You chose {', '.join(filter(None, chosen)) or 'nothing'}.")

    @router.message(filters.command("buttons"))
    async def buttons(notification: IncomingMessageReceived) -> None:
        offered = [ReplyButton(button_id=colour.lower(), button_text=colour) for colour in COLOURS]
        await notification.reply_buttons("Which colour?", offered, footer="Press one")

    @router.message(filters.button(*COLOURS), filters.has_text)
    async def pressed(notification: IncomingMessageReceived, text: Text) -> None:
        await notification.reply(f"You pressed {text}.")

    @router.on(OutgoingMessageStatus)
    async def status(notification: OutgoingMessageStatus) -> None:
        if notification.status == MessageStatus.READ:
            survey.read_by[notification.chat_id] += 1

    return router
