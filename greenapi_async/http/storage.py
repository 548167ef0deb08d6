"""The server's storage of uploaded files. Source: manual 1.3.3, UploadFile."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from greenapi_async.http.protocol import Response

__all__ = ["EXPIRY_HEADER", "expiry_of"]

EXPIRY_HEADER = "x-amz-expiration"
_DATE = re.compile(r'expiry-date="([^"]*)"')


def expiry_of(response: Response) -> datetime | None:
    """Return until when the storage keeps a file, from its answer to HEAD; None if it does not say."""
    stated = _DATE.search(response.headers.get(EXPIRY_HEADER, ""))
    if stated is None or not 200 <= response.status < 300:
        return None
    try:
        moment = parsedate_to_datetime(stated[1])
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
