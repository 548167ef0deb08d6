"""Statuses, which vanish after a day. Manual: 1.3.8."""

from collections.abc import Sequence

from greenapi_async.http.endpoint import Endpoint
from greenapi_async.http.validation import choice, color, each, link, message_id, person_id, text
from greenapi_async.http.validation import file_name as a_file_name
from greenapi_async.methods.base import MethodGroup
from greenapi_async.models.sending import SentMessage
from greenapi_async.models.states import StatusFont
from greenapi_async.models.statuses import HistoryStatus, StatusStatistic
from greenapi_async.serialization.converter import ignore_body, object_of, unstructure
from greenapi_async.serialization.journals import rows_of, status_row, status_statistics

__all__ = [
    "DELETE_STATUS",
    "GET_INCOMING_STATUSES",
    "GET_OUTGOING_STATUSES",
    "GET_STATUS_STATISTIC",
    "SEND_MEDIA_STATUS",
    "SEND_TEXT_STATUS",
    "SEND_VOICE_STATUS",
    "Statuses",
]

SEND_TEXT_STATUS = Endpoint(
    "POST",
    "sendTextStatus",
    object_of(SentMessage),
    per_second=5,
    developer_quota=10,
    idempotent=False,
    required=("message",),
    limits={
        "message": text(500),
        "backgroundColor": color(white=False),
        "font": choice(tuple(StatusFont)),
        "participants": each(person_id),
    },
)
SEND_VOICE_STATUS = Endpoint(
    "POST",
    "sendVoiceStatus",
    object_of(SentMessage),
    per_second=5,
    developer_quota=10,
    idempotent=False,
    required=("urlFile", "fileName"),
    limits={
        "urlFile": link,
        "fileName": a_file_name(".mp3", ".wav"),
        "backgroundColor": color(white=True),
        "participants": each(person_id),
    },
)
SEND_MEDIA_STATUS = Endpoint(
    "POST",
    "sendMediaStatus",
    object_of(SentMessage),
    per_second=5,
    developer_quota=10,
    idempotent=False,
    required=("urlFile", "fileName"),
    limits={
        "urlFile": link,
        "fileName": a_file_name(),
        "caption": text(1024, shortest=0),
        "participants": each(person_id),
    },
)
DELETE_STATUS = Endpoint(
    "POST",
    "deleteStatus",
    ignore_body,
    per_second=10,
    idempotent=True,
    required=("idMessage",),
    limits={"idMessage": message_id},
)
GET_STATUS_STATISTIC = Endpoint(
    "GET",
    "getStatusStatistic",
    status_statistics,
    per_second=1,
    idempotent=True,
    query=("idMessage",),
    required=("idMessage",),
    limits={"idMessage": message_id},
)
GET_INCOMING_STATUSES = Endpoint(
    "GET",
    "getIncomingStatuses",
    rows_of(status_row),
    per_second=1,
    developer_quota=10,
    idempotent=True,
    query=("minutes",),
)
GET_OUTGOING_STATUSES = Endpoint(
    "GET",
    "getOutgoingStatuses",
    rows_of(status_row),
    per_second=1,
    developer_quota=10,
    idempotent=True,
    query=("minutes",),
)


class Statuses(MethodGroup):
    """Methods on statuses, in beta at the vendor's: ``ForbiddenError`` means that support has to switch them on.

    A status goes to the ``participants``, or, without them, to the first 1,024 contacts; and only where both have each
    other's number among their contacts. A file's link must lead straight to it: for a link that starts a download the
    server answers an id and shows nothing.
    """

    async def send_text_status(
        self,
        message: str,
        *,
        background_color: str | None = None,
        font: StatusFont | str | None = None,
        participants: Sequence[str] | None = None,
    ) -> SentMessage:
        """Publish a text, in white letters.

        ``message`` has 1 to 500 characters. ``background_color`` is ``#RRGGBB`` and not white, though the server's own
        default is.

        Manual: 1.3.8, SendTextStatus.
        """
        return await self._request(
            SEND_TEXT_STATUS,
            {
                "message": message,
                "backgroundColor": background_color,
                "font": font,
                "participants": unstructure(participants),
            },
        )

    async def send_voice_status(
        self,
        url_file: str,
        file_name: str,
        *,
        background_color: str | None = None,
        participants: Sequence[str] | None = None,
    ) -> SentMessage:
        """Publish a recording, an ``.mp3`` or ``.wav`` that the server fetches from a link.

        ``background_color`` is ``#RRGGBB``.

        Manual: 1.3.8, SendVoiceStatus.
        """
        return await self._request(
            SEND_VOICE_STATUS,
            {
                "urlFile": url_file,
                "fileName": file_name,
                "backgroundColor": background_color,
                "participants": unstructure(participants),
            },
        )

    async def send_media_status(
        self,
        url_file: str,
        file_name: str,
        *,
        caption: str | None = None,
        participants: Sequence[str] | None = None,
    ) -> SentMessage:
        """Publish an image or a video that the server fetches from a link.

        ``caption`` has up to 1,024 characters; a video is cut to a minute.

        Manual: 1.3.8, SendMediaStatus.
        """
        return await self._request(
            SEND_MEDIA_STATUS,
            {
                "urlFile": url_file,
                "fileName": file_name,
                "caption": caption,
                "participants": unstructure(participants),
            },
        )

    async def delete_status(self, id_message: str) -> None:
        """Delete a status of the account.

        Manual: 1.3.8, DeleteStatus.
        """
        await self._request(DELETE_STATUS, {"idMessage": id_message})

    async def get_status_statistic(self, id_message: str) -> list[StatusStatistic]:
        """List to whom a status of the account was delivered, and who saw it; needs ``outgoing_webhook``.

        Manual: 1.3.8, GetStatusStatistic.
        """
        return await self._request(GET_STATUS_STATISTIC, {"idMessage": id_message})

    async def get_incoming_statuses(self, *, minutes: int | None = None) -> list[HistoryStatus]:
        """List the statuses of the phone's contacts, of the last 1,440 minutes unless told otherwise.

        Manual: 1.3.8, GetIncomingStatuses.
        """
        return await self._request(GET_INCOMING_STATUSES, {"minutes": minutes})

    async def get_outgoing_statuses(self, *, minutes: int | None = None) -> list[HistoryStatus]:
        """List the statuses of the account, of the last 1,440 minutes unless told otherwise.

        Manual: 1.3.8, GetOutgoingStatuses.
        """
        return await self._request(GET_OUTGOING_STATUSES, {"minutes": minutes})
