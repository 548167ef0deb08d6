from typing import Any

import pytest

from greenapi_async.sandbox import Instance, ManualClock, Sandbox


def states(instance: Instance) -> list[str]:
    return [body["stateInstance"] for body in instance.notifications.bodies()]


def test_a_new_state_is_reported_as_in_the_manual(instance: Instance, clock: ManualClock) -> None:
    instance.set_state("notAuthorized")
    assert instance.notifications.bodies() == [
        {
            "typeWebhook": "stateInstanceChanged",
            "instanceData": {"idInstance": 1101000001, "wid": "", "typeInstance": "whatsapp"},
            "timestamp": int(clock.now),
            "stateInstance": "notAuthorized",
        }
    ]


def test_an_unchanged_state_is_not_reported(instance: Instance) -> None:
    instance.set_state("authorized")
    assert states(instance) == []


def test_states_are_not_reported_without_state_webhook(instance: Instance) -> None:
    instance.settings["stateWebhook"] = "no"
    instance.set_state("blocked")
    assert states(instance) == []


def test_an_unknown_state_is_rejected(instance: Instance) -> None:
    unknown: Any = "asleep"
    with pytest.raises(ValueError, match="'stateInstance' must be one of"):
        instance.set_state(unknown)


def test_settings_apply_after_their_delay(instance: Instance, clock: ManualClock) -> None:
    instance.lifecycle.settings_delay = 300
    instance.lifecycle.save_settings({"incomingWebhook": "no"})
    clock.advance(299)
    instance.timeline.settle()
    assert instance.settings["incomingWebhook"] == "yes"
    clock.advance(1)
    instance.timeline.settle()
    assert instance.settings["incomingWebhook"] == "no"


def test_a_restart_goes_through_starting(clock: ManualClock) -> None:
    instance = Sandbox(clock, restart_seconds=10).add_instance()
    instance.lifecycle.reboot()
    assert instance.state == "starting"
    assert instance.timeline.next_event_at() == clock.now + 10
    clock.advance(10)
    instance.timeline.settle()
    assert states(instance) == ["starting", "authorized"]


def test_a_restart_returns_to_the_previous_state(clock: ManualClock) -> None:
    instance = Sandbox(clock, restart_seconds=10).add_instance(state="notAuthorized")
    instance.lifecycle.save_settings({"incomingWebhook": "no"})
    instance.lifecycle.reboot()
    clock.advance(10)
    instance.timeline.settle()
    assert states(instance) == ["starting", "notAuthorized"]


def test_a_reboot_ends_a_yellow_card_and_a_hanging_start(instance: Instance) -> None:
    for state in ("yellowCard", "starting"):
        instance.set_state(state)
        instance.lifecycle.reboot()
        assert instance.state == "authorized"


def test_a_clock_that_goes_backwards_changes_nothing(instance: Instance, clock: ManualClock) -> None:
    now = int(clock.now)
    clock.advance(-60)
    instance.set_state("blocked")
    assert instance.notifications.bodies()[0]["timestamp"] == now


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"id_instance": 0}, "'idInstance' must have 1 to 12 digits"),
        ({"token": "a/b"}, "'apiTokenInstance' must consist of letters, digits, - and _"),
        ({"phone": "+7"}, "'phone' must consist of digits"),
        ({"state": "asleep"}, "'stateInstance' must be one of"),
        ({"incomingWebhook": "maybe"}, r"'incomingWebhook' must be one of \[yes, no\]"),
        ({"nonsense": "yes"}, "'nonsense' is not allowed"),
    ],
)
def test_an_invalid_instance_is_rejected(sandbox: Sandbox, arguments: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        sandbox.add_instance(**arguments)


def test_an_id_can_be_used_once(sandbox: Sandbox, instance: Instance) -> None:
    with pytest.raises(ValueError, match="taken"):
        sandbox.add_instance(instance.id_instance)
    assert sandbox.add_instance(1101000002) is sandbox.instances[1101000002]


def test_the_token_is_not_in_the_repr(instance: Instance) -> None:
    assert instance.token not in repr(instance)
