"""Ids of messages, in the two forms of the manual's examples, and tokens of instances."""

from random import Random

__all__ = ["incoming_id", "new_token", "outgoing_id"]


def outgoing_id(random: Random) -> str:
    """Generate the id of an outgoing message, such as 3EB0C767D097B7C7C030."""
    return f"3EB0{random.getrandbits(64):016X}"


def incoming_id(random: Random) -> str:
    """Generate the id of an incoming message, such as F7AEC1B7086ECDC7E6E45923F5EDB825."""
    return f"{random.getrandbits(128):032X}"


def new_token(random: Random) -> str:
    """Generate the token of an instance, such as bde035edae3fc00bc116bd112297908d8145e5ba8decc5d884."""
    return f"{random.getrandbits(200):050x}"
