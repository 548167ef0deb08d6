"""Products, collections and orders of WhatsApp Business catalogues.

Source: the vendor's documentation, beyond the manual.
"""

from datetime import datetime
from decimal import Decimal

import attrs

from greenapi_async.models.base import Model, json_names
from greenapi_async.models.prices import minor_amount

__all__ = [
    "Collection",
    "CollectionMove",
    "CollectionPage",
    "CreatedCollection",
    "DeletedCollection",
    "DeletedProducts",
    "EditedCollection",
    "MovedCollections",
    "OrderDetails",
    "OrderLine",
    "OrderPrices",
    "Paging",
    "Product",
    "ProductImages",
    "ProductPage",
    "ProductReview",
    "SavedProduct",
]


@attrs.frozen(kw_only=True)
class ProductImages(Model):
    """URLs of a product's image."""

    requested: str | None = None
    original: str | None = None


@attrs.frozen(kw_only=True)
class ProductReview(Model):
    """Result of WhatsApp's review of a product.

    Attributes:
        whatsapp: For example ``APPROVED``.
    """

    whatsapp: str | None = None


@attrs.frozen(kw_only=True)
class Product(Model):
    """A product in a business's catalogue.

    Attributes:
        image_urls: Only in the answer of getContactInfo, like ``review_status`` and ``availability``.
        availability: For example ``in stock``.
        price: The price as received, in the smallest unit of the currency; see ``price_amount``.
        currency: ISO 4217 code; missing in the answer of getContactInfo.
        retailer_id: The seller's own article number.
        is_hidden: Whether customers do not see it.
    """

    id: str | None = None
    image_urls: ProductImages | None = None
    review_status: ProductReview | None = None
    availability: str | None = None
    name: str | None = None
    description: str | None = None
    price: str | None = None
    currency: str | None = None
    retailer_id: str | None = attrs.field(default=None, metadata=json_names("retailer_id", "retailerId"))
    is_hidden: bool | None = attrs.field(default=None, metadata=json_names("isHidden", "is_hidden"))

    @property
    def price_amount(self) -> Decimal | None:
        """The price in whole units of ``currency``; None without a price or a currency."""
        return minor_amount(self.price, self.currency) if self.currency else None


@attrs.frozen(kw_only=True)
class Paging(Model):
    """Position in a list that is received in pages.

    Attributes:
        after: Where the next page begins; None or empty for the last page.
    """

    after: str | None = None


@attrs.frozen(kw_only=True)
class _Page(Model):
    paging: Paging | None = None

    @property
    def after(self) -> str | None:
        """Where the next page begins, for the next request; None if this is the last page."""
        return (self.paging.after if self.paging else None) or None


@attrs.frozen(kw_only=True)
class ProductPage(_Page):
    """A page of products, the answer of getProducts."""

    products: list[Product] | None = None


@attrs.frozen(kw_only=True)
class Collection(_Page):
    """A named collection of products, the answer of getCollection.

    Attributes:
        id: Changes with every edit.
        products: The first products of it; ``after`` is where the others begin.
    """

    id: str | None = attrs.field(default=None, metadata=json_names("id", "collectionId"))
    name: str | None = None
    products: list[Product] | None = None


@attrs.frozen(kw_only=True)
class CollectionPage(_Page):
    """A page of collections, the answer of getCollections."""

    collections: list[Collection] | None = None


@attrs.frozen(kw_only=True)
class SavedProduct(Model):
    """Answer of createProduct and editProduct."""

    id: str | None = attrs.field(default=None, metadata=json_names("id", "productId"))


@attrs.frozen(kw_only=True)
class DeletedProducts(Model):
    """Answer of deleteProduct.

    Attributes:
        deleted_product_ids: None if a repeated request found nothing left to delete.
    """

    deleted: bool | None = None
    deleted_product_ids: list[str] | None = None


@attrs.frozen(kw_only=True)
class CreatedCollection(Model):
    """Answer of createCollection."""

    id: str | None = None


@attrs.frozen(kw_only=True)
class EditedCollection(Model):
    """Answer of editCollection.

    Attributes:
        new_collection_id: The collection's id from now on; the previous one is no longer valid.
    """

    new_collection_id: str | None = None


@attrs.frozen(kw_only=True)
class DeletedCollection(Model):
    """Answer of deleteCollection.

    Attributes:
        deleted_collection_id: None if a repeated request found nothing left to delete.
    """

    deleted: bool | None = None
    deleted_collection_id: str | None = None


@attrs.frozen(kw_only=True)
class CollectionMove:
    """A collection's new place in the catalogue.

    Attributes:
        collection_id: The collection.
        from_index: Its present position, from 0.
        to_index: Its new position, from 0.
    """

    collection_id: str
    from_index: int
    to_index: int


@attrs.frozen(kw_only=True)
class MovedCollections(Model):
    """Answer of moveCollections.

    Attributes:
        moved: Whether the collections were moved; None if the server does not say so.
    """

    moved: bool | None = None


@attrs.frozen(kw_only=True)
class OrderLine(Model):
    """A product of an order.

    Attributes:
        id: The product's id.
        price: Price of one piece as received, taken to be in the smallest unit of the currency; see ``price_amount``.
        currency: ISO 4217 code; that of the whole order if the server does not state it for the line.
    """

    id: str | None = attrs.field(default=None, metadata=json_names("id", "product_id", "productId"))
    name: str | None = None
    price: str | None = None
    currency: str | None = None
    quantity: int | None = None

    @property
    def price_amount(self) -> Decimal | None:
        """The price of one piece in whole units; None without a price."""
        return minor_amount(self.price, self.currency)


@attrs.frozen(kw_only=True)
class OrderPrices(Model):
    """Totals of an order.

    Attributes:
        subtotal: As received, taken to be in the smallest unit of the currency, like ``total``.
        currency: ISO 4217 code.
    """

    subtotal: str | None = None
    total: str | None = None
    currency: str | None = None

    @property
    def subtotal_amount(self) -> Decimal | None:
        """The subtotal in whole units; None if there is none."""
        return minor_amount(self.subtotal, self.currency)

    @property
    def total_amount(self) -> Decimal | None:
        """The total in whole units; None if there is none."""
        return minor_amount(self.total, self.currency)


@attrs.frozen(kw_only=True)
class OrderDetails(Model):
    """An order, the answer of getOrderDetails.

    Attributes:
        creation_time_stamp: When it was placed, in UTC.
        products: Its lines.
        price_details: Its totals.
    """

    creation_time_stamp: datetime | None = attrs.field(
        default=None, metadata=json_names("creation_time_stamp", "creationTimeStamp")
    )
    products: list[OrderLine] | None = None
    price_details: OrderPrices | None = attrs.field(default=None, metadata=json_names("price_details", "priceDetails"))
