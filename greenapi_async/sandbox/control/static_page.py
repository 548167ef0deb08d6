"""The page at ``/``: static files with a strict content security policy."""

from pathlib import Path
from typing import Final

from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

__all__ = ["StaticPage", "is_page"]

HEADERS: Final = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        "media-src 'self' blob:; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}


class StaticPage:
    """An ASGI app for `/` and `/page/{file}`."""

    def __init__(self) -> None:
        self._files = StaticFiles(directory=Path(__file__).parent.parent / "page")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one file."""
        name = scope["path"].removeprefix("/page/") if scope["path"] != "/" else "index.html"
        try:
            response = await self._files.get_response(name, scope)
        except HTTPException as error:
            response = PlainTextResponse(error.detail, error.status_code)
        response.headers.update(HEADERS)
        await response(scope, receive, send)


def is_page(path: str) -> bool:
    """Return whether a path belongs to the page."""
    return path == "/" or path.startswith("/page/")
