"""The manual's examples, as listed in ``samples/index.toml``."""

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent / "samples"


@dataclass(frozen=True)
class Sample:
    """An example, and the names of the classes it must be parsed as."""

    file: str
    notification: str
    """Empty for a journal; then the next three have one item per row."""
    rows: list[str]
    messages: list[str]
    quotes: list[str]

    def __str__(self) -> str:
        return self.file.removesuffix(".json")

    @property
    def text(self) -> str:
        return (FOLDER / self.file).read_text("utf-8")

    @property
    def body(self) -> Any:
        """A fresh copy, so that tests cannot affect each other."""
        return json.loads(self.text)

    @property
    def received(self) -> list[Any]:
        """Rows of a journal; getMessage returns one, the others an array."""
        return self.body if self.text.startswith("[") else [self.body]


def _sample(entry: dict[str, Any]) -> Sample:
    return Sample(
        file=entry["file"],
        notification=entry.get("notification", ""),
        rows=entry.get("row", []),
        messages=_list(entry.get("message", [])),
        quotes=_list(entry.get("quote", [])),
    )


def _list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


SAMPLES = [_sample(entry) for entry in tomllib.loads((FOLDER / "index.toml").read_text("utf-8"))["sample"]]
NOTIFICATIONS = [sample for sample in SAMPLES if sample.notification]
JOURNALS = [sample for sample in SAMPLES if sample.rows]
UNKNOWN = {"beyond/22-unknown-notification.json", "beyond/46-unknown-message.json"}
"""Invented types that no class knows."""


def sample(name: str) -> Any:
    """Return the body of the only example whose file name has this prefix."""
    (found,) = [sample for sample in SAMPLES if sample.file.startswith(name)]
    return found.body
