"""Recordings: the notifications of an instance in a file, to replay them to a bot.

A recording is a file in UTF-8 with a JSON object per line. The first line is the header::

    {"greenapi_recording": 1, "idInstance": 1101000001, "began": 1700000000.0, "phones": "kept"}

``phones`` is ``kept``, or ``replaced`` if phone numbers are pseudonymised; ``salt`` and ``check`` then identify the
key, unless it is random. Each following line is a notification, in the order of delivery::

    {"at": 1700000001.234, "receiptId": 7, "body": {"typeWebhook": "incomingMessageReceived", ...}}

``at`` is when it was received, in seconds since 1970. ``receiptId`` is optional. ``body`` is the notification as sent
by the server, with its fields in order, of a known type or not. If a body is nested too deeply to be written, only its
outermost fields are kept. An incomplete last line is ignored.

Redaction removes tokens, fields named like secrets, and the queries of links to files, which may be signatures; see
``redaction``. With ``hide_phones``, phone numbers are pseudonymised; see ``pseudonyms``. Names, texts, locations,
thumbnails, ``idInstance``, and ids of messages and groups are kept: a recording contains private messages.
"""

from greenapi_async.testing.recordings.format import RecordedNotification, RecordingHeader
from greenapi_async.testing.recordings.open import open_recording
from greenapi_async.testing.recordings.pseudonyms import hide_phones
from greenapi_async.testing.recordings.reader import Recording, RecordingSummary, read_recording
from greenapi_async.testing.recordings.recorder import Recorder
from greenapi_async.testing.recordings.redaction import Redactor
from greenapi_async.testing.recordings.replayer import ReplayedNotification, ReplayResult, replay
from greenapi_async.testing.recordings.writer import RecordingFile

__all__ = [
    "RecordedNotification",
    "Recorder",
    "Recording",
    "RecordingFile",
    "RecordingHeader",
    "RecordingSummary",
    "Redactor",
    "ReplayResult",
    "ReplayedNotification",
    "hide_phones",
    "open_recording",
    "read_recording",
    "replay",
]
