"""``with_raw_response``: every API method once more, returning the response next to the result.

The classes list the methods because type checkers need names; ``RawMethod`` derives the signature from the method's
own.
"""

import functools
from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, Self, TypeVar, overload

import attrs

from greenapi_async.errors.response import RawResponse
from greenapi_async.methods.account import Account
from greenapi_async.methods.business import BusinessMethods
from greenapi_async.methods.calling import Calling
from greenapi_async.methods.calls import CallMethods
from greenapi_async.methods.catalog_collections import CatalogCollections
from greenapi_async.methods.catalogs import Catalogs
from greenapi_async.methods.contacts import Contacts
from greenapi_async.methods.deprecated import Deprecated
from greenapi_async.methods.groups import Groups
from greenapi_async.methods.journals import Journals
from greenapi_async.methods.marking import Marking
from greenapi_async.methods.messenger_accounts import MessengerAccounts
from greenapi_async.methods.queues import Queues
from greenapi_async.methods.receiving import Receiving
from greenapi_async.methods.sending import Sending
from greenapi_async.methods.sending_buttons import SendingButtons
from greenapi_async.methods.sending_files import SendingFiles
from greenapi_async.methods.service import Service
from greenapi_async.methods.statuses import Statuses

__all__ = ["BusinessWithRawResponse", "ClientWithRawResponse", "RawMethod", "WithRawResponse"]

P = ParamSpec("P")
T = TypeVar("T")


class RawCall(Protocol):
    """``BaseClient._call_raw``: calls a method and returns the last response next to the result."""

    async def __call__(
        self, method: Callable[Concatenate[Any, P], Coroutine[Any, Any, T]], /, *args: P.args, **kwargs: P.kwargs
    ) -> RawResponse[T]:
        """Call the method with the client as its first argument."""
        ...


@attrs.frozen
class WithRawResponse:
    """Base class: the methods of one client."""

    call_raw: RawCall


class RawMethod(Generic[P, T]):
    """Descriptor: an API method that returns a ``RawResponse``."""

    def __init__(self, method: Callable[Concatenate[Any, P], Coroutine[Any, Any, T]]) -> None:
        self._method = method

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: WithRawResponse, owner: type) -> Callable[P, Coroutine[Any, Any, RawResponse[T]]]: ...
    def __get__(
        self, instance: WithRawResponse | None, owner: type
    ) -> Self | Callable[P, Coroutine[Any, Any, RawResponse[T]]]:
        if instance is None:
            return self
        method = self._method

        @functools.wraps(method)
        async def call(*args: P.args, **kwargs: P.kwargs) -> RawResponse[T]:
            return await instance.call_raw(method, *args, **kwargs)

        return call


class ClientWithRawResponse(WithRawResponse):
    """The API methods of ``Client``; each returns a ``RawResponse`` whose ``parsed`` is the method's own result.

    If a request was repeated, the response is the last one. Errors are raised as ever; they have the response, too.

    Example:
        >>> response = await client.with_raw_response.send_message(chat_id, "Hello")
        >>> print(response.status, response.headers["Date"], response.content, response.parsed)
    """

    call = RawMethod(Calling.call)

    get_authorization_code = RawMethod(Account.get_authorization_code)
    get_settings = RawMethod(Account.get_settings)
    get_state_instance = RawMethod(Account.get_state_instance)
    get_state_instance_history = RawMethod(Account.get_state_instance_history)
    get_wa_settings = RawMethod(Account.get_wa_settings)
    logout = RawMethod(Account.logout)
    qr = RawMethod(Account.qr)
    reboot = RawMethod(Account.reboot)
    set_profile_picture = RawMethod(Account.set_profile_picture)
    set_settings = RawMethod(Account.set_settings)
    update_api_token = RawMethod(Account.update_api_token)

    calls_accept = RawMethod(CallMethods.calls_accept)
    calls_dial = RawMethod(CallMethods.calls_dial)
    calls_get_ice_servers = RawMethod(CallMethods.calls_get_ice_servers)
    calls_get_state_instance = RawMethod(CallMethods.calls_get_state_instance)
    calls_hang_up = RawMethod(CallMethods.calls_hang_up)
    calls_logout = RawMethod(CallMethods.calls_logout)
    calls_qr = RawMethod(CallMethods.calls_qr)
    calls_reject = RawMethod(CallMethods.calls_reject)
    calls_state = RawMethod(CallMethods.calls_state)

    create_collection = RawMethod(CatalogCollections.create_collection)
    delete_collection = RawMethod(CatalogCollections.delete_collection)
    edit_collection = RawMethod(CatalogCollections.edit_collection)
    get_collection = RawMethod(CatalogCollections.get_collection)
    get_collections = RawMethod(CatalogCollections.get_collections)
    move_collections = RawMethod(CatalogCollections.move_collections)

    create_product = RawMethod(Catalogs.create_product)
    delete_product = RawMethod(Catalogs.delete_product)
    edit_product = RawMethod(Catalogs.edit_product)
    get_order_details = RawMethod(Catalogs.get_order_details)
    get_product = RawMethod(Catalogs.get_product)
    get_products = RawMethod(Catalogs.get_products)
    send_order = RawMethod(Catalogs.send_order)
    send_product = RawMethod(Catalogs.send_product)

    add_contact = RawMethod(Contacts.add_contact)
    delete_contact = RawMethod(Contacts.delete_contact)
    edit_contact = RawMethod(Contacts.edit_contact)

    get_device_info = RawMethod(Deprecated.get_device_info)
    get_status_instance = RawMethod(Deprecated.get_status_instance)
    send_buttons = RawMethod(Deprecated.send_buttons)
    send_link = RawMethod(Deprecated.send_link)
    send_list_message = RawMethod(Deprecated.send_list_message)
    send_template = RawMethod(Deprecated.send_template)
    send_template_buttons = RawMethod(Deprecated.send_template_buttons)

    add_group_participant = RawMethod(Groups.add_group_participant)
    create_group = RawMethod(Groups.create_group)
    get_group_data = RawMethod(Groups.get_group_data)
    leave_group = RawMethod(Groups.leave_group)
    remove_admin = RawMethod(Groups.remove_admin)
    remove_group_participant = RawMethod(Groups.remove_group_participant)
    set_group_admin = RawMethod(Groups.set_group_admin)
    set_group_picture = RawMethod(Groups.set_group_picture)
    update_group_name = RawMethod(Groups.update_group_name)
    update_group_settings = RawMethod(Groups.update_group_settings)

    get_chat_history = RawMethod(Journals.get_chat_history)
    get_message = RawMethod(Journals.get_message)
    last_incoming_calls = RawMethod(Journals.last_incoming_calls)
    last_incoming_messages = RawMethod(Journals.last_incoming_messages)
    last_outgoing_calls = RawMethod(Journals.last_outgoing_calls)
    last_outgoing_messages = RawMethod(Journals.last_outgoing_messages)

    read_chat = RawMethod(Marking.read_chat)

    check_account = RawMethod(MessengerAccounts.check_account)
    get_account_settings = RawMethod(MessengerAccounts.get_account_settings)
    send_authorization_code = RawMethod(MessengerAccounts.send_authorization_code)
    send_authorization_password = RawMethod(MessengerAccounts.send_authorization_password)
    start_authorization = RawMethod(MessengerAccounts.start_authorization)

    clear_messages_queue = RawMethod(Queues.clear_messages_queue)
    clear_webhooks_queue = RawMethod(Queues.clear_webhooks_queue)
    get_messages_count = RawMethod(Queues.get_messages_count)
    get_webhooks_count = RawMethod(Queues.get_webhooks_count)
    show_messages_queue = RawMethod(Queues.show_messages_queue)

    delete_notification = RawMethod(Receiving.delete_notification)
    download_file = RawMethod(Receiving.download_file)
    receive_notification = RawMethod(Receiving.receive_notification)

    forward_messages = RawMethod(Sending.forward_messages)
    send_contact = RawMethod(Sending.send_contact)
    send_interactive_buttons = RawMethod(SendingButtons.send_interactive_buttons)
    send_interactive_buttons_reply = RawMethod(SendingButtons.send_interactive_buttons_reply)
    send_location = RawMethod(Sending.send_location)
    send_message = RawMethod(Sending.send_message)
    send_poll = RawMethod(Sending.send_poll)

    send_file_by_upload = RawMethod(SendingFiles.send_file_by_upload)
    send_file_by_url = RawMethod(SendingFiles.send_file_by_url)
    upload_file = RawMethod(SendingFiles.upload_file)

    archive_chat = RawMethod(Service.archive_chat)
    check_whatsapp = RawMethod(Service.check_whatsapp)
    delete_message = RawMethod(Service.delete_message)
    edit_message = RawMethod(Service.edit_message)
    get_avatar = RawMethod(Service.get_avatar)
    get_chats = RawMethod(Service.get_chats)
    get_contact_info = RawMethod(Service.get_contact_info)
    get_contacts = RawMethod(Service.get_contacts)
    send_typing = RawMethod(Service.send_typing)
    set_disappearing_chat = RawMethod(Service.set_disappearing_chat)
    unarchive_chat = RawMethod(Service.unarchive_chat)

    delete_status = RawMethod(Statuses.delete_status)
    get_incoming_statuses = RawMethod(Statuses.get_incoming_statuses)
    get_outgoing_statuses = RawMethod(Statuses.get_outgoing_statuses)
    get_status_statistic = RawMethod(Statuses.get_status_statistic)
    send_media_status = RawMethod(Statuses.send_media_status)
    send_text_status = RawMethod(Statuses.send_text_status)
    send_voice_status = RawMethod(Statuses.send_voice_status)


class BusinessWithRawResponse(WithRawResponse):
    """The same for ``BusinessClient``."""

    delete_media = RawMethod(BusinessMethods.delete_media)
    send_audio = RawMethod(BusinessMethods.send_audio)
    send_document = RawMethod(BusinessMethods.send_document)
    send_image = RawMethod(BusinessMethods.send_image)
    send_sticker = RawMethod(BusinessMethods.send_sticker)
    send_text = RawMethod(BusinessMethods.send_text)
    send_video = RawMethod(BusinessMethods.send_video)
    upload_media = RawMethod(BusinessMethods.upload_media)
