import json
from typing import Any

import pytest

from greenapi_async import errors
from greenapi_async.errors.response import Headers, Response
from greenapi_async.http.protocol import InstanceAddress, build_request, check_arguments, decode_response
from greenapi_async.methods.account import GET_SETTINGS, GET_STATE_INSTANCE, SET_SETTINGS
from greenapi_async.methods.queues import SHOW_MESSAGES_QUEUE
from greenapi_async.methods.receiving import DELETE_NOTIFICATION, RECEIVE_NOTIFICATION
from greenapi_async.methods.sending import SEND_MESSAGE

ADDRESS = InstanceAddress(1101000001, "https://api.example", "https://media.example")


def answer(value: Any, status: int = 200, **headers: str) -> Response:
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    return Response(status, Headers({name.replace("_", "-"): text for name, text in headers.items()}), content)


def test_a_post_sends_its_values_as_json_and_omits_none() -> None:
    request = build_request(SEND_MESSAGE, {"chatId": "1@c.us", "message": "привет 😊", "linkPreview": None}, ADDRESS)
    assert (request.verb, request.url) == (
        "POST",
        "https://api.example/waInstance1101000001/sendMessage/apiTokenInstance",
    )
    assert isinstance(request.content, bytes)
    assert json.loads(request.content) == {"chatId": "1@c.us", "message": "привет 😊"}
    assert "привет 😊".encode() in request.content


def test_a_poll_sends_its_timeout_in_the_query_and_extends_the_read_timeout() -> None:
    request = build_request(RECEIVE_NOTIFICATION, {"receiveTimeout": 20}, ADDRESS)
    assert request.url.endswith("/receiveNotification/apiTokenInstance?receiveTimeout=20")
    assert (request.content, request.extra_time) == (None, 20)


def test_the_receipt_id_is_appended_to_the_path() -> None:
    request = build_request(DELETE_NOTIFICATION, {"receiptId": 1234567}, ADDRESS)
    assert (request.verb, request.url) == (
        "DELETE",
        "https://api.example/waInstance1101000001/deleteNotification/apiTokenInstance/1234567",
    )


def test_json_over_100_kb_is_rejected_before_sending() -> None:
    with pytest.raises(errors.InvalidArgumentError, match="102,400 are allowed"):
        build_request(SEND_MESSAGE, {"chatId": "1@c.us", "message": "я" * 60_000}, ADDRESS)
    assert build_request(SEND_MESSAGE, {"chatId": "1@c.us", "message": "я" * 60_000}, ADDRESS, validate=False).content


def test_a_lone_surrogate_is_escaped_in_json() -> None:
    request = build_request(SEND_MESSAGE, {"chatId": "1@c.us", "message": "half \ud83d"}, ADDRESS)
    assert isinstance(request.content, bytes)
    assert json.loads(request.content)["message"] == "half \ud83d"


@pytest.mark.parametrize("value", [float("nan"), object()], ids=["nan", "object"])
def test_a_value_that_json_cannot_hold_is_rejected(value: Any) -> None:
    with pytest.raises(errors.InvalidArgumentError, match="cannot be encoded as JSON"):
        build_request(SEND_MESSAGE, {"message": value}, ADDRESS)


def test_a_missing_required_argument_is_rejected() -> None:
    with pytest.raises(errors.InvalidArgumentError, match="chat_id is missing"):
        check_arguments(SEND_MESSAGE, {"chatId": None, "message": "x"})


def test_settings_need_at_least_one() -> None:
    with pytest.raises(errors.InvalidArgumentError, match="at least one"):
        check_arguments(SET_SETTINGS, {"webhookUrl": None})


BAD_REQUESTS = [
    ("instance in starting process try later", errors.InstanceStartingError),
    ("instance is starting or not authorized", errors.NotAuthorizedError),
    ("Instance account is expired. Renew your instance from personal area", errors.InstanceExpiredError),
    ("Instance is deleted", errors.InstanceDeletedError),
    (
        "Message cannot be received because custom webhook url is set. Go to cabinet, clear webhook url",
        errors.WebhookUrlSetError,
    ),
    ("Validation failed. Details: 'chatId' is required", errors.ValidationFailedError),
    ("Bad Request Validation failed", errors.ValidationFailedError),
    ("bad request data", errors.BadRequestError),
    ("Unexpected token } in JSON at position 10", errors.BadRequestError),
    ("Parameter idInstance not an integer", errors.BadRequestError),
]
STATUSES = [
    (401, "Unauthorized", errors.UnauthorizedError),
    (403, "Forbidden", errors.ForbiddenError),
    (404, "Not Found", errors.NotFoundError),
    (413, "Payload Too Large", errors.PayloadTooLargeError),
    (429, "Too Many Requests", errors.RateLimitedError),
    (466, "correspondentsStatus", errors.QuotaExceededError),
    (408, "Request Timeout", errors.ServerError),
    (499, "Client Closed Request", errors.ServerError),
    (500, "Internal Server Error Parameter receiptId must be a Number!", errors.ServerError),
    (500, "request entity too large", errors.PayloadTooLargeError),
    (500, "File from url exceeded max upload size. Size: 120mb Limit: 100mb Url: x", errors.PayloadTooLargeError),
    (502, "Bad Gateway", errors.ServerError),
    (504, "Gateway Timeout", errors.ServerError),
    (302, "Found", errors.ResponseError),
    (418, "teapot", errors.ResponseError),
    *((400, words, kind) for words, kind in BAD_REQUESTS),
]


@pytest.mark.parametrize(("status", "words", "kind"), STATUSES)
@pytest.mark.parametrize("shape", ["json", "text"])
def test_each_documented_error_has_its_class(
    status: int, words: str, kind: type[errors.ResponseError], shape: str
) -> None:
    body = {"statusCode": status, "path": "/x", "message": words} if shape == "json" else words.encode()
    with pytest.raises(kind) as raised:
        decode_response(GET_SETTINGS, answer(body, status))
    assert type(raised.value) is kind
    assert (raised.value.method, raised.value.status, raised.value.reason) == ("getSettings", status, words)
    assert raised.value.advice in str(raised.value)


def test_html_errors_are_classified_by_status() -> None:
    with pytest.raises(errors.ServerError) as raised:
        decode_response(GET_SETTINGS, answer(b"<html><h1>502</h1></html>", 502))
    assert raised.value.reason == "Bad Gateway"


@pytest.mark.parametrize("content", [b"<html>", b'{"wid": "1', b"\xff\xfe", b"[" * 100_000])
def test_a_200_that_is_not_json_is_a_decode_error(content: bytes) -> None:
    with pytest.raises(errors.DecodeError, match="not JSON"):
        decode_response(GET_SETTINGS, answer(content))


def test_an_invalid_byte_or_an_infinite_number_does_not_affect_other_fields() -> None:
    content = b'{"receiptId": 7, "body": {"a": "\xff", "b": ' + b"1" * 5000 + b"}}"
    received = decode_response(RECEIVE_NOTIFICATION, answer(content))
    assert received is not None
    assert (received.receipt_id, received.body["a"], received.body["b"]) == (7, "\ufffd", "1" * 5000)


def test_a_too_deeply_nested_notification_keeps_its_receipt_id() -> None:
    content = b'{"receiptId": 7, "body": {"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}}"
    received = decode_response(RECEIVE_NOTIFICATION, answer(content))
    assert received is not None
    assert (received.receipt_id, received.body) == (7, content.decode())


def test_an_incomplete_notification_is_a_decode_error() -> None:
    with pytest.raises(errors.DecodeError):
        decode_response(RECEIVE_NOTIFICATION, answer(b'{"receiptId": 7, "body": {"a": "hel'))


@pytest.mark.parametrize("status", [200, 201, 202])
def test_every_2xx_status_is_a_success(status: int) -> None:
    assert decode_response(SEND_MESSAGE, answer({"idMessage": "3EB0C767D097B7C7C030"}, status)).id_message


def test_only_the_account_expires() -> None:
    with pytest.raises(errors.ValidationFailedError):
        decode_response(
            GET_SETTINGS, answer({"message": "Validation failed. Details: 'urlFile' link has expired"}, 400)
        )
    with pytest.raises(errors.BadRequestError) as raised:
        decode_response(GET_SETTINGS, answer({"message": "the link has expired"}, 400))
    assert type(raised.value) is errors.BadRequestError


@pytest.mark.parametrize("value", [[], "text", 1, None])
def test_a_200_of_another_shape_is_a_decode_error(value: Any) -> None:
    with pytest.raises(errors.DecodeError, match="documented shape"):
        decode_response(GET_SETTINGS, answer(value))


@pytest.mark.parametrize(
    ("given", "expected"), [("3", 3), ("0", 0), ("soon", None), ("-1", 0), ("1e999", None), ("nan", None)]
)
def test_retry_after_is_read_as_seconds(given: str, expected: float | None) -> None:
    with pytest.raises(errors.RateLimitedError) as raised:
        decode_response(GET_SETTINGS, answer({}, 429, retry_after=given))
    assert raised.value.retry_after == expected


def test_retry_after_is_read_as_a_date() -> None:
    now, then = "Fri, 20 Nov 2026 11:00:00 GMT", "Fri, 20 Nov 2026 11:00:07 GMT"
    with pytest.raises(errors.RateLimitedError) as raised:
        decode_response(GET_SETTINGS, answer({}, 429, retry_after=then, date=now))
    assert raised.value.retry_after == 7


def test_a_466_has_both_quotas() -> None:
    body = {
        "invokeStatus": {"method": "sendmessage", "used": 67, "total": 0, "status": "QUOTE_ALLOWED"},
        "correspondentsStatus": {
            "method": "correspondents",
            "used": "3",
            "total": "3",
            "status": "CORRESPONDENTS_QUOTE_EXCEEDED",
            "description": "Monthly quota has been exceeded.",
        },
    }
    with pytest.raises(errors.QuotaExceededError) as raised:
        decode_response(SEND_MESSAGE, answer(body, 466))
    assert raised.value.invoke == errors.QuotaStatus(method="sendmessage", used=67, total=0, status="QUOTE_ALLOWED")
    assert raised.value.correspondents is not None
    assert (raised.value.correspondents.used, raised.value.correspondents.total) == (3, 3)
    assert raised.value.reason == "Monthly quota has been exceeded."


@pytest.mark.parametrize(
    ("status", "place"), [("CORRESPONDENTS_QUOTA_EXCEEDED", "correspondents"), ("QUOTE_EXCEEDED", "invoke")]
)
def test_a_466_may_be_the_notification_about_it(status: str, place: str) -> None:
    quota = {"method": "x", "used": "3", "total": 3, "status": status, "description": "Monthly quota."}
    with pytest.raises(errors.QuotaExceededError) as raised:
        decode_response(SEND_MESSAGE, answer({"typeWebhook": "quotaExceeded", "quotaData": quota}, 466))
    found = {"invoke": raised.value.invoke, "correspondents": raised.value.correspondents}
    expected = errors.QuotaStatus(method="x", used=3, total=3, status=status, description="Monthly quota.")
    assert found.pop(place) == expected
    assert [*found.values(), raised.value.reason] == [None, "Monthly quota."]


def test_an_unreadable_466_is_still_a_quota_error() -> None:
    with pytest.raises(errors.QuotaExceededError) as raised:
        decode_response(SEND_MESSAGE, answer({"invokeStatus": {"used": "many", "total": "3"}}, 466))
    assert raised.value.invoke == errors.QuotaStatus(total=3)
    with pytest.raises(errors.QuotaExceededError) as raised:
        decode_response(SEND_MESSAGE, answer({"invokeStatus": "many"}, 466))
    assert raised.value.invoke is None


def test_a_466_to_a_poll_may_carry_a_notification() -> None:
    received = decode_response(
        RECEIVE_NOTIFICATION, answer({"receiptId": 7, "body": {}, "correspondentsStatus": {}}, 466)
    )
    assert received is not None
    assert received.receipt_id == 7
    with pytest.raises(errors.QuotaExceededError):
        decode_response(RECEIVE_NOTIFICATION, answer({"correspondentsStatus": {}}, 466))


def test_null_is_accepted_where_the_manual_allows_it() -> None:
    assert decode_response(RECEIVE_NOTIFICATION, answer(None)) is None
    assert decode_response(GET_STATE_INSTANCE, answer(None)) is None


def test_settings_are_parsed_in_both_spellings() -> None:
    settings = decode_response(
        GET_SETTINGS,
        answer(
            {
                "delaySendMessagesMilliseconds": 5000,
                "markIncomingMessagesRead": "no",
                "markIncomingMessagesReadedOnReply": "yes",
                "outgoingAPIMessageWebhook": "yes",
                "statusInstanceChangedWebhook": "yes",
                "somethingNew": "yes",
            }
        ),
    )
    assert settings.delay_send_messages_milliseconds == 5000
    assert settings.mark_incoming_messages_readed is False
    assert settings.mark_incoming_messages_readed_on_reply is True
    assert settings.outgoing_api_message_webhook is True
    assert settings.status_instance_webhook is True
    assert settings.incoming_webhook is None
    assert settings.raw["somethingNew"] == "yes"


def test_the_queue_is_parsed_in_all_its_spellings() -> None:
    rows = [
        {"messageID": "BAE123456789", "type": "sendMessage", "body": {"chatId": "11001234567@c.us", "message": "x"}},
        {"messagesIds": ["BAE1", "BAE2"], "type": "ForwardMessages", "body": {"chatId": "11001234567@c.us"}},
        {"messagesIDs": ["BAE3"], "type": "ForwardMessages"},
    ]
    queue = decode_response(SHOW_MESSAGES_QUEUE, answer(rows))
    assert [item.message_id for item in queue] == ["BAE123456789", None, None]
    assert [item.messages_ids for item in queue] == [None, ["BAE1", "BAE2"], ["BAE3"]]
    assert [item.chat_id for item in queue] == ["11001234567@c.us", "11001234567@c.us", None]
