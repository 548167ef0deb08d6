"""Methods that carry a file to the server. Manual: 1.3.2, 1.3.3, 1.3.7."""

from greenapi_async.errors import InvalidArgumentError
from greenapi_async.http.endpoint import Content, Endpoint, Host
from greenapi_async.http.error_bodies import refused_unless, refused_without
from greenapi_async.http.uploads import UNKNOWN_TYPE, opened
from greenapi_async.http.validation import between, choice, file_name, group_id, message_id, text
from greenapi_async.http.validation import chat_id as a_chat_id
from greenapi_async.methods.base import MethodGroup
from greenapi_async.models.files import File, GroupPicture, ProfilePicture, Progress, SentFile, UploadedFile
from greenapi_async.serialization.converter import object_of

__all__ = ["SEND_FILE_BY_UPLOAD", "SET_GROUP_PICTURE", "SET_PROFILE_PICTURE", "UPLOAD_FILE", "Files"]

SEND_FILE_BY_UPLOAD = Endpoint(
    "POST",
    "sendFileByUpload",
    object_of(SentFile),
    per_second=50,
    developer_quota=1000,
    idempotent=False,
    host=Host.MEDIA,
    content=Content.FORM,
    required=("chatId", "file"),
    refusal=refused_without("idMessage"),
    limits={
        "chatId": a_chat_id,
        "caption": text(20_000, shortest=0),
        "fileName": file_name(),
        "quotedMessageId": message_id,
        "typingTime": between(1000, 20_000, "ms"),
        "typingType": choice(("recording",)),
    },
)
UPLOAD_FILE = Endpoint(
    "POST",
    "uploadFile",
    object_of(UploadedFile),
    idempotent=False,
    host=Host.MEDIA,
    content=Content.FILE,
    headers=("Content-Type", "GA-Filename"),
    required=("file",),
)
SET_PROFILE_PICTURE = Endpoint(
    "POST",
    "setProfilePicture",
    object_of(ProfilePicture),
    per_second=0.1,
    idempotent=False,
    content=Content.FORM,
    required=("file",),
    refusal=refused_unless("setProfilePicture"),
)
SET_GROUP_PICTURE = Endpoint(
    "POST",
    "setGroupPicture",
    object_of(GroupPicture),
    per_second=1,
    developer_quota=100,
    idempotent=False,
    content=Content.FORM,
    required=("groupId", "file"),
    limits={"groupId": group_id},
    refusal=refused_unless("setGroupPicture"),
)


class Files(MethodGroup):
    """Methods that take a file: a path, bytes, an open binary file, or an async iterator of bytes.

    A file is streamed from where it is and never held in memory whole; one that is empty or over 100 MB is refused
    before anything is sent. ``progress(done, total)`` is called with bytes as they leave.
    """

    async def send_file_by_upload(
        self,
        chat_id: str,
        file: File,
        *,
        file_name: str | None = None,
        caption: str | None = None,
        quoted_message_id: str | None = None,
        typing_time: int | None = None,
        typing_type: str | None = None,
        progress: Progress | None = None,
    ) -> SentFile:
        """Upload a file and send it to a chat.

        ``file_name`` decides, by its ending, whether it arrives as an image, a video, an audio file or a document; it
        is needed where the file itself has no name. ``caption`` has up to 20,000 characters, ``typing_time`` is 1,000
        to 20,000 ms, ``typing_type`` is ``recording``. The answer's ``url_file`` can be sent again by
        ``send_file_by_url``. Raises ``PayloadTooLargeError`` when the server finds it too large.

        Manual: 1.3.3, SendFileByUpload.
        """
        async with opened(file, name=file_name, progress=progress) as payload:
            if payload.name is None:
                raise InvalidArgumentError(
                    "file_name is missing, and the file has no name of its own; give one as in 'photo.jpg'",
                    method=SEND_FILE_BY_UPLOAD.name,
                )
            return await self._request(
                SEND_FILE_BY_UPLOAD,
                {
                    "chatId": chat_id,
                    "fileName": payload.name,
                    "caption": caption,
                    "quotedMessageId": quoted_message_id,
                    "typingTime": typing_time,
                    "typingType": typing_type,
                    "file": payload,
                },
            )

    async def upload_file(
        self,
        file: File,
        *,
        file_name: str | None = None,
        content_type: str | None = None,
        progress: Progress | None = None,
    ) -> UploadedFile:
        """Upload a file to the server's storage for 15 days, to send it by ``send_file_by_url`` as often as needed.

        The content type is guessed from the name; where it cannot be, the server is given the name instead.

        Manual: 1.3.3, UploadFile.
        """
        async with opened(file, name=file_name, content_type=content_type, progress=progress) as payload:
            known = payload.content_type != UNKNOWN_TYPE
            if not known and payload.name is None:
                raise InvalidArgumentError(
                    "neither file_name nor content_type was given, and the file has no name; one of them is needed",
                    method=UPLOAD_FILE.name,
                )
            return await self._request(
                UPLOAD_FILE,
                {
                    "Content-Type": payload.content_type if known else None,
                    "GA-Filename": None if known else _in_a_header(payload.name),
                    "file": payload,
                },
            )

    async def set_profile_picture(self, file: File, *, progress: Progress | None = None) -> ProfilePicture:
        """Set the account's avatar to a JPEG.

        Raises ``RefusedError`` with WhatsApp's reason, as ``rate-overlimit`` or ``Timed Out``.

        Manual: 1.3.2, SetProfilePicture.
        """
        async with opened(file, name=_PICTURE, progress=progress) as payload:
            return await self._request(SET_PROFILE_PICTURE, {"file": payload})

    async def set_group_picture(self, group_id: str, file: File, *, progress: Progress | None = None) -> GroupPicture:
        """Set a group's picture to a JPEG; the account must be one of its administrators.

        Raises ``RefusedError`` with WhatsApp's reason.

        Manual: 1.3.7, SetGroupPicture.
        """
        async with opened(file, name=_PICTURE, progress=progress) as payload:
            return await self._request(SET_GROUP_PICTURE, {"groupId": group_id, "file": payload})


_PICTURE = "picture.jpg"


def _in_a_header(name: str | None) -> str | None:
    """Give a name that a header can hold; of another one, only the ending, which is what matters."""
    if name is None or (name.isascii() and name.isprintable()):
        return name
    ending = name.rpartition(".")[2]
    return f"file.{ending}" if ending.isascii() and ending.isalnum() else "file.bin"
