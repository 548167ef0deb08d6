"""Markdown, as language models write it, to WhatsApp's formatting.

Headings become bold lines, links ``text (address)``, bullets hyphens; rules and the rule of a table disappear. Text in
code stays as it is. Emphasis is matched within a line: a run of markers closes the last open run that is equal, so that
the time is linear in the length of the text. What is not Markdown stays as it is.
"""

import re
from collections.abc import Iterator
from typing import Final

from greenapi_async.serialization.formatting import HAIR_SPACE, URL, bold, monospace

__all__ = ["markdown_to_whatsapp"]

_FENCE = re.compile(r"\s*(`{3,}|~{3,})[^`]*$")
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+(.*)")
_RULE = re.compile(r" {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$")
_TABLE_RULE = re.compile(r"\s*\|?(?:\s*:?-+:?\s*\|)+(?:\s*:?-+:?)?\s*$")
_PREFIX = re.compile(r"(?P<quote>(?:[ \t]*>[ \t]?)*)(?P<indent>[ \t]*)(?P<bullet>[*+-][ \t]+)?")
_TOKEN = re.compile(
    rf"""(?P<ticks>`+)
    |\\(?P<escaped>[!-/:-@\[-`{{-~])
    |!?\[(?P<label>[^\[\]]{{0,1000}})\]\((?P<target>[^\s()]{{1,2000}})(?:[ \t]+"[^"]{{0,1000}}")?\)
    |<(?P<address>(?:https?://|mailto:)[^\s<>]+)>
    |(?P<url>{URL})
    |(?P<run>\*+|_+|~+)""",
    re.VERBOSE,
)
_MARKERS: Final = {
    "*": ("_", "_"),
    "_": ("_", "_"),
    "**": ("*", "*"),
    "__": ("*", "*"),
    "***": ("*_", "_*"),
    "___": ("*_", "_*"),
    "~": ("~", "~"),
    "~~": ("~", "~"),
}
_IN_HEADING: Final = {**_MARKERS, "**": ("", ""), "__": ("", ""), "***": ("_", "_"), "___": ("_", "_")}


def markdown_to_whatsapp(text: str) -> str:
    r"""Convert Markdown to WhatsApp's formatting.

    Args:
        text: The Markdown, for example the answer of a language model.

    Returns:
        The text for ``send_message``. It may be longer than the limit: split it with ``split_text``.

    Example:
        >>> markdown_to_whatsapp("## Total\n**5 EUR**, see [the terms](https://example.com)")
        '*Total*\n*5 EUR*, see the terms (https://example.com)'
    """
    return "\n".join(_lines(text.split("\n")))


def _lines(lines: list[str]) -> Iterator[str]:
    fence, code = "", list[str]()
    for line in lines:
        if fence:
            if line.strip().startswith(fence) and not line.strip(f" \t\r{fence[0]}"):
                yield monospace("\n".join(code))
                fence, code = "", []
            else:
                code.append(line)
        elif (opening := _FENCE.match(line)) is not None:
            fence = opening[1]
        elif _TABLE_RULE.match(line) is None:
            yield _line(line)
    if fence:
        yield monospace("\n".join(code))


def _line(line: str) -> str:
    if _RULE.match(line):
        return ""
    heading = _HEADING.match(line)
    if heading is not None:
        return bold(_inline(re.sub(r"[ \t]+#+[ \t]*$", "", heading[1]), _IN_HEADING))
    prefix = _PREFIX.match(line)
    assert prefix is not None  # noqa: S101  all its parts are optional
    quote = "> " if prefix["quote"] else ""
    bullet = "- " if prefix["bullet"] else ""
    return f"{quote}{prefix['indent']}{bullet}{_inline(line[prefix.end() :], _MARKERS)}"


def _inline(line: str, markers: dict[str, tuple[str, str]]) -> str:
    parts: list[str] = []
    opened: dict[str, list[int]] = {}
    code = _code_spans(line)
    position = 0
    while (token := _TOKEN.search(line, position)) is not None:
        parts.append(line[position : token.start()])
        position = code.get(token.start(), token.end())
        run = token["run"]
        if run is None:
            parts.append(_code(token["ticks"], line[token.end() : position]) if token["ticks"] else _plain(token))
            continue
        parts.append(run)
        before, after = line[token.start() - 1 : token.start()], line[token.end() : token.end() + 1]
        if run not in markers:
            continue
        waiting = opened.setdefault(run, [])
        if waiting and before.strip() and not (run in {"*", "_", "__"} and after.isalnum()):
            start = waiting.pop()
            parts[start], parts[-1] = markers[run]
            for others in opened.values():
                while others and others[-1] > start:
                    others.pop()
        elif after.strip() and not (run in {"*", "_", "__"} and before.isalnum()):
            waiting.append(len(parts) - 1)
    return "".join([*parts, line[position:]])


def _code_spans(line: str) -> dict[int, int]:
    """Return where each span of code that may begin at some run of backticks ends, by the start of the run."""
    spans: dict[int, int] = {}
    last: dict[int, int] = {}
    for ticks in re.finditer("`+", line):
        size = len(ticks[0])
        if size in last:
            spans[last[size]] = ticks.end()
        last[size] = ticks.start()
    return spans


def _code(ticks: str, rest: str) -> str:
    """Return code, given with its closing backticks, or the backticks alone if they are not closed."""
    if not rest:
        return ticks
    content = rest.removesuffix(ticks)
    return f"`{content}`" if "`" not in content else monospace(content.strip())


def _plain(token: re.Match[str]) -> str:
    """Return what stands for a token that is no emphasis."""
    if token["escaped"]:
        return token["escaped"] + (HAIR_SPACE if token["escaped"] in "*_~`" else "")
    if token["target"]:
        label = _inline(token["label"], _MARKERS).strip()
        return token["target"] if label in {"", token["target"]} else f"{label} ({token['target']})"
    return token["address"] or token[0]
