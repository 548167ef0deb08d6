"""The content of messages, in each shape it takes: notification, journal row, quote.

A new type of message is a class with the methods of `Content`, or, if it looks the same in every shape, a `Structured`.
"""

from greenapi_async.sandbox.simulation.content.base import Content
from greenapi_async.sandbox.simulation.content.contact import ContactContent
from greenapi_async.sandbox.simulation.content.file import FileContent
from greenapi_async.sandbox.simulation.content.location import LocationContent
from greenapi_async.sandbox.simulation.content.poll import PollContent, PollUpdateContent
from greenapi_async.sandbox.simulation.content.reaction import ReactionContent
from greenapi_async.sandbox.simulation.content.structured import Structured
from greenapi_async.sandbox.simulation.content.text import TextContent

__all__ = [
    "ContactContent",
    "Content",
    "FileContent",
    "LocationContent",
    "PollContent",
    "PollUpdateContent",
    "ReactionContent",
    "Structured",
    "TextContent",
]
