"""Errors: texts, pickling and the missing-extra error."""

import copy
import pickle
from collections.abc import Callable

import pytest

from greenapi_async import (
    ForbiddenError,
    GreenAPIError,
    InvalidArgumentError,
    MissingExtraError,
    QuotaExceededError,
    RateLimitedError,
)
from greenapi_async.types import QuotaStatus


def test_the_text_has_method_status_reason_and_advice() -> None:
    error = RateLimitedError("Too many requests", method="sendMessage", status=429)
    assert str(error) == f"sendMessage 429: Too many requests. {error.advice}"
    assert str(InvalidArgumentError("message is empty!")) == "message is empty!"


def pickled(error: GreenAPIError) -> GreenAPIError:
    found: GreenAPIError = pickle.loads(pickle.dumps(error))
    return found


def advised() -> GreenAPIError:
    error = ForbiddenError("Forbidden", method="sendTextStatus", status=403)
    error.advice = "Ask for the beta version."
    return error


@pytest.mark.parametrize("clone", [copy.copy, pickled], ids=["copy", "pickle"])
@pytest.mark.parametrize(
    "error",
    [
        GreenAPIError("reason", method="reboot", status=400),
        RateLimitedError("reason", method="reboot", status=429, retry_after=1.5),
        advised(),
        QuotaExceededError("reason", method="reboot", invoke=QuotaStatus(used=3, total=3)),
        MissingExtraError("vcard", "vobject"),
        MissingExtraError("otel", "opentelemetry-api", "opentelemetry-sdk"),
    ],
    ids=str,
)
def test_copies_and_pickles_are_equal(error: GreenAPIError, clone: Callable[[GreenAPIError], GreenAPIError]) -> None:
    cloned = clone(error)
    assert type(cloned) is type(error)
    assert str(cloned) == str(error)
    assert vars(cloned) == vars(error)


def test_a_missing_extra_says_what_to_install_and_is_an_import_error() -> None:
    error = MissingExtraError("vcard", "vobject")
    assert isinstance(error, GreenAPIError)
    assert isinstance(error, ImportError)
    assert (error.extra, error.packages) == ("vcard", ("vobject",))
    assert str(error) == "vobject is not installed; run: pip install 'greenapi-async[vcard]'"
    several = MissingExtraError("cli", "rich", "typer")
    assert str(several) == "rich, typer are not installed; run: pip install 'greenapi-async[cli]'"
