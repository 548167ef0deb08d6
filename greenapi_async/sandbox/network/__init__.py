"""The API over ASGI: calls, polls, pushes, files and the websocket, with what can go wrong there."""
