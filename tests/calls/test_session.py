"""A session of voice calls without audio, on asyncio and trio, against the sandbox in virtual time."""

import anyio
import pytest

from greenapi_async import (
    BadRequestError,
    CallEndedError,
    Client,
    DeliveryUnknownError,
    InvalidArgumentError,
    RefusedError,
    ServerError,
    TimeoutExpiredError,
    UnauthorizedError,
)
from greenapi_async.sandbox import Fault, Instance, Sandbox
from greenapi_async.sandbox.server import SandboxServer
from greenapi_async.types import (
    Call,
    CallEnded,
    CallRings,
    CallsConnected,
    CallsDisconnected,
    CallState,
    CallStateChanged,
    Direction,
)

pytestmark = pytest.mark.anyio

ANNA = "79001234567@c.us"
BORIS = "79001234568@c.us"


def answered(instance: Instance) -> None:
    instance.voice_calls.contact_answers(ANNA)


async def test_an_outgoing_call_from_dialling_to_hanging_up(client: Client, instance: Instance) -> None:
    async with client.calls(audio=False) as calls:
        events = calls.events()
        call = await calls.dial(ANNA)
        assert calls.current is call
        assert (call.state, call.direction, call.chat_id) == (CallState.OUTGOING, Direction.OUTGOING, ANNA)
        answered(instance)
        await call.wait_for_answer()
        assert (call.id, call.state, call.is_over) == (instance.voice_calls.call_of().id, CallState.TALKING, False)
        await call.hang_up()
        assert (call.state, call.is_over, call.end_reason) == (CallState.IDLE, True, "hangup")
        assert calls.current is None
        await call.hang_up()  # nothing is left to do
    kinds = [type(event) for event in [event async for event in events]]
    assert kinds == [*[CallStateChanged] * 3, CallEnded]
    assert [call.method for call in instance.calls] == ["callsRtc", "callsDial", "callsHangUp"]


async def test_an_incoming_call_from_ringing_to_the_end(client: Client, instance: Instance) -> None:
    instance.people.names[ANNA] = "Anna"
    async with client.calls(audio=False) as calls:
        events = calls.events()
        id_call = instance.voice_calls.contact_calls(ANNA)
        call = await anext(calls.incoming())
        assert (call.id, call.chat_id, call.name, call.direction) == (id_call, ANNA, "Anna", Direction.INCOMING)
        await call.accept()
        assert call.state == CallState.TALKING
        instance.voice_calls.contact_hangs_up(ANNA)
        assert await call.wait_until_over() == "hangup"
    assert [event async for event in events if not isinstance(event, CallStateChanged)] == [
        CallRings(call),
        CallEnded(call, "hangup"),
    ]


async def test_a_call_that_rings_already_is_found(client: Client, instance: Instance) -> None:
    instance.voice_calls.contact_calls(ANNA)
    async with client.calls(audio=False) as calls:
        call = await anext(calls.incoming())
        await call.reject()
        assert call.end_reason == "rejected:user"
    assert instance.phone_calls.log[-1].status == "hangUp"


async def test_a_call_in_progress_is_found_after_a_restart(client: Client, instance: Instance) -> None:
    async with client.calls(audio=False) as calls:
        await calls.dial(ANNA)
        answered(instance)
    async with client.calls(audio=False) as calls:
        assert calls.current is not None
        assert (calls.current.chat_id, calls.current.direction) == (ANNA, None)
        await calls.current.wait_for_answer()
        await calls.current.hang_up()
    assert instance.voice_calls.current is None


async def test_the_end_of_a_session_does_not_hang_up(client: Client, instance: Instance) -> None:
    async with client.calls(audio=False) as calls:
        call = await calls.dial(ANNA)
    assert instance.voice_calls.current is not None
    assert call.end_reason == "connection-lost"
    await call.hang_up()
    assert instance.voice_calls.current is None


async def test_a_call_is_hung_up_at_the_end_of_its_block(client: Client, instance: Instance) -> None:
    async with client.calls(audio=False) as calls:
        with pytest.raises(ZeroDivisionError):
            async with await calls.dial(ANNA):
                answered(instance)
                raise ZeroDivisionError
        assert instance.voice_calls.current is None


async def test_calls_whose_caller_gave_up_are_left_out(client: Client, instance: Instance) -> None:
    async with client.calls(audio=False) as calls:
        incoming = calls.incoming()
        instance.voice_calls.contact_calls(ANNA)
        await anyio.sleep(1)
        instance.voice_calls.contact_hangs_up(ANNA)
        instance.voice_calls.contact_calls(BORIS)
        await anyio.sleep(1)
        assert (await anext(incoming)).chat_id == BORIS


@pytest.mark.parametrize("reason", ["rejected:busy", "timeout", "accepted_elsewhere", "new reason", ""])
async def test_waiting_for_an_answer_fails_with_the_servers_reason(
    client: Client, instance: Instance, reason: str
) -> None:
    async with client.calls(audio=False) as calls:
        call = await calls.dial(ANNA)
        instance.voice_calls.end(reason)
        with pytest.raises(CallEndedError, match=reason or "the call is over") as raised:
            await call.wait_for_answer()
        assert (raised.value.method, call.end_reason) == ("callsRtc", reason)


async def test_a_call_that_is_not_answered_rings_until_it_is_hung_up(client: Client, instance: Instance) -> None:
    async with client.calls(audio=False) as calls:
        call = await calls.dial(ANNA)
        start = anyio.current_time()
        with pytest.raises(TimeoutExpiredError, match="not answered within 40 s"):
            await call.wait_for_answer(timeout=40)
        assert anyio.current_time() - start == pytest.approx(40)
        await call.hang_up()
    assert instance.phone_calls.log[-1].status == "hungUp"


async def test_one_call_at_a_time(client: Client, instance: Instance) -> None:
    async with client.calls(audio=False) as calls:
        await calls.dial(ANNA)
        with pytest.raises(RuntimeError, match="in a call already"):
            await calls.dial(BORIS)
    assert [call.method for call in instance.calls].count("callsDial") == 1


@pytest.mark.parametrize("chat_id", ["79001234567", "120363043968066561@g.us", "", "7900@c.us.", "+79001234567@c.us"])
async def test_only_persons_are_called(client: Client, instance: Instance, chat_id: str) -> None:
    async with client.calls(audio=False) as calls:
        with pytest.raises(InvalidArgumentError, match=r"chat_id .*expected the chat id of a person"):
            await calls.dial(chat_id)
        assert calls.current is None
    assert [call.method for call in instance.calls] == ["callsRtc"]


async def test_a_call_that_whatsapp_refuses_did_not_begin(client: Client, instance: Instance) -> None:
    instance.people.no_account.add(ANNA)
    async with client.calls(audio=False) as calls:
        with pytest.raises(ServerError, match="call refused"):
            await calls.dial(ANNA)
        call = await calls.dial(BORIS)
        assert calls.current is call


async def test_a_dialled_call_without_a_clear_answer_is_found(client: Client, instance: Instance) -> None:
    instance.fail("callsDial", Fault(drop=True, after_effect=True))
    async with client.calls(audio=False) as calls:
        with pytest.raises(DeliveryUnknownError, match=r"calls_state\(\)"):
            await calls.dial(ANNA)
        assert calls.current is not None
        assert calls.current.chat_id == ANNA
        await calls.current.hang_up()
    assert [call.method for call in instance.calls].count("callsDial") == 1


@pytest.mark.parametrize("is_answered", [False, True])
async def test_a_call_whose_dialling_is_cancelled_is_hung_up(
    client: Client, instance: Instance, is_answered: bool
) -> None:
    async with client.calls(audio=False) as calls:
        instance.fail("callsDial", Fault(delay=5, after_effect=True))
        with anyio.move_on_after(2) as scope:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(calls.dial, ANNA)
                await anyio.sleep(1)
                if is_answered:
                    answered(instance)
                await anyio.sleep(5)
        assert scope.cancelled_caught
        assert instance.voice_calls.current is None
        await anyio.sleep(0.1)
        assert calls.current is None


async def test_a_call_that_was_taken_elsewhere_cannot_be_accepted(client: Client, instance: Instance) -> None:
    async with client.calls(audio=False) as calls:
        instance.voice_calls.contact_calls(ANNA)
        call = await anext(calls.incoming())
        instance.voice_calls.phone_ends(call.id or "", "pickUp")
        with pytest.raises((CallEndedError, BadRequestError)):
            await call.accept()
        assert await call.wait_until_over() == "accepted_elsewhere"
        with pytest.raises(CallEndedError, match="accepted_elsewhere"):
            await call.accept()


async def test_an_acceptance_whose_answer_is_lost_is_checked(client: Client, instance: Instance) -> None:
    instance.fail("callsAccept", Fault(drop=True, after_effect=True))
    async with client.calls(audio=False) as calls:
        instance.voice_calls.contact_calls(ANNA)
        call = await anext(calls.incoming())
        await call.accept()
        assert call.state == CallState.TALKING


async def test_an_acceptance_without_effect_raises(client: Client, instance: Instance) -> None:
    instance.fail("callsAccept", Fault(status=500))
    async with client.calls(audio=False) as calls:
        instance.voice_calls.contact_calls(ANNA)
        call = await anext(calls.incoming())
        with pytest.raises(DeliveryUnknownError):
            await call.accept()
        await call.accept()
        assert call.state == CallState.TALKING


async def test_the_call_of_another_is_never_hung_up(client: Client, instance: Instance) -> None:
    async with client.calls(audio=False) as calls:
        call = await calls.dial(ANNA)
    instance.voice_calls.end("hangup")
    instance.voice_calls.contact_calls(BORIS)
    await call.hang_up()
    assert instance.voice_calls.call_of(BORIS).state == "inc-call"


async def test_a_plan_without_calls_is_refused_with_the_servers_words(client: Client, instance: Instance) -> None:
    instance.voice_calls.enabled = False
    with pytest.raises(RefusedError, match="calls are not part of this plan") as raised:
        await client.calls(audio=False).__aenter__()
    assert raised.value.method == "callsRtc"
    assert "plan" in raised.value.advice


async def test_a_wrong_token_is_refused(client: Client, instance: Instance) -> None:
    instance.token = "another"
    with pytest.raises(UnauthorizedError):
        await client.calls(audio=False).__aenter__()


async def test_a_session_is_used_once(client: Client, instance: Instance) -> None:
    calls = client.calls(audio=False)
    with pytest.raises(RuntimeError, match="not open"):
        await calls.dial(ANNA)
    async with calls:
        pass
    with pytest.raises(RuntimeError, match="used before"):
        await calls.__aenter__()
    assert [call async for call in calls.incoming()] == []
    assert [event async for event in calls.events()] == []


async def test_qr_codes_of_the_account_that_calls(client: Client, instance: Instance) -> None:
    instance.set_state("notAuthorized")
    async with client.calls_scan_qr_code() as codes:
        types: list[object] = []
        async for event in codes:
            types.append(event.type)
            instance.set_state("authorized")
    assert types == ["qrCode", "accountData"]


class TestReconnecting:
    async def test_the_session_goes_on_after_a_loss(self, client: Client, instance: Instance) -> None:
        async with client.calls(audio=False) as calls:
            events = calls.events()
            instance.voice_calls.disconnect(1012, "restart")
            start = anyio.current_time()
            assert await anext(events) == CallsDisconnected(1012, "restart", permanent=False)
            assert not calls.is_connected
            assert await anext(events) == CallsConnected()
            assert anyio.current_time() - start == pytest.approx(0.5)
            assert calls.is_connected
            await calls.dial(ANNA)

    async def test_the_wait_doubles_up_to_ten_seconds_and_starts_again(
        self, client: Client, instance: Instance
    ) -> None:
        async with client.calls(audio=False) as calls:
            events = calls.events()
            for attempts in (7, 1):
                instance.fail("callsRtc", Fault(status=503), times=attempts)
                start = anyio.current_time()
                instance.voice_calls.disconnect()
                while await anext(events) != CallsConnected():
                    pass
                waits = [0.5, 1, 2, 4, 8, 10, 10, 10][: attempts + 1]
                assert anyio.current_time() - start == pytest.approx(sum(waits))

    @pytest.mark.parametrize("code", [4000, 4001, 4999])
    async def test_a_refusal_ends_the_session(self, client: Client, instance: Instance, code: int) -> None:
        async with client.calls(audio=False) as calls:
            events = calls.events()
            call = await calls.dial(ANNA)
            instance.voice_calls.disconnect(code, "switched off")
            assert await call.wait_until_over() == "connection-lost"
            with pytest.raises(RefusedError, match="switched off"):
                await anext(calls.incoming())
            with pytest.raises(RefusedError, match="switched off"):
                await calls.dial(BORIS)
            await anyio.sleep(60)
            assert not calls.is_connected
        told = [event async for event in events if not isinstance(event, CallStateChanged)]
        assert told == [CallsDisconnected(code, "switched off", permanent=True), CallEnded(call, "connection-lost")]

    async def test_a_token_that_is_wrong_by_now_ends_the_session(self, client: Client, instance: Instance) -> None:
        async with client.calls(audio=False) as calls:
            instance.token = "another"
            instance.voice_calls.disconnect()
            with pytest.raises(UnauthorizedError):
                await anext(calls.incoming())

    async def test_a_call_without_audio_is_a_new_call_afterwards(self, client: Client, instance: Instance) -> None:
        async with client.calls(audio=False) as calls:
            incoming = calls.incoming()
            instance.voice_calls.contact_calls(ANNA)
            first = await anext(incoming)
            instance.voice_calls.disconnect()
            second = await anext(incoming)
            assert (first.end_reason, second.id, second is first) == ("connection-lost", first.id, False)
            await second.accept()

    async def test_a_closed_client_ends_the_session(self, client: Client, instance: Instance) -> None:
        async with client.calls(audio=False) as calls:
            await client.aclose()
            with pytest.raises(Exception, match="closed"):
                await anext(calls.incoming())

    async def test_two_sessions_and_a_scan_of_one_client_do_not_disturb_each_other(
        self, client: Client, instance: Instance
    ) -> None:
        async with client.calls(audio=False) as first, client.calls(audio=False) as second:
            async for _ in client.scan_qr_code():
                break
            instance.voice_calls.contact_calls(ANNA)
            calls: list[Call] = [await anext(session.incoming()) for session in (first, second)]
            assert calls[0].id == calls[1].id
            assert first.is_connected
            assert second.is_connected


async def test_the_server_is_pinged_and_a_silent_one_is_lost(instance: Instance, client: Client) -> None:
    async with client.calls(audio=False) as calls:
        events = calls.events()
        await anyio.sleep(3600)  # the sandbox answers pings
        assert calls.is_connected
        instance.voice_calls.contact_calls(ANNA)
        assert isinstance(await anext(events), CallStateChanged)


@pytest.mark.parametrize("anyio_backend", ["trio"])
async def test_audio_needs_asyncio(client: Client, instance: Instance) -> None:
    with pytest.raises(RuntimeError, match="audio=False"):
        await client.calls().__aenter__()


@pytest.mark.slow
@pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])  # in real time, as the server is
async def test_a_session_over_a_socket(anyio_backend_name: str) -> None:
    sandbox = Sandbox(seed=1)
    instance = sandbox.add_instance()
    with SandboxServer(sandbox) as server:
        async with (
            Client(instance.id_instance, instance.token, server.url, server.url) as client,
            client.calls(audio=False) as calls,
        ):
            events = calls.events()
            server.call(lambda: instance.voice_calls.disconnect(1012, "restart"))
            assert await anext(events) == CallsDisconnected(1012, "restart", permanent=False)
            assert await anext(events) == CallsConnected()
            call = await calls.dial(ANNA)
            server.call(lambda: answered(instance))
            await call.wait_for_answer()
            await call.hang_up()
            assert call.end_reason == "hangup"
            server.call(lambda: instance.voice_calls.disconnect(4003, "not in the plan"))
            with pytest.raises(RefusedError, match="not in the plan"):
                await anext(calls.incoming())


async def test_a_call_whose_state_changes_meanwhile_is_hung_up(client: Client, instance: Instance) -> None:
    async with client.calls(audio=False) as calls:
        instance.voice_calls.contact_calls(ANNA)
        call = await anext(calls.incoming())
        instance.voice_calls.accept()  # by another device that shares the account
        await call.hang_up()
        assert call.end_reason == "hangup"
