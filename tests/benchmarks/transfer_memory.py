"""Peak memory of uploading and downloading a 95 MB file over a real socket, above that of an idle client.

Run by hand: ``python tests/benchmarks/transfer_memory.py``. The server is a sandbox in a process of its own.
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


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def transfer(url: str, id_instance: str, token: str, folder: Path) -> tuple[float, float, float]:
    source = folder / "source.bin"
    with source.open("wb") as file:
        for number in range(95):
            file.write(bytes([number]) * 1024 * 1024)
    async with Client(id_instance, token, url, url, timeout=120) as client:
        # An idle client has made a call and a small transfer, so that what it imports on first use is in the base.
        await client.upload_file(b"small", file_name="small.bin")
        idle = peak()
        uploaded = await client.upload_file(source)
        sent = peak()
        assert uploaded.url_file
        target = await client.download(uploaded.url_file, folder / "target.bin")
        fetched = peak()
    assert target.stat().st_size == SIZE
    with source.open("rb") as one, target.open("rb") as other:
        assert all(one.read(1024 * 1024) == other.read(1024 * 1024) for _ in range(95))
    return idle, sent - idle, fetched - idle


def main() -> None:
    command = [sys.executable, "-c", SANDBOX, "sandbox", "--port", "0"]
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server,
    ):
        try:
            assert server.stdout is not None
            said = ""
            while "Ctrl-C" not in said:
                said += server.stdout.readline()
            exported = dict(re.findall(r"export (\w+)=(\S+)", said))
            idle, sent, fetched = asyncio.run(
                transfer(
                    exported["GREENAPI_API_URL"],
                    exported["GREENAPI_ID_INSTANCE"],
                    exported["GREENAPI_API_TOKEN_INSTANCE"],
                    Path(folder),
                )
            )
        finally:
            server.terminate()
    sys.stdout.write(f"idle {idle:.1f} MB; upload of 95 MB +{sent:.1f} MB; with the download +{fetched:.1f} MB\n")


if __name__ == "__main__":
    main()
