"""Methods that only MAX and Telegram have, and those that answer differently there.

Source: the vendor's pages and clients of MAX and Telegram.
"""

import re
from typing import Any

from greenapi_async.sandbox.api.methods.definition import Call, method
from greenapi_async.sandbox.payloads.field_types import phone_number
from greenapi_async.sandbox.payloads.responses import RequestRejected
from greenapi_async.sandbox.payloads.schema import Field, boolean, chat_id, digits, is_group, is_person, text
from greenapi_async.sandbox.simulation.contacts import Profile
from greenapi_async.sandbox.simulation.messengers import MAX, TELEGRAM

__all__ = [
    "check_account",
    "get_account_settings",
    "numbered_chats",
    "numbered_contact_info",
    "numbered_contacts",
    "send_authorization_code",
    "send_authorization_password",
    "start_authorization",
]

SUSPENDED_SECONDS = 86_400
UNLINKED = frozenset({"notAuthorized", "pendingPassword", "blocked", "starting", None})


@method(
    "POST",
    "checkAccount",
    body={"phoneNumber": phone_number(), "username": text(), "force": boolean()},
    at_least=1,
)
def check_account(call: Call) -> dict[str, Any]:
    """Return whether a number or a username has an account; on an unlinked instance, a failure with the status 200."""
    instance, people = call.instance, call.instance.people
    if instance.state in UNLINKED:
        return {"status": False, "reason": "instance is starting or not authorized"}
    if "username" in call.body:
        return _check_username(call)
    number = str(call.body.get("phoneNumber", ""))
    if len(number) not in {11, 12} or (instance.messenger is MAX and not number.startswith(("7", "375"))):
        raise RequestRejected(400, "bad phone number, valid 11 or 12 digits")
    chat_id = people.resolve(f"{number}@c.us")
    exists = people.has_account(chat_id)
    cached = number in people.checked and not call.body.get("force", False)
    people.checked.add(number)
    answer = {"exist": exists, "chatId": chat_id if exists else "", "fromCache": cached}
    if instance.messenger is TELEGRAM:
        answer |= {"username": people.usernames.get(chat_id, ""), "phoneNumber": int(number)}
    return answer


def _check_username(call: Call) -> dict[str, Any]:
    name = call.body["username"]
    if call.instance.messenger is not TELEGRAM or "phoneNumber" in call.body:
        raise RequestRejected(400, "Validation failed. Details: 'username' is not allowed")
    if not re.fullmatch(r"@[A-Za-z0-9_]{1,32}", name):
        raise RequestRejected(400, "Validation failed. Details: 'username' must start with @")
    people = call.instance.people
    chat_id = next((chat for chat, known in people.usernames.items() if known.lower() == name.lower()), "")
    phone = people.phone_of(chat_id)
    return {"exist": bool(chat_id), "chatId": chat_id, "fromCache": False, "username": name, "phoneNumber": phone}


@method("GET", "getAccountSettings", while_starting=True)
def get_account_settings(call: Call) -> dict[str, Any]:
    """Return the account; avatar and phone are empty unless one is linked."""
    instance = call.instance
    if instance.state in UNLINKED:
        return {"avatar": "", "phone": "", "stateInstance": instance.state, "chatId": ""}
    profile = instance.people.profiles.get(instance.own_id, Profile())
    answer: dict[str, Any] = {
        "avatar": profile.avatar,
        "phone": instance.phone,
        "stateInstance": instance.state,
        "chatId": instance.own_id,
    }
    if instance.state == "suspended":
        entered = instance.lifecycle.history[-1][1]
        answer["suspendedUntil"] = entered + SUSPENDED_SECONDS
    if instance.messenger is TELEGRAM:
        answer["username"] = instance.people.usernames.get(instance.own_id, "")
    return answer


@method("POST", "startAuthorization", body={"phoneNumber": Field(phone_number().check, required=True)})
def start_authorization(call: Call) -> dict[str, Any]:
    """Send the code for signing in; the page shows it."""
    return call.instance.sign_in.start()


@method("POST", "sendAuthorizationCode", body={"code": text(required=True), "password": text()})
def send_authorization_code(call: Call) -> dict[str, Any]:
    """Sign in with the code, and on Telegram with the password."""
    return call.instance.sign_in.enter_code(call.body["code"], call.body.get("password"))


@method("POST", "sendAuthorizationPassword", body={"password": text(required=True)})
def send_authorization_password(call: Call) -> dict[str, Any]:
    """Finish signing in to Telegram."""
    return call.instance.sign_in.enter_password(call.body["password"])


@method("GET", "getContacts", query={"count": digits(1, 1_000_000)})
def numbered_contacts(call: Call) -> list[dict[str, Any]]:
    """Return the persons that the account has saved or has a chat with, without groups."""
    people = call.instance.people
    chats = [chat for chat in call.instance.chats if is_person(chat) and chat != call.instance.own_id]
    known = list(dict.fromkeys((*people.address_book.entries, *chats)))
    return [
        {
            "chatId": contact,
            "name": people.names.get(contact, ""),
            "contactName": people.address_book.name(contact),
            "type": "user",
            "phoneNumber": people.phone_of(contact),
        }
        for contact in known[: int(call.query.get("count", len(known)))]
    ]


@method("POST", "getContactInfo", body={"chatId": chat_id()})
def numbered_contact_info(call: Call) -> dict[str, Any]:
    """Return the profile of a person, a group or a channel."""
    contact, people = call.body["chatId"], call.instance.people
    profile = people.profiles.get(contact, Profile())
    return {
        "avatar": "" if profile.hides_avatar else profile.avatar,
        "name": people.names.get(contact, ""),
        "contactName": people.address_book.name(contact),
        "chatId": contact,
        "chatType": "group" if is_group(contact) else "user",
        "lastSeen": 0,
        "phoneNumber": people.phone_of(contact),
        "phoneNumberTimestamp": int(call.instance.timeline.now),
        "username": people.usernames.get(contact, ""),
        "description": profile.description,
    }


@method("GET", "getChats", query={"count": digits(1, 1_000_000)})
def numbered_chats(call: Call) -> list[dict[str, Any]]:
    """Return the chats, last active first."""
    instance = call.instance
    active = {group.group_id: group.created_at for group in instance.groups if instance.own_id in group.members}
    active |= {chat.chat_id: chat.messages[-1].timestamp for chat in instance.chats.values() if chat.messages}
    newest_first = sorted(active, key=lambda chat: active[chat], reverse=True)
    return [
        {
            "chatId": chat,
            "type": "group" if is_group(chat) else "user",
            "name": instance.people.name_of(chat),
            "phoneNumber": instance.people.phone_of(chat),
        }
        for chat in newest_first[: int(call.query.get("count", len(active)))]
    ]
