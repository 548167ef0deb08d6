"""Limits of the API as data: rates, monthly quotas, and the retention of the queues.

Source: manual 1.3.12 (rates) and 1.2.2 (quotas).
"""

from collections.abc import Mapping
from typing import Final

import attrs

__all__ = ["QUOTAS", "RATES", "RETENTION_SECONDS", "Quota"]

RETENTION_SECONDS: Final = 86_400.0
"""Seconds that both queues keep their entries."""


@attrs.frozen
class Quota:
    """The calls of one method that each tariff allows per month; None is unlimited."""

    developer: int | None = None
    business: int | None = None


RATES: Final[Mapping[str, float]] = {
    "getSettings": 1,
    "setSettings": 1,
    "getStateInstance": 1,
    "getStatusInstance": 1,
    "reboot": 1,
    "logout": 1,
    "qr": 3,
    "scanQrCode": 1,
    "setProfilePicture": 0.1,
    "getWaSettings": 1,
    "sendFileByUpload": 50,
    "receiveNotification": 100,
    "deleteNotification": 100,
    "downloadFile": 5,
    "getChatHistory": 1,
    "getMessage": 10,
    "lastIncomingMessages": 1,
    "lastOutgoingMessages": 1,
    "createGroup": 1,
    "updateGroupName": 1,
    "getGroupData": 1,
    "addGroupParticipant": 10,
    "removeGroupParticipant": 10,
    "setGroupAdmin": 10,
    "removeAdmin": 10,
    "setGroupPicture": 1,
    "leaveGroup": 10,
    "readChat": 10,
    "getDeviceInfo": 1,
    "checkWhatsapp": 10,
    "checkAccount": 10,
    "getAvatar": 10,
    "getContacts": 1,
    "getContactInfo": 1,
    "deleteMessage": 10,
    "archiveChat": 10,
    "unarchiveChat": 10,
    "setDisappearingChat": 1,
    "sendMessage": 50,
    "sendButtons": 50,
    "sendTemplateButtons": 50,
    "sendListMessage": 50,
    "sendLocation": 50,
    "sendLink": 50,
    "sendContact": 50,
    "sendFileByUrl": 50,
    "sendPoll": 50,
    "clearMessagesQueue": 1,
    "showMessagesQueue": 1,
    "sendTemplate": 50,
    "forwardMessages": 50,
    "deleteStatus": 10,
    "getIncomingStatuses": 1,
    "getOutgoingStatuses": 1,
    "getStatusStatistic": 1,
    "sendTextStatus": 5,
    "sendVoiceStatus": 5,
    "sendMediaStatus": 5,
}
"""Calls per second and instance; 0.1 is one call in ten seconds."""

QUOTAS: Final[Mapping[str, Quota]] = {
    "checkWhatsapp": Quota(100, 30_000),
    "checkAccount": Quota(100, 30_000),
    "sendContact": Quota(1000),
    "deleteMessage": Quota(1000),
    "sendLocation": Quota(1000),
    "sendFileByUrl": Quota(1000),
    "updateGroupName": Quota(1000),
    "getGroupData": Quota(1000),
    "addGroupParticipant": Quota(1000),
    "removeGroupParticipant": Quota(1000),
    "setGroupAdmin": Quota(1000),
    "removeAdmin": Quota(1000),
    "leaveGroup": Quota(1000),
    "sendFileByUpload": Quota(1000),
    "lastIncomingMessages": Quota(1000),
    "lastOutgoingMessages": Quota(1000),
    "createGroup": Quota(1000),
    "getContacts": Quota(1000),
    "forwardMessages": Quota(1000),
    "readChat": Quota(500),
    "downloadFile": Quota(500),
    "getChatHistory": Quota(300),
    "getStatusInstance": Quota(100),
    "getAvatar": Quota(100),
    "setGroupPicture": Quota(100),
    "archiveChat": Quota(100),
    "unarchiveChat": Quota(100),
    "getContactInfo": Quota(100),
    "setDisappearingChat": Quota(100),
    "sendTextStatus": Quota(10),
    "sendVoiceStatus": Quota(10),
    "sendMediaStatus": Quota(10),
    "getOutgoingStatuses": Quota(10),
    "getIncomingStatuses": Quota(10),
}
"""By method; a method that is missing is unlimited."""
