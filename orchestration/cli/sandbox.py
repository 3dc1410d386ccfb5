"""`incentives sandbox`: the sample company whose systems this project serves itself."""

import re
import signal
from contextlib import suppress
from datetime import timedelta
from typing import Annotated

import typer

from connectors.sandbox.serve import serve
from connectors.sandbox.state import advance as advance_clock
from connectors.sandbox.state import ensure, state_file
from orchestration.cli.output import out, refusing
from orchestration.settings import Settings

app = typer.Typer(help="The sample company: its clock and its systems on loopback.", no_args_is_help=True)


@app.command("advance")
@refusing
def advance(span: Annotated[str, typer.Argument(help="How far: 1d, 36h, 2w")]) -> None:
    """Let time pass in every system of the sample company."""
    settings = Settings.from_env()
    if not state_file(settings.home).exists():
        ensure(settings.home)
    out.print(f"the sample company's clock is now {advance_clock(settings.home, _span(span)).isoformat()}")


@app.command("serve")
@refusing
def serve_systems() -> None:
    """Keep the vendors' servers running until Ctrl-C, and print the environment that reaches them."""
    settings = Settings.from_env()
    if not state_file(settings.home).exists():
        ensure(settings.home)
    with serve(settings.home) as sandbox:
        for name, value in sorted(sandbox.env.items()):
            out.print(f"export {name}='{value}'")
        out.print("# Ctrl-C ends the servers")
        with suppress(KeyboardInterrupt):
            signal.pause()


def _span(text: str) -> timedelta:
    match = re.fullmatch(r"(\d+)\s*([hdw])", text.strip())
    if not match:
        raise ValueError(f"{text!r} is no span of time: write for example 1d, 36h or 2w")
    return int(match[1]) * {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}[match[2]]
