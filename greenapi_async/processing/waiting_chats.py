"""Chats whose notifications wait, for operators."""

from heapq import nlargest
from typing import cast

from greenapi_async.processing.health import WaitingChat
from greenapi_async.processing.lanes import Lane, Lanes
from greenapi_async.processing.unfinished import Unfinished

__all__ = ["waiting_chats"]


def waiting_chats(lanes: Lanes, unfinished: Unfinished, limit: int, *, by_chat: bool) -> list[WaitingChat]:
    """Return the chats in which most notifications wait.

    Args:
        lanes: The lanes of a run.
        unfinished: The entries of the run.
        limit: Greatest number of chats.
        by_chat: Whether each lane is a chat.
    """
    largest = nlargest(limit, lanes.all(), key=lambda lane: len(lane.ids))
    return [_of(lane, unfinished, is_chat=by_chat) for lane in largest if lane.ids]


def _of(lane: Lane, unfinished: Unfinished, *, is_chat: bool) -> WaitingChat:
    id_instance, chat = cast("tuple[int, str | None]", lane.key) if is_chat else (None, str(lane.key))
    return WaitingChat(
        id_instance=id_instance, chat=chat, waiting=len(lane.ids), since=unfinished.stored(lane.ids.first)
    )
