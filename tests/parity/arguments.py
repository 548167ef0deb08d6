"""Valid arguments for each method: the manual's example if it has one."""

from decimal import Decimal
from typing import Any

from greenapi_async.models.buttons import CallButton, CopyButton, ReplyButton, UrlButton
from greenapi_async.models.catalogs import CollectionMove
from greenapi_async.models.sending import ContactCard

TOKEN = "d75b3a66374942c5b3c019c698abc2067e151558acbd412345"
ME = "11001234567@c.us"
GROUP = "120363043968066561@g.us"
MEMBER = "79001234565@c.us"
ID = "BAE5F4886F6F2D05"
PICTURE = b"\xff\xd8\xff\xe0 a picture"
MUG, SHOP = "20000000000000001", "79000000001@c.us"
VIEWERS = ["70000001234@c.us", "440000001234@c.us"]

_MEMBER = {"group_id": GROUP, "participant_chat_id": MEMBER}
_REPLIES = [ReplyButton(button_id="1", button_text="Yes"), ReplyButton(button_id="2", button_text="No")]
_SERIALIZED_REPLIES = [{"buttonId": "1", "buttonText": "Yes"}, {"buttonId": "2", "buttonText": "No"}]
_DEPRECATED_BUTTONS = {"chat_id": ME, "message": "Choose", "footer": "Soon"}
_ROWS = [{"title": "Colours", "rows": [{"rowId": "1", "title": "green"}]}]
_TEMPLATE_BUTTONS = [{"index": 1, "urlButton": {"displayText": "Look", "url": "https://green-api.com"}}]

ARGUMENTS: dict[str, dict[str, Any]] = {
    "set_settings": {
        "webhook_url": "https://mysite.com/webhook/green-api/",
        "webhook_url_token": "",
        "delay_send_messages_milliseconds": 5000,
        "mark_incoming_messages_readed": False,
        "mark_incoming_messages_readed_on_reply": False,
        "outgoing_webhook": True,
        "outgoing_message_webhook": True,
        "outgoing_api_message_webhook": True,
        "incoming_webhook": True,
        "device_webhook": False,
        "state_webhook": True,
        "keep_online_status": False,
        "poll_message_webhook": False,
        "incoming_block_webhook": True,
        "incoming_call_webhook": True,
    },
    "get_authorization_code": {"phone_number": 441234567890},
    "get_state_instance_history": {"count": 10},
    "set_profile_picture": {"file": PICTURE},
    "send_message": {"chat_id": ME, "message": "I use Green-API to send this message to you!"},
    "send_poll": {
        "chat_id": ME,
        "message": "Please choose the color:",
        "options": ["green", "red", "blue"],
        "multiple_answers": False,
    },
    "send_file_by_upload": {"chat_id": ME, "file": PICTURE, "file_name": "horse.jpg", "caption": "Лошадка"},
    "send_file_by_url": {
        "chat_id": ME,
        "url_file": "https://my.site.com/img/horse.png",
        "file_name": "horse.png",
        "caption": "Лошадка",
    },
    "upload_file": {"file": PICTURE, "content_type": "image/jpeg"},
    "send_location": {
        "chat_id": ME,
        "latitude": 12.3456789,
        "longitude": 10.1112131,
        "name_location": "Restaurant",
        "address": "123456, Perm",
    },
    "send_contact": {
        "chat_id": ME,
        "contact": ContactCard(
            phone_contact=79001234568,
            first_name="Арте́м",
            middle_name="Петрович",
            last_name="Евпаторийский",
            company="Велосипед",
        ),
    },
    "forward_messages": {"chat_id": ME, "chat_id_from": ME, "messages": ["BAE587FA1CECF760", "BAE5608BC86F2B59"]},
    "check_account": {"phone_number": 79000000001, "force": True},
    "start_authorization": {"phone_number": 79000000001},
    "send_authorization_code": {"code": "12345"},
    "send_authorization_password": {"password": "a secret"},
    "send_buttons": {**_DEPRECATED_BUTTONS, "buttons": _REPLIES},
    "send_template_buttons": {**_DEPRECATED_BUTTONS, "template_buttons": _TEMPLATE_BUTTONS},
    "send_list_message": {**_DEPRECATED_BUTTONS, "button_text": "Open", "sections": _ROWS, "title": "List"},
    "send_link": {"chat_id": ME, "url_link": "https://green-api.com"},
    "send_template": {"parameters": {"chatId": ME, "message": "hello"}},
    "receive_notification": {"receive_timeout": 5},
    "delete_notification": {"receipt_id": 1},
    "download_file": {"chat_id": ME, "id_message": ID},
    "get_chat_history": {"chat_id": ME, "count": 10},
    "get_message": {"chat_id": GROUP, "id_message": ID},
    "last_incoming_messages": {"minutes": 3240},
    "last_outgoing_messages": {"minutes": 3240},
    "last_incoming_calls": {"minutes": 3240},
    "last_outgoing_calls": {"minutes": 3240},
    "create_group": {
        "group_name": "Group created by Green API",
        "chat_ids": ["79001234568@c.us", "79001234569@c.us"],
    },
    "update_group_name": {"group_id": GROUP, "group_name": "Group created by Green API+"},
    "get_group_data": {"group_id": GROUP},
    "add_group_participant": _MEMBER,
    "remove_group_participant": _MEMBER,
    "set_group_admin": _MEMBER,
    "remove_admin": _MEMBER,
    "set_group_picture": {"group_id": GROUP, "file": PICTURE},
    "leave_group": {"group_id": GROUP},
    "update_group_settings": {"group_id": GROUP, "allow_participants_send_messages": False},
    "send_text_status": {
        "message": "I use Green-API to send this Status!",
        "background_color": "#228B22",
        "font": "SERIF",
        "participants": VIEWERS,
    },
    "send_voice_status": {
        "url_file": "https://my.site.com/audio/music.mp3",
        "file_name": "music.mp3",
        "background_color": "#228B22",
        "participants": VIEWERS,
    },
    "send_media_status": {
        "url_file": "https://my.site.com/img/horse.png",
        "file_name": "horse.png",
        "caption": "Little horse",
        "participants": VIEWERS,
    },
    "delete_status": {"id_message": ID},
    "get_status_statistic": {"id_message": ID},
    "get_incoming_statuses": {"minutes": 1440},
    "get_outgoing_statuses": {"minutes": 1440},
    "read_chat": {"chat_id": ME, "id_message": "B275A7AA0D6EF89BB92451698DF174E6"},
    "check_whatsapp": {"phone_number": 11001234567},
    "get_avatar": {"chat_id": ME},
    "get_contacts": {"group": True, "count": 10},
    "get_contact_info": {"chat_id": "71234567890@c.us"},
    "delete_message": {"chat_id": GROUP, "id_message": ID},
    "archive_chat": {"chat_id": GROUP},
    "unarchive_chat": {"chat_id": GROUP},
    "set_disappearing_chat": {"chat_id": "71234567890@c.us", "ephemeral_expiration": 0},
    "edit_message": {"chat_id": ME, "id_message": ID, "message": "A better text"},
    "calls_dial": {"chat_id": ME},
    "calls_get_state_instance": {"count": 10},
    "send_typing": {"chat_id": ME, "typing_time": 5000, "typing_type": "recording"},
    "get_chats": {"count": 10},
    "add_contact": {"chat_id": ME, "first_name": "Anna", "last_name": "K", "save_in_addressbook": True},
    "edit_contact": {"chat_id": ME, "first_name": "Anna", "last_name": "L", "save_in_addressbook": False},
    "delete_contact": {"chat_id": ME},
    "send_interactive_buttons": {
        "chat_id": ME,
        "body": "Choose",
        "buttons": [
            CopyButton(button_id="1", button_text="Copy", copy_code="42"),
            CallButton(button_id="2", button_text="Call", phone_number="79001234567"),
            UrlButton(button_id="3", button_text="Look", url="https://green-api.com"),
        ],
        "header": "Head",
        "footer": "Foot",
    },
    "send_interactive_buttons_reply": {"chat_id": ME, "body": "Choose", "buttons": _REPLIES},
    "create_product": {
        "name": "Mug",
        "country_code": "GB",
        "price": Decimal("8.50"),
        "image_url": "https://shop.example/m.jpg",
        "currency": "EUR",
        "retailer_id": "M-1",
        "is_hidden": False,
    },
    "edit_product": {"product_id": MUG, "price": 9, "is_hidden": True},
    "delete_product": {"product_ids": [MUG]},
    "get_products": {"chat_id": SHOP, "product_limit": 10},
    "get_product": {"chat_id": SHOP, "product_id": MUG},
    "send_product": {"chat_id": "79000000002@c.us", "product_id": MUG, "quoted_message_id": "3EB0A1B2C3D4E5F60718"},
    "send_order": {"chat_id": SHOP, "product_ids": [MUG, "20000000000000002"]},
    "create_collection": {"name": "Kitchen", "product_ids": [MUG]},
    "get_collections": {"chat_id": SHOP, "collection_limit": 5, "product_limit": 1},
    "get_collection": {"chat_id": SHOP, "collection_id": "30000000000000001", "product_limit": 1},
    "edit_collection": {
        "collection_id": "30000000000000001",
        "name": "Home",
        "product_ids_to_add": ["20000000000000002"],
    },
    "delete_collection": {"collection_id": "30000000000000002"},
    "move_collections": {
        "collections": [
            CollectionMove(collection_id="30000000000000002", from_index=0, to_index=1),
            CollectionMove(collection_id="30000000000000003", from_index=1, to_index=0),
        ]
    },
    "get_order_details": {"order_id": "1000000000000001", "token": "QUJDREVGR0g=", "seller_jid": SHOP},
    "delete_instance_account": {"id_instance": 1101000001},
}

SERIALIZED: dict[str, dict[str, Any]] = {
    "edit_product": {"price": "9"},
    "send_buttons": {"buttons": _SERIALIZED_REPLIES},
    "send_interactive_buttons": {
        "buttons": [
            {"buttonId": "1", "buttonText": "Copy", "type": "copy", "copyCode": "42"},
            {"buttonId": "2", "buttonText": "Call", "type": "call", "phoneNumber": "79001234567"},
            {"buttonId": "3", "buttonText": "Look", "type": "url", "url": "https://green-api.com"},
        ]
    },
    "send_interactive_buttons_reply": {"buttons": _SERIALIZED_REPLIES},
    "send_template": {"chatId": ME, "message": "hello"},
}
"""Parameters that are not sent as they are passed and of which the manual has no example."""
