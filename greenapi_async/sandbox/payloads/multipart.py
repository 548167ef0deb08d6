"""Read a multipart form (RFC 7578); its files are left where they are, and may be large."""

import re
from collections.abc import Iterator
from itertools import pairwise
from mmap import mmap
from typing import Final
from urllib.parse import unquote

import attrs

from greenapi_async.sandbox.payloads.rejection import Rejected
from greenapi_async.sandbox.payloads.spooled_body import Slice, Spool

NOT_A_FORM: Final = "failed to upload file"
"""What the manual has for a request that is not form-data."""

_PARAMETER = re.compile(r';\s*([\w*]+)=(?:"((?:\\"|[^"])*)"|([^\s;"]+))')


@attrs.frozen
class File:
    """One uploaded file; `content_type` is empty when its part names none."""

    filename: str
    content_type: str
    part: Slice

    @property
    def content(self) -> bytes:
        """The bytes, read into memory."""
        return self.part.read()


@attrs.frozen
class Form:
    """The fields and the files of a form, each under its name; of two with one name the later counts."""

    fields: dict[str, str] = attrs.field(factory=dict[str, str])
    files: dict[str, File] = attrs.field(factory=dict[str, File])


def parse(content_type: str, body: Spool) -> Form:
    """Split a form into its parts, or reject what is not one."""
    boundary = _parameters(content_type).get("boundary", "")
    if not content_type.lower().startswith("multipart/form-data") or not boundary:
        raise Rejected(400, NOT_A_FORM)
    form = Form()
    with body.view() as data:
        edges = list(_edges(data, b"\r\n--" + boundary.encode()))
        if not edges or data[edges[-1][1] : edges[-1][1] + 2] != b"--":
            raise Rejected(400, NOT_A_FORM)
        for (_, start), (end, _) in pairwise(edges):
            blank = data.find(b"\r\n\r\n", start, end)
            if blank < 0:
                raise Rejected(400, NOT_A_FORM)
            _add(form, data[start:blank], Slice(body, blank + 4, end - blank - 4))
    return form


def _edges(data: bytes | mmap, delimiter: bytes) -> Iterator[tuple[int, int]]:
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
        raise Rejected(400, NOT_A_FORM)
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
