"""Operations of the control API on groups, statuses and typing indicators."""

from typing import Any

from greenapi_async.sandbox.control.operations import ControlRequest
from greenapi_async.sandbox.simulation.statuses import file_status, text_status

__all__ = ["contact_posts_status", "contact_views_status", "create_group", "get_typing", "list_groups"]


def list_groups(request: ControlRequest) -> Any:
    """Return every group, including those that the account is not a member of."""
    return [
        {
            "groupId": group.group_id,
            "groupName": group.subject,
            "owner": group.owner,
            "members": list(group.members),
            "admins": [member for member, admin in group.members.items() if admin],
        }
        for group in request.instance.groups
    ]


def create_group(request: ControlRequest) -> Any:
    """Create a group owned by the first contact, with the account as a member."""
    members, admin = request.body["chatIds"], request.body.get("admin", False)
    return {"groupId": request.instance.contact_makes_group(request.body["groupName"], members, admin=admin)}


def contact_posts_status(request: ControlRequest) -> Any:
    """Post a status of a contact: a text or a file."""
    body = request.body
    if "message" in body:
        shown = text_status(body["message"], body.get("backgroundColor", "#FFFFFF"), body.get("font", "SERIF"))
    elif "urlFile" in body and "fileName" in body:
        shown = file_status(body["urlFile"], body["fileName"], body.get("caption", ""))
    else:
        raise ValueError("'message', or both 'urlFile' and 'fileName', is required")
    return {"idMessage": request.instance.statuses.contact_posts(body["chatId"], shown)}


def contact_views_status(request: ControlRequest) -> Any:
    """Mark a status of the account as viewed by a contact."""
    request.instance.statuses.contact_views(request.body["chatId"], request.path["id_message"])
    return {"viewed": True}


def get_typing(request: ControlRequest) -> Any:
    """Return the typing indicator that the other side of a chat sees."""
    typing = request.instance.chats.typing(request.chat_id)
    return {"typing": typing.action if typing else None, "until": typing.until if typing else None}
