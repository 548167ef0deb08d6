"""The state of the fake server: its instances and the options that they share."""

import re
import time
from collections.abc import Callable, Iterable
from random import Random
from typing import TYPE_CHECKING, Any

from greenapi_async.sandbox.payloads.schema import first_error
from greenapi_async.sandbox.simulation.files import FileStore
from greenapi_async.sandbox.simulation.ids import new_token
from greenapi_async.sandbox.simulation.instance import Instance
from greenapi_async.sandbox.simulation.lifecycle import State
from greenapi_async.sandbox.simulation.listeners import Listeners
from greenapi_async.sandbox.simulation.messengers import MESSENGERS, WHATSAPP, Messenger
from greenapi_async.sandbox.simulation.settings import DEFAULTS, SCHEMA

if TYPE_CHECKING:
    from greenapi_async.sandbox.simulation.faults import Fault

__all__ = ["Sandbox"]

NUMBERED_DEFAULTS = {"outgoingAPIMessageWebhook": "yes", "pollMessageWebhook": "yes"}
"""MAX and Telegram report statuses only if all three settings of outgoing messages are on."""
EXAMPLE_KEY = "sandbox5e6f7a8b9c0d1e2f3a4b5c6d7e8f9a0b1c2d3e4f5a6"
EXAMPLE_PARTNER = "gac.sandbox5e6f7a8b9c0d1e2f3a4b5c6d7e8f9a0b1c2d3e4f"


class Sandbox:
    """A fake GREEN-API server: pure state, served by `create_app` or `SandboxServer`.

    Attributes:
        clock: Returns the current time in seconds since the epoch, like `time.time`.
        random: Source of ids and tokens; with a `seed` they are the same in every run.
        enforce_rates: Whether calls over the rate limit are rejected with 429.
        settings_delay: Seconds until saved settings apply; up to five minutes on the real server.
        restart_seconds: Seconds that a restart takes.
        creation_seconds: Seconds until an instance created by a partner can be signed in.
        partner_token: The token of the partner API.
        push_timeout: Seconds until a webhook must have responded.
        push_interval: Seconds from a failed push to the next attempt.
        push_gap: Minimum seconds between two pushes.
        qr_interval: Seconds between two QR codes on the websocket.
        qr_timeout: Seconds until the websocket stops sending QR codes.
        files: The uploaded files.
        instances: The instances by number.
        chooser: Called with the method's name at every API call without a planned fault; returns a fault or None.
        latency: Called at every API call; returns the seconds that it takes before and after its effect.
        changes: Notified when an instance is added.
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

    def add_instance(
        self,
        id_instance: int | None = None,
        token: str = EXAMPLE_KEY,
        *,
        phone: str = "79876543210",
        state: State | None = "authorized",
        messenger: str = WHATSAPP.name,
        **settings: Any,
    ) -> Instance:
        """Create an instance with a linked phone.

        Args:
            id_instance: Its number; None is that of the first instance of the messenger, such as 1101000001.
            token: Its `apiTokenInstance`.
            phone: The account's phone number, digits only.
            state: Its state; None is that of an instance being created.
            messenger: `whatsapp`, `max` or `telegram`.
            settings: Settings by their wire names; the others have defaults that work for a first bot.

        Raises:
            ValueError: An argument is not valid, or the number is taken.
        """
        kind = MESSENGERS.get(messenger)
        if kind is None:
            raise ValueError(f"'messenger' must be one of [{', '.join(MESSENGERS)}]")
        id_instance = kind.first_instance if id_instance is None else id_instance
        taken = "'idInstance' is already taken" if id_instance in self.instances else None
        for problem in (*_problems(id_instance, token, phone, state, kind), first_error(SCHEMA, settings), taken):
            if problem:
                raise ValueError(problem)
        instance = Instance(
            id_instance=id_instance,
            token=token,
            phone=phone,
            settings={**DEFAULTS, **(NUMBERED_DEFAULTS if kind.has_numbers else {}), **settings},
            clock=self.clock,
            random=self.random,
            files=self.files,
            state=state,
            messenger=kind,
            settings_delay=self.settings_delay,
            restart_seconds=self.restart_seconds,
            push_timeout=self.push_timeout,
            push_interval=self.push_interval,
            push_gap=self.push_gap,
        )
        self.instances[id_instance] = instance
        self.changes.notify()
        return instance

    def create_instance(self, name: str = "", **settings: Any) -> Instance:
        """Create an instance without a linked phone, as the partner API does.

        Args:
            name: Its name.
            settings: Settings by their wire names.
        """
        id_instance = max(self.instances, default=1_101_000_000) + 1
        phone = str(79_000_000_000 + id_instance % 1_000_000_000)
        instance = self.add_instance(id_instance, new_token(self.random), phone=phone, **settings)
        instance.name = name
        instance.lifecycle.create(self.creation_seconds)
        return instance

    def settle(self) -> None:
        """Run every event that is due by now, in every instance."""
        for instance in self.instances.values():
            instance.timeline.settle()


def _problems(id_instance: int, token: str, phone: str, state: str | None, kind: Messenger) -> Iterable[str]:
    if not 1 <= id_instance <= 999_999_999_999:
        yield "'idInstance' must have 1 to 12 digits"
    if not re.fullmatch(r"[A-Za-z0-9_-]+", token):
        yield "'apiTokenInstance' must consist of letters, digits, - and _"
    if not re.fullmatch(r"[0-9]+", phone):
        yield "'phone' must consist of digits"
    if state is not None and state not in kind.states:
        yield f"'stateInstance' must be one of [{', '.join(kind.states)}]"
