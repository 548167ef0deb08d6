"""ASGI app with the endpoints that supervisors and monitoring systems ask.

============ =========================================================================================================
``/livez``   200 while the process should go on; 503 when the run has ended, so that only a restart helps.
``/readyz``  200 if the bot works, otherwise 503 within ``timeout``: the token is wrong, the API cannot be reached, the
             account is not authorized, the inbox cannot store, polls fail, or the run has not started or is over.
``/metrics`` Counters and gauges for Prometheus.
``/status``  A page for people, behind ``password``: instances, throughput, waiting chats, quarantine, the last runs.
============ =========================================================================================================

A supervisor restarts a process that is not alive. It must not restart one that is not ready: that repairs neither a
blocked account nor the network. Use readiness for alerts, and to hold back a deployment.

The app asks the API when it is asked, at most every ``max_age`` seconds. The port is open before anything is watched
and while the API cannot be reached, so mount the app next to a bot, or serve it before ``run``.
"""

# ProcessClient's private members are for this package.
# pyright: reportPrivateUsage=false

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, Protocol

import anyio

from greenapi_async._internal.asgi import Receive, Scope, Send, respond, serve_connection
from greenapi_async._internal.concurrency import current_time
from greenapi_async._internal.metrics import Metric, Sample
from greenapi_async.errors import InvalidArgumentError
from greenapi_async.instance.health import InstanceHealth
from greenapi_async.monitoring.prometheus import CONTENT_TYPE, render
from greenapi_async.monitoring.readiness import Require, Verdict, judge
from greenapi_async.monitoring.status_data import overview
from greenapi_async.monitoring.status_page import StatusPage
from greenapi_async.outgoing.job_run import JobEvent
from greenapi_async.processing.client_protocol import ProcessClient
from greenapi_async.processing.health import MonitoredRun, ProcessingHealth

__all__ = ["HealthApp", "MetricSource"]

_JSON: Final = ("content-type", "application/json; charset=utf-8")
_NO_STORE: Final = ("cache-control", "no-store")


class MetricSource(Protocol):
    """Part of a program that counts something."""

    def metrics(self) -> Iterable[Metric]:
        """Return what was counted until now."""
        ...


class HealthApp:
    """ASGI app with ``/livez``, ``/readyz``, ``/metrics`` and ``/status``.

    Pass it to a run as ``monitor=``, and mount it or serve it. A loop over ``client.notifications()`` has no run: then
    watch the client.

    Args:
        clients: Clients that are used without a run.
        sources: Others that have metrics: a ``WebhookReceiver`` with a handler, a ``Broadcast``; see ``add_source``.
        require: ``"all"`` instances must work for the bot to be ready, or ``"any"`` of them.
        max_lag: Seconds that the oldest notification may wait before the bot is not ready; None ignores that. A
            conversation that waits for a person counts too.
        max_age: Seconds for which the result of a check is used again.
        timeout: Seconds after which the API or the inbox counts as unreachable.
        password: Password of ``/status``, at least eight characters; any user name. None switches the page off.

    Raises:
        InvalidArgumentError: An argument is not valid.

    Example:
        >>> health = HealthApp()
        >>> async with Client.from_env() as client, health.serve(port=8081):
        ...     await run(router, clients=client, inbox=SQLiteInbox("bot.db"), monitor=health)
    """

    def __init__(
        self,
        *clients: ProcessClient,
        sources: Sequence[MetricSource] = (),
        require: Require = "all",
        max_lag: float | None = None,
        max_age: float = 5.0,
        timeout: float = 3.0,
        password: str | None = None,
    ) -> None:
        if require not in {"all", "any"}:
            raise InvalidArgumentError(f"require is {require!r}; expected 'all' or 'any'")
        self._clients = [_ClientCheck(client) for client in clients]
        self._sources = list(sources)
        self._jobs: Counter[tuple[str, str]] = Counter()
        self._runs: list[MonitoredRun] = []
        self._require: Require = require
        self._max_lag = max_lag
        self._max_age = max_age
        self._timeout = timeout
        self._page = None if password is None else StatusPage(password, self._overview, lambda: self._runs)

    def watch(self, run: MonitoredRun) -> None:
        """Watch a run; ``monitor=`` calls it. Runs that have ended are forgotten then.

        Args:
            run: The run.
        """
        self._runs = [*(each for each in self._runs if not each.ended and each is not run), run]

    def add_source(self, source: MetricSource) -> None:
        """Show the metrics of something else, from now on.

        Args:
            source: For example a ``Broadcast``.
        """
        self._sources.append(source)

    def job(self, event: JobEvent) -> None:
        """Count a run of a job; the run that was given ``monitor=`` calls it.

        Args:
            event: What became of the run.
        """
        self._jobs[event.job.name, event.outcome] += event.dates

    @property
    def live(self) -> bool:
        """True unless a run has ended."""
        return not any(run.ended for run in self._runs)

    async def ready(self) -> Verdict:
        """Check everything that is watched, or use results that are not older than ``max_age``.

        For frameworks without ASGI, such as aiohttp: answer 200 if ``ready`` is true and 503 otherwise.
        """
        verdict, _, _ = await self._check()
        return verdict

    async def _check(self) -> tuple[Verdict, list[ProcessingHealth], list[InstanceHealth]]:
        clients: dict[int, InstanceHealth] = {}

        async def check(client: _ClientCheck) -> None:
            found = await client.health(self._max_age, self._timeout)
            clients[found.id_instance] = found

        async with anyio.create_task_group() as tasks:
            for client in self._unserved():
                tasks.start_soon(check, client)
        runs = [await run.health(max_age=self._max_age, timeout=self._timeout) for run in self._runs]
        found = list(clients.values())
        return judge(runs, found, require=self._require, max_lag=self._max_lag), runs, found

    async def _overview(self, after: float) -> dict[str, Any]:
        watched = list(self._runs)
        verdict, runs, clients = await self._check()
        return overview(verdict, list(zip(watched, runs, strict=False)), clients, after)

    def metrics(self) -> str:
        """Return the metrics in the text format of Prometheus."""
        watched: list[MetricSource] = [*self._runs, *self._unserved(), *self._sources]
        runs = [
            Sample(number, {"greenapi.job.name": name, "greenapi.job.outcome": outcome})
            for (name, outcome), number in self._jobs.items()
        ]
        jobs = Metric("greenapi.jobs", "counter", "{run}", "Runs of jobs by outcome", runs)
        return render([*(metric for each in watched for metric in each.metrics()), jobs])

    def _unserved(self) -> "list[_ClientCheck]":
        """Return the clients that no run serves; the others are in the health and in the metrics of their runs."""
        served = {client._activity for run in self._runs for client in run.clients}
        return [check for check in self._clients if check.activity not in served]

    def serve(self, host: str = "127.0.0.1", port: int = 8081) -> AbstractAsyncContextManager[str]:
        """Serve the app by itself during a block of ``async with``; signals are left to the program.

        Needs asyncio and the extra ``monitoring``. ``FORWARDED_ALLOW_IPS`` in the environment names proxies on other
        machines, by their addresses or networks.

        Args:
            host: Address to listen on; ``"0.0.0.0"`` for probes of Kubernetes.
            port: Port; 0 chooses a free one.

        Returns:
            A context manager of the URL.

        Raises:
            MissingExtraError: uvicorn is not installed.
            OSError: The address is in use. If it is not caught, Python prints its message without a traceback.
        """
        from greenapi_async.monitoring.serving import serve  # noqa: PLC0415  needs the extra monitoring

        return serve(self, host, port)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection, as defined by ASGI.

        Args:
            scope: Details of the connection.
            receive: Returns the next event from the web server.
            send: Sends an event to the web server.
        """
        await serve_connection(self._respond, scope, receive, send)

    async def _respond(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].removeprefix(scope.get("root_path", "")).rstrip("/")
        if self._page is not None and (path == "/status" or path.startswith("/status/")):
            await self._page.serve(path.removeprefix("/status").strip("/"), scope, receive, send)
        elif scope["method"] not in {"GET", "HEAD"}:
            await respond(send, 405, [("allow", "GET, HEAD")])
        elif path == "/livez":
            await _send_json(send, 200 if self.live else 503, {"status": "alive" if self.live else "ended"})
        elif path == "/readyz":
            verdict = await self.ready()
            await _send_json(
                send,
                200 if verdict.ready else 503,
                {
                    "status": "ready" if verdict.ready else "not ready",
                    "problems": verdict.problems,
                    "warnings": verdict.warnings,
                },
            )
        elif path == "/metrics":
            await respond(send, 200, [("content-type", CONTENT_TYPE), _NO_STORE], self.metrics().encode())
        else:
            await _send_json(send, 404, {"status": "not found", "paths": ["/livez", "/readyz", "/metrics"]})


async def _send_json(send: Send, status: int, value: dict[str, str | Sequence[str]]) -> None:
    body: Any = json.dumps(value, ensure_ascii=False, indent=2) + "\n"
    await respond(send, status, [_JSON, _NO_STORE], body.encode())


class _ClientCheck:
    """Health of a client without a run; a result is used again until it is too old."""

    def __init__(self, client: ProcessClient) -> None:
        self._client = client
        self.activity = client._activity
        self._lock: anyio.Lock | None = None
        self._result: InstanceHealth | None = None
        self._taken = 0.0

    def metrics(self) -> list[Metric]:
        """Return the metrics of its calls."""
        return self.activity.metrics(self._client.id_instance)

    async def health(self, max_age: float, timeout: float) -> InstanceHealth:
        """Check the client, or return the last result.

        Args:
            max_age: Seconds for which a result is used again.
            timeout: Seconds for the check.
        """
        self._lock = self._lock or anyio.Lock()
        async with self._lock:
            if self._result is None or current_time() - self._taken >= max_age:
                self._result = await self._client.health(timeout=timeout)
                self._taken = current_time()
            return self._result
