"""Starts the sandbox's servers: `with serve(home) as running:` from a test or command, or in the foreground

    python -m connectors.sandbox.serve <home>

One process, one port per host, loopback only. Addresses stand in `<home>/sandbox/endpoints.json` as long as it runs. It
ends with its parent's context, at a signal, or when its standard input closes (`--until-eof`).
"""

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from connectors.sandbox import credentials, files, state
from connectors.sandbox.company.world import World
from connectors.sandbox.servers.adjust import Adjust
from connectors.sandbox.servers.handler import serve_vendor
from connectors.sandbox.servers.http import Sandbox
from connectors.sandbox.servers.ihr360 import Ihr360
from connectors.sandbox.servers.jiandaoyun import Jiandaoyun
from connectors.sandbox.servers.kingdee import Kingdee
from connectors.sandbox.servers.matomo import Matomo
from connectors.sandbox.servers.moodle import Moodle
from connectors.sandbox.servers.oceanengine import OceanEngine
from connectors.sandbox.servers.odoo import Odoo
from connectors.sandbox.servers.tencent_ads import TencentAds
from connectors.sandbox.servers.tokens import TokenBook
from connectors.sandbox.servers.wechat_oa import WechatOa
from connectors.sandbox.servers.zoho import ZohoCrm
from connectors.sandbox.servers.zoho_accounts import ZohoAccounts

COMPANY_FILE = Path(__file__).with_name("company.yaml")
_URL_VARIABLES = {
    "zoho_crm": "SANDBOX_ZOHO_URL",
    "zoho_accounts": "SANDBOX_ZOHO_ACCOUNTS_URL",
    "oceanengine": "SANDBOX_OCEANENGINE_URL",
    "kingdee": "SANDBOX_KINGDEE_URL",
    "ihr360": "SANDBOX_IHR360_URL",
    "tencent_ads": "SANDBOX_TENCENT_URL",
    "wechat_oa": "SANDBOX_WECHAT_URL",
    "adjust": "SANDBOX_ADJUST_URL",
    "matomo": "SANDBOX_MATOMO_URL",
    "jiandaoyun": "SANDBOX_JIANDAOYUN_URL",
    "moodle": "SANDBOX_MOODLE_URL",
    "odoo": "SANDBOX_ODOO_URL",
}
_START_SECONDS = 180


@dataclass(frozen=True, slots=True)
class Running:
    """A running sandbox: `endpoints` by host name, `env` for whoever reads company.yaml, the process id."""

    home: Path
    endpoints: dict[str, str]
    env: dict[str, str]
    pid: int


@contextlib.contextmanager
def serve(home: Path) -> Iterator[Running]:
    """Run the servers of a data folder in a child process as long as the block lasts.

    `home` must hold a sandbox (`state.ensure`). Raises RuntimeError with the child's words when it does not come up.
    """
    state.load(home)
    command = [sys.executable, "-m", "connectors.sandbox.serve", str(home), "--until-eof"]
    root = Path(__file__).resolve().parent.parent.parent
    log = (home / "sandbox" / "serve.log").open("ab")
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, cwd=root)  # noqa: S603
    try:
        endpoints = _wait_until_healthy(child, home)
        yield Running(home, endpoints, environment(home, endpoints), child.pid)
    finally:
        log.close()
        for pipe in (child.stdin, child.stdout):
            if pipe:
                pipe.close()
        child.terminate()
        try:
            child.wait(timeout=10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def environment(home: Path, endpoints: dict[str, str]) -> dict[str, str]:
    """Every variable that company.yaml refers to, and the clock as the night's instant (read it after `advance`)."""
    return {
        "INCENTIVES_HOME": str(home),
        "INCENTIVES_COMPANY": str(COMPANY_FILE),
        "INCENTIVES_INBOX": str(home / "inbox"),
        "INCENTIVES_AS_OF": state.load(home).clock.isoformat(),
        "INCENTIVES_PRIVACY_KEY": credentials.PRIVACY_KEY,
        **{variable: endpoints[name] for name, variable in _URL_VARIABLES.items()},
        "SANDBOX_ZOHO_CLIENT_ID": credentials.ZOHO_CLIENT_ID,
        "SANDBOX_ZOHO_CLIENT_SECRET": credentials.ZOHO_CLIENT_SECRET,
        "SANDBOX_ZOHO_REFRESH_TOKEN": credentials.ZOHO_REFRESH_TOKEN,
        "SANDBOX_OCEANENGINE_APP_ID": credentials.OCEANENGINE_APP_ID,
        "SANDBOX_OCEANENGINE_SECRET": credentials.OCEANENGINE_SECRET,
        "SANDBOX_OCEANENGINE_REFRESH_TOKEN": credentials.OCEANENGINE_REFRESH_TOKEN,
        "SANDBOX_KINGDEE_APP_ID": credentials.KINGDEE_APP_ID,
        "SANDBOX_KINGDEE_APP_SECRET": credentials.KINGDEE_APP_SECRET,
        "SANDBOX_KINGDEE_USER": credentials.KINGDEE_USER,
        "SANDBOX_KINGDEE_ORG": credentials.KINGDEE_ORG,
        "SANDBOX_IHR360_APP_ID": credentials.IHR360_APP_ID,
        "SANDBOX_IHR360_APP_SECRET": credentials.IHR360_APP_SECRET,
        "SANDBOX_TENCENT_CLIENT_ID": credentials.TENCENT_CLIENT_ID,
        "SANDBOX_TENCENT_CLIENT_SECRET": credentials.TENCENT_CLIENT_SECRET,
        "SANDBOX_TENCENT_REFRESH_TOKEN": credentials.TENCENT_REFRESH_TOKEN,
        "SANDBOX_WECHAT_SECRET": credentials.WECHAT_SECRET,
        "SANDBOX_ADJUST_TOKEN": credentials.ADJUST_API_TOKEN,
        "SANDBOX_MATOMO_TOKEN": credentials.MATOMO_TOKEN,
        "SANDBOX_JIANDAOYUN_API_KEY": credentials.JIANDAOYUN_API_KEY,
        "SANDBOX_MOODLE_TOKEN": credentials.MOODLE_TOKEN,
        "SANDBOX_ODOO_API_KEY": credentials.ODOO_API_KEY,
        "SANDBOX_ODOO_LOGIN": credentials.ODOO_LOGIN,
    }


def advance(home: Path, step: timedelta) -> datetime:
    """Let time pass in every system of the sandbox and in the inbox; returns the new clock.

    Asks the running servers, which have the company in memory; without them the clock is moved here and the inbox
    filled from the seed.
    """
    addresses = home / "sandbox" / "endpoints.json"
    if addresses.exists():
        address = json.loads(addresses.read_text(encoding="utf-8"))["zoho_crm"]
        asked = json.dumps({"advance_seconds": step.total_seconds()}).encode()
        try:
            with urlopen(f"{address}/__sandbox__/clock", asked, timeout=600) as reply:  # noqa: S310 - loopback
                reply.read()
            return state.load(home).clock
        except HTTPError as error:
            raise ValueError(f"the sandbox refused to move its clock: {error.read().decode()}") from error
        except URLError:
            addresses.unlink(missing_ok=True)  # left behind by servers that were killed
    moved = state.advance(home, step)
    write_inbox(home)
    return moved


def write_inbox(home: Path) -> list[Path]:
    """Lay the feed files that exist at the clock into `<home>/inbox`; returns those newly written."""
    found = state.load(home)
    ts = int(found.clock.timestamp())
    return files.write_feeds(World(found.seed, found.scale).extend_to(ts), ts, home / "inbox")


def run(home: Path, ready: threading.Event | None = None) -> dict[str, str]:
    """Start all servers in threads of this process, fill the inbox, write endpoints.json; returns the addresses."""
    found = state.load(home)
    world = World(found.seed, found.scale).extend_to(int(found.clock.timestamp()))
    sandbox = Sandbox(world, state.LiveClock(home), home / "sandbox", home / "inbox")
    tokens = TokenBook(sandbox.folder / "tokens" / "zoho.json", {"calls": []})
    endpoints: dict[str, str] = {}
    crm = serve_vendor(ZohoCrm(sandbox, tokens))
    endpoints["zoho_crm"] = f"http://127.0.0.1:{crm.server_address[1]}"
    for vendor in (
        ZohoAccounts(sandbox, tokens, endpoints["zoho_crm"]),
        OceanEngine(sandbox),
        Kingdee(sandbox),
        Ihr360(sandbox),
        TencentAds(sandbox),
        WechatOa(sandbox),
        Adjust(sandbox),
        Matomo(sandbox),
        Jiandaoyun(sandbox),
        Moodle(sandbox),
        Odoo(sandbox),
    ):
        endpoints[vendor.name] = f"http://127.0.0.1:{serve_vendor(vendor).server_address[1]}"
    sandbox.fill_inbox()
    _keep_inbox(sandbox)
    state.write_atomically(sandbox.folder / "endpoints.json", json.dumps(endpoints, indent=1) + "\n")
    if ready:
        ready.set()
    return endpoints


def _keep_inbox(sandbox: Sandbox) -> None:
    """Lay down new files also when the clock's file was moved from outside."""

    def watch() -> None:
        seen = sandbox.clock.now()
        while True:
            time.sleep(0.5)
            now = sandbox.clock.now()
            if now != seen:
                sandbox.fill_inbox()
                seen = now

    threading.Thread(target=watch, daemon=True, name="inbox").start()


def _wait_until_healthy(child: subprocess.Popen[bytes], home: Path) -> dict[str, str]:
    assert child.stdout is not None  # noqa: S101 - it was opened as a pipe
    line = child.stdout.readline().decode().strip()
    if not line:
        child.wait()
        said = (home / "sandbox" / "serve.log").read_text(encoding="utf-8", errors="replace").strip()
        raise RuntimeError(f"the sandbox servers did not start (exit code {child.returncode}): {said[-2000:]}")
    endpoints: dict[str, str] = json.loads(line)
    for address in endpoints.values():
        with urlopen(f"{address}/__sandbox__/health", timeout=_START_SECONDS) as reply:  # noqa: S310 - loopback
            reply.read()
    return endpoints


def main(arguments: Sequence[str] | None = None) -> int:
    """The foreground command."""
    parser = argparse.ArgumentParser(prog="python -m connectors.sandbox.serve", description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--until-eof", action="store_true", help="stop when standard input closes")
    given = parser.parse_args(arguments)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    endpoints = run(given.home.resolve())
    sys.stdout.write(json.dumps(endpoints) + "\n")
    sys.stdout.flush()
    if given.until_eof:
        threading.Thread(target=lambda: (sys.stdin.buffer.read(), stop.set()), daemon=True).start()
    while not stop.wait(0.5):
        pass
    (given.home / "sandbox" / "endpoints.json").unlink(missing_ok=True)
    return 0


if __name__ == "__main__":
    # The daemon threads of a server may hold sockets: leave without waiting for them.
    code = main()
    sys.stdout.flush()
    os._exit(code)
