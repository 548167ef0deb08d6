"""Bundle the page of the sandbox."""

from pathlib import Path

datas = [(str(Path(__file__).parents[2] / "sandbox" / "page"), "greenapi_async/sandbox/page")]
