"""A user file, type-checked and never executed: methods of catalogues and orders."""

from datetime import datetime
from decimal import Decimal
from typing import assert_type

from greenapi_async import Client, FileMessage, ImageMessage, OrderMessage, ProductMessage, SentMessage
from greenapi_async.types import (
    Collection,
    CollectionMove,
    CollectionPage,
    CreatedCollection,
    DeletedCollection,
    DeletedProducts,
    EditedCollection,
    MovedCollections,
    OrderDetails,
    OrderLine,
    OrderPrices,
    Paging,
    Price,
    Product,
    ProductPage,
    SavedProduct,
)

ME = "79001234567@c.us"
ID = "3EB0C767D097B7C7C030"


async def catalogs(client: Client) -> None:
    created = await client.create_product(
        "Mug",
        "GB",
        Decimal("8.50"),
        "https://shop.example/mug.jpg",
        description="blue",
        currency="EUR",
        retailer_id="M-1",
        url="https://shop.example/mug",
        is_hidden=False,
    )
    assert_type(created, SavedProduct)
    assert_type(created.id, str | None)
    price: Price = 9
    mug = created.id or ""
    assert_type(await client.edit_product(mug, price=price, is_hidden=True), SavedProduct)
    assert_type(await client.edit_product(mug, price="9.99", country_code="DE"), SavedProduct)
    page = await client.get_products(ME, product_limit=10)
    assert_type(page, ProductPage)
    while page.after is not None:
        page = await client.get_products(ME, after_product=page.after)
    assert_type((page.products, page.paging), tuple[list[Product] | None, Paging | None])
    product = await client.get_product(ME, mug)
    assert_type((product.price, product.price_amount, product.currency), tuple[str | None, Decimal | None, str | None])
    sent = await client.send_product(ME, mug, quoted_message_id=ID, archive=True, typing_time=1000)
    assert_type(sent, SentMessage)
    assert_type(await client.send_order(ME, (mug, mug), archive=False), SentMessage)
    collection = await client.create_collection("Kitchen", [mug])
    assert_type(collection, CreatedCollection)
    assert_type(collection.id, str | None)
    shelves = await client.get_collections(ME, collection_limit=5, after_collection_id="1", product_limit=3)
    assert_type(shelves, CollectionPage)
    assert_type((shelves.collections, shelves.after), tuple[list[Collection] | None, str | None])
    shelf = await client.get_collection(ME, collection.id or "", product_limit=3, after_product="1")
    assert_type(shelf, Collection)
    assert_type((shelf.name, shelf.products, shelf.after), tuple[str | None, list[Product] | None, str | None])
    edited = await client.edit_collection("1", name="Home", product_ids_to_add=[mug], product_ids_to_remove=[])
    assert_type(edited, EditedCollection)
    assert_type(edited.new_collection_id, str | None)
    moved = await client.move_collections([CollectionMove(collection_id="1", from_index=0, to_index=1)])
    assert_type(moved, MovedCollections)
    assert_type(moved.moved, bool | None)
    removed = await client.delete_collection("1")
    assert_type(removed, DeletedCollection)
    assert_type((removed.deleted, removed.deleted_collection_id), tuple[bool | None, str | None])
    deleted = await client.delete_product([mug])
    assert_type(deleted, DeletedProducts)
    assert_type((deleted.deleted, deleted.deleted_product_ids), tuple[bool | None, list[str] | None])


async def orders(client: Client, message: OrderMessage | ProductMessage) -> None:
    if isinstance(message, ProductMessage):
        assert_type((message.price_amount, message.currency_code), tuple[Decimal | None, str | None])
        assert_type((message.image, message.file), tuple[ImageMessage | None, FileMessage | None])
        return
    assert_type((message.total_amount, message.currency_code), tuple[Decimal | None, str | None])
    if message.order_id is not None and message.token is not None:
        order = await client.get_order_details(message.order_id, message.token, seller_jid=message.seller_jid)
        assert_type(order, OrderDetails)
        assert_type((order.creation_time_stamp, order.products), tuple[datetime | None, list[OrderLine] | None])
        for line in order.products or []:
            assert_type((line.price_amount, line.quantity), tuple[Decimal | None, int | None])
        if order.price_details is not None:
            assert_type(order.price_details, OrderPrices)
            totals = order.price_details.subtotal_amount, order.price_details.total_amount
            assert_type(totals, tuple[Decimal | None, Decimal | None])
