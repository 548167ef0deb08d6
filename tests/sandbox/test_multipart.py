import httpx
import pytest

from greenapi_async.sandbox.payloads.multipart import parse
from greenapi_async.sandbox.payloads.responses import RequestRejected
from greenapi_async.sandbox.payloads.spooled_body import SpooledBody

TYPE = 'multipart/form-data; boundary="x"'


def part(disposition: str, content: str) -> bytes:
    return f"--x\r\nContent-Disposition: {disposition}\r\n\r\n{content}\r\n--x--\r\n".encode()


def test_a_form_of_httpx_is_parsed() -> None:
    content = b"\x00\r\n--x\r\n--"
    request = httpx.Request(
        "POST",
        "https://a.b",
        data={"groupId": "1@g.us", "caption": "Привет\r\n\r\n", "empty": ""},
        files={"file": ('Пёс "1".jpg', content, "image/jpeg")},
    )
    form = parse(request.headers["content-type"], SpooledBody(request.read()))
    assert form.fields == {"groupId": "1@g.us", "caption": "Привет\r\n\r\n", "empty": ""}
    file = form.files["file"]
    assert (file.filename, file.content_type, file.content) == ('Пёс "1".jpg', "image/jpeg", content)


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('form-data; name="file"; filename="a \\"b\\".jpg"', 'a "b".jpg'),
        ("form-data; name=file; filename=a.jpg", "a.jpg"),
        ('form-data; name="file"; filename="x"; filename*=UTF-8\'\'%D0%9F.jpg', "П.jpg"),
        ('FORM-DATA; NAME="file"; FILENAME=""', ""),
    ],
)
def test_every_spelling_of_a_file_name_is_parsed(disposition: str, name: str) -> None:
    file = parse(TYPE, SpooledBody(part(disposition, "abc"))).files["file"]
    assert (file.filename, file.content_type, file.content) == (name, "", b"abc")


def test_the_last_field_of_a_name_counts() -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' + part('form-data; name="a"', "2")
    assert parse(TYPE, SpooledBody(body)).fields == {"a": "2"}


def test_a_form_may_be_empty() -> None:
    assert parse(TYPE, SpooledBody(b"--x--")).fields == {}


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("", b""),
        ("application/json", b"{}"),
        ("multipart/form-data", b"--x--"),
        (TYPE, b""),
        (TYPE, b"--x\r\nabc"),
        (TYPE, b"--x\r\nabc\r\n--x--"),
        (TYPE, part("form-data", "abc")),
        (TYPE, part('attachment; name="a"', "abc")),
    ],
)
def test_an_invalid_form_is_rejected(content_type: str, body: bytes) -> None:
    with pytest.raises(RequestRejected, match="failed to upload file"):
        parse(content_type, SpooledBody(body))
