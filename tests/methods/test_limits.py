"""Documented limits are checked before anything is sent."""

from typing import Any

import pytest

from greenapi_async import Client, InvalidArgumentError
from greenapi_async.types import ContactCard, CustomPreview, ReplyButton, UrlButton

from .conftest import ANNA, GROUP, ID, Call, Server

pytestmark = pytest.mark.anyio

PHOTO = "https://my.site.com/img/horse.png"
SOUND = "https://my.site.com/audio/music.mp3"
QUOTED = "361B0E63F2FDF95903B6A9C9A102F34B"
REPLY = [ReplyButton(button_id="1", button_text="First"), ReplyButton(button_id="2", button_text="Second")]


def poll(*options: str) -> Call:
    return lambda client: client.send_poll(ANNA, "?", options)


def contact(card: ContactCard) -> Call:
    return lambda client: client.send_contact(ANNA, card)


def buttons(*given: ReplyButton) -> Call:
    return lambda client: client.send_interactive_buttons_reply(ANNA, "Body", given)


def file(url: str = PHOTO, name: str = "horse.png", **options: Any) -> Call:
    return lambda client: client.send_file_by_url(ANNA, url, name, **options)


INVALID: list[tuple[Call, str]] = [
    # sending
    (lambda client: client.send_message(ANNA, "x", typing_time=999), "typing_time is 999; 1,000 to 20,000 ms"),
    (
        lambda client: client.send_message(ANNA, "x", type_preview="big"),  # type: ignore[arg-type]  # wrong on purpose
        "type_preview is 'big'; allowed values: small",
    ),
    (
        lambda client: client.send_message(ANNA, "x", custom_preview=CustomPreview(title="x" * 301)),
        "custom_preview (title) has 301 characters; 1 to 300 are allowed",
    ),
    (lambda client: client.send_poll(ANNA, "x" * 256, ["a", "b"]), "message has 256 characters; 1 to 255"),
    (lambda client: client.send_poll(ANNA, "?", "ab"), "options is of type str; expected a list"),
    (poll("a"), "options has 1 item; 2 to 12 are allowed"),
    (poll(*"abcdefghijklm"), "options has 13 items; 2 to 12 are allowed"),
    (poll("a", "b", "a"), "options (item 3) repeats item 1; all items must differ"),
    (poll("a", "x" * 101), "options (item 2) (option_name) has 101 characters; 1 to 100 are allowed"),
    (poll("a", ""), "options (item 2) (option_name) is empty"),
    (file("ftp://my.site.com/horse.png"), "expected an http:// or https:// URL"),
    (file("https://my.site.com/my horse.png"), "without spaces"),
    (file(name=" "), "file_name is ' '; expected a name, for example horse.png"),
    (file(caption="x" * 20_001), "caption has 20,001 characters; 0 to 20,000 are allowed"),
    (file(typing_type="typing"), "typing_type is 'typing'; allowed values: recording"),
    (file(quoted_message_id="123456789"), "at least 16 characters"),
    (contact(ContactCard(phone_contact=7900, company="B")), "(phone_contact) is 7900: it has 4 digits; 7 to 15 are"),
    (
        contact(ContactCard(phone_contact="8 (900) 123-45-67", company="B")),
        "contact (phone_contact) is '8 (900) 123-45-67': its 8 is the prefix of calls within Russia",
    ),
    (
        contact(ContactCard(phone_contact=79001234568, first_name="")),
        "contact has none of first_name, middle_name, last_name, company; at least one is required",
    ),
    (lambda client: client.send_contact(ANNA, "Artem"), "contact is of type str; expected an object"),  # type: ignore[arg-type]  # wrong on purpose
    (lambda client: client.forward_messages(ANNA, GROUP, []), "messages has 0 items; at least 1 are allowed"),
    (lambda client: client.forward_messages(ANNA, "x", [QUOTED]), "chat_id_from is 'x'"),
    (lambda client: client.forward_messages(ANNA, GROUP, ["x"]), "messages (item 1) is 'x'; message ids have"),
    (
        lambda client: client.send_location("79001234567", 1, 1),
        "chat_id is '79001234567'; allowed are <phone>@c.us for a person and <id>@g.us for a group, for example",
    ),
    (lambda client: client.send_location(79001234567, 1, 1), 'pass chat_id("+79001234567")'),  # type: ignore[arg-type]  # wrong on purpose
    (lambda client: client.send_location("8 (900) 123-45-67", 1, 1), 'pass chat_id("+79001234567")'),
    (lambda client: client.send_location(ANNA, 91, 1), "latitude is 91; -90 to 90 degrees are allowed"),
    (lambda client: client.send_location(ANNA, 1, -180.5), "longitude is -180.5; -180 to 180 degrees are allowed"),
    (buttons(), "buttons has 0 items; 1 to 3 are allowed"),
    (buttons(*REPLY, *REPLY), "buttons has 4 items; 1 to 3 are allowed"),
    (buttons(ReplyButton(button_id="1", button_text="x" * 26)), "buttons (item 1) (button_text) has 26 characters"),
    (
        lambda client: client.send_interactive_buttons(
            ANNA, "Body", [UrlButton(button_id="1", button_text="x", url="green-api.com")]
        ),
        "buttons (item 1) (url) is 'green-api.com'; expected an http:// or https:// URL",
    ),
    # statuses
    (lambda client: client.send_text_status("x" * 501), "message has 501 characters; 1 to 500 are allowed"),
    (lambda client: client.send_text_status("x", background_color="green"), "expected #RRGGBB"),
    (lambda client: client.send_text_status("x", font="ARIAL"), "allowed values: SERIF, SANS_SERIF"),  # type: ignore[arg-type]  # wrong on purpose
    (
        lambda client: client.send_text_status("x", participants=[GROUP]),
        "participants (item 1) is '120363043968066561@g.us'",
    ),
    (lambda client: client.send_voice_status("x", "a.mp3"), "url_file is 'x'; expected an http:// or https:// URL"),
    (
        lambda client: client.send_voice_status(SOUND, "a.ogg"),
        "file_name is 'a.ogg'; allowed extensions: .mp3, .wav",
    ),
    (lambda client: client.send_voice_status(SOUND, "a.mp3", background_color="x"), "expected #RRGGBB"),
    (lambda client: client.send_voice_status(SOUND, "a.mp3", participants=[GROUP]), "is '120363043968066561@g.us'"),
    (lambda client: client.send_media_status("x", "a.png"), "expected an http:// or https:// URL"),
    (lambda client: client.send_media_status(PHOTO, ""), "expected a name, for example horse.png"),
    (
        lambda client: client.send_media_status(PHOTO, "a.png", caption="x" * 1025),
        "caption has 1,025 characters; 0 to 1,024 are allowed",
    ),
    (lambda client: client.send_media_status(PHOTO, "a.png", participants=[GROUP]), "is '120363043968066561@g.us'"),
    (lambda client: client.delete_status("x"), "at least 16 characters"),
    (lambda client: client.get_status_statistic("x"), "at least 16 characters"),
    # service
    (lambda client: client.check_whatsapp(), "neither phone_number nor chat_id was given; exactly one is required"),
    (
        lambda client: client.check_whatsapp(11001234567, chat_id=ANNA),
        "both phone_number and chat_id were given; exactly one is required",
    ),
    (lambda client: client.check_whatsapp(110012), "phone_number is 110012: it has 6 digits; 7 to 15 are allowed"),
    (lambda client: client.check_whatsapp("89001234567"), "write +79001234567, or use"),
    (lambda client: client.check_whatsapp(chat_id=GROUP), "is '120363043968066561@g.us'"),
    (lambda client: client.get_avatar("x"), "chat_id is 'x'"),
    (lambda client: client.get_contact_info(GROUP), "chat_id is '120363043968066561@g.us'"),
    (lambda client: client.delete_message("x", ID), "chat_id is 'x'"),
    (lambda client: client.delete_message(ANNA, "x"), "at least 16 characters"),
    (lambda client: client.edit_message(ANNA, ID, ""), "message is empty; 1 to 20,000"),
    (lambda client: client.edit_message(ANNA, "x", "x"), "at least 16 characters"),
    (lambda client: client.archive_chat("x"), "chat_id is 'x'"),
    (lambda client: client.unarchive_chat("x"), "chat_id is 'x'"),
    (
        lambda client: client.set_disappearing_chat(ANNA, 1),  # type: ignore[arg-type]  # wrong on purpose
        "allowed values: 0, 86400, 604800, 7776000 seconds",
    ),
    (lambda client: client.send_typing(ANNA, typing_time=20_001), "1,000 to 20,000 ms are allowed"),
    (lambda client: client.send_typing(ANNA, typing_type="x"), "allowed values: recording"),  # type: ignore[arg-type]  # wrong on purpose
    # journals
    (lambda client: client.get_chat_history("x"), "chat_id is 'x'"),
    (lambda client: client.get_chat_history(ANNA, count=0), "count is 0; 1 or more are allowed"),
    (lambda client: client.last_incoming_messages(minutes=-5), "minutes is -5; 1 or more minutes are allowed"),
    # account
    (
        lambda client: client.set_settings(delay_send_messages_milliseconds=86_400_001),
        "delay_send_messages_milliseconds is 86,400,001; 500 to 86,400,000 ms are allowed",
    ),
    (lambda client: client.set_settings(auto_typing=11), "auto_typing is 11; 0 to 10 steps are allowed"),
    (
        lambda client: client.set_settings(webhook_url="my.site.com"),
        "webhook_url is 'my.site.com'; expected an http://",
    ),
    (lambda client: client.set_settings(extra={"webhookUrl": "x"}), "extra has webhookUrl; pass it as webhook_url="),
    (lambda client: client.set_settings(extra={"x": None}), "extra has 'x': NoneType; expected names, and strings"),  # type: ignore[dict-item]  # wrong on purpose
    (lambda client: client.set_profile_picture(b"\x89PNG\r\n\x1a\n..."), "file is a PNG; the server expects a picture"),
    (
        lambda client: client.set_group_picture(GROUP, b"GIF89a..."),
        "file is a GIF; the server expects a picture in JPEG",
    ),
    (lambda client: client.set_group_picture(GROUP, b"a text"), "file is not a JPEG; the server expects a picture"),
    (lambda client: client.get_message("x", ID), "chat_id is 'x'"),
    (lambda client: client.get_message(ANNA, "x"), "at least 16 characters"),
    # groups
    (lambda client: client.create_group("x" * 101, [ANNA]), "group_name has 101 characters; 1 to 100"),
    (lambda client: client.create_group("", [ANNA]), "group_name is empty"),
    (lambda client: client.create_group("x", []), "chat_ids has 0 items; 1 to 100 are allowed"),
    (lambda client: client.create_group("x", [ANNA] * 101), "chat_ids has 101 items; 1 to 100 are allowed"),
    (lambda client: client.create_group("x", [ANNA, GROUP]), "chat_ids (item 2) is '120363043968066561@g.us'"),
    (lambda client: client.create_group("x", ANNA), "chat_ids is of type str; expected a list"),
    (lambda client: client.update_group_name(ANNA, "x"), "group_id is '11001234567@c.us'"),
    (lambda client: client.update_group_name(GROUP, "x" * 101), "group_name has 101 characters"),
    (lambda client: client.update_group_settings(ANNA), "group_id is '11001234567@c.us'"),
    (lambda client: client.get_group_data(ANNA), "group_id is '11001234567@c.us'"),
    (lambda client: client.get_group_data("120363043968066561@g.u\u0455"), "CYRILLIC SMALL LETTER DZE"),
    (lambda client: client.add_group_participant(ANNA, ANNA), "group_id is '11001234567@c.us'"),
    (lambda client: client.add_group_participant(GROUP, GROUP), "participant_chat_id is '120363043968066561@g.us'"),
    (
        lambda client: client.remove_group_participant(GROUP, GROUP),
        "participant_chat_id is '120363043968066561@g.us'",
    ),
    (lambda client: client.set_group_admin(GROUP, GROUP), "participant_chat_id is '120363043968066561@g.us'"),
    (lambda client: client.remove_admin(GROUP, GROUP), "participant_chat_id is '120363043968066561@g.us'"),
    (lambda client: client.leave_group(ANNA), "group_id is '11001234567@c.us'"),
    # contacts
    (lambda client: client.add_contact(GROUP, "John"), "chat_id is '120363043968066561@g.us'"),
    (lambda client: client.edit_contact(GROUP, "John"), "chat_id is '120363043968066561@g.us'"),
    (lambda client: client.delete_contact(GROUP), "chat_id is '120363043968066561@g.us'"),
]


@pytest.mark.parametrize(("call", "message"), INVALID)
async def test_limit_violation_is_rejected_before_sending(
    client: Client, server: Server, call: Call, message: str
) -> None:
    with pytest.raises(InvalidArgumentError) as raised:
        await call(client)
    assert message in str(raised.value)
    assert server.requests == []
