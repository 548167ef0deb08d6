"""Section 1.3.2 of the manual: the account."""

from typing import Any

from greenapi_async.sandbox.methods.row import Call, method
from greenapi_async.sandbox.settings import SCHEMA


@method("GET", "getSettings")
def get_settings(call: Call) -> dict[str, Any]:
    """Give all the settings."""
    return {"wid": call.instance.wid, **call.instance.settings}


@method("POST", "setSettings", body=SCHEMA, at_least=1)
def set_settings(call: Call) -> dict[str, Any]:
    """Save some of the settings, and restart."""
    call.instance.save_settings(call.body)
    return {"saveSettings": True}


@method("GET", "getStateInstance", while_starting=True)
def get_state_instance(call: Call) -> dict[str, Any] | None:
    """Give the state, or null while the instance is being created."""
    state = call.instance.state
    return None if state is None else {"stateInstance": state}


@method("GET", "reboot", while_starting=True)
def reboot(call: Call) -> dict[str, Any]:
    """Restart; this is what helps an instance that hangs in `starting`."""
    call.instance.reboot()
    return {"isReboot": True}
