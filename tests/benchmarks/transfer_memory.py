"""Peak memory of uploading and downloading a 95 MB file over a real socket, compared with an idle client.

The server is a sandbox in a separate process. Usage: ``python tests/benchmarks/transfer_memory.py``.
"""

import asyncio
import re
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from greenapi_async import Client

SIZE = 95 * 1024 * 1024
SANDBOX = "from greenapi_async.cli import main; main()"


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def transfer(url: str, id_instance: str, token: str, folder: Path) -> tuple[float, float, float]:
    source = folder / "source.bin"
    with source.open("wb") as file:
        for number in range(95):
            file.write(bytes([number]) * 1024 * 1024)
    async with Client(id_instance, token, url, url, timeout=120) as client:
        # The idle client has made a small transfer, so that modules imported on first use are in the baseline.
        await client.upload_file(b"small", file_name="small.bin")
        idle = peak_mb()
        uploaded = await client.upload_file(source)
        after_upload = peak_mb()
        assert uploaded.url_file
        target = await client.download(uploaded.url_file, folder / "target.bin")
        after_download = peak_mb()
    assert target.stat().st_size == SIZE
    with source.open("rb") as original, target.open("rb") as copy:
        assert all(original.read(1024 * 1024) == copy.read(1024 * 1024) for _ in range(95))
    return idle, after_upload - idle, after_download - idle


def main() -> None:
    command = [sys.executable, "-c", SANDBOX, "sandbox", "--port", "0"]
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server,
    ):
        try:
            assert server.stdout is not None
            output = ""
            while "Ctrl-C" not in output:
                output += server.stdout.readline()
            environment = dict(re.findall(r"export (\w+)=(\S+)", output))
            idle, upload, download = asyncio.run(
                transfer(
                    environment["GREENAPI_API_URL"],
                    environment["GREENAPI_ID_INSTANCE"],
                    environment["GREENAPI_API_TOKEN_INSTANCE"],
                    Path(folder),
                )
            )
        finally:
            server.terminate()
    sys.stdout.write(
        f"idle {idle:.1f} MB; after an upload of 95 MB +{upload:.1f} MB; after the download +{download:.1f} MB\n"
    )


if __name__ == "__main__":
    main()
