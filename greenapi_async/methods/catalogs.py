"""Catalogues of WhatsApp Business: products and orders; for collections see ``catalog_collections``.

Source: the vendor's documentation, beyond the manual.
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, TypeAlias

import attrs

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
    "CREATE_PRODUCT",
    "DELETE_PRODUCT",
    "EDIT_PRODUCT",
    "GET_ORDER_DETAILS",
    "GET_PRODUCT",
    "GET_PRODUCTS",
    "SEND_ORDER",
    "SEND_PRODUCT",
    "Catalogs",
    "Price",
]

Price: TypeAlias = Decimal | int | str
"""A price in whole units of its currency. Not a float, which cannot hold 99.90 exactly."""

_MAX_ADJUSTED = 30
"""Power of ten from which a ``Decimal`` is no price; written out, it could fill the memory."""

_price = validation.matches(
    re.compile(r"[0-9]+(\.[0-9]+)?"), "whole units as a Decimal, an int or a str, for example Decimal('99.90')"
)
_PRODUCT = {
    "name": text,
    "countryCode": validation.matches(re.compile(r"[A-Z]{2}"), "two capital letters (ISO 3166-1), for example GB"),
    "price": _price,
    "imageUrl": validation.url,
    "currency": validation.matches(re.compile(r"[A-Z]{3}"), "three capital letters (ISO 4217), for example EUR"),
    "url": validation.url,
    "isHidden": validation.boolean,
    "description": validation.string,
    "retailerId": validation.string,
}
_SEND = {
    "quotedMessageId": validation.message_id,
    "archive": validation.boolean,
    "typingTime": validation.integer(1000, 20_000, "ms"),
}


def _order_details(value: Any) -> "models.catalogs.OrderDetails":
    """Decode an order; lines without a currency get that of the order."""
    order = serialization.converter.structure(models.catalogs.OrderDetails, value)
    currency = order.price_details.currency if order.price_details else None
    lines = [line if line.currency else attrs.evolve(line, currency=currency) for line in order.products or []]
    return attrs.evolve(order, products=None if order.products is None else lines)


CREATE_PRODUCT = Endpoint(
    "POST",
    "createProduct",
    object_of(lambda: models.catalogs.SavedProduct),
    idempotent=False,
    per_second=PER_SECOND,
    required=("name", "countryCode", "price", "imageUrl"),
    limits=_PRODUCT,
    advice=BUSINESS_ONLY,
    outcome_check="Look for the product with get_products().",
)
EDIT_PRODUCT = Endpoint(
    "POST",
    "editProduct",
    object_of(lambda: models.catalogs.SavedProduct),
    idempotent=True,
    per_second=PER_SECOND,
    required=("productId",),
    limits={"productId": text, **_PRODUCT},
    advice=BUSINESS_ONLY,
)
DELETE_PRODUCT = Endpoint(
    "POST",
    "deleteProduct",
    object_of(lambda: models.catalogs.DeletedProducts),
    idempotent=True,
    per_second=PER_SECOND,
    required=("productIds",),
    limits={"productIds": PRODUCT_IDS},
    advice=BUSINESS_ONLY,
    already_done=NOT_FOUND,
    already_done_answer={"deleted": True},
)
GET_PRODUCTS = Endpoint(
    "POST",
    "getProducts",
    object_of(lambda: models.catalogs.ProductPage),
    idempotent=True,
    per_second=PER_SECOND,
    required=("chatId",),
    limits={"chatId": validation.person_id, "productLimit": COUNT, "afterProduct": text},
)
GET_PRODUCT = Endpoint(
    "POST",
    "getProduct",
    object_of(lambda: models.catalogs.Product),
    idempotent=True,
    per_second=PER_SECOND,
    required=("chatId", "productId"),
    limits={"chatId": validation.person_id, "productId": text},
)
SEND_PRODUCT = Endpoint(
    "POST",
    "sendProduct",
    object_of(lambda: models.sending.SentMessage),
    idempotent=False,
    per_second=PER_SECOND,
    required=("chatId", "productId"),
    limits={"chatId": validation.chat_id, "productId": text, **_SEND},
)
SEND_ORDER = Endpoint(
    "POST",
    "sendOrder",
    object_of(lambda: models.sending.SentMessage),
    idempotent=False,
    per_second=PER_SECOND,
    required=("chatId", "productIds"),
    limits={"chatId": validation.person_id, "productIds": PRODUCT_IDS, **_SEND},
)
GET_ORDER_DETAILS = Endpoint(
    "POST",
    "getOrderDetails",
    _order_details,
    idempotent=True,
    per_second=PER_SECOND,
    required=("orderId", "token"),
    limits={"orderId": text, "token": text, "sellerJid": text},
)


class Catalogs(MethodGroup):
    """Methods on products and orders. Changes need a WhatsApp Business account with a catalogue made on the phone."""

    async def create_product(
        self,
        name: str,
        country_code: str,
        price: Price,
        image_url: str,
        *,
        description: str | None = None,
        currency: str | None = None,
        retailer_id: str | None = None,
        url: str | None = None,
        is_hidden: bool | None = None,
    ) -> "models.catalogs.SavedProduct":
        """Add a product to the account's catalogue; WhatsApp reviews it before customers see it.

        Args:
            name: Name.
            country_code: Country of origin, two capital letters (ISO 3166-1), for example ``GB``.
            price: Price in whole units, for example ``Decimal("99.90")``; answers have the smallest unit instead.
            image_url: URL of the image, http or https.
            description: Description; None leaves it empty.
            currency: Three capital letters (ISO 4217), for example ``EUR``; None uses that of the country.
            retailer_id: Your own article number; None leaves it empty.
            url: Page of the product, http or https; None shows none.
            is_hidden: Whether to hide it from customers; None means no.

        Returns:
            The product's id.

        Raises:
            InvalidArgumentError: An argument violates a documented limit; nothing was sent.
            BadRequestError: The account has no WhatsApp Business catalogue.
            DeliveryUnknownError: The connection failed after the request was sent. The product may or may not have been
                created.

        Example:
            >>> mug = await client.create_product("Mug", "GB", "8.50", "https://shop.example/mug.jpg", currency="EUR")

        Source: the vendor's documentation, beyond the manual; 1 request per second, the library's choice.
        """
        return await self._request(
            CREATE_PRODUCT,
            {
                "name": name,
                "countryCode": country_code,
                "price": _written(price),
                "imageUrl": image_url,
                "description": description,
                "currency": currency,
                "retailerId": retailer_id,
                "url": url,
                "isHidden": is_hidden,
            },
        )

    async def edit_product(
        self,
        product_id: str,
        *,
        name: str | None = None,
        price: Price | None = None,
        description: str | None = None,
        image_url: str | None = None,
        currency: str | None = None,
        retailer_id: str | None = None,
        url: str | None = None,
        country_code: str | None = None,
        is_hidden: bool | None = None,
    ) -> "models.catalogs.SavedProduct":
        """Change a product of the account's catalogue; what is None stays as it is.

        Args:
            product_id: The product.
            name: New name.
            price: New price in whole units, for example ``Decimal("99.90")``.
            description: New description.
            image_url: URL of the new image, http or https.
            currency: New currency, three capital letters (ISO 4217); None uses that of ``country_code``, if it is
                given.
            retailer_id: New article number.
            url: New page of the product, http or https.
            country_code: New country of origin, two capital letters (ISO 3166-1).
            is_hidden: Whether to hide it from customers.

        Returns:
            The product's id.

        Raises:
            InvalidArgumentError: An argument violates a documented limit; nothing was sent.
            BadRequestError: There is no such product, or the account has no WhatsApp Business catalogue.

        Source: the vendor's documentation, beyond the manual; 1 request per second, the library's choice.
        """
        return await self._request(
            EDIT_PRODUCT,
            {
                "productId": product_id,
                "name": name,
                "price": _written(price),
                "description": description,
                "imageUrl": image_url,
                "currency": currency,
                "retailerId": retailer_id,
                "url": url,
                "countryCode": country_code,
                "isHidden": is_hidden,
            },
        )

    async def delete_product(self, product_ids: Sequence[str]) -> "models.catalogs.DeletedProducts":
        """Delete products from the account's catalogue. This cannot be undone.

        Args:
            product_ids: One or more products.

        Raises:
            InvalidArgumentError: ``product_ids`` is empty.
            BadRequestError: There is no such product, or the account has no WhatsApp Business catalogue.

        Source: the vendor's documentation, beyond the manual; 1 request per second, the library's choice.
        """
        return await self._request(DELETE_PRODUCT, {"productIds": unstructure(product_ids)})

    async def get_products(
        self, chat_id: str, *, product_limit: int | None = None, after_product: str | None = None
    ) -> "models.catalogs.ProductPage":
        """Return products of a seller, a page at a time.

        Args:
            chat_id: The seller: the account itself (``wid``) or another business.
            product_limit: Products per page; None means 10.
            after_product: ``after`` of the previous page; None begins with the first. No document names this
                parameter; it is the one that ``get_collection`` has. If the server rejects it, use a larger
                ``product_limit``.

        Raises:
            InvalidArgumentError: ``chat_id`` is not a person's, or ``product_limit`` is not positive.
            NotAuthorizedError: The instance is not authorized.

        Example:
            >>> page = await client.get_products(chat_id("+7 900 123-45-67"), product_limit=50)

        Source: the vendor's documentation, beyond the manual; 1 request per second, the library's choice.
        """
        return await self._request(
            GET_PRODUCTS, {"chatId": chat_id, "productLimit": product_limit, "afterProduct": after_product}
        )

    async def get_product(self, chat_id: str, product_id: str) -> "models.catalogs.Product":
        """Return a product of a seller.

        Args:
            chat_id: The seller: the account itself (``wid``) or another business.
            product_id: The product.

        Raises:
            InvalidArgumentError: ``chat_id`` is not a person's.
            NotAuthorizedError: The instance is not authorized.

        Source: the vendor's documentation, beyond the manual; 1 request per second, the library's choice.
        """
        return await self._request(GET_PRODUCT, {"chatId": chat_id, "productId": product_id})

    async def send_product(
        self,
        chat_id: str,
        product_id: str,
        *,
        quoted_message_id: str | None = None,
        archive: bool | None = None,
        typing_time: int | None = None,
    ) -> "models.sending.SentMessage":
        """Send a product of the account's catalogue; the account must be a WhatsApp Business account.

        Args:
            chat_id: Recipient, a person or group.
            product_id: The product.
            quoted_message_id: Id of a message of the same chat to quote.
            archive: Whether to archive the chat afterwards; None means no.
            typing_time: Milliseconds (1,000 to 20,000) for which "typing" is shown first; None leaves it to the
                instance's ``auto_typing``.

        Raises:
            InvalidArgumentError: An argument violates a documented limit; nothing was sent.
            BadRequestError: There is no such product.
            DeliveryUnknownError: The connection failed after the request was sent. The message may or may not have been
                queued.

        Source: the vendor's documentation, beyond the manual; 1 request per second, the library's choice.
        """
        return await self._request(
            SEND_PRODUCT,
            {
                "chatId": chat_id,
                "productId": product_id,
                "quotedMessageId": quoted_message_id,
                "archive": archive,
                "typingTime": typing_time,
            },
        )

    async def send_order(
        self,
        chat_id: str,
        product_ids: Sequence[str],
        *,
        quoted_message_id: str | None = None,
        archive: bool | None = None,
        typing_time: int | None = None,
    ) -> "models.sending.SentMessage":
        """Order products from a shop; the account is the buyer.

        Args:
            chat_id: The shop.
            product_ids: One or more products of the shop. No document says how to order several pieces of one product.
            quoted_message_id: Id of a message of the same chat to quote.
            archive: Whether to archive the chat afterwards; None means no.
            typing_time: Milliseconds (1,000 to 20,000) for which "typing" is shown first; None leaves it to the
                instance's ``auto_typing``.

        Raises:
            InvalidArgumentError: An argument violates a documented limit; nothing was sent.
            BadRequestError: There is no such product.
            DeliveryUnknownError: The connection failed after the request was sent. The order may or may not have been
                queued.

        Source: the vendor's documentation, beyond the manual; 1 request per second, the library's choice.
        """
        return await self._request(
            SEND_ORDER,
            {
                "chatId": chat_id,
                "productIds": unstructure(product_ids),
                "quotedMessageId": quoted_message_id,
                "archive": archive,
                "typingTime": typing_time,
            },
        )

    async def get_order_details(
        self, order_id: str, token: str, *, seller_jid: str | None = None
    ) -> "models.catalogs.OrderDetails":
        """Return the products and the total of an order.

        Args:
            order_id: ``order_id`` of the ``OrderMessage``.
            token: ``token`` of the ``OrderMessage``.
            seller_jid: ``seller_jid`` of the ``OrderMessage``; None means the account itself. Needed for an order from
                another shop.

        Raises:
            InvalidArgumentError: ``order_id`` or ``token`` is empty.
            BadRequestError: There is no such order.

        Example:
            >>> order = await client.get_order_details(message.order_id, message.token, seller_jid=message.seller_jid)

        Source: the vendor's documentation, beyond the manual; 1 request per second, the library's choice.
        """
        return await self._request(GET_ORDER_DETAILS, {"orderId": order_id, "token": token, "sellerJid": seller_jid})


def _written(price: Price | None) -> object:
    """Return a price as it is sent; what is not a price is left to the validator."""
    if isinstance(price, Decimal) and abs(price.adjusted()) < _MAX_ADJUSTED:
        return f"{price:f}"
    return str(price) if type(price) in {Decimal, int} else price
