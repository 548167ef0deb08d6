"""Decisions about a recipient before the message is handed over: whether it is sent, and its content."""

# ProcessClient's private members are for this library.
# pyright: reportPrivateUsage=false

import logging
from typing import Final, Protocol

import attrs

from greenapi_async.errors import BroadcastStoppedError, GreenAPIError, QuotaExceededError
from greenapi_async.models.chat_ids import ChatKind, chat_kind, is_chat_number
from greenapi_async.models.messengers import Messenger
from greenapi_async.outgoing.broadcast_client import BroadcastClient
from greenapi_async.outgoing.broadcast_content import BroadcastContent, check_message, render, to_json
from greenapi_async.outgoing.broadcast_recipients import RecipientStatus
from greenapi_async.outgoing.broadcast_sending import is_final, is_stopping, once_key
from greenapi_async.outgoing.broadcast_store import BroadcastRecipient, BroadcastStore

__all__ = ["OptOutList", "Preparation"]

logger = logging.getLogger("greenapi_async")

MAX_ERRORS: Final = 10
"""Recipients in a row for whom the function fails, before the broadcast stops."""
OPTED_OUT = "opted out"
NO_ACCOUNT = "the number has no account"
DUPLICATE = "on the list under another id of the same person"
BEGUN = "; its sending had begun, so the message may have been sent before"


class OptOutList(Protocol):
    """People who do not want broadcasts; ``OptOuts`` is one."""

    async def contains(self, chat_id: str) -> bool:
        """Return whether a person has opted out.

        Args:
            chat_id: One of the person's ids.
        """
        ...


class Preparation:
    """Decides about one recipient at a time.

    Args:
        client: The client, for checking numbers.
        store: The records of the broadcast.
        name: Name of the broadcast.
        content: Its content.
        check: Whether to check that a number has an account.
        opt_outs: Who does not want broadcasts; None if there is no list.
    """

    def __init__(
        self,
        client: BroadcastClient,
        store: BroadcastStore,
        *,
        name: str,
        content: BroadcastContent,
        check: bool,
        opt_outs: OptOutList | None,
    ) -> None:
        self._client = client
        self._store = store
        self._name = name
        self._content = content
        self._check = check
        self._opt_outs = opt_outs
        self._errors = 0
        self._has_account: bool | None = None
        self._ready: BroadcastRecipient | None = None

    def begin(self) -> None:
        """Start with the next recipient."""
        self._has_account = self._ready = None

    async def screen(self, recipient: BroadcastRecipient) -> BroadcastRecipient:
        """Return a recipient unchanged, or as ``SKIPPED`` or ``FAILED`` with the reason if nothing is to be sent.

        The number is checked once, however often this is called for a recipient.

        Args:
            recipient: The recipient.

        Raises:
            BroadcastStoppedError: No more checks are left.
            GreenAPIError: The check failed for now.
        """
        if reason := await self._unwanted(recipient):
            if recipient.status is RecipientStatus.SENDING:
                reason += BEGUN
            return attrs.evolve(recipient, status=RecipientStatus.SKIPPED, reason=reason, content=None)
        if recipient.status is RecipientStatus.SENDING or not self._check:
            return recipient
        if self._has_account is None:
            try:
                self._has_account = await self._find_account(recipient.recipient.chat_id)
            except QuotaExceededError as error:
                raise BroadcastStoppedError(
                    f"the broadcast {self._name!r} was stopped: the quota of number checks is used up; "
                    "check=False sends without them"
                ) from error
            except GreenAPIError as error:
                if is_stopping(error) or not is_final(error):
                    raise
                return _failed(recipient, f"the check of the number failed: {error}")
        if not self._has_account:
            return attrs.evolve(recipient, status=RecipientStatus.SKIPPED, reason=NO_ACCOUNT)
        return recipient

    async def prepare(self, recipient: BroadcastRecipient) -> BroadcastRecipient:
        """Return a recipient as ``SENDING`` with the content, or as ``screen`` does, or as ``FAILED``.

        The content is computed once, however often this is called for a recipient.

        Args:
            recipient: The recipient.

        Raises:
            BroadcastStoppedError: The function failed for too many recipients in a row.
        """
        screened = await self.screen(recipient)
        if screened is not recipient or recipient.status is RecipientStatus.SENDING:
            return screened
        if self._ready is None:
            self._ready = await self._render(recipient)
        return attrs.evolve(self._ready, version=recipient.version)

    async def _unwanted(self, person: BroadcastRecipient) -> str:
        for each in self._client._identities.known.ids_of(person.recipient.chat_id):
            if self._opt_outs is not None and await self._opt_outs.contains(each):
                return OPTED_OUT
            if await self._store.was_sent_to(each) not in {None, person.position}:
                return DUPLICATE
        return ""

    async def _find_account(self, chat_id: str) -> bool:
        if chat_kind(chat_id) is not ChatKind.PERSON or is_chat_number(chat_id):
            return True
        number = chat_id.partition("@")[0]
        if self._client.messenger in {Messenger.MAX, Messenger.TELEGRAM}:
            return (await self._client.check_account(number)).exist is not False
        return (await self._client.check_whatsapp(number)).exists_whatsapp is not False

    async def _render(self, person: BroadcastRecipient) -> BroadcastRecipient:
        try:
            message = await render(self._content, person.recipient)
            check_message(self._client, message)
            stored = {**to_json(message), "once": once_key(self._name, self._main_id(person))}
        except Exception as error:
            self._errors += 1
            logger.warning("The content for recipient %d of %r failed", person.position, self._name, exc_info=True)
            if self._errors >= MAX_ERRORS:
                raise BroadcastStoppedError(
                    f"the broadcast {self._name!r} was stopped: its content failed for {self._errors} recipients in a "
                    f"row, at last with {type(error).__name__}: {error}"
                ) from error
            return _failed(person, f"its content failed: {type(error).__name__}: {error}")
        self._errors = 0
        return attrs.evolve(person, status=RecipientStatus.SENDING, content=stored, reason="", is_retried=False)

    def _main_id(self, person: BroadcastRecipient) -> str:
        return self._client._identities.known.main_id(person.recipient.chat_id)


def _failed(person: BroadcastRecipient, reason: str) -> BroadcastRecipient:
    """Return a recipient as failed until the next start, which tries again: nothing was sent."""
    return attrs.evolve(person, status=RecipientStatus.FAILED, reason=reason, is_retried=True)
