"""Voice calls: a session over the websocket ``callsRtc``, and the audio of a call.

``Client.calls`` opens the session. Signalling works on asyncio and trio; audio needs asyncio and the extra ``voip``.
"""
