"""Service methods about people.

Source: manual 1.3.10.
"""

from typing import Any

from greenapi_async.sandbox.api.methods.definition import Call, method
from greenapi_async.sandbox.payloads.field_types import CONTACT_ID, contact_id, in_go, phone_number
from greenapi_async.sandbox.payloads.responses import RequestRejected
from greenapi_async.sandbox.payloads.schema import boolean, chat_id, choice, digits, is_person, text
from greenapi_async.sandbox.simulation.contacts import Profile

__all__ = ["check_whatsapp", "get_avatar", "get_contact_info", "get_contacts"]

NO_GROUPS = (
    "Validation failed. Details: The method GetContactInfo does not support group chats, to work with groups, use the "
    "GetGroupData method"
)


@method(
    "POST",
    "checkWhatsapp",
    body={"phoneNumber": phone_number(), "chatId": contact_id(required=False), "force": boolean()},
    at_least=1,
)
def check_whatsapp(call: Call) -> dict[str, Any]:
    """Return whether a number has an account, and both ids of a person who has an `@lid`.

    The parameter `chatId` and the ids are beyond the manual.
    """
    if "chatId" in call.body:
        return _checked(call, call.body["chatId"], {"chatId": call.body["chatId"]})
    if "phoneNumber" not in call.body:
        raise RequestRejected(400, "Validation failed. Details: 'phoneNumber' is required")
    number = str(call.body["phoneNumber"])
    if not 7 <= len(number) <= 16:  # newer pages allow 11 to 16, and some countries have shorter numbers
        raise RequestRejected(400, "bad phone number, valid from 11 to 16 digits")
    return _checked(call, f"{number}@c.us", {})


@method("POST", "getAvatar", body={"chatId": chat_id()})
def get_avatar(call: Call) -> dict[str, Any]:
    """Return the picture of a contact, a group or the account itself."""
    contact = call.body["chatId"]
    group = call.instance.groups.get(contact)
    if group:
        return {"urlAvatar": group.picture, "available": True}
    profile = call.instance.people.profiles.get(contact, Profile())
    return {"urlAvatar": "" if profile.hides_avatar else profile.avatar, "available": not profile.hides_avatar}


@method("GET", "getContacts", query={"group": choice("true", "false"), "count": digits(1, 1_000_000)})
def get_contacts(call: Call) -> list[dict[str, Any]]:
    """Return saved contacts, contacts with a chat, and groups; both parameters are beyond the manual."""
    instance = call.instance
    groups = [group.group_id for group in instance.groups if instance.own_id in group.members]
    people = [chat for chat in instance.chats if is_person(chat) and chat != instance.own_id]
    rows = [_contact_row(call, contact) for contact in dict.fromkeys((*instance.people.address_book.entries, *people))]
    rows += [{"id": group, "name": instance.people.name_of(group), "type": "group"} for group in groups]
    if "group" in call.query:
        wanted = "group" if call.query["group"] == "true" else "user"
        rows = [row for row in rows if row["type"] == wanted]
    return rows[: int(call.query.get("count", len(rows)))]


@method("POST", "getContactInfo", body={"chatId": in_go(text(may_be_empty=True))})
def get_contact_info(call: Call) -> dict[str, Any]:
    """Return the profile of a contact."""
    contact = call.body.get("chatId", "")
    if not CONTACT_ID.fullmatch(contact):
        raise RequestRejected(400, NO_GROUPS)
    profile, settings = call.instance.people.profiles.get(contact, Profile()), call.instance.chats.settings(contact)
    return {
        "avatar": "" if profile.hides_avatar else profile.avatar,
        "name": call.instance.people.names.get(contact, ""),
        "contactName": call.instance.people.address_book.name(contact),
        "email": profile.email,
        "category": profile.category,
        "description": profile.description,
        "products": profile.products,
        "chatId": contact,
        "lastSeen": profile.last_seen,
        "isArchive": settings.archived,
        "isDisappearing": settings.expiration > 0,
        "isMute": False,
        "messageExpiration": settings.expiration,
        "muteExpiration": None,
        "isBusiness": profile.is_business,
    }


def _checked(call: Call, contact: str, ids: dict[str, Any]) -> dict[str, Any]:
    exists = contact not in call.instance.people.no_account
    if exists and (lid := call.instance.lids.of(contact)) is not None:
        ids = {"chatId": lid, "phoneNumber": contact}
    return {"existsWhatsapp": exists, **ids}


def _contact_row(call: Call, contact: str) -> dict[str, Any]:
    saved_as = call.instance.people.address_book.name(contact)
    return {"id": contact, "name": call.instance.people.names.get(contact, ""), "contactName": saved_as, "type": "user"}
