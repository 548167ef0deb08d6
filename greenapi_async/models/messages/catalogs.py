"""Products and orders sent as messages. Source: the vendor's documentation, beyond the manual."""

from decimal import Decimal

import attrs

from greenapi_async.models.base import json_names
from greenapi_async.models.messages.base import NonTextMessage
from greenapi_async.models.messages.files import FileMessage, ImageMessage
from greenapi_async.models.prices import minor_amount, whole_amount

__all__ = ["OrderMessage", "ProductMessage"]


@attrs.frozen(kw_only=True)
class ProductMessage(NonTextMessage):
    """A product of a catalogue; its text is the title.

    Attributes:
        currency_code: ISO 4217 code.
        price: The price as received; see ``price_amount``.
        url: Page of the product.
        product_image_count: Number of images in the catalogue.
        image: The image that the message shows, which ``Client.download`` fetches.
    """

    types = ("productMessage",)
    wrappers = ("productMessage",)

    product_id: str | None = None
    title: str | None = None
    description: str | None = None
    currency_code: str | None = None
    price: str | None = None
    url: str | None = None
    product_image_count: int | None = None
    image: ImageMessage | None = attrs.field(default=None, metadata=json_names("fileMessageData"))

    @property
    def text(self) -> str | None:
        """Title, or None if it is empty."""
        return self.title or None

    @property
    def price_amount(self) -> Decimal | None:
        """The price in ``currency_code``, None if there is none.

        No document states the scale of this price; the vendor's example can only be in whole units. For an answer that
        does not depend on it use ``Client.get_product``.
        """
        return whole_amount(self.price)

    @property
    def file(self) -> FileMessage | None:
        """The image, for ``Client.download``."""
        return self.image


@attrs.frozen(kw_only=True)
class OrderMessage(NonTextMessage):
    """An order from a catalogue; ``Client.get_order_details`` returns its products.

    Attributes:
        order_id: For ``Client.get_order_details``, like ``token`` and ``seller_jid``.
        total_price: As received, in the smallest unit of the currency; see ``total_amount``.
        seller_jid: Owner of the catalogue.
        currency_code: ISO 4217 code. No document lists it and the following fields; any of them may be missing.
        item_count: Number of pieces.
        order_title: Title of the order.
        message: What the customer wrote with the order.
        jpeg_thumbnail: Preview in Base64; see ``thumbnail``.
    """

    types = ("orderMessage",)
    wrappers = ("orderMessage",)

    order_id: str | None = None
    token: str | None = attrs.field(default=None, repr=False)
    total_price: str | None = None
    seller_jid: str | None = None
    currency_code: str | None = attrs.field(default=None, metadata=json_names("totalCurrencyCode", "currencyCode"))
    item_count: int | None = None
    order_title: str | None = None
    message: str | None = None
    jpeg_thumbnail: str | None = attrs.field(
        default=None, repr=False, metadata=json_names("thumbnail", "jpegThumbnail")
    )

    @property
    def text(self) -> str | None:
        """What the customer wrote with the order; None if nothing."""
        return self.message or None

    @property
    def total_amount(self) -> Decimal | None:
        """The total in whole units, None if there is none.

        If the order names no currency, it is taken to have two decimal digits, as in the vendor's example.
        """
        return minor_amount(self.total_price, self.currency_code)
