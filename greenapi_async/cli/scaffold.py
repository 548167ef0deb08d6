"""The work of the command ``greenapi new``: a bot with tests, a Dockerfile and a Compose file."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from greenapi_async import __version__
from greenapi_async.cli.output import Output
from greenapi_async.errors import InvalidArgumentError

__all__ = ["create_bot"]

_FILES: Final[Mapping[str, str]] = {
    "bot.py": '''\
"""The bot: python bot.py"""

import asyncio
import logging
import os

from greenapi_async import Client, IncomingMessageReceived, SQLiteInbox
from greenapi_async.bots import Router, filters, run
from greenapi_async.monitoring import HealthApp

router = Router()


@router.message(filters.command("start"))
async def start(notification: IncomingMessageReceived) -> None:
    await notification.reply("Hello! Write me something.")


@router.message()
async def echo(notification: IncomingMessageReceived) -> None:
    if notification.text:
        await notification.reply(f"You said: {notification.text}", once=notification.id_message)


async def main() -> None:
    inbox = SQLiteInbox(os.environ.get("GREENAPI_INBOX", "bot.db"))
    health = HealthApp()
    port = int(os.environ.get("HEALTH_PORT", "8081"))
    async with health.serve(port=port), Client.from_env() as client:
        await run(router, clients=client, inbox=inbox, monitor=health)


if __name__ == "__main__":
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    asyncio.run(main())
''',
    "tests/test_bot.py": """\
import pytest
from greenapi_async.testing import Sandbox

from bot import router


@pytest.mark.asyncio
async def test_the_bot_greets(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")
    async with sandbox.runs(router):
        await anna.says("/start")
        assert await anna.hears("Hello! Write me something.")


@pytest.mark.asyncio
async def test_the_bot_echoes(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")
    async with sandbox.runs(router):
        await anna.says("Hi")
        assert await anna.hears("You said: Hi")
""",
    "pyproject.toml": """\
[project]
name = "{name}"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = ["greenapi-async[monitoring]>={version}"]

[dependency-groups]
dev = ["greenapi-async[cli,monitoring]>={version}", "pytest>=8.4", "pytest-asyncio>=1.4"]

[tool.pytest.ini_options]
pythonpath = ["."]
asyncio_default_fixture_loop_scope = "function"
""",
    "requirements.txt": "greenapi-async[cli,monitoring]>={version}\n",
    "Dockerfile": """\
FROM python:3.13-slim
RUN useradd --create-home bot && mkdir /data && chown bot /data
WORKDIR /app
COPY requirements.txt ./
RUN pip install --no-cache-dir -r requirements.txt
COPY bot.py ./
USER bot
ENV PYTHONUNBUFFERED=1 GREENAPI_INBOX=/data/bot.db
VOLUME /data
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \\
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8081/readyz', timeout=4)"]
CMD ["python", "bot.py"]
""",
    "compose.yaml": """\
services:
  bot:
    build: .
    restart: unless-stopped
    stop_grace_period: 40s
    environment:
      GREENAPI_ID_INSTANCE: ${{GREENAPI_ID_INSTANCE:?}}
      GREENAPI_API_URL: ${{GREENAPI_API_URL:-https://api.green-api.com}}
      GREENAPI_MEDIA_URL: ${{GREENAPI_MEDIA_URL:-https://media.green-api.com}}
      GREENAPI_API_TOKEN_INSTANCE_FILE: /run/secrets/greenapi_token
    secrets: [greenapi_token]
    volumes: ["data:/data"]

secrets:
  greenapi_token:
    file: ./secrets/token

volumes:
  data:
""",
    ".env.example": """\
GREENAPI_ID_INSTANCE=1101000001
GREENAPI_API_TOKEN_INSTANCE_FILE=secrets/token
GREENAPI_API_URL=https://api.green-api.com
GREENAPI_MEDIA_URL=https://media.green-api.com
""",
    ".gitignore": ".env\n.venv/\nsecrets/\n*.db\n*.db-*\n*.db.*\n__pycache__/\n",
    ".dockerignore": ".env\n.venv/\nsecrets/\n*.db*\n.git/\ntests/\n",
    "README.md": """\
# {name}

```sh
python3 -m venv .venv && . .venv/bin/activate
pip install -r requirements.txt pytest pytest-asyncio
pytest                      # against a sandbox; needs no phone
greenapi sandbox            # a fake server; prints variables to export
```

In another terminal: `. .venv/bin/activate`, export these variables, then `python bot.py`. The bot serves its
health on port 8081, or on `HEALTH_PORT`.

Until the first release of greenapi-async, give pip the path of a clone instead of `-r requirements.txt`:
`pip install '/path/to/greenapi-async[cli,monitoring]' pytest pytest-asyncio`. The image needs the release.

## With a real instance

```sh
install -m 600 .env.example .env   # a copy that only you can read
```

Fill in `.env`, and write the token into `secrets/token`. Then, in a terminal without the sandbox's variables:

```sh
greenapi doctor                    # finds what is missing
(set -a; . ./.env; python bot.py)  # the bot itself does not read .env
```

Or with Docker, which asks the running bot whether it works:

```sh
docker compose up --build
```
""",
}
"""Contents by path, with ``{{name}}`` and ``{{version}}``; braces of the files are doubled."""
_PLAIN: Final = {"bot.py", "tests/test_bot.py", "Dockerfile", ".gitignore", ".dockerignore"}
"""Files that are written as they are."""


def create_bot(folder: Path, *, json: bool) -> int:
    """Create a folder with a bot.

    Args:
        folder: The folder; it must be empty or not exist.
        json: Whether to print JSON.

    Raises:
        InvalidArgumentError: The folder has content or cannot be written, or its name is no name of a project.
    """
    output = Output(json=json)
    name = folder.resolve().name
    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?", name):
        raise InvalidArgumentError(
            f"{name!r} is no name of a project: letters, digits, hyphens and underscores are allowed"
        )
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise InvalidArgumentError(f"{folder} exists and is not an empty folder")
        for path, content in _FILES.items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            values: dict[str, Any] = {"name": name, "version": __version__}
            file.write_text(content if path in _PLAIN else content.format(**values), "utf-8")
        (folder / "secrets").mkdir(mode=0o700)
    except OSError as error:
        raise InvalidArgumentError(f"{error.filename} cannot be written: {error.strerror}") from None
    output.document({"folder": str(folder), "files": list(_FILES)})
    for path in _FILES:
        output.line(str(folder / path))
    output.line(f"\nNext: cd {folder}, then read README.md. Its tests need no phone: pytest")
    return 0
