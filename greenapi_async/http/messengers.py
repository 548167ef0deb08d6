"""Differences between the messengers behind the API: paths, methods, ids, limits and names of parameters.

``FACTS`` is the only place that knows it. An endpoint describes a method as WhatsApp has it; ``adapt_endpoint``
replaces the checks of parameters that another messenger checks differently, and ``wire_values`` renames the parameters.

The messenger of a client is given, or learned from a ``typeInstance`` of the server (``ClientMessenger``). Until then
the client behaves as for WhatsApp, but rejects no method: MAX answers without the prefix of its path, too.

Source: the vendor's pages and clients of MAX and Telegram, beyond the manual.
"""

import functools
import logging
import re
from collections.abc import Mapping
from typing import Any, Final

import attrs

from greenapi_async.errors import InvalidArgumentError
from greenapi_async.http import validation
from greenapi_async.http.endpoint import Endpoint
from greenapi_async.models.chat_ids import is_chat_number, number_id_error
from greenapi_async.models.messengers import Messenger, find_messenger, parse_messenger

__all__ = [
    "FACTS",
    "ClientMessenger",
    "MessengerFacts",
    "adapt_endpoint",
    "check_available",
    "has_method",
    "messenger_named",
    "wire_values",
]

logger = logging.getLogger("greenapi_async")

_OWN_METHODS: Final = frozenset(
    {"checkAccount", "getAccountSettings", "sendAuthorizationCode", "sendAuthorizationPassword", "startAuthorization"}
)
"""Methods that WhatsApp does not have."""
_MAX_METHODS: Final = frozenset(
    {
        "addGroupParticipant",
        "checkAccount",
        "clearMessagesQueue",
        "clearWebhooksQueue",
        "createGroup",
        "deleteMessage",
        "deleteNotification",
        "downloadFile",
        "editMessage",
        "getAccountSettings",
        "getAvatar",
        "getChatHistory",
        "getChats",
        "getContactInfo",
        "getContacts",
        "getGroupData",
        "getMessage",
        "getMessagesCount",
        "getSettings",
        "getStateInstance",
        "getWebhooksCount",
        "lastIncomingMessages",
        "lastOutgoingMessages",
        "leaveGroup",
        "logout",
        "qr",
        "readChat",
        "reboot",
        "receiveNotification",
        "removeAdmin",
        "removeGroupParticipant",
        "sendAuthorizationCode",
        "sendContact",
        "sendFileByUpload",
        "sendFileByUrl",
        "sendLocation",
        "sendMessage",
        "setGroupAdmin",
        "setGroupPicture",
        "setProfilePicture",
        "setSettings",
        "showMessagesQueue",
        "startAuthorization",
        "updateGroupName",
        "uploadFile",
    }
)
_TELEGRAM_METHODS: Final = _MAX_METHODS | {
    "archiveChat",
    "forwardMessages",
    "sendAuthorizationPassword",
    "sendPoll",
    "sendTyping",
    "unarchiveChat",
    "updateApiToken",
}
_INSTEAD: Final = {
    "checkWhatsapp": "use check_account()",
    "getAuthorizationCode": "use qr(), or start_authorization() and send_authorization_code()",
    "getWaSettings": "use get_account_settings()",
    "scanqrcode": "call qr() every two seconds",
    "sendButtons": "send the choices as a numbered list",
    "sendInteractiveButtons": "send a link in the text",
    "sendInteractiveButtonsReply": "send the choices as a numbered list, for example with Conversation.choose()",
    "sendLink": "use send_message()",
    "sendListMessage": "send the choices as a numbered list",
    "sendTemplateButtons": "send the choices as a numbered list",
}
"""Replacement for a method that neither MAX nor Telegram has."""
_GROUP_METHODS: Final = frozenset(
    {
        "addGroupParticipant",
        "getGroupData",
        "leaveGroup",
        "removeAdmin",
        "removeGroupParticipant",
        "setGroupAdmin",
        "setGroupPicture",
        "updateGroupName",
    }
)


@attrs.frozen(kw_only=True)
class MessengerFacts:
    """Facts about one messenger.

    Attributes:
        title: Name for error messages.
        path: What its paths have in front of ``waInstance``.
        methods: The methods it has; None means all but those of other messengers.
        instead: What to use in place of methods that it does not have.
        limits: Checks by parameter, in place of those of the endpoint, of whatever method.
        method_limits: Checks by method and parameter, in place of all others.
        renamed: Other names of parameters on the wire, by method.
    """

    title: str
    path: str = ""
    methods: frozenset[str] | None = None
    instead: Mapping[str, str] = attrs.field(factory=dict[str, str])
    limits: Mapping[str, validation.Validator] = attrs.field(factory=dict[str, validation.Validator])
    method_limits: Mapping[str, Mapping[str, validation.Validator]] = attrs.field(
        factory=dict[str, Mapping[str, validation.Validator]]
    )
    renamed: Mapping[str, Mapping[str, str]] = attrs.field(factory=dict[str, Mapping[str, str]])


def _text_id(value: Any) -> str | None:
    """Check the id of a message: a string of digits, which a float could not hold."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,40}", value):
        return None
    return f"is {value!r}; expected a string of digits as in id_message"


def _not_sent(reason: str) -> validation.Validator:
    return lambda value: f"is {value!r}; {reason}"


_NO_TYPING_TYPE: Final = {
    name: {"typingType": _not_sent("only Telegram knows it; omit it")}
    for name in ("sendContact", "sendLocation", "sendMessage", "sendPoll")
}
_DELAY: Final = {"delaySendMessagesMilliseconds": validation.in_range(500, 600_000, "ms")}
_CONTACTS: Final = {"group": _not_sent("it lists persons only; groups are in get_chats(), omit it")}
_IDS: Final[Mapping[str, validation.Validator]] = {
    "chatId": functools.partial(number_id_error, kind="chat"),
    "chatIdFrom": functools.partial(number_id_error, kind="chat"),
    "groupId": functools.partial(number_id_error, kind="group"),
    "participantChatId": functools.partial(number_id_error, kind="person"),
    "chatIds": validation.list_of(functools.partial(number_id_error, kind="person")),
    "idMessage": _text_id,
    "quotedMessageId": _text_id,
    "messages": validation.list_of(_text_id, min_items=1),
}

FACTS: Final[Mapping[Messenger, MessengerFacts]] = {
    Messenger.WHATSAPP: MessengerFacts(
        title="WhatsApp",
        instead={
            "checkAccount": "use check_whatsapp()",
            "getAccountSettings": "use get_wa_settings()",
            "sendAuthorizationCode": "use scan_qr_code() or get_authorization_code()",
            "sendAuthorizationPassword": "use scan_qr_code() or get_authorization_code()",
            "startAuthorization": "use scan_qr_code() or get_authorization_code()",
        },
        method_limits={
            **_NO_TYPING_TYPE,
            "sendPoll": {
                **_NO_TYPING_TYPE["sendPoll"],
                "isAnonymous": _not_sent("only Telegram has anonymous polls; omit it"),
            },
        },
    ),
    Messenger.MAX: MessengerFacts(
        title="MAX",
        path="/v3",
        methods=_MAX_METHODS,
        instead={
            **_INSTEAD,
            "forwardMessages": "send the text again with send_message(), or the file with send_file_by_url()",
            "sendAuthorizationPassword": "switch off the account's password and use qr()",
            "sendPoll": "send the choices as a numbered list, for example with Conversation.choose()",
            "sendTyping": "pass typing_time to send_message()",
            "updateApiToken": "change the token in your personal area",
        },
        limits=_IDS,
        method_limits={
            **_NO_TYPING_TYPE,
            "sendMessage": {**_NO_TYPING_TYPE["sendMessage"], "message": validation.text(4000)},
            "editMessage": {"message": validation.text(4000)},
            "setSettings": _DELAY,
            "getContacts": _CONTACTS,
            "checkAccount": {
                "phoneNumber": validation.max_phone_number,
                "username": _not_sent("MAX has no usernames; give phone_number"),
            },
            "startAuthorization": {"phoneNumber": validation.max_phone_number},
            "sendAuthorizationCode": {"password": _not_sent("MAX takes no password; switch it off and use qr()")},
        },
    ),
    Messenger.TELEGRAM: MessengerFacts(
        title="Telegram",
        methods=_TELEGRAM_METHODS,
        instead=_INSTEAD,
        limits={**_IDS, "typingType": validation.text(50)},
        method_limits={
            **{name: {"typingType": validation.text(50)} for name in _NO_TYPING_TYPE},
            "sendMessage": {"message": validation.text(4096), "typingType": validation.text(50)},
            "editMessage": {"message": validation.text(4096)},
            "setSettings": _DELAY,
            "getContacts": _CONTACTS,
            "readChat": {"idMessage": _not_sent("Telegram marks whole chats only; omit it")},
        },
        renamed={name: {"groupId": "chatId"} for name in _GROUP_METHODS},
    ),
}


@attrs.define(eq=False)
class ClientMessenger:
    """The messenger of a client: given, or learned once.

    Attributes:
        current: The messenger; None while it is unknown.
        facts: The facts that apply; those of WhatsApp while the messenger is unknown.
    """

    id_instance: int
    current: Messenger | None = None
    facts: MessengerFacts = attrs.field(init=False)
    _is_reported: bool = attrs.field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        self.facts = FACTS[self.current or Messenger.WHATSAPP]

    def learn(self, type_instance: str | None) -> None:
        """Use a ``typeInstance`` that the server reported for this instance.

        A contradiction to what is known is logged, once, and ignored.
        """
        found = find_messenger(type_instance)
        if found is None or found is self.current:
            return
        if self.current is None:
            self.current, self.facts = found, FACTS[found]
        elif not self._is_reported:
            self._is_reported = True
            logger.warning(
                "Instance %d is a %s instance according to the server, but its client works with %s: check messenger=",
                self.id_instance,
                FACTS[found].title,
                self.facts.title,
                extra={"instance": self.id_instance},
            )

    def hint(self, values: Mapping[str, Any]) -> str:
        """Return advice for rejected arguments that a client of another messenger would accept, or nothing."""
        if self.current is None and any(is_chat_number(values.get(name)) for name in _IDS):
            return (
                'If this is an instance of MAX or Telegram, whose chat ids are numbers, say so: messenger="max" or '
                '"telegram", or call get_settings() first.'
            )
        return ""


def messenger_named(name: str | None, api_url: str) -> Messenger | None:
    """Return the messenger that a client is created with.

    Args:
        name: The argument ``messenger``: a name or a ``typeInstance``; None if it is not given.
        api_url: The API URL; if it ends in ``/v3``, as in the vendor's client of MAX, the default is MAX.

    Raises:
        InvalidArgumentError: There is no such messenger.
    """
    if name is None:
        return Messenger.MAX if api_url.endswith(FACTS[Messenger.MAX].path) else None
    return parse_messenger(name)


def has_method(messenger: Messenger, name: str) -> bool:
    """Return whether a messenger has an API method."""
    methods = FACTS[messenger].methods
    return name not in _OWN_METHODS if methods is None else name in methods


def check_available(endpoint: Endpoint[Any], messenger: Messenger | None) -> None:
    """Check that a messenger has an API method; while it is unknown, every method is available.

    Raises:
        InvalidArgumentError: It does not; the error says what to use instead.
    """
    if messenger is None or endpoint.any_messenger or has_method(messenger, endpoint.name):
        return
    facts = FACTS[messenger]
    instead = facts.instead.get(endpoint.name)
    raise InvalidArgumentError(
        f"{facts.title} has no method {endpoint.name}" + (f"; {instead}" if instead else "; nothing replaces it"),
        method=endpoint.name,
    )


@functools.lru_cache(maxsize=512)
def adapt_endpoint(endpoint: Endpoint[Any], messenger: Messenger) -> Endpoint[Any]:
    """Return an endpoint with the checks of a messenger."""
    facts = FACTS[messenger]
    replaced = {name: check for name, check in facts.limits.items() if name in endpoint.limits}
    own = facts.method_limits.get(endpoint.name, {})
    return attrs.evolve(endpoint, limits={**endpoint.limits, **replaced, **own}) if replaced or own else endpoint


def wire_values(endpoint: Endpoint[Any], messenger: Messenger, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return arguments by the names that a messenger has for them."""
    names = FACTS[messenger].renamed.get(endpoint.name)
    return {names.get(name, name): value for name, value in values.items()} if names else values
