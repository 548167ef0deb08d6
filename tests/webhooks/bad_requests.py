"""The table of requests, with the status that is documented for each in ``greenapi_async/webhooks/receiver.py``.

What is answered 200 is kept; so the last part of the table is of what is odd and must not come back for ever.
"""

import gzip
import json
import zlib
from collections.abc import Iterable
from itertools import repeat

import attrs

from .pushing import HEADERS, INSTANCE, SERVER, TOKEN, Pairs, body, notification

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
    """In place of the content; the length is not announced."""
    peer: str | None = SERVER

    @property
    def is_of_connection(self) -> bool:
        """Whether over a socket it is another: about addresses, or about what a server of HTTP refuses by itself."""
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


def says(name: str, status: int, content: bytes) -> Row:
    return Row(name=f"body: {name}", status=status, content=content)


def nested(levels: int) -> bytes:
    return b'{"a":' * levels + b"1" + b"}" * levels


def holding(value: str) -> bytes:
    """Give a notification with this JSON in it."""
    return b'{"messageData":%b,%b' % (value.encode(), body()[1:])


def bomb() -> bytes:
    """Give 64 MB as 64 KB."""
    packer = zlib.compressobj(1, wbits=31)
    return b"".join([*(packer.compress(bytes(1 << 20)) for _ in range(64)), packer.flush()])


TRUE = TOKEN.encode()

ROWS: list[Row] = [
    # Who it is.
    from_address("of nobody", 403, "203.0.113.5"),
    from_address("near the list", 403, "46.101.109.140"),
    from_address("not known", 403, None),
    from_address("no address at all", 403, "testclient"),
    from_address("an IPv6 address", 403, "2001:db8::1"),
    from_address("a loopback address", 403, "127.0.0.1"),
    from_address("forged by X-Forwarded-For", 403, "203.0.113.5", SENT_BY_SERVER),
    from_address("forged, twice", 403, "203.0.113.5", SENT_BY_SERVER, SENT_BY_SERVER),
    from_address("forged in front of a proxy", 403, PROXY, SENT_BY_SERVER + b", " + OTHER),
    from_address("forged in a header of its own", 403, PROXY, SENT_BY_SERVER, OTHER),
    from_address("forged behind a proxy's address", 403, PROXY, SENT_BY_SERVER + b", " + OTHER + b", 10.0.0.8"),
    from_address("a proxy that says nothing", 403, PROXY),
    from_address("a proxy that says nonsense", 403, PROXY, SENT_BY_SERVER + b", unknown"),
    from_address("a proxy that says an empty name", 403, PROXY, SENT_BY_SERVER + b","),
    from_address("a proxy that says no ASCII", 403, PROXY, b"\xd9\xa4\xd9\xa6.101.109.139"),
    from_address("only proxies", 403, PROXY, b"10.0.0.8, 10.0.0.9"),
    from_address("more proxies than are believed", 403, PROXY, SENT_BY_SERVER + b", 10.0.0.8" * 40),
    from_address("a list of 60,000", 403, PROXY, b"10.0.0.8," * 60_000),
    # What it wants.
    *(Row(name=f"verb: {verb}", status=405, method=verb) for verb in ("GET", "HEAD", "PUT", "DELETE", "OPTIONS")),
    Row(name="verb: PATCH, of nobody", status=403, method="PATCH", peer="203.0.113.5"),
    # Whether it may.
    authorized("missing", 401),
    authorized("empty", 401, b""),
    authorized("wrong", 401, b"Bearer " + TRUE[::-1]),
    authorized("shorter", 401, b"Bearer " + TRUE[:-1]),
    authorized("longer", 401, b"Bearer " + TRUE + b"x"),
    authorized("of one character", 401, b"Bearer d"),
    authorized("of 60,000 characters", 401, b"Bearer " + TRUE * 1200),
    authorized("not ASCII", 401, "Bearer токен".encode()),
    authorized("no UTF-8", 401, b"Bearer \xff\xfe\xfd"),
    authorized("in other letters", 401, b"Bearer " + TRUE.upper()),
    authorized("without its scheme", 401, TRUE),
    authorized("with another scheme", 401, b"Basic " + TRUE),
    authorized("with two blanks", 401, b"Bearer  " + TRUE),
    authorized("with its scheme twice", 401, b"Bearer Bearer " + TRUE),
    authorized("given twice", 401, b"Bearer " + TRUE, b"Bearer " + TRUE),
    authorized("given twice, one of them wrong", 401, b"Bearer " + TRUE, b"Bearer x"),
    authorized("given twice in one header", 401, b"Bearer " + TRUE + b", Bearer " + TRUE),
    Row(name="token: under another name", status=401, headers=(JSON, (b"proxy-authorization", b"Bearer " + TRUE))),
    # What it brings.
    typed("missing", 415),
    typed("empty", 415, b""),
    typed("text", 415, b"text/plain"),
    typed("a form", 415, b"application/x-www-form-urlencoded"),
    typed("XML", 415, b"application/xml"),
    typed("JSON of another kind", 415, b"application/json-seq"),
    typed("in UTF-16", 415, b"application/json; charset=utf-16"),
    typed("in Latin-1", 415, b"application/json; charset=iso-8859-1"),
    typed("with two charsets", 415, b"application/json; charset=utf-8; charset=utf-16"),
    typed("given twice", 415, b"application/json", b"text/plain"),
    typed("not ASCII", 415, b"application/json\xff"),
    with_headers("encoding: gzip", 415, (b"content-encoding", b"gzip"), content=gzip.compress(body())),
    with_headers("encoding: a gzip bomb", 415, (b"content-encoding", b"gzip"), content=bomb()),
    with_headers("encoding: deflate", 415, (b"content-encoding", b"deflate"), content=zlib.compress(body())),
    with_headers("encoding: one of two", 415, (b"content-encoding", b"identity"), (b"content-encoding", b"gzip")),
    says("a gzip bomb that does not say so", 400, bomb()),
    # How much it brings.
    with_headers("length: no number", 400, (b"content-length", b"many")),
    with_headers("length: negative", 400, (b"content-length", b"-1")),
    with_headers("length: not ASCII", 400, (b"content-length", "٤".encode())),
    with_headers("length: too large", 413, (b"content-length", b"1000001")),
    with_headers("length: too large, with 5,000 digits", 413, (b"content-length", b"9" * 5000)),
    with_headers("length: too large, and the body is small", 413, (b"content-length", b"10000000")),
    says("too large", 413, b" " * (LIMIT + 1)),
    Row(name="body: too large in pieces", status=413, parts=[b" " * 65536] * 16),
    Row(name="body: without an end", status=413, parts=repeat(b" " * 65536)),
    with_headers("body: larger than it says", 413, (b"content-length", b"10"), content=b" " * (LIMIT + 1)),
    Row(name="body: in small pieces, too large", status=413, parts=[b" " * 50] * (LIMIT // 50 + 1)),
    # What it says.
    says("empty", 400, b""),
    says("white space", 400, b" \n\t"),
    says("cut short", 400, body()[:-1]),
    with_headers("body: shorter than it says", 400, (b"content-length", b"1000"), content=body()[:-1]),
    says("with more behind it", 400, body() + b"x"),
    says("two of them", 400, body() * 2),
    says("with a comma too many", 400, b'{"typeWebhook":"x",}'),
    says("with a comment", 400, b'{"typeWebhook":"x"} // yes'),
    says("in single quotes", 400, b"{'typeWebhook':'x'}"),
    says("a form", 400, b"typeWebhook=incomingMessageReceived"),
    says("HTML", 400, b"<html></html>"),
    says("an array", 400, b"[" + body() + b"]"),
    says("a string", 400, b'"typeWebhook"'),
    says("a number", 400, b"42"),
    says("null", 400, b"null"),
    says("a bare NaN", 400, b"NaN"),
    says("in UTF-16", 400, json.dumps(notification()).encode("utf-16")),
    says("in UTF-16 without a mark", 400, json.dumps(notification()).encode("utf-16-le")),
    says("in UTF-32", 400, json.dumps(notification()).encode("utf-32")),
    says("in Latin-1", 400, json.dumps(notification("Grüße"), ensure_ascii=False).encode("latin-1")),
    says("a surrogate as bytes", 400, body("?").replace(b"?", b"\xed\xa0\xbd")),
    says("an overlong slash", 400, body("?").replace(b"?", b"\xc0\xaf")),
    says("a control character", 400, body("?").replace(b"?", b"\x01")),
    says("a null byte behind it", 400, body() + b"\0"),
    says("brackets and nothing else", 400, b"[" * 500_000),
    says("1,000 levels of arrays", 400, b"[" * 1000 + b"]" * 1000),
    says("1,000 levels, cut short", 400, b'{"a":' * 1000),
    says("100,000 levels, and a null byte", 400, b"{" * 100_000 + b"\0}"),
    says("500,000 open strings", 400, b'{"' + b'\\"' * 499_000),
    says("300,000 values, cut short", 400, b'{"a":[' + b"[]," * 300_000),
    # Whose it is.
    says("of another instance", 403, body(instance=INSTANCE + 1)),
    says("of another instance, as a string", 403, body(instance=str(INSTANCE + 1))),
    says("of an instance of 4,000 digits", 403, body(instance=10**3999)),
    says("of two instances", 403, b'{"idInstance":1,' + body()[1:]),
    # What is odd and kept.
    from_address("an IPv4 address in an IPv6 one", 200, f"::ffff:{SERVER}"),
    from_address("through a proxy", 200, PROXY, SENT_BY_SERVER),
    from_address("through two proxies", 200, PROXY, SENT_BY_SERVER + b", 10.0.0.8"),
    from_address("through a proxy, with a port", 200, PROXY, SENT_BY_SERVER + b":4711"),
    from_address("through a proxy, with a forged one in front", 200, PROXY, OTHER + b", " + SENT_BY_SERVER),
    from_address("through a proxy with an IPv6 address", 200, f"::ffff:{PROXY}", f"::ffff:{SERVER}".encode()),
    from_address("which says that it is another", 200, SERVER, OTHER),
    authorized("the older of two", 200, b"Basic dXNlcjpwYXNzd29yZA=="),
    authorized("its scheme in small letters", 200, b"bearer " + TRUE),
    typed("without a charset", 200, b"application/json"),
    typed("with another parameter", 200, b"application/json; profile=x ;charset = utf8;"),
    typed("in capitals", 200, b"Application/JSON;Charset=UTF-8"),
    typed("with a charset in quotes", 200, b'application/json; charset="utf-8"'),
    with_headers("encoding: identity", 200, (b"content-encoding", b"identity")),
    with_headers("2,000 headers", 200, *((b"x-%d" % number, b"x") for number in range(2000))),
    Row(name="body: in pieces of one byte", status=200, parts=[bytes([each]) for each in body()]),
    says("with a byte order mark", 200, b"\xef\xbb\xbf" + body()),
    says("with white space around it", 200, b"\n " + body() + b"\r\n"),
    says("NaN", 200, holding("NaN")),
    says("Infinity", 200, holding("[Infinity, -Infinity, 1e999]")),
    says("a name given twice", 200, b'{"typeWebhook":"x",' + body()[1:]),
    says("the instance given twice", 200, b'{"instanceData":{"idInstance":1},' + body()[1:]),
    says("half a surrogate pair", 200, holding('"\\ud83d"')),
    says("half a surrogate pair as a name", 200, holding('{"\\ude00":"\\ud83d"}')),
    says("a null character", 200, holding('"\\u0000"')),
    says("an empty object", 200, b"{}"),
    says("100 levels", 200, nested(100)),
    says("1,000 levels", 200, nested(1000)),
    says("100,000 levels", 200, nested(100_000)),
    says("brackets in a string", 200, body("[{" * 100_000)),
    says("300,000 values", 200, b'{"a":[' + b"[]," * 300_000 + b"1]}"),
    says("a number of 5,000 digits", 200, holding("9" * 5000)),
    says("a number of 900,000 digits", 200, holding("9" * 900_000)),
    says("a time out of range", 200, body().replace(b"1588091580", b"1e300")),
    says("a type that is not known", 200, body().replace(b"incomingMessageReceived", b"somethingNew")),
    says("a type that is no string", 200, body().replace(b'"incomingMessageReceived"', b"{}")),
    says("an instance that is a string", 200, body(instance=str(INSTANCE))),
    says("an instance that is no number", 200, body(instance=[INSTANCE])),
    says("instanceData that is no object", 200, b'{"instanceData":[]}'),
    says("almost too large", 200, body("a" * (LIMIT - len(body(""))))),
    says("almost too large, of emoji", 200, holding('"' + "😀" * (LIMIT // 4 - 200) + '"')),
]
