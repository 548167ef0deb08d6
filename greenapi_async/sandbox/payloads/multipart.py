"""Parsing of multipart forms (RFC 7578) without copying the files, which may be large."""

import re
from collections.abc import Iterator
from itertools import pairwise
from mmap import mmap
from typing import Final
from urllib.parse import unquote

import attrs

from greenapi_async.sandbox.payloads.responses import RequestRejected
from greenapi_async.sandbox.payloads.spooled_body import Slice, SpooledBody

__all__ = ["NOT_A_FORM", "File", "Form", "parse"]

NOT_A_FORM: Final = "failed to upload file"
"""The documented error message of a request that is not form-data."""

_PARAMETER = re.compile(r';\s*([\w*]+)=(?:"((?:\\"|[^"])*)"|([^\s;"]+))')


@attrs.frozen
class File:
    """One uploaded file; `content_type` is empty if its part has none."""

    filename: str
    content_type: str
    part: Slice

    @property
    def content(self) -> bytes:
        """The bytes, read into memory."""
        return self.part.read()


@attrs.frozen
class Form:
    """The fields and files of a form by name; of several with the same name, the last one counts."""

    fields: dict[str, str] = attrs.field(factory=dict[str, str])
    files: dict[str, File] = attrs.field(factory=dict[str, File])


def parse(content_type: str, body: SpooledBody) -> Form:
    """Split a form into its parts.

    Args:
        content_type: The header of the request, which contains the boundary.
        body: The bytes of the request.

    Raises:
        RequestRejected: It is not a form.
    """
    boundary = _parameters(content_type).get("boundary", "")
    if not content_type.lower().startswith("multipart/form-data") or not boundary:
        raise RequestRejected(400, NOT_A_FORM)
    form = Form()
    with body.view() as data:
        boundaries = list(_boundaries(data, b"\r\n--" + boundary.encode()))
        if not boundaries or data[boundaries[-1][1] : boundaries[-1][1] + 2] != b"--":
            raise RequestRejected(400, NOT_A_FORM)
        for (_, start), (end, _) in pairwise(boundaries):
            blank = data.find(b"\r\n\r\n", start, end)
            if blank < 0:
                raise RequestRejected(400, NOT_A_FORM)
            _add(form, data[start:blank], Slice(body, blank + 4, end - blank - 4))
    return form


def _boundaries(data: bytes | mmap, delimiter: bytes) -> Iterator[tuple[int, int]]:
    if data[: len(delimiter) - 2] == delimiter[2:]:
        yield 0, len(delimiter) - 2
    at = data.find(delimiter)
    while at >= 0:
        yield at, at + len(delimiter)
        at = data.find(delimiter, at + len(delimiter))


def _add(form: Form, head: bytes, content: Slice) -> None:
    lines = (line.partition(":") for line in head.decode("utf-8", "replace").splitlines())
    headers = {name.strip().lower(): value.strip() for name, _, value in lines}
    disposition = headers.get("content-disposition", "")
    parameters = _parameters(disposition)
    if not disposition.lower().startswith("form-data") or "name" not in parameters:
        raise RequestRejected(400, NOT_A_FORM)
    if "filename" in parameters:
        form.files[parameters["name"]] = File(parameters["filename"], headers.get("content-type", ""), content)
    else:
        form.fields[parameters["name"]] = content.read().decode("utf-8", "replace")


def _parameters(header: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, quoted, bare in _PARAMETER.findall(header):
        if name.endswith("*"):  # RFC 5987: UTF-8''%D0%9F.jpg
            found[name[:-1].lower()] = unquote(bare.rpartition("'")[2])
        else:
            found.setdefault(name.lower(), bare or quoted.replace('\\"', '"').replace("%22", '"'))
    return found
