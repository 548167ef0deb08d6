"""What gives access to an instance."""

import attrs

from greenapi_async.models.base import Model

__all__ = ["ApiToken"]


@attrs.frozen(kw_only=True)
class ApiToken(Model):
    """A new token of the instance; it is not shown by ``repr``."""

    api_token_instance: str = attrs.field(repr=False)
