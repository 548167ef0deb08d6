"""Headers of the server's file storage. Source: manual 1.3.3, UploadFile, "срок хранения файла"."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

__all__ = ["storage_expiration"]

_EXPIRY_DATE = re.compile(r'expiry-date="([^"]*)"')


def storage_expiration(header: str | None) -> datetime | None:
    """Return the time until which a file is stored, or None if the header does not tell it.

    Args:
        header: ``X-Amz-Expiration``, for example ``expiry-date="Sat, 01 Jun 2024 00:00:00 GMT"``.
    """
    found = _EXPIRY_DATE.search(header or "")
    if found is None:
        return None
    try:
        moment = parsedate_to_datetime(found[1])
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
