"""What a message says: the shapes it takes in a notification, in a journal and in a quote.

A new kind of message is a class with the methods of `Content`; those that look the same everywhere are a `Structured`.
"""

from greenapi_async.sandbox.simulation.content.base import Content
from greenapi_async.sandbox.simulation.content.file import FileContent
from greenapi_async.sandbox.simulation.content.location import ContactContent, LocationContent
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
