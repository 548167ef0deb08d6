"""The part of ``Client`` that sends later, and knows who does not want broadcasts."""

from abc import abstractmethod
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import ZoneInfo

from greenapi_async import outgoing
from greenapi_async.http.endpoint import Endpoint
from greenapi_async.methods.sending import SEND_MESSAGE

if TYPE_CHECKING:
    from greenapi_async import http, processing
    from greenapi_async.inbox.base import Inbox
    from greenapi_async.processing.client_protocol import ProcessClient

__all__ = ["Scheduling"]

ONE_DAY = timedelta(days=1)


class Scheduling:
    """Messages that are sent later, the jobs and the opt-outs of the run."""

    _waiters: "processing.waiters.Waiters"

    @property
    @abstractmethod
    def id_instance(self) -> int:
        """The instance's id."""

    @property
    def jobs(self) -> "outgoing.jobs.Jobs":
        """The jobs in the inbox of the running ``process`` or bot: list them, cancel them.

        Raises:
            RuntimeError: Neither runs over this client.
            InvalidArgumentError: The inbox cannot store jobs.
        """
        return outgoing.jobs.Jobs(
            _run_inbox(self._waiters, "jobs", "Jobs(inbox) and send_later(..., jobs=Jobs(inbox))")
        )

    @property
    def opt_outs(self) -> "outgoing.opt_outs.OptOuts":
        """The people who do not want broadcasts, in the inbox of the running ``process`` or bot.

        Raises:
            RuntimeError: Neither runs over this client.
            InvalidArgumentError: The inbox cannot store them.
        """
        inbox = _run_inbox(self._waiters, "opt-outs", "OptOuts(inbox, client)")
        return outgoing.opt_outs.OptOuts(inbox, cast("ProcessClient", self))

    async def send_later(
        self,
        chat_id: str,
        message: str,
        *,
        at: datetime | None = None,
        delay: timedelta | float | None = None,
        every: timedelta | float | str | None = None,
        zone: str | ZoneInfo | None = None,
        once: str | None = None,
        misfire: timedelta | float | None = ONE_DAY,
        quoted_message_id: str | None = None,
        link_preview: bool | None = None,
        jobs: "outgoing.jobs.Jobs | None" = None,
    ) -> "outgoing.job.ScheduledJob":
        """Send a text message later, once or repeatedly, also if the process is restarted in between.

        It is stored in the inbox of the running ``process`` or bot, and sent by the next run at the time, with the
        guarantees of ``once=``: at most once. If no process was up at the time, it is sent at the next start, unless it
        is older than ``misfire``; then it is reported as missed. A failure is retried.

        Within a handler, a repeated attempt schedules nothing twice; within a job, nothing with the same arguments.

        Args:
            chat_id: Recipient.
            message: Text, 1 to 20,000 characters.
            at: When, with a time zone. In the past means now. With ``every``, when it begins; in the past means that it
                has begun, and that nothing is sent for the dates that have passed.
            delay: Seconds from now, or a timedelta, instead of ``at``.
            every: Repeat it: at an interval of one second or more (a timedelta, or seconds), or as a cron expression
                says, such as ``"0 9 * * mon-fri"`` (extra ``jobs``). An interval begins after its length, or at ``at``.
            zone: Time zone of the cron expression, such as ``"Europe/Berlin"``; 9:00 stays 9:00 when the clocks change.
            once: Key, 1 to 150 characters. A message that is scheduled under the same key replaces this one until it is
                sent; afterwards nothing is sent under it, except by ``every``, which sends once for each date. If it is
                the same message with the same ``every``, as at each start of a bot, nothing changes.
            misfire: How late it may be sent, 60 s or more; None for any time. A repeated message is sent once for all
                dates that have passed.
            quoted_message_id: Id of the message to quote.
            link_preview: Whether to show a preview of the first link; None leaves it to the instance's setting.
            jobs: Where to store it; None for the inbox of the run.

        Returns:
            The job; ``client.jobs.cancel(job)`` cancels it.

        Raises:
            InvalidArgumentError: An argument is not valid; nothing was stored.
            RuntimeError: ``jobs`` is None, and neither ``process`` nor a bot runs over this client.
            MissingExtraError: ``every`` is a cron expression, and the extra ``jobs`` is not installed.
            InboxUnavailableError: The inbox cannot write at the moment.

        Example:
            >>> tomorrow = datetime.now(ZoneInfo("Europe/Berlin")) + timedelta(days=1)
            >>> await client.send_later(chat_id, "See you at ten!", at=tomorrow.replace(hour=9, minute=0))
        """
        outgoing.jobs.check_jobs(jobs)
        arguments: dict[str, Any] = {"chat_id": chat_id, "message": message}
        if quoted_message_id is not None:
            arguments["quoted_message_id"] = quoted_message_id
        if link_preview is not None:
            arguments["link_preview"] = link_preview
        wire = {
            "chatId": chat_id,
            "message": message,
            "quotedMessageId": quoted_message_id,
            "linkPreview": link_preview,
        }
        self._prepare(SEND_MESSAGE, wire)
        return await (jobs or self.jobs).add(
            "send_later",
            arguments,
            instance=self.id_instance,
            at=at,
            delay=delay,
            every=every,
            zone=zone,
            once=once,
            misfire=misfire,
        )

    @abstractmethod
    def _prepare(self, endpoint: Endpoint[Any], values: Mapping[str, Any]) -> "http.protocol.Request": ...


def _run_inbox(waiters: "processing.waiters.Waiters", what: str, elsewhere: str) -> "Inbox":
    inbox = waiters.inbox
    if inbox is None:
        raise RuntimeError(
            f"{what} are stored in the inbox of a run, and client.process(...) or a bot is not running over this "
            f"client, or not yet, as in a function with @router.on_start; there and elsewhere use {elsewhere}"
        )
    return inbox
