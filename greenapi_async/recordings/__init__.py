"""Recordings: what an instance delivered, in a file, to be fed to a bot again.

A recording is a file of lines, each a JSON object in UTF-8. The first is the header::

    {"greenapi_recording": 1, "idInstance": 1101000001, "began": 1700000000.0, "phones": "kept"}

``phones`` is ``kept``, or ``replaced`` when phone numbers are not the real ones; then ``salt`` and ``check`` belong to
the key, if it was given and not random. Each line after it is a notification, in the order of delivery::

    {"at": 1700000001.234, "receiptId": 7, "body": {"typeWebhook": "incomingMessageReceived", ...}}

``at`` is when it was received, in seconds since 1970, ``receiptId`` may be missing, and ``body`` is what the server
sent, with its fields in their order, whether it is understood or not. Of a body that is nested too deep to be written
only what stands near its top is kept. A last line that is cut off is left out.

Gone from every body are tokens, whatever stands in fields named like secrets, and the queries of links to files, which
may be signatures (``cleaning``); with ``hide_phones`` every phone number is another (``hiding``). Names, texts, places,
thumbnails, ``idInstance`` and ids of messages and groups are kept: a recording holds people's letters.
"""

from greenapi_async.recordings.format import Header, Recorded
from greenapi_async.recordings.open import open_recording
from greenapi_async.recordings.pseudonyms import hide_phones
from greenapi_async.recordings.reader import Contents, Recording, read_recording
from greenapi_async.recordings.recorder import Recorder
from greenapi_async.recordings.redaction import Cleaning
from greenapi_async.recordings.replayer import Fed, Replayed, replay
from greenapi_async.recordings.writer import RecordingFile

__all__ = [
    "Cleaning",
    "Contents",
    "Fed",
    "Header",
    "Recorded",
    "Recorder",
    "Recording",
    "RecordingFile",
    "Replayed",
    "hide_phones",
    "open_recording",
    "read_recording",
    "replay",
]
