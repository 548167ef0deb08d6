from decimal import Decimal
from typing import Any

import pytest

from greenapi_async import Client, InvalidArgumentError, OrderMessage, ProductMessage
from greenapi_async.serialization.notifications import parse_message
from greenapi_async.types import CollectionMove, OrderLine, OrderPrices, Product

from .conftest import ANNA, GROUP, Call, Server

pytestmark = pytest.mark.anyio

IMAGE = "https://shop.example/mug.jpg"


def product(price: Any = "8.50", country: str = "GB", image: str = IMAGE, name: str = "Mug", **options: Any) -> Call:
    return lambda client: client.create_product(name, country, price, image, **options)


def moves(*given: tuple[Any, Any, Any]) -> Call:
    listed = [CollectionMove(collection_id=each, from_index=start, to_index=end) for each, start, end in given]
    return lambda client: client.move_collections(listed)


WHOLE_UNITS = "expected whole units as a Decimal, an int or a str, for example Decimal('99.90')"
INVALID: list[tuple[Call, str]] = [
    (product(9.99), f"price is 9.99; {WHOLE_UNITS}"),
    (product(price=True), f"price is True; {WHOLE_UNITS}"),
    (product("9,99"), f"price is '9,99'; {WHOLE_UNITS}"),
    (product("8.50 EUR"), "price is '8.50 EUR'"),
    (product(-1), "price is '-1'"),
    (product(Decimal("NaN")), "price is 'NaN'"),
    (product(Decimal("1E+999999999")), "price is '1E+999999999'"),
    (product(country="gb"), "country_code is 'gb'; expected two capital letters"),
    (product(country="ENG"), "country_code is 'ENG'"),
    (product(currency="€"), "currency is '€'; expected three capital letters"),
    (product(image="shop.example/mug.jpg"), "image_url is 'shop.example/mug.jpg'; expected an http:// or https://"),
    (product(url="shop.example"), "url is 'shop.example'"),
    (product(name=" "), "name is ' '; expected a text that is not empty"),
    (product(is_hidden="no"), "is_hidden is 'no'; expected True or False"),
    (lambda client: client.edit_product(""), "product_id is ''"),
    (lambda client: client.edit_product("1", price=1.5), "price is 1.5"),  # type: ignore[arg-type]  # wrong on purpose
    (lambda client: client.delete_product([]), "product_ids has 0 items; at least 1 are allowed"),
    (lambda client: client.delete_product("12"), "product_ids is of type str; expected a list"),
    (lambda client: client.get_products(GROUP), "chat_id is '120363043968066561@g.us'; allowed are only persons"),
    (lambda client: client.get_products(ANNA, product_limit=0), "product_limit is 0; 1 or more are allowed"),
    (lambda client: client.get_product("79001234567", "1"), "chat_id is '79001234567'"),
    (lambda client: client.send_product(ANNA, "1", typing_time=50), "typing_time is 50; 1,000 to 20,000 ms"),
    (lambda client: client.send_product(ANNA, "1", quoted_message_id="1"), "at least 16 characters"),
    (lambda client: client.send_order(GROUP, ["1"]), "only persons"),
    (lambda client: client.send_order(ANNA, ["1", ""]), "product_ids (item 2) is ''"),
    (lambda client: client.create_collection("Kitchen", []), "product_ids has 0 items"),
    (lambda client: client.get_collections(ANNA, collection_limit=-1), "collection_limit is -1"),
    (lambda client: client.get_collection(ANNA, ""), "collection_id is ''"),
    (
        lambda client: client.edit_collection("1"),
        "none of name, product_ids_to_add, product_ids_to_remove was given; at least one is required",
    ),
    (lambda client: client.edit_collection("1", product_ids_to_add=[]), "product_ids_to_add has 0 items"),
    (moves(), "collections has 0 items"),
    (moves(("1", 0, -1)), "collections (item 1) (to_index) is -1; 0 or more are allowed"),
    (moves(("1", 0, 1), ("1", 1, 0)), "collections (collection_id) has '1' twice; each value may occur once"),
    (moves(("1", 0, 1), ("2", 0, 0)), "collections (from_index) has 0 twice"),
    (moves(("1", 0, 1), ("2", 1, 1)), "collections (to_index) has 1 twice"),
    (lambda client: client.get_order_details("", "token"), "order_id is ''"),
    (lambda client: client.get_order_details("1", ""), "token is ''"),
]


@pytest.mark.parametrize(("call", "message"), INVALID, ids=[message for _, message in INVALID])
async def test_a_violated_limit_is_reported_before_anything_is_sent(
    client: Client, server: Server, call: Call, message: str
) -> None:
    with pytest.raises(InvalidArgumentError) as raised:
        await call(client)
    assert message in str(raised.value)
    assert server.requests == []


@pytest.mark.parametrize(
    ("price", "sent"),
    [
        (Decimal("99.90"), "99.90"),
        (Decimal("1E+3"), "1000"),
        (Decimal(0), "0"),
        (850, "850"),
        ("99.90", "99.90"),
    ],
)
async def test_prices_are_sent_as_text_in_whole_units(client: Client, server: Server, price: Any, sent: str) -> None:
    server.respond({"productId": "1"})
    assert (await client.create_product("Mug", "GB", price, IMAGE)).id == "1"
    assert (await client.edit_product("1", price=price)).id == "1"
    assert [request.body["price"] for request in server.requests] == [sent, sent]


@pytest.mark.parametrize(
    ("price", "currency", "amount"),
    [
        ("95000", "RUB", "950.00"),
        ("850", "EUR", "8.50"),
        ("5", "EUR", "0.05"),
        ("850", "JPY", "850"),
        ("8500", "KWD", "8.500"),
        ("850.0", "EUR", "8.50"),
        ("250000", None, "2500.00"),
        ("12345678901234567890123456789012345", "EUR", "123456789012345678901234567890123.45"),
        ("8.50", "EUR", None),
        ("", "EUR", None),
        ("free", "EUR", None),
        ("NaN", "EUR", None),
        ("1e999999999", "EUR", None),
        ("9" * 5000, "EUR", None),
        (None, "EUR", None),
    ],
)
def test_amounts_are_exact_and_in_whole_units(price: str | None, currency: str | None, amount: str | None) -> None:
    expected = None if amount is None else Decimal(amount)
    found = [
        OrderLine(price=price, currency=currency).price_amount,
        OrderPrices(subtotal=price, currency=currency).subtotal_amount,
        OrderPrices(total=price, currency=currency).total_amount,
        OrderMessage(total_price=price, currency_code=currency).total_amount,
    ]
    if currency is not None:
        found.append(Product(price=price, currency=currency).price_amount)
    assert [str(each) for each in found] == [str(expected)] * len(found)


def test_a_product_without_currency_has_no_amount() -> None:
    """getContactInfo states neither the currency nor the scale of its prices."""
    assert Product(price="850").price_amount is None


@pytest.mark.parametrize(
    ("price", "amount"), [("8.50", "8.50"), ("2500", "2500"), ("", None), ("inf", None), ("1e999999", None)]
)
def test_a_product_message_has_its_price_as_received(price: str, amount: str | None) -> None:
    message = ProductMessage(price=price, currency_code="EUR")
    assert message.price_amount == (None if amount is None else Decimal(amount))


@pytest.mark.parametrize("number", [250000, "250000", 250000.0])
@pytest.mark.parametrize("name", ["totalCurrencyCode", "currencyCode"])
def test_an_order_is_read_in_every_expected_form(number: Any, name: str) -> None:
    fields = {
        "orderId": "1",
        "token": "secret",
        "totalPrice": number,
        "itemCount": "3",
        name: "RUB",
        "thumbnail": "/9g=",
    }
    message = parse_message({"typeMessage": "orderMessage", "orderMessage": fields})
    assert isinstance(message, OrderMessage)
    assert (message.total_amount, message.currency_code, message.item_count) == (Decimal("2500.00"), "RUB", 3)
    assert message.thumbnail == b"\xff\xd8"
    assert "secret" not in repr(message)


async def test_pages_end_where_the_server_says_so(client: Client, server: Server) -> None:
    for paging, after in (({"after": "QVFI"}, "QVFI"), ({"after": ""}, None), ({}, None), (None, None)):
        server.respond({"paging": paging, "products": [{"id": "1", "retailer_id": "M-1", "is_hidden": True}]})
        page = await client.get_products(ANNA)
        assert page.after == after
        [mug] = page.products or []
        assert (mug.id, mug.retailer_id, mug.is_hidden) == ("1", "M-1", True)


@pytest.mark.parametrize("bare", [False, True])
async def test_collections_are_read_with_and_without_an_object_around_them(
    client: Client, server: Server, bare: bool
) -> None:
    listed = [{"id": "3", "name": "Kitchen", "products": [{"id": "1"}]}]
    server.respond(listed if bare else {"paging": {"after": "3"}, "collections": listed})
    page = await client.get_collections(ANNA)
    assert page.after == (None if bare else "3")
    [kitchen] = page.collections or []
    assert (kitchen.id, kitchen.name, [each.id for each in kitchen.products or []]) == ("3", "Kitchen", ["1"])


@pytest.mark.parametrize(
    ("answer", "moved"), [({"moved": True}, True), ({"x": 1, "success": False}, False), (True, True), ({}, None)]
)
async def test_an_undocumented_answer_of_a_move_is_read(
    client: Client, server: Server, answer: Any, moved: Any
) -> None:
    server.respond(answer)
    result = await client.move_collections([CollectionMove(collection_id="1", from_index=0, to_index=1)])
    assert result.moved is moved
    assert isinstance(answer, bool) or result.raw == answer


async def test_lines_of_an_order_have_the_currency_of_the_order(client: Client, server: Server) -> None:
    lines = [{"id": "1", "price": "500", "quantity": "2"}, {"id": "2", "price": 500, "currency": "EUR", "quantity": 1}]
    server.respond(
        {"creation_time_stamp": 1785400000, "products": lines, "price_details": {"total": 1000, "currency": "JPY"}}
    )
    order = await client.get_order_details("1", "token")
    yen, euro = order.products or []
    assert (yen.price_amount, yen.currency, yen.quantity) == (Decimal(500), "JPY", 2)
    assert (euro.price_amount, euro.currency) == (Decimal("5.00"), "EUR")
    assert order.price_details is not None
    assert order.price_details.total_amount == Decimal(1000)
    assert order.creation_time_stamp is not None
    assert order.creation_time_stamp.timestamp() == 1785400000
    server.respond({})
    assert (await client.get_order_details("1", "token")).products is None
