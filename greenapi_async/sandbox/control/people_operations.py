"""What the control API can ask of the people around an account: groups, statuses, and who sees whom typing."""

from typing import Any

from greenapi_async.sandbox.control.operations import Order
from greenapi_async.sandbox.simulation.statuses import file_look, text_look


def list_groups(order: Order) -> Any:
    """Give every group, whether the account is in it or not."""
    return [
        {
            "groupId": group.group_id,
            "groupName": group.subject,
            "owner": group.owner,
            "members": list(group.members),
            "admins": [member for member, admin in group.members.items() if admin],
        }
        for group in order.instance.groups
    ]


def make_group(order: Order) -> Any:
    """Let the first of the contacts make a group, with the account in it."""
    members, admin = order.body["chatIds"], order.body.get("admin", False)
    return {"groupId": order.instance.contact_makes_group(order.body["groupName"], members, admin=admin)}


def contact_posts_status(order: Order) -> Any:
    """Let a contact post a status: a text, or a file."""
    body = order.body
    if "message" in body:
        look = text_look(body["message"], body.get("backgroundColor", "#FFFFFF"), body.get("font", "SERIF"))
    elif "urlFile" in body and "fileName" in body:
        look = file_look(body["urlFile"], body["fileName"], body.get("caption", ""))
    else:
        raise ValueError("'message', or 'urlFile' and 'fileName', is required")
    return {"idMessage": order.instance.contact_posts_status(body["chatId"], look)}


def contact_views_status(order: Order) -> Any:
    """Let a contact look at a status of the account."""
    order.instance.contact_views_status(order.body["chatId"], order.path["id_message"])
    return {"viewed": True}


def see_typing(order: Order) -> Any:
    """Say what the other side of a chat sees the account do."""
    typing = order.instance.typing(order.chat_id)
    return {"typing": typing.action if typing else None, "until": typing.until if typing else None}
