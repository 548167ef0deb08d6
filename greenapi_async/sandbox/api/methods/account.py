"""Section 1.3.2 of the manual: the account."""

from typing import Any

from greenapi_async.sandbox.api.methods.definition import Call, method
from greenapi_async.sandbox.payloads.schema import digits
from greenapi_async.sandbox.simulation.ids import new_token
from greenapi_async.sandbox.simulation.mailbox import LINKED
from greenapi_async.sandbox.simulation.settings import SCHEMA


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


@method("GET", "getStatusInstance")
def get_status_instance(call: Call) -> dict[str, Any]:
    """Tell whether the socket to WhatsApp is up; no document tells the answer of this retired method."""
    return {"statusInstance": "online" if call.instance.state in LINKED else "offline"}


@method("GET", "logout")
def logout(call: Call) -> dict[str, Any]:
    """Unlink the phone."""
    call.instance.set_state("notAuthorized")
    return {"isLogout": True}


@method("GET", "GetStateInstanceHistory", query={"count": digits(1, 1_000_000)}, while_starting=True)
def get_state_instance_history(call: Call) -> list[dict[str, Any]]:
    """Give the states of the past, the newest first; beyond the manual."""
    call.instance.settle()
    newest = call.instance.history[::-1][: int(call.query.get("count", "100"))]
    return [{"stateInstance": state, "timestamp": at, "phoneNumber": call.instance.phone} for state, at in newest]


@method("GET", "updateApiToken")
def update_api_token(call: Call) -> dict[str, Any]:
    """Make a new token; the old one is refused from now on. Beyond the manual."""
    call.instance.token = new_token(call.instance.random)
    return {"apiTokenInstance": call.instance.token}
