"""Requests with their documented status; see ``greenapi_async/webhooks/receiver.py``.

A notification with status 200 is stored. The last part of the table holds unusual notifications that must be stored,
because the server would otherwise send them again for a day.
"""

import gzip
import json
import zlib
from collections.abc import Iterable
from itertools import repeat

import attrs

from .webhook_requests import HEADERS, INSTANCE, SERVER, TOKEN, Pairs, body, notification

JSON = HEADERS[1]
BEARER = HEADERS[0]
LIMIT = 1_000_000
PROXY = "10.0.0.7"
OTHER = b"203.0.113.5"
SENT_BY_SERVER = SERVER.encode()


@attrs.frozen(kw_only=True)
class Row:
    name: str
    status: int
    method: str = "POST"
    headers: Pairs = HEADERS
    content: bytes = body()
    parts: Iterable[bytes] | None = None
    """Chunks sent instead of the content, without a Content-Length."""
    peer: str | None = SERVER

    @property
    def depends_on_connection(self) -> bool:
        """Return whether the response depends on the address, or the HTTP server itself rejects the request."""
        names = [name for name, _ in self.headers]
        own = b"x-forwarded-for" in names or b"content-length" in names or names.count(b"content-type") > 1
        return own or self.peer != SERVER or sum(len(name + value) for name, value in self.headers) > 8000


def from_address(name: str, status: int, peer: str | None, *forwarded: bytes) -> Row:
    headers = (*HEADERS, *((b"x-forwarded-for", value) for value in forwarded))
    return Row(name=f"address: {name}", status=status, peer=peer, headers=headers)


def authorized(name: str, status: int, *values: bytes) -> Row:
    headers = (JSON, *((b"authorization", value) for value in values))
    return Row(name=f"token: {name}", status=status, headers=headers)


def typed(name: str, status: int, *values: bytes) -> Row:
    headers = (BEARER, *((b"content-type", value) for value in values))
    return Row(name=f"type: {name}", status=status, headers=headers)


def with_headers(name: str, status: int, *pairs: tuple[bytes, bytes], content: bytes = body()) -> Row:
    return Row(name=name, status=status, headers=(*HEADERS, *pairs), content=content)


def with_body(name: str, status: int, content: bytes) -> Row:
    return Row(name=f"body: {name}", status=status, content=content)


def nested(levels: int) -> bytes:
    return b'{"a":' * levels + b"1" + b"}" * levels


def holding(value: str) -> bytes:
    """Return a notification that contains this JSON value."""
    return b'{"messageData":%b,%b' % (value.encode(), body()[1:])


def bomb() -> bytes:
    """Return 64 MB of zeros, compressed to 64 KB."""
    packer = zlib.compressobj(1, wbits=31)
    return b"".join([*(packer.compress(bytes(1 << 20)) for _ in range(64)), packer.flush()])


TRUE = TOKEN.encode()

ROWS: list[Row] = [
    # Address.
    from_address("not on the list", 403, "203.0.113.5"),
    from_address("next to one on the list", 403, "46.101.109.140"),
    from_address("unknown", 403, None),
    from_address("not an address", 403, "testclient"),
    from_address("an IPv6 address", 403, "2001:db8::1"),
    from_address("a loopback address", 403, "127.0.0.1"),
    from_address("forged in X-Forwarded-For", 403, "203.0.113.5", SENT_BY_SERVER),
    from_address("forged, twice", 403, "203.0.113.5", SENT_BY_SERVER, SENT_BY_SERVER),
    from_address("forged in front of a proxy", 403, PROXY, SENT_BY_SERVER + b", " + OTHER),
    from_address("forged in a header of its own", 403, PROXY, SENT_BY_SERVER, OTHER),
    from_address("forged behind a proxy's address", 403, PROXY, SENT_BY_SERVER + b", " + OTHER + b", 10.0.0.8"),
    from_address("proxy without X-Forwarded-For", 403, PROXY),
    from_address("proxy with an invalid hop", 403, PROXY, SENT_BY_SERVER + b", unknown"),
    from_address("proxy with an empty hop", 403, PROXY, SENT_BY_SERVER + b","),
    from_address("proxy with non-ASCII digits", 403, PROXY, b"\xd9\xa4\xd9\xa6.101.109.139"),
    from_address("proxies only", 403, PROXY, b"10.0.0.8, 10.0.0.9"),
    from_address("more proxies than are read", 403, PROXY, SENT_BY_SERVER + b", 10.0.0.8" * 40),
    from_address("60,000 hops", 403, PROXY, b"10.0.0.8," * 60_000),
    # Method.
    *(Row(name=f"method: {verb}", status=405, method=verb) for verb in ("GET", "HEAD", "PUT", "DELETE", "OPTIONS")),
    Row(name="method: PATCH, from an unlisted address", status=403, method="PATCH", peer="203.0.113.5"),
    # Token.
    authorized("missing", 401),
    authorized("empty", 401, b""),
    authorized("wrong", 401, b"Bearer " + TRUE[::-1]),
    authorized("shorter", 401, b"Bearer " + TRUE[:-1]),
    authorized("longer", 401, b"Bearer " + TRUE + b"x"),
    authorized("of one character", 401, b"Bearer d"),
    authorized("of 60,000 characters", 401, b"Bearer " + TRUE * 1200),
    authorized("not ASCII", 401, "Bearer токен".encode()),
    authorized("not UTF-8", 401, b"Bearer \xff\xfe\xfd"),
    authorized("in upper case", 401, b"Bearer " + TRUE.upper()),
    authorized("without its scheme", 401, TRUE),
    authorized("with another scheme", 401, b"Basic " + TRUE),
    authorized("with two spaces", 401, b"Bearer  " + TRUE),
    authorized("with its scheme twice", 401, b"Bearer Bearer " + TRUE),
    authorized("given twice", 401, b"Bearer " + TRUE, b"Bearer " + TRUE),
    authorized("given twice, once wrong", 401, b"Bearer " + TRUE, b"Bearer x"),
    authorized("given twice in one header", 401, b"Bearer " + TRUE + b", Bearer " + TRUE),
    Row(name="token: under another name", status=401, headers=(JSON, (b"proxy-authorization", b"Bearer " + TRUE))),
    # Type and encoding of the body.
    typed("missing", 415),
    typed("empty", 415, b""),
    typed("text", 415, b"text/plain"),
    typed("a form", 415, b"application/x-www-form-urlencoded"),
    typed("XML", 415, b"application/xml"),
    typed("another kind of JSON", 415, b"application/json-seq"),
    typed("in UTF-16", 415, b"application/json; charset=utf-16"),
    typed("in Latin-1", 415, b"application/json; charset=iso-8859-1"),
    typed("with two charsets", 415, b"application/json; charset=utf-8; charset=utf-16"),
    typed("given twice", 415, b"application/json", b"text/plain"),
    typed("not ASCII", 415, b"application/json\xff"),
    with_headers("encoding: gzip", 415, (b"content-encoding", b"gzip"), content=gzip.compress(body())),
    with_headers("encoding: a gzip bomb", 415, (b"content-encoding", b"gzip"), content=bomb()),
    with_headers("encoding: deflate", 415, (b"content-encoding", b"deflate"), content=zlib.compress(body())),
    with_headers("encoding: one of two", 415, (b"content-encoding", b"identity"), (b"content-encoding", b"gzip")),
    with_body("an undeclared gzip bomb", 400, bomb()),
    # Size of the body.
    with_headers("length: not a number", 400, (b"content-length", b"many")),
    with_headers("length: negative", 400, (b"content-length", b"-1")),
    with_headers("length: not ASCII", 400, (b"content-length", "٤".encode())),
    with_headers("length: too large", 413, (b"content-length", b"1000001")),
    with_headers("length: too large, with 5,000 digits", 413, (b"content-length", b"9" * 5000)),
    with_headers("length: too large, with a small body", 413, (b"content-length", b"10000000")),
    with_body("too large", 413, b" " * (LIMIT + 1)),
    Row(name="body: too large in chunks", status=413, parts=[b" " * 65536] * 16),
    Row(name="body: endless", status=413, parts=repeat(b" " * 65536)),
    with_headers("body: longer than declared", 413, (b"content-length", b"10"), content=b" " * (LIMIT + 1)),
    Row(name="body: too large in small chunks", status=413, parts=[b" " * 50] * (LIMIT // 50 + 1)),
    # Contents of the body.
    with_body("empty", 400, b""),
    with_body("white space", 400, b" \n\t"),
    with_body("truncated", 400, body()[:-1]),
    with_headers("body: shorter than declared", 400, (b"content-length", b"1000"), content=body()[:-1]),
    with_body("with trailing data", 400, body() + b"x"),
    with_body("two objects", 400, body() * 2),
    with_body("with a trailing comma", 400, b'{"typeWebhook":"x",}'),
    with_body("with a comment", 400, b'{"typeWebhook":"x"} // yes'),
    with_body("in single quotes", 400, b"{'typeWebhook':'x'}"),
    with_body("a form", 400, b"typeWebhook=incomingMessageReceived"),
    with_body("HTML", 400, b"<html></html>"),
    with_body("an array", 400, b"[" + body() + b"]"),
    with_body("a string", 400, b'"typeWebhook"'),
    with_body("a number", 400, b"42"),
    with_body("null", 400, b"null"),
    with_body("a bare NaN", 400, b"NaN"),
    with_body("in UTF-16", 400, json.dumps(notification()).encode("utf-16")),
    with_body("in UTF-16 without a byte order mark", 400, json.dumps(notification()).encode("utf-16-le")),
    with_body("in UTF-32", 400, json.dumps(notification()).encode("utf-32")),
    with_body("in Latin-1", 400, json.dumps(notification("Grüße"), ensure_ascii=False).encode("latin-1")),
    with_body("a surrogate as bytes", 400, body("?").replace(b"?", b"\xed\xa0\xbd")),
    with_body("an overlong slash", 400, body("?").replace(b"?", b"\xc0\xaf")),
    with_body("a control character", 400, body("?").replace(b"?", b"\x01")),
    with_body("with a trailing null byte", 400, body() + b"\0"),
    with_body("brackets only", 400, b"[" * 500_000),
    with_body("1,000 levels of arrays", 400, b"[" * 1000 + b"]" * 1000),
    with_body("1,000 levels, truncated", 400, b'{"a":' * 1000),
    with_body("100,000 levels, and a null byte", 400, b"{" * 100_000 + b"\0}"),
    with_body("500,000 open strings", 400, b'{"' + b'\\"' * 499_000),
    with_body("closing brackets", 400, b'{"a":"' + b"[" * 101 + b'","b":' + b"}" * 990_000),
    with_body("300,000 values, truncated", 400, b'{"a":[' + b"[]," * 300_000),
    # Instance.
    with_body("from another instance", 403, body(instance=INSTANCE + 1)),
    with_body("from another instance, as a string", 403, body(instance=str(INSTANCE + 1))),
    with_body("from an instance with 4,000 digits", 403, body(instance=10**3999)),
    with_body("with two instance ids", 403, b'{"idInstance":1,' + body()[1:]),
    # Unusual notifications that are stored.
    from_address("an IPv4 address in an IPv6 one", 200, f"::ffff:{SERVER}"),
    from_address("through a proxy", 200, PROXY, SENT_BY_SERVER),
    from_address("through two proxies", 200, PROXY, SENT_BY_SERVER + b", 10.0.0.8"),
    from_address("through a proxy, with a port", 200, PROXY, SENT_BY_SERVER + b":4711"),
    from_address("through a proxy, with a forged hop in front", 200, PROXY, OTHER + b", " + SENT_BY_SERVER),
    from_address("through a proxy with an IPv6 address", 200, f"::ffff:{PROXY}", f"::ffff:{SERVER}".encode()),
    from_address("with an untrusted X-Forwarded-For", 200, SERVER, OTHER),
    authorized("second of two", 200, b"Basic dXNlcjpwYXNzd29yZA=="),
    authorized("scheme in lower case", 200, b"bearer " + TRUE),
    typed("without a charset", 200, b"application/json"),
    typed("with another parameter", 200, b"application/json; profile=x ;charset = utf8;"),
    typed("in upper case", 200, b"Application/JSON;Charset=UTF-8"),
    typed("with a quoted charset", 200, b'application/json; charset="utf-8"'),
    with_headers("encoding: identity", 200, (b"content-encoding", b"identity")),
    with_headers("2,000 headers", 200, *((b"x-%d" % number, b"x") for number in range(2000))),
    Row(name="body: in chunks of one byte", status=200, parts=[bytes([each]) for each in body()]),
    with_body("with a byte order mark", 200, b"\xef\xbb\xbf" + body()),
    with_body("with white space around it", 200, b"\n " + body() + b"\r\n"),
    with_body("NaN", 200, holding("NaN")),
    with_body("Infinity", 200, holding("[Infinity, -Infinity, 1e999]")),
    with_body("a duplicate name", 200, b'{"typeWebhook":"x",' + body()[1:]),
    with_body("a duplicate instance", 200, b'{"instanceData":{"idInstance":1},' + body()[1:]),
    with_body("a lone surrogate", 200, holding('"\\ud83d"')),
    with_body("a lone surrogate as a name", 200, holding('{"\\ude00":"\\ud83d"}')),
    with_body("a null character", 200, holding('"\\u0000"')),
    with_body("an empty object", 200, b"{}"),
    with_body("100 levels", 200, nested(100)),
    with_body("1,000 levels", 200, nested(1000)),
    with_body("100,000 levels", 200, nested(100_000)),
    with_body("brackets in a string", 200, body("[{" * 100_000)),
    with_body("300,000 values", 200, b'{"a":[' + b"[]," * 300_000 + b"1]}"),
    with_body("a number of 5,000 digits", 200, holding("9" * 5000)),
    with_body("a number of 900,000 digits", 200, holding("9" * 900_000)),
    with_body("a time out of range", 200, body().replace(b"1588091580", b"1e300")),
    with_body("an unknown type", 200, body().replace(b"incomingMessageReceived", b"somethingNew")),
    with_body("a type that is not a string", 200, body().replace(b'"incomingMessageReceived"', b"{}")),
    with_body("an instance that is a string", 200, body(instance=str(INSTANCE))),
    with_body("an instance that is not a number", 200, body(instance=[INSTANCE])),
    with_body("instanceData that is not an object", 200, b'{"instanceData":[]}'),
    with_body("almost too large", 200, body("a" * (LIMIT - len(body(""))))),
    with_body("almost too large, of emoji", 200, holding('"' + "😀" * (LIMIT // 4 - 200) + '"')),
]
