"""Frames of the websocket: text to values and back. Unknown and unreadable frames are None.

Source: the vendor's documentation, beyond the manual.
"""

import json
from contextlib import suppress
from typing import Any, TypeAlias

import attrs

from greenapi_async.models.calls import CurrentCall
from greenapi_async.serialization.converter import structure

__all__ = [
    "STOP",
    "Answer",
    "Candidate",
    "Frame",
    "Problem",
    "State",
    "candidate_frame",
    "offer_frame",
    "parse_frame",
]

STOP = '{"type":"stop"}'
"""Ends the audio, not the call."""


@attrs.frozen
class State:
    """The state of the call: after connecting, and after every change."""

    call: CurrentCall


@attrs.frozen
class Answer:
    """The answer to our offer."""

    sdp: str


@attrs.frozen
class Candidate:
    """An address at which the other side may be reached."""

    candidate: str
    """Empty for the end of the list."""
    mid: str | None
    index: int | None


@attrs.frozen
class Problem:
    """Why an offer was refused, or why the server is about to close the websocket."""

    message: str


Frame: TypeAlias = State | Answer | Candidate | Problem


def parse_frame(text: str) -> Frame | None:
    """Parse a frame from the server.

    Args:
        text: The text of the frame.

    Returns:
        The frame, or None if it is unknown or unreadable.
    """
    with suppress(ValueError, TypeError, KeyError, AttributeError, RecursionError):
        value = json.loads(text)
        match value["type"]:
            case "state":
                return State(structure(CurrentCall, value["state"]))
            case "answer":
                return Answer(_text(value["answer"]["sdp"]))
            case "ice-candidate":
                return _candidate(value.get("candidate"))
            case "error":
                return Problem(str(value.get("message") or "the server gave no reason"))
            case _:
                return None
    return None


def offer_frame(sdp: str) -> str:
    """Return the frame with an offer."""
    return json.dumps({"type": "offer", "offer": {"type": "offer", "sdp": sdp}})


def candidate_frame(candidate: Candidate) -> str:
    """Return the frame with a candidate."""
    value = {"candidate": candidate.candidate, "sdpMid": candidate.mid, "sdpMLineIndex": candidate.index}
    return json.dumps({"type": "ice-candidate", "candidate": value})


def _candidate(value: Any) -> Candidate:
    if value is None:
        return Candidate("", None, None)
    mid, index = value.get("sdpMid"), value.get("sdpMLineIndex")
    return Candidate(
        _text(value.get("candidate") or ""),
        None if mid is None else str(mid),
        None if index is None else int(index),
    )


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise TypeError
