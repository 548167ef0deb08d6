"""Account methods: state and settings.

Source: manual 1.3.2.
"""

from typing import Any

from greenapi_async.sandbox.api.methods.definition import Call, method
from greenapi_async.sandbox.payloads.schema import digits
from greenapi_async.sandbox.simulation.ids import new_token
from greenapi_async.sandbox.simulation.settings import OPEN_SCHEMA, numbered_settings

__all__ = [
    "get_settings",
    "get_state_instance",
    "get_state_instance_history",
    "get_status_instance",
    "logout",
    "reboot",
    "set_settings",
    "update_api_token",
]


@method("GET", "getSettings")
def get_settings(call: Call) -> dict[str, Any]:
    """Return the settings."""
    instance = call.instance
    if instance.messenger.has_numbers:
        return {"wid": instance.wid, **numbered_settings(instance.settings, instance.messenger.type_instance)}
    return {"wid": instance.wid, **instance.settings}


@method("POST", "setSettings", body=OPEN_SCHEMA, at_least=1)
def set_settings(call: Call) -> dict[str, Any]:
    """Save some settings and restart the instance."""
    call.instance.lifecycle.save_settings(call.body)
    return {"saveSettings": True}


@method("GET", "getStateInstance", while_starting=True)
def get_state_instance(call: Call) -> dict[str, Any] | None:
    """Return the state, or null while the instance is being created."""
    state = call.instance.state
    return None if state is None else {"stateInstance": state}


@method("GET", "reboot", while_starting=True)
def reboot(call: Call) -> dict[str, Any]:
    """Restart the instance, even one that hangs in `starting`."""
    call.instance.lifecycle.reboot()
    return {"isReboot": True}


@method("GET", "getStatusInstance")
def get_status_instance(call: Call) -> dict[str, Any]:
    """Return whether the socket to WhatsApp is connected; the response of this retired method is not documented."""
    return {"statusInstance": "online" if call.instance.lifecycle.is_linked else "offline"}


@method("GET", "logout")
def logout(call: Call) -> dict[str, Any]:
    """Unlink the phone."""
    call.instance.set_state("notAuthorized")
    return {"isLogout": True}


@method("GET", "GetStateInstanceHistory", query={"count": digits(1, 1_000_000)}, while_starting=True)
def get_state_instance_history(call: Call) -> list[dict[str, Any]]:
    """Return past states, newest first. Source: the vendor's documentation, beyond the manual."""
    call.instance.timeline.settle()
    newest = call.instance.lifecycle.history[::-1][: int(call.query.get("count", "100"))]
    return [{"stateInstance": state, "timestamp": at, "phoneNumber": call.instance.phone} for state, at in newest]


@method("GET", "updateApiToken")
def update_api_token(call: Call) -> dict[str, Any]:
    """Replace the token. Source: the vendor's documentation, beyond the manual."""
    call.instance.token = new_token(call.instance.random)
    return {"apiTokenInstance": call.instance.token}
