"""The command for agents: its options."""

from typing import Annotated

import typer

from greenapi_async.cli.app import ConfigOption, JsonOption, ProfileOption, app, importing

__all__ = ["mcp"]


@app.command(short_help="Offer the instance to an agent as tools (MCP).")
def mcp(
    *,
    allow: Annotated[
        list[str] | None,
        typer.Option(help="Method to offer beside those that read, such as read_chat; repeatable."),
    ] = None,
    allow_send: Annotated[
        bool, typer.Option("--allow-send", help="Offer the methods that send, or those of them named by --allow.")
    ] = False,
    chat: Annotated[
        list[str] | None,
        typer.Option(help="Phone number or id of a chat that may be read and written to; repeatable. By default, all."),
    ] = None,
    any_chat: Annotated[bool, typer.Option("--any-chat", help="With --allow-send: send to all chats.")] = False,
    outbox: Annotated[
        str | None,
        typer.Option(
            help="Where the keys of sent messages are kept: a file, or postgresql://...; by default "
            "~/.local/state/greenapi/outbox.db."
        ),
    ] = None,
    list_only: Annotated[bool, typer.Option("--list", help="Print the tools that would be offered, and exit.")] = False,
    profile: ProfileOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Offer the instance to an agent as tools of the Model Context Protocol, on standard input and output.

    Without options an agent can only read. Needs the extra `mcp`.
    """
    with importing():
        from greenapi_async.cli.agents.policy import create_policy
        from greenapi_async.cli.agents.server import list_tools, serve
        from greenapi_async.cli.run import run_command

    policy = create_policy(allow=allow or (), allow_send=allow_send, chats=chat or (), any_chat=any_chat)
    if list_only:
        raise typer.Exit(run_command(list_tools, profile, config, json, policy))
    raise typer.Exit(run_command(serve, profile, config, json, policy, outbox))
