"""Statuses, which WhatsApp shows for 24 hours. Source: manual 1.3.8."""

from collections.abc import Sequence
from typing import Any

from greenapi_async import models, serialization
from greenapi_async.http import validation
from greenapi_async.http.endpoint import Endpoint, ErrorPattern
from greenapi_async.methods.base import MethodGroup
from greenapi_async.models.states import StatusFont, StatusFontName
from greenapi_async.serialization.decoders import ignore_body, object_of, rows_of
from greenapi_async.serialization.encoding import unstructure

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

_BETA = {
    ErrorPattern(403): (
        "Ask GREEN-API support to enable the beta version of statuses for the instance. If other methods answer 403 as "
        "well, check the instance id and api_url."
    )
}
_CHECK_STATUSES = "Look for the status with get_outgoing_statuses() before publishing it again."
_PARTICIPANTS = validation.list_of(validation.person_id)


def _status_row(value: Any) -> "models.statuses.HistoryStatus":
    return serialization.journals.status_row(value)


def _status_statistics(value: Any) -> "list[models.statuses.StatusStatistic]":
    return serialization.journals.status_statistics(value)


SEND_TEXT_STATUS = Endpoint(
    "POST",
    "sendTextStatus",
    object_of(lambda: models.sending.SentMessage),
    per_second=5,
    developer_quota=10,
    idempotent=False,
    advice=_BETA,
    outcome_check=_CHECK_STATUSES,
    required=("message",),
    limits={
        "message": validation.text(500),
        "backgroundColor": validation.hex_color,
        "font": validation.one_of(tuple(StatusFont)),
        "participants": _PARTICIPANTS,
    },
)
SEND_VOICE_STATUS = Endpoint(
    "POST",
    "sendVoiceStatus",
    object_of(lambda: models.sending.SentMessage),
    per_second=5,
    developer_quota=10,
    idempotent=False,
    advice=_BETA,
    outcome_check=_CHECK_STATUSES,
    required=("urlFile", "fileName"),
    limits={
        "urlFile": validation.url,
        "fileName": validation.file_name(".mp3", ".wav"),
        "backgroundColor": validation.hex_color,
        "participants": _PARTICIPANTS,
    },
)
SEND_MEDIA_STATUS = Endpoint(
    "POST",
    "sendMediaStatus",
    object_of(lambda: models.sending.SentMessage),
    per_second=5,
    developer_quota=10,
    idempotent=False,
    advice=_BETA,
    outcome_check=_CHECK_STATUSES,
    required=("urlFile", "fileName"),
    limits={
        "urlFile": validation.url,
        "fileName": validation.file_name(),
        "caption": validation.text(1024, min_length=0),
        "participants": _PARTICIPANTS,
    },
)
DELETE_STATUS = Endpoint(
    "POST",
    "deleteStatus",
    ignore_body,
    per_second=10,
    idempotent=True,
    already_done=(ErrorPattern(400, "notfound"), ErrorPattern(400, "not found")),
    required=("idMessage",),
    limits={"idMessage": validation.message_id},
    advice={ErrorPattern(400, "notfound"): "The status was already deleted, or has another id.", **_BETA},
)
GET_STATUS_STATISTIC = Endpoint(
    "GET",
    "getStatusStatistic",
    _status_statistics,
    per_second=1,
    idempotent=True,
    advice=_BETA,
    query=("idMessage",),
    required=("idMessage",),
    limits={"idMessage": validation.message_id},
)
GET_INCOMING_STATUSES = Endpoint(
    "GET",
    "getIncomingStatuses",
    rows_of(_status_row),
    per_second=1,
    developer_quota=10,
    idempotent=True,
    advice=_BETA,
    query=("minutes",),
    limits={"minutes": validation.integer(1, unit="minutes")},
)
GET_OUTGOING_STATUSES = Endpoint(
    "GET",
    "getOutgoingStatuses",
    rows_of(_status_row),
    per_second=1,
    developer_quota=10,
    idempotent=True,
    advice=_BETA,
    query=("minutes",),
    limits={"minutes": validation.integer(1, unit="minutes")},
)


class Statuses(MethodGroup):
    """Methods on statuses.

    The vendor calls them a beta version. ``ForbiddenError`` means that its support has to enable them for the instance.

    A status is shown only to persons who have the account's number in their contacts and whose number the account has
    in its own.
    """

    async def send_text_status(
        self,
        message: str,
        *,
        background_color: str | None = None,
        font: StatusFont | StatusFontName | None = None,
        participants: Sequence[str] | None = None,
    ) -> "models.sending.SentMessage":
        """Publish a text in white letters.

        Args:
            message: Text, 1 to 500 characters.
            background_color: ``#RRGGBB``; on white, ``#FFFFFF``, the text is invisible. None leaves it to the server,
                whose default is white.
            font: Font; None leaves it to the server.
            participants: Chat ids of the persons who see it; None or none means the first 1,024 contacts.

        Raises:
            InvalidArgumentError: An argument violates a documented limit; nothing was sent.
            ForbiddenError: Statuses are not enabled for the instance.
            DeliveryUnknownError: The connection failed after the request was sent. The status may or may not have been
                queued.
            QuotaExceededError: The tariff's monthly quota is used up (466).

        Source: manual 1.3.8, SendTextStatus; 5 requests per second, 10 per month on the Developer tariff.
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
    ) -> "models.sending.SentMessage":
        """Publish an audio recording that the server downloads from a URL.

        Args:
            url_file: URL of the file itself. If the URL starts a download in a browser, the server returns an id all
                the same, but publishes nothing.
            file_name: Name with the extension ``.mp3`` or ``.wav``.
            background_color: ``#RRGGBB``; None means white.
            participants: Chat ids of the persons who see it; None or none means the first 1,024 contacts.

        Raises:
            InvalidArgumentError: An argument violates a documented limit; nothing was sent.
            ForbiddenError: Statuses are not enabled for the instance.
            DeliveryUnknownError: The connection failed after the request was sent. The status may or may not have been
                queued.
            QuotaExceededError: The tariff's monthly quota is used up (466).

        Source: manual 1.3.8, SendVoiceStatus; 5 requests per second, 10 per month on the Developer tariff.
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
    ) -> "models.sending.SentMessage":
        """Publish an image, a video or an audio file that the server downloads from a URL.

        Videos and audio files are cut to one minute. MP4, MP3 and images of 9:16 are recommended.

        Args:
            url_file: URL of the file itself. If the URL starts a download in a browser, the server returns an id all
                the same, but publishes nothing.
            file_name: Name, usually with an extension.
            caption: Text below the file, up to 1,024 characters.
            participants: Chat ids of the persons who see it; None or none means the first 1,024 contacts.

        Raises:
            InvalidArgumentError: An argument violates a documented limit; nothing was sent.
            ForbiddenError: Statuses are not enabled for the instance.
            DeliveryUnknownError: The connection failed after the request was sent. The status may or may not have been
                queued.
            QuotaExceededError: The tariff's monthly quota is used up (466).

        Source: manual 1.3.8, SendMediaStatus; 5 requests per second, 10 per month on the Developer tariff.
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

        Args:
            id_message: Id of the status.

        Raises:
            InvalidArgumentError: ``id_message`` is too short.
            BadRequestError: There is no such status.
            ForbiddenError: Statuses are not enabled for the instance.

        Source: manual 1.3.8, DeleteStatus; 10 requests per second.
        """
        await self._request(DELETE_STATUS, {"idMessage": id_message})

    async def get_status_statistic(self, id_message: str) -> "list[models.statuses.StatusStatistic]":
        """Return the persons to whom a status of the account was sent, and whether each has seen it.

        Needs the setting ``outgoing_webhook``; what happened before it was switched on is not recorded.

        Args:
            id_message: Id of the status.

        Raises:
            InvalidArgumentError: ``id_message`` is too short.
            ForbiddenError: Statuses are not enabled for the instance.

        Source: manual 1.3.8, GetStatusStatistic; 1 request per second.
        """
        return await self._request(GET_STATUS_STATISTIC, {"idMessage": id_message})

    async def get_incoming_statuses(self, *, minutes: int | None = None) -> "list[models.statuses.HistoryStatus]":
        """Return the recent statuses of the phone's contacts.

        Args:
            minutes: How far to go back; None means 1,440 (24 hours).

        Raises:
            ForbiddenError: Statuses are not enabled for the instance.
            QuotaExceededError: The tariff's monthly quota is used up (466).

        Source: manual 1.3.8, GetIncomingStatuses; 1 request per second, 10 per month on the Developer tariff.
        """
        return await self._request(GET_INCOMING_STATUSES, {"minutes": minutes})

    async def get_outgoing_statuses(self, *, minutes: int | None = None) -> "list[models.statuses.HistoryStatus]":
        """Return the account's own recent statuses.

        Args:
            minutes: How far to go back; None means 1,440 (24 hours).

        Raises:
            ForbiddenError: Statuses are not enabled for the instance.
            QuotaExceededError: The tariff's monthly quota is used up (466).

        Source: manual 1.3.8, GetOutgoingStatuses; 1 request per second, 10 per month on the Developer tariff.
        """
        return await self._request(GET_OUTGOING_STATUSES, {"minutes": minutes})
