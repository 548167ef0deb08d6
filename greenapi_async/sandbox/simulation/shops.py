"""Shops: the catalogues of WhatsApp Business accounts, and the orders placed in them.

Source: the vendor's documentation of catalogues, beyond the manual.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from random import Random
from typing import Any, Final

import attrs

from greenapi_async.sandbox.simulation.account import Account
from greenapi_async.sandbox.simulation.content import Structured
from greenapi_async.sandbox.simulation.media_types import mime_type
from greenapi_async.sandbox.simulation.timeline import Timeline

__all__ = ["Collection", "Order", "Product", "Shop", "Shops", "page", "smallest_units"]

_WHOLE: Final = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF")
)
"""The currencies without decimal digits."""
_THOUSANDTHS: Final = frozenset(("BHD", "IQD", "JOD", "KWD", "LYD", "OMN", "TND"))
"""The currencies with three decimal digits; the others have two."""
_CURRENCIES: Final = {"GB": "GBP", "RU": "RUB", "US": "USD", "KZ": "KZT", "IL": "ILS", "IN": "INR", "BR": "BRL"}
_OTHER_CURRENCY: Final = "EUR"
"""The currency of a country that is not listed."""


def _digits(currency: str) -> int:
    return 0 if currency in _WHOLE else 3 if currency in _THOUSANDTHS else 2


def smallest_units(price: str, currency: str) -> int:
    """Convert a price in whole units to the smallest unit of its currency.

    Args:
        price: The price, such as "8.50".
        currency: The currency.

    Raises:
        ValueError: It is not a price in this currency.
    """
    try:
        units = Decimal(price).scaleb(_digits(currency))
    except InvalidOperation:
        units = Decimal("NaN")
    if not units.is_finite() or units < 0 or units != units.to_integral_value():
        raise ValueError(f"'price' must be a price in {currency}")
    return int(units)


@attrs.define(kw_only=True)
class Product:
    """A product.

    Attributes:
        product_id: Its id.
        name: Its name.
        price: Its price in the smallest unit of the currency.
        currency: ISO 4217 code.
        image_url: URL of the image.
        description: The description.
        retailer_id: The seller's own article number.
        url: Its page.
        is_hidden: Whether only the seller sees it.
    """

    product_id: str
    name: str
    price: int
    currency: str
    image_url: str = ""
    description: str = ""
    retailer_id: str = ""
    url: str = ""
    is_hidden: bool = False

    def as_row(self) -> dict[str, Any]:
        """Return the product as the API shows it."""
        return {
            "id": self.product_id,
            "name": self.name,
            "description": self.description,
            "price": str(self.price),
            "currency": self.currency,
            "retailer_id": self.retailer_id,
            "is_hidden": self.is_hidden,
        }

    def as_message(self) -> Structured:
        """Return the message that shows the product."""
        digits = _digits(self.currency)
        image = {"downloadUrl": self.image_url, "mimeType": mime_type(self.image_url), "jpegThumbnail": ""}
        fields = {
            "productId": self.product_id,
            "title": self.name,
            "description": self.description,
            "currencyCode": self.currency,
            "price": f"{Decimal(self.price).scaleb(-digits):.{digits}f}",
            "url": self.url,
            "productImageCount": 1,
            "fileMessageData": image,
        }
        return Structured(type_message="productMessage", key="productMessage", fields=fields, text=self.name)


@attrs.define(kw_only=True)
class Collection:
    """A named list of products."""

    collection_id: str
    name: str
    product_ids: list[str]


@attrs.define(eq=False)
class Shop:
    """The catalogue of one business.

    Attributes:
        can_change: Whether the account has a WhatsApp Business catalogue, which the API can change.
        products: The products by id, in the order in which they were created.
        collections: The collections in the order in which customers see them.
    """

    _random: Random = attrs.field(repr=False)
    can_change: bool = True
    products: dict[str, Product] = attrs.field(factory=dict[str, Product], init=False)
    collections: list[Collection] = attrs.field(factory=list[Collection], init=False)

    def add(self, name: str, price: str, *, country: str = "", currency: str | None = None, **fields: Any) -> Product:
        """Create a product.

        Args:
            name: The name.
            price: The price in whole units.
            country: The country of origin.
            currency: ISO 4217 code; None is that of the country.
            fields: The other fields of `Product`.

        Raises:
            ValueError: It is not a price.
        """
        currency = currency or _CURRENCIES.get(country, _OTHER_CURRENCY)
        units = smallest_units(price, currency)
        product = Product(product_id=self._new_id("2"), name=name, price=units, currency=currency, **fields)
        self.products[product.product_id] = product
        return product

    def change(
        self,
        product: Product,
        *,
        price: str | None = None,
        country: str | None = None,
        currency: str | None = None,
        **fields: Any,
    ) -> None:
        """Change a product.

        Args:
            product: The product.
            price: The new price in whole units.
            country: The new country of origin, whose currency becomes that of the product unless `currency` is given.
            currency: The new currency.
            fields: The other fields of `Product` that change.

        Raises:
            ValueError: It is not a price.
        """
        by_country = None if country is None else _CURRENCIES.get(country, _OTHER_CURRENCY)
        new = currency or by_country or product.currency
        units = product.price if price is None else smallest_units(price, new)
        product.price, product.currency = units, new
        for name, value in fields.items():
            setattr(product, name, value)

    def remove(self, product_ids: Iterable[str]) -> None:
        """Delete products, also from the collections."""
        for product_id in product_ids:
            self.products.pop(product_id, None)
            for collection in self.collections:
                collection.product_ids = [each for each in collection.product_ids if each != product_id]

    def add_collection(self, name: str, product_ids: Sequence[str]) -> Collection:
        """Create a collection at the end.

        Args:
            name: The name.
            product_ids: The products.
        """
        collection = Collection(collection_id=self._new_id("3"), name=name, product_ids=list(product_ids))
        self.collections.append(collection)
        return collection

    def collection(self, collection_id: str) -> Collection | None:
        """Return a collection by its id."""
        return next((each for each in self.collections if each.collection_id == collection_id), None)

    def change_collection(
        self, collection: Collection, *, name: str | None, add: Iterable[str], remove: Iterable[str]
    ) -> str:
        """Change a collection, which gets a new id.

        Args:
            collection: The collection.
            name: The new name; None keeps it.
            add: Products to add.
            remove: Products to remove.

        Returns:
            The new id.
        """
        gone = set(remove)
        collection.name = collection.name if name is None else name
        collection.product_ids = [each for each in dict.fromkeys([*collection.product_ids, *add]) if each not in gone]
        collection.collection_id = self._new_id("3")
        return collection.collection_id

    def move(self, places: Mapping[int, Collection]) -> None:
        """Put collections at new positions; the others keep their order around them.

        Args:
            places: The moved collections by their new positions.
        """
        moved = {collection.collection_id for collection in places.values()}
        others = iter([each for each in self.collections if each.collection_id not in moved])
        total = len(self.collections)
        self.collections = [places[index] if index in places else next(others) for index in range(total)]

    def _new_id(self, first_digit: str) -> str:
        return f"{first_digit}{self._random.randrange(10**16):016}"


@attrs.frozen(kw_only=True)
class Order:
    """A placed order; the same product may occur several times."""

    order_id: str
    token: str
    seller: str
    products: tuple[Product, ...]
    placed_at: int

    @property
    def total(self) -> int:
        """The total in the smallest unit of the currency."""
        return sum(product.price for product in self.products)

    def as_message(self) -> Structured:
        """Return the message with the order, with the documented fields only."""
        fields = {
            "orderId": self.order_id,
            "token": self.token,
            "totalPrice": str(self.total),
            "sellerJid": self.seller,
        }
        return Structured(type_message="orderMessage", key="orderMessage", fields=fields)

    def as_details(self) -> dict[str, Any]:
        """Return the order as `getOrderDetails` shows it."""
        currency = self.products[0].currency
        counts: dict[str, int] = {}
        for product in self.products:
            counts[product.product_id] = counts.get(product.product_id, 0) + 1
        named = {product.product_id: product for product in self.products}
        lines = [
            {
                "id": product_id,
                "name": named[product_id].name,
                "price": str(named[product_id].price),
                "currency": currency,
                "quantity": quantity,
            }
            for product_id, quantity in counts.items()
        ]
        prices = {"subtotal": str(self.total), "total": str(self.total), "currency": currency}
        return {"creation_time_stamp": self.placed_at, "products": lines, "price_details": prices}


@attrs.define(eq=False)
class Shops:
    """The shops of an account and of the businesses around it.

    Attributes:
        orders: Every order by its id.
    """

    _account: Account
    _timeline: Timeline
    _random: Random = attrs.field(repr=False)
    orders: dict[str, Order] = attrs.field(factory=dict[str, Order], init=False)
    _shops: dict[str, Shop] = attrs.field(factory=dict[str, Shop], init=False)

    @property
    def own(self) -> Shop:
        """The account's shop."""
        return self.of(self._account.wid)

    def of(self, seller: str) -> Shop:
        """Return the shop of a seller; empty if it has none."""
        return self._shops.setdefault(seller, Shop(self._random))

    def visible(self, seller: str) -> list[Product]:
        """Return the products of a seller that the account sees: those that are not hidden, and all of its own."""
        products = self.of(seller).products.values()
        return [product for product in products if seller == self._account.wid or not product.is_hidden]

    def product(self, seller: str, product_id: str) -> Product:
        """Return a product that the account sees.

        Args:
            seller: The seller.
            product_id: The id of the product.

        Raises:
            ValueError: The seller has no such product.
        """
        for product in self.visible(seller):
            if product.product_id == product_id:
                return product
        raise ValueError(f"Product {product_id} not found")

    def order(self, seller: str, product_ids: Sequence[str]) -> Order:
        """Place an order.

        Args:
            seller: The shop.
            product_ids: The products; an id that is repeated is ordered several times.

        Raises:
            ValueError: The shop has no such product, or their currencies differ.
        """
        products = tuple(attrs.evolve(self.product(seller, product_id)) for product_id in product_ids)
        if len({product.currency for product in products}) != 1:
            raise ValueError("the products of an order must have the same currency")
        order = Order(
            order_id=f"1{self._random.randrange(10**15):015}",
            token=f"{self._random.getrandbits(128):032x}",
            seller=seller,
            products=products,
            placed_at=int(self._timeline.now),
        )
        self.orders[order.order_id] = order
        return order


def page(ids: Sequence[str], limit: int, after: str | None) -> tuple[Sequence[str], str]:
    """Return the ids of one page, and the last id of it; empty on the last page.

    Args:
        ids: All ids.
        limit: The size of a page.
        after: The last id of the previous page; None begins with the first.
    """
    start = ids.index(after) + 1 if after in ids else 0
    chosen = ids[start : start + limit]
    return chosen, chosen[-1] if start + limit < len(ids) else ""
