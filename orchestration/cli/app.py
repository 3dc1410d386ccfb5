"""The command tree. Each group of commands has a module of its own, imported when one of its commands is called: a
statement or an explanation must not wait for Dagster, pandas and the connectors to load.
"""

from importlib import import_module
from typing import Any, cast

import typer
from typer.core import TyperGroup

COMMANDS: dict[str, tuple[str, str]] = {
    "nightly": ("night", "nightly"),
    "dev": ("night", "dev"),
    "close": ("night", "close"),
    "rebuild": ("night", "rebuild"),
    "sandbox": ("sandbox", "app"),
    "sources": ("sources", "app"),
    "extract": ("sources", "extract"),
    "payout": ("payout_group", "app"),
    "audit": ("ledger", "audit"),
    "ledger": ("ledger", "ledger"),
    "retention": ("retention", "app"),
    "plan": ("plan", "app"),
    "score": ("plan", "score"),
    "simulate": ("simulate", "simulate"),
    "pilots": ("pilots", "pilots"),
    "review": ("review", "review"),
    "dictionary": ("dictionary", "dictionary"),
    "history-example": ("history", "history_example"),
    "explain": ("explain", "explain"),
    "statement": ("statement", "statement"),
}
"""Command -> the module below `orchestration.cli` and the function, or the group of commands, that it is."""


_SETTINGS: dict[str, Any] = {"add_completion": False, "rich_markup_mode": None, "pretty_exceptions_enable": False}


class _Lazy(TyperGroup):
    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the names do not depend on the call
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name]
        found = getattr(import_module(f"orchestration.cli.{module}"), attribute)
        tree = typer.Typer(**_SETTINGS)
        tree.callback()(_root)
        if isinstance(found, typer.Typer):
            tree.add_typer(found, name=cmd_name)
        else:
            tree.command(cmd_name)(found)
        return cast("TyperGroup", typer.main.get_command(tree)).commands[cmd_name]


app = typer.Typer(
    name="incentives",
    cls=_Lazy,
    help="Performance scores and a payout file that payroll can trust. 绩效评分与奖金发放。",
    no_args_is_help=True,
    **_SETTINGS,
)


@app.callback()
def _root() -> None:
    """Nothing is common to all commands."""
