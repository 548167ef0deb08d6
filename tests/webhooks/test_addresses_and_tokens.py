"""Addresses and tokens of callers."""

import pickle
import traceback
from collections.abc import Sequence
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from greenapi_async import Client, InvalidArgumentError, MemoryInbox
from greenapi_async._internal.addresses import parse_address
from greenapi_async.webhooks import UNIX, WEBHOOK_ADDRESSES, WebhookReceiver
from greenapi_async.webhooks.allowed_addresses import NetworkSet, client_address
from greenapi_async.webhooks.tokens import HashedTokens, hash_tokens

TOKEN = "c0ffee00c0ffee00c0ffee00c0ffee00"


def proxies(*networks: str) -> NetworkSet:
    return NetworkSet("trusted_proxies", networks)


def tokens(*given: str) -> HashedTokens:
    found = hash_tokens(given)
    assert isinstance(found, HashedTokens)
    return found


def test_the_default_addresses_are_both_lists_of_the_manual() -> None:
    assert len(set(WEBHOOK_ADDRESSES)) == len(WEBHOOK_ADDRESSES) == 12
    assert {"167.172.162.71", "209.38.202.24", "51.250.84.44"} <= set(WEBHOOK_ADDRESSES)
    assert all(ip_address(each).is_global for each in WEBHOOK_ADDRESSES)


def test_a_network_set_holds_addresses_and_networks_of_both_versions() -> None:
    allowed = NetworkSet(
        "addresses", ["192.0.2.1", "198.51.100.0/24", ip_network("2001:db8::/32"), "::ffff:203.0.113.0/120"]
    )
    inside = ["192.0.2.1", "198.51.100.7", "2001:db8::7", "203.0.113.9", "::ffff:192.0.2.1"]
    outside = ["192.0.2.2", "198.51.101.0", "2001:db9::", "::1", "::192.0.2.1"]
    assert [each for each in inside + outside if parse_address(each) in allowed] == inside
    assert None not in allowed


@pytest.mark.parametrize("wrong", ["nonsense", "192.0.2.1/33", "192.0.2.1/24", "", None, 3.5])
def test_an_invalid_network_is_rejected(wrong: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="addresses must contain"):
        NetworkSet("addresses", ["192.0.2.1", wrong])


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1:80", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("[::ffff:192.0.2.1]:443", "192.0.2.1"),
        ("192.0.2.1:80,192.0.2.2", None),
        ("192.0.2.1:port", None),
        ("[192.0.2.1", None),
        ("192.0.2.01", None),
        ("unknown", None),
        ("_hidden", None),
        ("", None),
    ],
)
def test_addresses_are_parsed_as_proxies_write_them(text: str, address: str | None) -> None:
    assert parse_address(text) == (None if address is None else ip_address(address))


@pytest.mark.parametrize(
    ("peer", "forwarded", "caller"),
    [
        ("192.0.2.1", [], "192.0.2.1"),
        ("192.0.2.1", [b"203.0.113.5"], "192.0.2.1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", [b""], "10.0.0.1"),
        ("10.0.0.1", [b"203.0.113.5"], "203.0.113.5"),
        ("10.0.0.1", [b"198.51.100.1, 203.0.113.5"], "203.0.113.5"),
        ("10.0.0.1", [b"198.51.100.1", b"203.0.113.5,10.0.0.2"], "203.0.113.5"),
        ("10.0.0.1", [b"10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", [b"203.0.113.5, unknown"], None),
        ("10.0.0.1", [b"203.0.113.5,, 10.0.0.2"], None),
        ("::ffff:10.0.0.1", [b"203.0.113.5"], "203.0.113.5"),
        (None, [b"203.0.113.5"], None),
        ("", [b"203.0.113.5"], None),
    ],
)
def test_forwarded_addresses_are_trusted_as_far_as_trusted_proxies_wrote_them(
    peer: str | None, forwarded: Sequence[bytes], caller: str | None
) -> None:
    assert client_address(peer, forwarded, proxies("10.0.0.0/8")) == (None if caller is None else ip_address(caller))


@pytest.mark.parametrize("peer", [None, ""])
def test_a_proxy_on_a_unix_socket_can_be_trusted(peer: str | None) -> None:
    assert client_address(peer, [b"203.0.113.5"], proxies(UNIX)) == ip_address("203.0.113.5")
    assert client_address("10.0.0.1", [b"203.0.113.5"], proxies(UNIX)) == ip_address("10.0.0.1")


@pytest.mark.parametrize(
    ("configured", "accepted"),
    [
        (TOKEN, b"Bearer " + TOKEN.encode()),
        (f"Bearer {TOKEN}", b"Bearer " + TOKEN.encode()),
        (f"Basic {TOKEN}", b"Basic " + TOKEN.encode()),
        ("Basic", b"Bearer Basic"),
        ("Token abc", b"Bearer Token abc"),
        ("~!@#$%^&*()_+-=", b"Bearer ~!@#$%^&*()_+-="),
    ],
)
def test_a_token_is_accepted_with_its_scheme_or_as_bearer(configured: str, accepted: bytes) -> None:
    accepted_tokens = tokens(configured)
    scheme, _, value = accepted.partition(b" ")
    other = b"Basic " if scheme == b"Bearer" else b"Bearer "
    assert accepted_tokens.accept([accepted])
    assert accepted_tokens.accept([scheme.upper() + b" " + value])
    wrong = [other + value, value, accepted + b"x", accepted[:-1], accepted + b" ", scheme, b"", b" " + accepted]
    assert not any(accepted_tokens.accept([each]) for each in wrong)


def test_each_of_several_tokens_is_accepted() -> None:
    accepted_tokens = tokens("first", "Basic second", "third")
    given = (b"Bearer first", b"Basic second", b"Bearer third", b"Bearer second", b"Basic first", b"Bearer ")
    assert [accepted_tokens.accept([each]) for each in given] == [True, True, True, False, False, False]
    assert not accepted_tokens.accept([])
    assert not accepted_tokens.accept([b"Bearer first", b"Bearer first"])
    assert not tokens().accept([b""])


@pytest.mark.parametrize("wrong", ["", "Bearer ", " abcd", "Basic ab ", "токен", "abcd\n", 42, None])
def test_an_invalid_token_is_rejected_without_showing_it(wrong: Any) -> None:
    found = hash_tokens([TOKEN, wrong])
    assert isinstance(found, InvalidArgumentError)
    assert "token 2" in str(found)
    assert not {"ab", "cd", "токен", "abcd"} & set(str(found).split())


@pytest.mark.parametrize("wrong", [TOKEN, TOKEN.encode()])
def test_a_string_instead_of_a_list_of_tokens_is_rejected_without_showing_it(wrong: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="list of tokens") as raised:
        WebhookReceiver(clients=Client(1, "token"), inbox=MemoryInbox(), tokens=wrong)
    assert TOKEN not in str(raised.value)


def test_no_repr_and_no_traceback_shows_a_token() -> None:
    given = ["c0ffee00" * 4, f"Basic {'beef' * 8}"]
    receiver = WebhookReceiver(clients=Client(1, "token"), inbox=MemoryInbox(), tokens=given)
    output = repr(receiver) + repr(vars(receiver)) + repr(tokens(*given))
    with pytest.raises(InvalidArgumentError) as raised:
        WebhookReceiver(clients=Client(1, "token"), inbox=MemoryInbox(), tokens=iter(given), addresses=["nonsense"])
    captured = traceback.TracebackException.from_exception(raised.value, capture_locals=True)
    output += "".join(
        line
        for frame in captured.stack
        if "greenapi_async/webhooks" in frame.filename
        for line in map(str, (frame.locals,))
    )
    assert "c0ffee" not in output
    assert "beefbeef" not in output
    with pytest.raises((TypeError, AttributeError)):
        pickle.dumps(receiver)
