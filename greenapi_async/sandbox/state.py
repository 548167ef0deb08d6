"""The whole fake server, before there is any network: instances, and what is the same for all of them."""

import re
import time
from collections.abc import Callable, Iterable
from random import Random
from typing import TYPE_CHECKING, Any

from greenapi_async.sandbox.payloads.schema import complaint
from greenapi_async.sandbox.simulation.files import FileStore
from greenapi_async.sandbox.simulation.ids import new_token
from greenapi_async.sandbox.simulation.instance import Instance
from greenapi_async.sandbox.simulation.lifecycle import STATES, State
from greenapi_async.sandbox.simulation.listeners import Listeners
from greenapi_async.sandbox.simulation.settings import DEFAULTS, SCHEMA

if TYPE_CHECKING:
    from greenapi_async.sandbox.simulation.faults import Fault

EXAMPLE_KEY = "sandbox5e6f7a8b9c0d1e2f3a4b5c6d7e8f9a0b1c2d3e4f5a6"
EXAMPLE_PARTNER = "gac.sandbox5e6f7a8b9c0d1e2f3a4b5c6d7e8f9a0b1c2d3e4f"


class Sandbox:
    """A fake GREEN-API; pure state, to be served by `create_app`.

    `clock` gives seconds as `time.time` does. With a `seed` the ids of messages are the same in every run. `chooser` is
    asked at every API call for a fault, by the method's name; `latency` gives the seconds that a call waits before its
    effect and after it. `creation_seconds` pass until an instance that a partner created is ready to be signed in;
    over the websocket a QR code comes every `qr_interval` seconds, for `qr_timeout` seconds.
    The answer to a push may take `push_timeout` seconds, one that fails is repeated `push_interval` seconds later, and
    from one to the next pass `push_gap` seconds at least.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.time,
        *,
        seed: int | None = None,
        enforce_rates: bool = True,
        settings_delay: float = 0,
        restart_seconds: float = 0,
        creation_seconds: float = 0,
        partner_token: str = EXAMPLE_PARTNER,
        push_timeout: float = 180,
        push_interval: float = 60,
        push_gap: float = 0.02,
    ) -> None:
        self.clock = clock
        self.random = Random(seed)  # noqa: S311 - ids, not secrets
        self.enforce_rates = enforce_rates
        self.settings_delay = settings_delay
        self.restart_seconds = restart_seconds
        self.creation_seconds = creation_seconds
        self.partner_token = partner_token
        self.push_timeout = push_timeout
        self.push_interval = push_interval
        self.push_gap = push_gap
        self.qr_interval = 2.0
        self.qr_timeout = 100.0
        self.files = FileStore(clock, self.random)
        self.instances: dict[int, Instance] = {}
        self.chooser: Callable[[str], Fault | None] | None = None
        self.latency: Callable[[], tuple[float, float]] | None = None
        self.changes = Listeners()
        """Told of each instance that was added."""

    def add_instance(
        self,
        id_instance: int = 1101000001,
        token: str = EXAMPLE_KEY,
        *,
        phone: str = "79876543210",
        state: State | None = "authorized",
        **settings: Any,
    ) -> Instance:
        """Create an instance; settings are named as on the wire, and the rest are such that a first bot works."""
        taken = "'idInstance' is taken" if id_instance in self.instances else None
        for problem in (*_problems(id_instance, token, phone, state), complaint(SCHEMA, settings), taken):
            if problem:
                raise ValueError(problem)
        instance = Instance(
            id_instance=id_instance,
            token=token,
            phone=phone,
            settings={**DEFAULTS, **settings},
            clock=self.clock,
            random=self.random,
            files=self.files,
            state=state,
            settings_delay=self.settings_delay,
            restart_seconds=self.restart_seconds,
            push_timeout=self.push_timeout,
            push_interval=self.push_interval,
            push_gap=self.push_gap,
        )
        self.instances[id_instance] = instance
        self.changes.tell()
        return instance

    def create_instance(self, name: str = "", **settings: Any) -> Instance:
        """Create an instance as a partner does, with an id and a token of its own; no phone is linked to it yet."""
        id_instance = max(self.instances, default=1_101_000_000) + 1
        phone = str(79_000_000_000 + id_instance % 1_000_000_000)
        instance = self.add_instance(id_instance, new_token(self.random), phone=phone, **settings)
        instance.name = name
        instance.create(self.creation_seconds)
        return instance

    def settle(self) -> None:
        """Make everything happen that was due by now, in every instance."""
        for instance in self.instances.values():
            instance.settle()


def _problems(id_instance: int, token: str, phone: str, state: str | None) -> Iterable[str]:
    if not 1 <= id_instance <= 9_999_999_999:
        yield "'idInstance' must have 1 to 10 digits"
    if not re.fullmatch(r"[A-Za-z0-9_-]+", token):
        yield "'apiTokenInstance' must be letters and digits"
    if not re.fullmatch(r"[0-9]+", phone):
        yield "'phone' must be digits"
    if state is not None and state not in STATES:
        yield f"'stateInstance' must be one of [{', '.join(STATES)}]"
