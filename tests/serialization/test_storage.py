"""The storage tells in a header until when it keeps a file."""

from datetime import UTC, datetime

import pytest

from greenapi_async.serialization.storage import storage_expiration


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ('expiry-date="Sat, 01 Jun 2024 00:00:00 GMT"', datetime(2024, 6, 1, tzinfo=UTC)),
        ('expiry-date="Sat, 01 Jun 2024 03:00:00 +0300", rule-id="15 days"', datetime(2024, 6, 1, tzinfo=UTC)),
        ('rule-id="15 days", expiry-date="Sat, 01 Jun 2024 00:00:00 -0000"', datetime(2024, 6, 1, tzinfo=UTC)),
        ('expiry-date="soon"', None),
        ('expiry-date=""', None),
        ('expiry-date="Sat, 99 Jun 2024 00:00:00 GMT"', None),
        ("NotImplemented", None),
        ("", None),
        (None, None),
    ],
)
def test_the_expiration_is_a_utc_time_or_none(header: str | None, expected: datetime | None) -> None:
    assert storage_expiration(header) == expected
