"""Frames of the websocket: what is understood, and what is skipped."""

import json
from typing import Any

import pytest

from greenapi_async.calls.bridge import local_candidates
from greenapi_async.calls.frames import (
    Answer,
    Candidate,
    Frame,
    Problem,
    State,
    candidate_frame,
    offer_frame,
    parse_frame,
)
from greenapi_async.calls.link import reconnect_delay
from greenapi_async.types import CallInfo, CallState, CurrentCall

CANDIDATE = "candidate:1 1 udp 2130706431 192.0.2.1 50000 typ host"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"type": "state", "state": {"state": "idle"}}, State(CurrentCall(state=CallState.IDLE))),
        (
            {"type": "state", "state": {"state": "idle", "reason": "rejected:busy"}},
            State(CurrentCall(state=CallState.IDLE, reason="rejected:busy")),
        ),
        (
            {"type": "state", "state": {"state": "inc-call", "info": {"id": "89EB", "wid": "7@lid", "name": None}}},
            State(CurrentCall(state=CallState.INCOMING, info=CallInfo(id="89EB", wid="7@lid"))),
        ),
        ({"type": "state", "state": {"state": "new-state"}}, State(CurrentCall(state="new-state"))),
        ({"type": "answer", "answer": {"type": "answer", "sdp": "v=0"}}, Answer("v=0")),
        (
            {"type": "ice-candidate", "candidate": {"candidate": CANDIDATE, "sdpMid": "0", "sdpMLineIndex": 0}},
            Candidate(CANDIDATE, "0", 0),
        ),
        ({"type": "ice-candidate", "candidate": {"candidate": CANDIDATE}}, Candidate(CANDIDATE, None, None)),
        ({"type": "ice-candidate", "candidate": {"candidate": ""}}, Candidate("", None, None)),
        ({"type": "ice-candidate", "candidate": None}, Candidate("", None, None)),
        ({"type": "error", "message": "no active call"}, Problem("no active call")),
        ({"type": "error"}, Problem("the server gave no reason")),
    ],
)
def test_documented_frames_are_understood(value: Any, expected: Frame) -> None:
    assert parse_frame(json.dumps(value)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "[]",
        "null",
        "{}",
        '{"type": "new"}',
        '{"type": "state"}',
        '{"type": "state", "state": []}',
        '{"type": "answer", "answer": {"sdp": 1}}',
        '{"type": "answer", "answer": null}',
        '{"type": "ice-candidate", "candidate": 1}',
        '{"type": "ice-candidate", "candidate": {"candidate": "x", "sdpMLineIndex": "a"}}',
        "[" * 100_000,
    ],
)
def test_other_frames_are_skipped(text: str) -> None:
    assert parse_frame(text) is None


def test_our_frames_have_the_documented_form() -> None:
    assert json.loads(offer_frame("v=0")) == {"type": "offer", "offer": {"type": "offer", "sdp": "v=0"}}
    assert json.loads(candidate_frame(Candidate(CANDIDATE, "0", 0))) == {
        "type": "ice-candidate",
        "candidate": {"candidate": CANDIDATE, "sdpMid": "0", "sdpMLineIndex": 0},
    }


def test_candidates_are_taken_from_the_section_of_the_sdp_they_stand_in() -> None:
    sdp = f"v=0\r\nm=audio 1\r\na={CANDIDATE}\r\na=mid:audio\r\nm=video 1\r\na=mid:1\r\na={CANDIDATE} generation 0\r\n"
    assert local_candidates(sdp) == [
        Candidate(CANDIDATE, "audio", 0),
        Candidate(f"{CANDIDATE} generation 0", "1", 1),
    ]


def test_the_wait_before_connecting_again_doubles_from_half_a_second_to_ten() -> None:
    assert [reconnect_delay(attempt) for attempt in (1, 2, 3, 4, 5, 6, 7, 5000)] == [0.5, 1, 2, 4, 8, 10, 10, 10]
