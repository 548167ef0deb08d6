"""Methods of the collections of catalogues.

Source: the vendor's documentation, beyond the manual.
"""

from typing import Any, Final

from greenapi_async.sandbox.api.methods.catalogs import PRODUCT_IDS, check_products, own_shop, product_rows
from greenapi_async.sandbox.api.methods.definition import Call, method
from greenapi_async.sandbox.payloads.field_types import array, contact_id
from greenapi_async.sandbox.payloads.responses import RequestRejected
from greenapi_async.sandbox.payloads.schema import nested, number, text
from greenapi_async.sandbox.simulation.shops import Collection, Shop, page

__all__ = [
    "create_collection",
    "delete_collection",
    "edit_collection",
    "get_collection",
    "get_collections",
    "move_collections",
]

_ID: Final = text(required=True)
_MOVE: Final = nested({"collectionId": _ID, "fromIndex": number(0, required=True), "toIndex": number(0, required=True)})


@method("POST", "createCollection", body={"name": text(required=True), "productIds": PRODUCT_IDS}, only_authorized=True)
def create_collection(call: Call) -> dict[str, Any]:
    """Create a collection."""
    shop = own_shop(call)
    check_products(shop, call.body["productIds"])
    return {"id": shop.add_collection(call.body["name"], call.body["productIds"]).collection_id}


@method(
    "POST",
    "getCollections",
    body={
        "chatId": contact_id(),
        "collectionLimit": number(1),
        "afterCollectionId": text(),
        "productLimit": number(1),
    },
    only_authorized=True,
)
def get_collections(call: Call) -> dict[str, Any]:
    """Return a page of a seller's collections with their first products."""
    by_id = {each.collection_id: each for each in call.instance.shops.of(call.body["chatId"]).collections}
    limit, after = call.body.get("collectionLimit", 10), call.body.get("afterCollectionId")
    chosen, following = page([*by_id], limit, after)
    rows = [_row(call, by_id[collection_id]) for collection_id in chosen]
    return {"paging": {"after": following}, "collections": rows}


@method(
    "POST",
    "getCollection",
    body={"chatId": contact_id(), "collectionId": _ID, "productLimit": number(1), "afterProduct": text()},
    only_authorized=True,
)
def get_collection(call: Call) -> dict[str, Any]:
    """Return a collection with a page of its products."""
    return _row(call, _found(call.instance.shops.of(call.body["chatId"]), call.body["collectionId"]))


@method(
    "POST",
    "editCollection",
    body={
        "collectionId": _ID,
        "name": text(),
        "productIdsToAdd": array(text()),
        "productIdsToRemove": array(text()),
    },
    at_least=2,
    only_authorized=True,
)
def edit_collection(call: Call) -> dict[str, Any]:
    """Change a collection, which gets a new id."""
    shop = own_shop(call)
    collection = _found(shop, call.body["collectionId"])
    added = call.body.get("productIdsToAdd", [])
    check_products(shop, added)
    removed = call.body.get("productIdsToRemove", [])
    return {
        "newCollectionId": shop.change_collection(collection, name=call.body.get("name"), add=added, remove=removed)
    }


@method("POST", "deleteCollection", body={"collectionId": _ID}, only_authorized=True)
def delete_collection(call: Call) -> dict[str, Any]:
    """Delete a collection; its products stay."""
    shop = own_shop(call)
    collection = _found(shop, call.body["collectionId"])
    shop.collections.remove(collection)
    return {"deleted": True, "deletedCollectionId": collection.collection_id}


@method("POST", "moveCollections", body={"collections": array(_MOVE, least=1, required=True)}, only_authorized=True)
def move_collections(call: Call) -> dict[str, Any]:
    """Change the order of the collections."""
    shop, moves = own_shop(call), call.body["collections"]
    for name in ("collectionId", "fromIndex", "toIndex"):
        if len({move[name] for move in moves}) < len(moves):
            raise RequestRejected(400, f"Validation failed. Details: '{name}' must be unique in 'collections'")
    for move in moves:
        index, size = shop.collections.index(_found(shop, move["collectionId"])), len(shop.collections)
        if index != move["fromIndex"] or move["toIndex"] >= size:
            raise RequestRejected(400, f"Collection {move['collectionId']} is at index {index} of {size}")
    shop.move({move["toIndex"]: _found(shop, move["collectionId"]) for move in moves})
    return {"moved": True}


def _row(call: Call, collection: Collection) -> dict[str, Any]:
    visible = {product.product_id: product for product in call.instance.shops.visible(call.body["chatId"])}
    products = {each: visible[each] for each in collection.product_ids if each in visible}
    rows = product_rows(products, call.body.get("productLimit", 3), call.body.get("afterProduct"))
    return {"id": collection.collection_id, "name": collection.name, **rows}


def _found(shop: Shop, collection_id: str) -> Collection:
    collection = shop.collection(collection_id)
    if collection is None:
        raise RequestRejected(400, f"Collection {collection_id} not found")
    return collection
