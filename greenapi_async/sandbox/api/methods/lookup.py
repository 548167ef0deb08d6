"""Section 1.3.10 of the manual: service methods about people."""

from typing import Any

from greenapi_async.sandbox.api.methods.definition import Call, method
from greenapi_async.sandbox.payloads.rejection import Rejected
from greenapi_async.sandbox.payloads.schema import boolean, chat_id, choice, digits, text
from greenapi_async.sandbox.payloads.field_types import CONTACT_ID, contact_id, in_go, phone_number
from greenapi_async.sandbox.simulation.contacts import Profile

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
    """Say whether a number has an account; asking by `chatId` is beyond the manual, and answered with it."""
    if "chatId" in call.body:
        who = call.body["chatId"]
        return {"existsWhatsapp": who not in call.instance.no_account, "chatId": who}
    if "phoneNumber" not in call.body:
        raise Rejected(400, "Validation failed. Details: 'phoneNumber' is required")
    number = str(call.body["phoneNumber"])
    if len(number) not in {11, 12}:
        raise Rejected(400, "bad phone number, valid 11 or 12 digits")
    return {"existsWhatsapp": f"{number}@c.us" not in call.instance.no_account}


@method("POST", "getAvatar", body={"chatId": chat_id()})
def get_avatar(call: Call) -> dict[str, Any]:
    """Give the picture of a contact, of a group or of the account itself."""
    who = call.body["chatId"]
    group = call.instance.groups.get(who)
    if group:
        return {"urlAvatar": group.picture, "available": True}
    profile = call.instance.profiles.get(who, Profile())
    return {"urlAvatar": "" if profile.hides_avatar else profile.avatar, "available": not profile.hides_avatar}


@method("GET", "getContacts", query={"group": choice("true", "false"), "count": digits(1, 1_000_000)})
def get_contacts(call: Call) -> list[dict[str, Any]]:
    """Give whom the account has saved or has a chat with, and its groups; both parameters are beyond the manual."""
    instance = call.instance
    groups = [group.group_id for group in instance.groups if instance.wid in group.members]
    people = [chat for chat in instance.chats if CONTACT_ID.fullmatch(chat) and chat != instance.wid]
    rows = [_person(call, who) for who in dict.fromkeys((*instance.address_book.entries, *people))]
    rows += [{"id": group, "name": instance.name_of(group), "type": "group"} for group in groups]
    if "group" in call.query:
        wanted = "group" if call.query["group"] == "true" else "user"
        rows = [row for row in rows if row["type"] == wanted]
    return rows[: int(call.query.get("count", len(rows)))]


@method("POST", "getContactInfo", body={"chatId": in_go(text(may_be_empty=True))})
def get_contact_info(call: Call) -> dict[str, Any]:
    """Tell of a contact what it shows of itself."""
    who = call.body.get("chatId", "")
    if not CONTACT_ID.fullmatch(who):
        raise Rejected(400, NO_GROUPS)
    profile, marks = call.instance.profiles.get(who, Profile()), call.instance.marks(who)
    return {
        "avatar": "" if profile.hides_avatar else profile.avatar,
        "name": call.instance.names.get(who, ""),
        "contactName": call.instance.address_book.name(who),
        "email": profile.email,
        "category": profile.category,
        "description": profile.description,
        "products": profile.products,
        "chatId": who,
        "lastSeen": profile.last_seen,
        "isArchive": marks.archived,
        "isDisappearing": marks.expiration > 0,
        "isMute": False,
        "messageExpiration": marks.expiration,
        "muteExpiration": None,
        "isBusiness": profile.is_business,
    }


def _person(call: Call, who: str) -> dict[str, Any]:
    saved_as = call.instance.address_book.name(who)
    return {"id": who, "name": call.instance.names.get(who, ""), "contactName": saved_as, "type": "user"}
