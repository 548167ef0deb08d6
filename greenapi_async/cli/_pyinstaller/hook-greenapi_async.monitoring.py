"""Bundle the status page."""

from pathlib import Path

datas = [(str(Path(__file__).parents[2] / "monitoring" / "page"), "greenapi_async/monitoring/page")]
