"""Collections of the products of a WhatsApp Business catalogue.

Source: the vendor's documentation, beyond the manual.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from greenapi_async import models, serialization
from greenapi_async.http import validation
from greenapi_async.http.endpoint import Endpoint
from greenapi_async.methods.base import MethodGroup
from greenapi_async.methods.catalog_limits import (
    BUSINESS_ONLY,
    COUNT,
    NOT_FOUND,
    PER_SECOND,
    PRODUCT_IDS,
    text,
)
from greenapi_async.serialization.decoders import object_of
from greenapi_async.serialization.encoding import unstructure

__all__ = [
    "CREATE_COLLECTION",
    "DELETE_COLLECTION",
    "EDIT_COLLECTION",
    "GET_COLLECTION",
    "GET_COLLECTIONS",
    "MOVE_COLLECTIONS",
    "CatalogCollections",
]

_MOVE_FIELDS = ("collectionId", "fromIndex", "toIndex")
_MOVE_LIST = validation.list_of(
    validation.json_object(
        {"collectionId": text, "fromIndex": validation.integer(0), "toIndex": validation.integer(0)},
        required=_MOVE_FIELDS,
    ),
    min_items=1,
)


def _moves(value: Any) -> str | None:
    """Check a list of moves; the server rejects a value that occurs twice in the same field."""
    complaint = _MOVE_LIST(value)
    if complaint:
        return complaint
    for field in _MOVE_FIELDS:
        given = [move[field] for move in cast("Sequence[Mapping[str, Any]]", value)]
        twice = next((each for each in given if given.count(each) > 1), None)
        if twice is not None:
            return f"({validation.argument_name(field)}) has {twice!r} twice; each value may occur once"
    return None


def _collection_page(value: Any) -> "models.catalogs.CollectionPage":
    """Decode a page of collections, or a bare list of them."""
    return serialization.converter.structure(
        models.catalogs.CollectionPage, {"collections": value} if isinstance(value, list) else value
    )


def _moved(value: Any) -> "models.catalogs.MovedCollections":
    """Decode an answer whose only documented part is that it says yes or no."""
    fields = cast("Mapping[str, Any]", value) if isinstance(value, dict) else {"moved": value}
    moved = next((part for part in fields.values() if isinstance(part, bool)), None)
    return models.catalogs.MovedCollections(raw=fields, moved=moved)


_LOOK_FOR_IT = "Look for the collection with get_collections()."

CREATE_COLLECTION = Endpoint(
    "POST",
    "createCollection",
    object_of(lambda: models.catalogs.CreatedCollection),
    idempotent=False,
    per_second=PER_SECOND,
    required=("name", "productIds"),
    limits={"name": text, "productIds": PRODUCT_IDS},
    advice=BUSINESS_ONLY,
    outcome_check=_LOOK_FOR_IT,
)
GET_COLLECTIONS = Endpoint(
    "POST",
    "getCollections",
    _collection_page,
    idempotent=True,
    per_second=PER_SECOND,
    required=("chatId",),
    limits={
        "chatId": validation.person_id,
        "collectionLimit": COUNT,
        "afterCollectionId": text,
        "productLimit": COUNT,
    },
)
GET_COLLECTION = Endpoint(
    "POST",
    "getCollection",
    object_of(lambda: models.catalogs.Collection),
    idempotent=True,
    per_second=PER_SECOND,
    required=("chatId", "collectionId"),
    limits={"chatId": validation.person_id, "collectionId": text, "productLimit": COUNT, "afterProduct": text},
)
EDIT_COLLECTION = Endpoint(
    "POST",
    "editCollection",
    object_of(lambda: models.catalogs.EditedCollection),
    idempotent=False,  # the id changes with every edit, so a repeated request does not find the collection
    per_second=PER_SECOND,
    required=("collectionId",),
    requires_one_of=("name", "productIdsToAdd", "productIdsToRemove"),
    limits={
        "collectionId": text,
        "name": text,
        "productIdsToAdd": PRODUCT_IDS,
        "productIdsToRemove": PRODUCT_IDS,
    },
    advice=BUSINESS_ONLY,
    outcome_check="Look for the collection with get_collections(): if it was edited, it has a new id.",
)
DELETE_COLLECTION = Endpoint(
    "POST",
    "deleteCollection",
    object_of(lambda: models.catalogs.DeletedCollection),
    idempotent=True,
    per_second=PER_SECOND,
    required=("collectionId",),
    limits={"collectionId": text},
    advice=BUSINESS_ONLY,
    already_done=NOT_FOUND,
    already_done_answer={"deleted": True},
)
MOVE_COLLECTIONS = Endpoint(
    "POST",
    "moveCollections",
    _moved,
    idempotent=False,
    per_second=PER_SECOND,
    required=("collections",),
    limits={"collections": _moves},
    advice=BUSINESS_ONLY,
    outcome_check="Look at the order of the collections with get_collections().",
)


class CatalogCollections(MethodGroup):
    """Methods on collections. Changes need a WhatsApp Business account with a catalogue made on the phone."""

    async def create_collection(self, name: str, product_ids: Sequence[str]) -> "models.catalogs.CreatedCollection":
        """Create a collection in the account's catalogue.

        Args:
            name: Name.
            product_ids: One or more products.

        Returns:
            The collection's id, which changes with every edit.

        Raises:
            InvalidArgumentError: An argument is empty.
            BadRequestError: There is no such product, or the account has no WhatsApp Business catalogue.
            DeliveryUnknownError: The connection failed after the request was sent. The collection may or may not have
                been created.

        Source: the vendor's documentation, beyond the manual; 1 request per second, the library's choice.
        """
        return await self._request(CREATE_COLLECTION, {"name": name, "productIds": unstructure(product_ids)})

    async def get_collections(
        self,
        chat_id: str,
        *,
        collection_limit: int | None = None,
        after_collection_id: str | None = None,
        product_limit: int | None = None,
    ) -> "models.catalogs.CollectionPage":
        """Return collections of a seller with their first products, a page at a time.

        Args:
            chat_id: The seller: the account itself (``wid``) or another business.
            collection_limit: Collections per page; None means 10.
            after_collection_id: ``after`` of the previous page; None begins with the first.
            product_limit: Products in each collection; None means 3.

        Raises:
            InvalidArgumentError: ``chat_id`` is not a person's, or a limit is not positive.
            NotAuthorizedError: The instance is not authorized.

        Source: the vendor's documentation, beyond the manual; 1 request per second, the library's choice.
        """
        return await self._request(
            GET_COLLECTIONS,
            {
                "chatId": chat_id,
                "collectionLimit": collection_limit,
                "afterCollectionId": after_collection_id,
                "productLimit": product_limit,
            },
        )

    async def get_collection(
        self, chat_id: str, collection_id: str, *, product_limit: int | None = None, after_product: str | None = None
    ) -> "models.catalogs.Collection":
        """Return a collection of a seller with its products, a page at a time.

        Args:
            chat_id: The seller: the account itself (``wid``) or another business.
            collection_id: The collection.
            product_limit: Products per page; None means 3.
            after_product: ``after`` of the previous page; None begins with the first.

        Raises:
            InvalidArgumentError: ``chat_id`` is not a person's, or ``product_limit`` is not positive.
            NotAuthorizedError: The instance is not authorized.

        Source: the vendor's documentation, beyond the manual; 1 request per second, the library's choice.
        """
        return await self._request(
            GET_COLLECTION,
            {
                "chatId": chat_id,
                "collectionId": collection_id,
                "productLimit": product_limit,
                "afterProduct": after_product,
            },
        )

    async def edit_collection(
        self,
        collection_id: str,
        *,
        name: str | None = None,
        product_ids_to_add: Sequence[str] | None = None,
        product_ids_to_remove: Sequence[str] | None = None,
    ) -> "models.catalogs.EditedCollection":
        """Rename a collection, or add and remove products; at least one of the three.

        Args:
            collection_id: The collection.
            name: New name.
            product_ids_to_add: Products to add.
            product_ids_to_remove: Products to remove; they stay in the catalogue.

        Returns:
            The collection's new id; the previous one is no longer valid.

        Raises:
            InvalidArgumentError: Nothing is to be changed, or an argument is empty.
            BadRequestError: There is no such collection, or the account has no WhatsApp Business catalogue.
            DeliveryUnknownError: The connection failed after the request was sent. The collection may or may not have
                been edited; if it was, it has a new id.

        Source: the vendor's documentation, beyond the manual; 1 request per second, the library's choice.
        """
        return await self._request(
            EDIT_COLLECTION,
            {
                "collectionId": collection_id,
                "name": name,
                "productIdsToAdd": unstructure(product_ids_to_add),
                "productIdsToRemove": unstructure(product_ids_to_remove),
            },
        )

    async def delete_collection(self, collection_id: str) -> "models.catalogs.DeletedCollection":
        """Delete a collection; its products stay in the catalogue. This cannot be undone.

        Args:
            collection_id: The collection.

        Raises:
            InvalidArgumentError: ``collection_id`` is empty.
            BadRequestError: There is no such collection, or the account has no WhatsApp Business catalogue.

        Source: the vendor's documentation, beyond the manual; 1 request per second, the library's choice.
        """
        return await self._request(DELETE_COLLECTION, {"collectionId": collection_id})

    async def move_collections(
        self, collections: "Sequence[models.catalogs.CollectionMove]"
    ) -> "models.catalogs.MovedCollections":
        """Change the order of the account's collections.

        Args:
            collections: One or more moves. No collection, no ``from_index`` and no ``to_index`` may occur twice.

        Raises:
            InvalidArgumentError: There is no move, or a value occurs twice.
            BadRequestError: There is no such collection, or the account has no WhatsApp Business catalogue.
            DeliveryUnknownError: The connection failed after the request was sent. The collections may or may not have
                been moved.

        Example:
            >>> await client.move_collections([CollectionMove(collection_id=last, from_index=4, to_index=0)])

        Source: the vendor's documentation, beyond the manual; 1 request per second, the library's choice.
        """
        return await self._request(MOVE_COLLECTIONS, {"collections": unstructure(collections)})
