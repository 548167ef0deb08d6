from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from greenapi_async.sandbox import Instance

Api = Callable[..., Awaitable[httpx.Response]]
ANN = "79001234568@c.us"
MUG = {"name": "Mug", "countryCode": "GB", "price": "8.50", "imageUrl": "https://shop.example/m.jpg", "currency": "EUR"}
pytestmark = pytest.mark.anyio


@pytest.fixture
def call(api: Api) -> Callable[..., Awaitable[Any]]:
    """Call a method and return its answer, or the error message."""

    async def post(method: str, **body: Any) -> Any:
        answer = await api("POST", method, json=body)
        return answer.json() if answer.is_success else answer.json()["message"]

    return post


Post = Callable[..., Awaitable[Any]]


async def test_a_product_is_created_edited_and_deleted(call: Post, instance: Instance) -> None:
    product_id = (await call("createProduct", **MUG, retailerId="M-1"))["id"]
    row = await call("getProduct", chatId=instance.wid, productId=product_id)
    assert row == {
        "id": product_id,
        "name": "Mug",
        "description": "",
        "price": "850",
        "currency": "EUR",
        "retailer_id": "M-1",
        "is_hidden": False,
    }
    assert await call("editProduct", productId=product_id, price="9", description="blue") == {"id": product_id}
    assert await call("getProducts", chatId=instance.wid) == {
        "paging": {"after": ""},
        "products": [{**row, "price": "900", "description": "blue"}],
    }
    assert await call("deleteProduct", productIds=[product_id]) == {"deleted": True, "deletedProductIds": [product_id]}
    assert await call("deleteProduct", productIds=[product_id]) == f"Product {product_id} not found"


@pytest.mark.parametrize(
    ("country", "currency", "price", "stored"),
    [
        ("GB", None, "8.5", ("850", "GBP")),
        ("FR", None, "8", ("800", "EUR")),
        ("GB", "JPY", "850", ("850", "JPY")),
        ("GB", "KWD", "8.5", ("8500", "KWD")),
    ],
)
async def test_prices_are_stored_in_the_smallest_unit(
    call: Post, instance: Instance, country: str, currency: str | None, price: str, stored: tuple[str, str]
) -> None:
    given = {**MUG, "countryCode": country, "price": price, "currency": currency}
    answer = await call("createProduct", **{name: value for name, value in given.items() if value is not None})
    row = await call("getProduct", chatId=instance.wid, productId=answer["id"])
    assert (row["price"], row["currency"]) == stored


async def test_a_change_of_the_country_changes_the_currency_unless_one_is_given(call: Post, instance: Instance) -> None:
    product_id = (await call("createProduct", **MUG))["id"]
    for given, currency in (({"countryCode": "RU"}, "RUB"), ({"countryCode": "US", "currency": "EUR"}, "EUR")):
        await call("editProduct", productId=product_id, **given)
        assert (await call("getProduct", chatId=instance.wid, productId=product_id))["currency"] == currency


async def test_products_and_collections_are_paged(call: Post, instance: Instance) -> None:
    ids = [(await call("createProduct", **{**MUG, "name": f"Mug {number}"}))["id"] for number in range(5)]
    seen: list[str] = []
    after: dict[str, str] = {}
    for size in (2, 2, 1):
        page = await call("getProducts", chatId=instance.wid, productLimit=2, **after)
        assert len(page["products"]) == size
        seen += [product["id"] for product in page["products"]]
        after = {"afterProduct": page["paging"]["after"]}
    assert (seen, after) == (ids, {"afterProduct": ""})
    first = (await call("createCollection", name="All", productIds=ids))["id"]
    second = (await call("createCollection", name="One", productIds=ids[:1]))["id"]
    page = await call("getCollections", chatId=instance.wid, collectionLimit=1)
    [collection] = page["collections"]
    assert (page["paging"]["after"], collection["id"], len(collection["products"])) == (first, first, 3)
    page = await call("getCollections", chatId=instance.wid, collectionLimit=1, afterCollectionId=first)
    assert ([each["id"] for each in page["collections"]], page["paging"]["after"]) == ([second], "")
    rest = await call("getCollection", chatId=instance.wid, collectionId=first, afterProduct=ids[2])
    assert ([product["id"] for product in rest["products"]], rest["paging"]["after"]) == (ids[3:], "")


async def test_hidden_products_are_visible_to_their_seller_only(call: Post, instance: Instance) -> None:
    await call("createProduct", **MUG, isHidden=True)
    assert len((await call("getProducts", chatId=instance.wid))["products"]) == 1
    hidden = instance.shops.of(ANN).add("Vase", "20", is_hidden=True)
    assert (await call("getProducts", chatId=ANN))["products"] == []
    assert await call("getProduct", chatId=ANN, productId=hidden.product_id) == f"Product {hidden.product_id} not found"


async def test_an_edited_collection_has_a_new_id(call: Post, instance: Instance) -> None:
    ids = [(await call("createProduct", **MUG))["id"] for _ in range(3)]
    old = (await call("createCollection", name="Kitchen", productIds=ids[:2]))["id"]
    edit = {"name": "Home", "productIdsToAdd": ids[2:], "productIdsToRemove": ids[:1]}
    new = (await call("editCollection", collectionId=old, **edit))["newCollectionId"]
    assert await call("getCollection", chatId=instance.wid, collectionId=old) == f"Collection {old} not found"
    home = await call("getCollection", chatId=instance.wid, collectionId=new)
    assert (home["name"], [product["id"] for product in home["products"]]) == ("Home", ids[1:])
    assert await call("deleteCollection", collectionId=new) == {"deleted": True, "deletedCollectionId": new}
    assert len((await call("getProducts", chatId=instance.wid))["products"]) == 3


async def test_collections_are_moved(call: Post, instance: Instance) -> None:
    mug = (await call("createProduct", **MUG))["id"]
    ids = [(await call("createCollection", name=name, productIds=[mug]))["id"] for name in "abc"]
    move = {"collectionId": ids[2], "fromIndex": 2, "toIndex": 0}
    assert await call("moveCollections", collections=[move]) == {"moved": True}
    assert [each.name for each in instance.shops.own.collections] == ["c", "a", "b"]
    assert await call("moveCollections", collections=[move]) == f"Collection {ids[2]} is at index 0 of 3"
    twice = [{**move, "fromIndex": 0, "toIndex": 1}, {**move, "fromIndex": 1, "toIndex": 2}]
    assert "'collectionId' must be unique" in await call("moveCollections", collections=twice)


MUTATIONS: list[tuple[str, dict[str, Any]]] = [
    ("createProduct", MUG),
    ("editProduct", {"productId": "1", "name": "Cup"}),
    ("deleteProduct", {"productIds": ["1"]}),
    ("createCollection", {"name": "Kitchen", "productIds": ["1"]}),
    ("editCollection", {"collectionId": "1", "name": "Home"}),
    ("deleteCollection", {"collectionId": "1"}),
    ("moveCollections", {"collections": [{"collectionId": "1", "fromIndex": 0, "toIndex": 1}]}),
]


@pytest.mark.parametrize(("method", "body"), MUTATIONS, ids=[method for method, _ in MUTATIONS])
async def test_only_a_business_account_changes_its_catalogue(
    call: Post, instance: Instance, method: str, body: dict[str, Any]
) -> None:
    instance.shops.own.can_change = False
    assert await call(method, **body) == "Catalog mutations require a WhatsApp Business account"


@pytest.mark.parametrize(
    ("method", "body", "details"),
    [
        ("createProduct", {"name": "Mug"}, "'countryCode' is required"),
        ("createProduct", {**MUG, "price": "9,99"}, "'price' must be a price"),
        ("createProduct", {**MUG, "price": 9}, "'price' must be a string"),
        ("createProduct", {**MUG, "price": "9.999"}, "'price' must be a price in EUR"),
        ("createProduct", {**MUG, "countryCode": "ENG"}, "'countryCode' must be an ISO 3166-1 alpha-2 code"),
        ("editCollection", {"collectionId": "1"}, "'value' must have at least 2 keys"),
        ("deleteProduct", {"productIds": []}, "'productIds' must contain at least 1 items"),
    ],
)
async def test_invalid_parameters_are_reported(call: Post, method: str, body: dict[str, Any], details: str) -> None:
    assert await call(method, **body) == f"Validation failed. Details: {details}"


async def test_reading_needs_an_authorized_instance(call: Post, instance: Instance) -> None:
    instance.set_state("notAuthorized")
    assert await call("getProducts", chatId=ANN) == "instance is starting or not authorized"


async def test_a_contact_orders_and_the_details_need_the_token(call: Post, instance: Instance) -> None:
    instance.settings["catalogWebhook"] = "yes"
    mug = (await call("createProduct", **MUG))["id"]
    plate = (await call("createProduct", **{**MUG, "name": "Plate", "price": "5"}))["id"]
    instance.contact_sends(ANN, {"order": {"productIds": [mug, plate, mug]}})
    [body] = instance.notifications.bodies()
    assert body["typeWebhook"] == "incomingMessageReceived"
    order = body["messageData"]["orderMessage"]
    assert (order["totalPrice"], order["sellerJid"]) == ("2200", instance.wid)
    await call("editProduct", productId=mug, price="100")
    details = await call("getOrderDetails", orderId=order["orderId"], token=order["token"])
    assert [(line["name"], line["price"], line["quantity"]) for line in details["products"]] == [
        ("Mug", "850", 2),
        ("Plate", "500", 1),
    ]
    assert details["price_details"] == {"subtotal": "2200", "total": "2200", "currency": "EUR"}
    missing = f"Order {order['orderId']} not found"
    assert await call("getOrderDetails", orderId=order["orderId"], token="x") == missing
    assert await call("getOrderDetails", orderId=order["orderId"], token=order["token"], sellerJid=ANN) == missing


async def test_the_account_orders_from_a_contact_by_api_and_by_phone(call: Post, instance: Instance) -> None:
    instance.settings |= {"catalogWebhook": "yes", "outgoingAPIMessageWebhook": "yes", "outgoingWebhook": "no"}
    vase = instance.shops.of(ANN).add("Vase", "20", currency="EUR").product_id
    await call("sendOrder", chatId=ANN, productIds=[vase])
    instance.phone_sends(ANN, {"order": {"productIds": [vase]}})
    orders = [body["messageData"]["orderMessage"] for body in instance.notifications.bodies()]
    assert [(order["totalPrice"], order["sellerJid"]) for order in orders] == [("2000", ANN)] * 2
    assert await call("sendOrder", chatId=ANN, productIds=["1"]) == "Product 1 not found"


async def test_products_are_sent_by_both_sides(call: Post, instance: Instance) -> None:
    instance.settings |= {"catalogWebhook": "yes", "outgoingAPIMessageWebhook": "yes", "outgoingWebhook": "no"}
    mug = (await call("createProduct", **MUG))["id"]
    vase = instance.shops.of(ANN).add("Vase", "20", currency="JPY").product_id
    await call("sendProduct", chatId=ANN, productId=mug)
    instance.contact_sends(ANN, {"product": {"productId": mug}})
    instance.contact_sends(ANN, {"product": {"productId": vase}})
    shown = [body["messageData"]["productMessage"] for body in instance.notifications.bodies()]
    assert [(each["title"], each["price"], each["currencyCode"]) for each in shown] == [
        ("Mug", "8.50", "EUR"),
        ("Mug", "8.50", "EUR"),
        ("Vase", "20", "JPY"),
    ]
    assert shown[0]["fileMessageData"]["downloadUrl"] == MUG["imageUrl"]
    with pytest.raises(ValueError, match="'productId' must be the id of a product"):
        instance.contact_sends(ANN, {"product": {"productId": "1"}})


async def test_products_and_orders_are_reported_with_catalog_webhook_only(call: Post, instance: Instance) -> None:
    mug = (await call("createProduct", **MUG))["id"]
    instance.contact_sends(ANN, {"product": {"productId": mug}})
    instance.contact_sends(ANN, {"order": {"productIds": [mug]}})
    assert instance.notifications.bodies() == []
    assert [message.type_message for message in instance.chat(ANN)] == ["productMessage", "orderMessage"]


async def test_an_order_has_one_currency(call: Post, instance: Instance) -> None:
    ids = [(await call("createProduct", **{**MUG, "currency": currency}))["id"] for currency in ("EUR", "USD")]
    with pytest.raises(ValueError, match="the same currency"):
        instance.contact_sends(ANN, {"order": {"productIds": ids}})
