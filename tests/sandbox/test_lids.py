"""People with a second id, their ``@lid``, in the sandbox."""

import anyio
import pytest

from greenapi_async import Client, IncomingMessageReceived, parse_notification
from greenapi_async.sandbox import Instance

pytestmark = pytest.mark.anyio

ANNA, BORIS = "79001234567@c.us", "79001234568@c.us"
LID = "150000000000001@lid"


@pytest.fixture
async def named(instance: Instance) -> Instance:
    instance.add_contact(ANNA, "Anna", lid=LID)
    return instance


async def test_a_check_tells_both_ids(client: Client, named: Instance) -> None:
    for check in (await client.check_whatsapp(79001234567), await client.check_whatsapp(chat_id=LID)):
        assert (check.exists_whatsapp, check.chat_id, check.raw["phoneNumber"]) == (True, LID, ANNA)
    unknown = await client.check_whatsapp(79001234568)
    assert unknown.raw == {"existsWhatsapp": True}
    named.people.no_account.add(ANNA)
    assert (await client.check_whatsapp(79001234567)).raw == {"existsWhatsapp": False}


async def test_a_message_to_the_lid_reaches_the_person(client: Client, named: Instance) -> None:
    sent = await client.send_message(LID, "hi")
    await anyio.sleep(1)
    [message] = named.chat(ANNA)
    assert message.id_message == sent.id_message


@pytest.mark.parametrize("by_setting", [True, False])
async def test_the_server_names_the_person_by_the_lid(client: Client, named: Instance, by_setting: bool) -> None:
    named.contact_writes(ANNA, "by number")
    if by_setting:
        await client.set_settings(enable_lid_mode=True)
    else:
        named.lids.use(ANNA, used=True)
    await anyio.sleep(400)
    group = named.contact_makes_group("Team", [BORIS, ANNA])
    named.contact_writes(ANNA, "by lid")
    named.contact_writes(group, "in a group", sender=ANNA)
    named.contact_writes(BORIS, "has no lid")
    bodies = [parse_notification(body) for body in named.notifications.bodies()]
    seen = [(one.chat_id, one.sender) for one in bodies if isinstance(one, IncomingMessageReceived)]
    assert seen == [(ANNA, ANNA), (LID, LID), (group, LID), (BORIS, BORIS)]
    assert {row.chat_id for row in await client.last_incoming_messages()} == {LID, group, BORIS}
    assert LID in {chat.id for chat in await client.get_chats()}
    assert LID in {member.id for member in (await client.get_group_data(group)).participants or ()}


async def test_an_unchanged_notification_keeps_its_ids(named: Instance) -> None:
    named.lids.use(ANNA, used=True)
    named.queue_notification({"typeWebhook": "incomingCall", "from": ANNA})
    assert named.notifications.bodies()[0]["from"] == ANNA


async def test_a_lid_is_checked(named: Instance) -> None:
    with pytest.raises(ValueError, match="expected digits and '@lid'"):
        named.lids.assign(BORIS, "150000000000002")
    with pytest.raises(ValueError, match="belongs to 79001234567"):
        named.lids.assign(BORIS, LID)
    with pytest.raises(ValueError, match="has no lid"):
        named.lids.use(BORIS, used=True)
