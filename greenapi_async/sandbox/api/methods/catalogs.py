"""Methods of catalogues. Collections are in `catalog_collections.py`.

Where the vendor's pages do not show an answer or an error, it is the sandbox's own.

Source: the vendor's documentation, beyond the manual.
"""

from collections.abc import Mapping
from typing import Any, Final

from greenapi_async.sandbox.api.methods import sending_fields as fields
from greenapi_async.sandbox.api.methods.definition import Call, method
from greenapi_async.sandbox.payloads.field_types import array, contact_id, matching, url
from greenapi_async.sandbox.payloads.responses import RequestRejected
from greenapi_async.sandbox.payloads.schema import Field, Schema, boolean, number, text
from greenapi_async.sandbox.simulation.shops import Product, Shop, page

__all__ = [
    "PRODUCT_IDS",
    "check_products",
    "create_product",
    "delete_product",
    "edit_product",
    "get_order_details",
    "get_product",
    "get_products",
    "own_shop",
    "product_rows",
    "send_order",
    "send_product",
]

PRODUCT_IDS: Final = array(text(), least=1, required=True)
_OPTIONAL: Final = text(may_be_empty=True)
_PRODUCT: Final[Schema] = {
    "name": text(),
    "countryCode": matching(r"[A-Z]{2}", "must be an ISO 3166-1 alpha-2 code"),
    "price": matching(r"[0-9]{1,12}(\.[0-9]{1,4})?", "must be a price"),
    "imageUrl": url(),
    "description": _OPTIONAL,
    "currency": matching(r"[A-Z]{3}", "must be an ISO 4217 code"),
    "retailerId": _OPTIONAL,
    "url": url(),
    "isHidden": boolean(),
}
_REQUIRED: Final = {
    name: Field(_PRODUCT[name].check, required=True) for name in ("name", "countryCode", "price", "imageUrl")
}
_SEND: Final[Schema] = {**fields.SEND, "archive": boolean()}
_NAMES: Final = {
    "name": "name",
    "price": "price",
    "countryCode": "country",
    "currency": "currency",
    "imageUrl": "image_url",
    "description": "description",
    "retailerId": "retailer_id",
    "url": "url",
    "isHidden": "is_hidden",
}


def own_shop(call: Call) -> Shop:
    """Return the account's shop, to change it.

    Raises:
        RequestRejected: The account has no catalogue.
    """
    shop = call.instance.shops.own
    if not shop.can_change:
        raise RequestRejected(400, "Catalog mutations require a WhatsApp Business account")
    return shop


def check_products(shop: Shop, product_ids: list[str]) -> None:
    """Reject ids of products that the shop does not have.

    Args:
        shop: The shop.
        product_ids: The ids.

    Raises:
        RequestRejected: One of them is unknown.
    """
    for product_id in product_ids:
        if product_id not in shop.products:
            raise RequestRejected(400, f"Product {product_id} not found")


def product_rows(products: Mapping[str, Product], limit: int, after: str | None) -> dict[str, Any]:
    """Return a page of products.

    Args:
        products: All products by id.
        limit: The size of a page.
        after: The `after` of the previous page; None begins with the first.
    """
    chosen, following = page([*products], limit, after)
    rows = [products[product_id].as_row() for product_id in chosen]
    return {"paging": {"after": following}, "products": rows}


@method("POST", "createProduct", body={**_PRODUCT, **_REQUIRED}, only_authorized=True)
def create_product(call: Call) -> dict[str, Any]:
    """Create a product."""
    shop = own_shop(call)
    try:
        return {"id": shop.add(**_arguments(call.body)).product_id}
    except ValueError as error:
        raise RequestRejected(400, f"Validation failed. Details: {error}") from None


@method("POST", "editProduct", body={"productId": text(required=True), **_PRODUCT}, only_authorized=True)
def edit_product(call: Call) -> dict[str, Any]:
    """Change a product."""
    shop, product_id = own_shop(call), call.body["productId"]
    check_products(shop, [product_id])
    try:
        shop.change(shop.products[product_id], **_arguments(call.body))
    except ValueError as error:
        raise RequestRejected(400, f"Validation failed. Details: {error}") from None
    return {"id": product_id}


@method("POST", "deleteProduct", body={"productIds": PRODUCT_IDS}, only_authorized=True)
def delete_product(call: Call) -> dict[str, Any]:
    """Delete products."""
    shop, product_ids = own_shop(call), call.body["productIds"]
    check_products(shop, product_ids)
    shop.remove(product_ids)
    return {"deleted": True, "deletedProductIds": product_ids}


@method(
    "POST",
    "getProducts",
    body={"chatId": contact_id(), "productLimit": number(1), "afterProduct": text()},
    only_authorized=True,
)
def get_products(call: Call) -> dict[str, Any]:
    """Return a page of a seller's products."""
    products = {product.product_id: product for product in call.instance.shops.visible(call.body["chatId"])}
    return product_rows(products, call.body.get("productLimit", 10), call.body.get("afterProduct"))


@method("POST", "getProduct", body={"chatId": contact_id(), "productId": text(required=True)}, only_authorized=True)
def get_product(call: Call) -> dict[str, Any]:
    """Return a product."""
    try:
        return call.instance.shops.product(call.body["chatId"], call.body["productId"]).as_row()
    except ValueError as error:
        raise RequestRejected(400, str(error)) from None


@method("POST", "sendProduct", body={**_SEND, "productId": text(required=True)})
def send_product(call: Call) -> dict[str, Any]:
    """Queue a product of the account."""
    product_id = call.body["productId"]
    check_products(call.instance.shops.own, [product_id])
    return _send(call, "sendProduct", "productId", call.instance.shops.own.products[product_id].as_message())


@method("POST", "sendOrder", body={**_SEND, "productIds": PRODUCT_IDS})
def send_order(call: Call) -> dict[str, Any]:
    """Order products from a shop."""
    try:
        order = call.instance.shops.order(call.body["chatId"], call.body["productIds"])
    except ValueError as error:
        raise RequestRejected(400, str(error)) from None
    return _send(call, "sendOrder", "productIds", order.as_message())


@method(
    "POST",
    "getOrderDetails",
    body={"orderId": text(required=True), "token": text(required=True), "sellerJid": text()},
    only_authorized=True,
)
def get_order_details(call: Call) -> dict[str, Any]:
    """Return an order, if the token and the seller are its own."""
    order = call.instance.shops.orders.get(call.body["orderId"])
    seller = call.body.get("sellerJid", call.instance.wid)
    if order is None or (order.token, order.seller) != (call.body["token"], seller):
        raise RequestRejected(400, f"Order {call.body['orderId']} not found")
    return order.as_details()


def _arguments(body: Mapping[str, Any]) -> dict[str, Any]:
    return {_NAMES[name]: value for name, value in body.items() if name in _NAMES}


def _send(call: Call, method_name: str, parameter: str, content: Any) -> dict[str, Any]:
    shown = {name: call.body[name] for name in ("chatId", parameter, "quotedMessageId") if name in call.body}
    return {"idMessage": call.instance.outbox.send(method_name, shown, content)}
