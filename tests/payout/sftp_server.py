"""A real OpenSSH server on loopback for one test, and a wire before it that can be cut."""

import contextlib
import getpass
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SSHD = "/usr/sbin/sshd"


def why_not() -> str:
    """Why no server can be started here, or an empty text."""
    if not Path(SSHD).is_file() or shutil.which("ssh-keygen") is None:
        return "OpenSSH's server is not installed (Debian package openssh-server)"
    return ""


@dataclass
class Wire:
    """A TCP relay. `cut_after` bytes from the client it breaks the connection, once."""

    server_port: int
    cut_after: int | None = None
    connections: int = 0
    port: int = 0
    _listener: socket.socket = field(default_factory=socket.socket)

    def start(self) -> None:
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen()
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            server = socket.create_connection(("127.0.0.1", self.server_port))
            threading.Thread(target=self._relay, args=(client, server, True), daemon=True).start()
            threading.Thread(target=self._relay, args=(server, client, False), daemon=True).start()

    def _relay(self, source: socket.socket, sink: socket.socket, is_upload: bool) -> None:
        passed = 0
        with contextlib.suppress(OSError):
            while data := source.recv(4096):
                passed += len(data)
                if is_upload and self.cut_after is not None and passed > self.cut_after:
                    self.cut_after = None
                    break
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@dataclass(frozen=True)
class SftpServer:
    """Where it listens (through the wire), whom it lets in, and the folder it serves."""

    wire: Wire
    user: str
    key: Path
    known_hosts: Path
    inbox: Path


@contextlib.contextmanager
def sftp_server(home: Path) -> Iterator[SftpServer]:
    """A server that lets the current user in with one key, for as long as the block lasts."""
    folder, inbox = home / "sshd", home / "inbox"
    folder.mkdir(mode=0o700)
    inbox.mkdir()
    for name in ("host", "client"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    (folder / "authorized").write_text((folder / "client.pub").read_text())
    (folder / "authorized").chmod(0o600)
    port = _free_port()
    (folder / "config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/authorized\n"
        f"PidFile {folder}/pid\nUsePAM no\nStrictModes no\nPasswordAuthentication no\nPermitRootLogin yes\n"
        "KbdInteractiveAuthentication no\nSubsystem sftp internal-sftp\nLogLevel ERROR\n"
    )
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    process = subprocess.Popen([SSHD, "-D", "-e", "-f", str(folder / "config")], stderr=subprocess.DEVNULL)
    wire = Wire(port)
    try:
        _wait_for(port)
        wire.start()
        public = " ".join((folder / "host.pub").read_text().split()[:2])
        (folder / "known_hosts").write_text(f"[127.0.0.1]:{wire.port} {public}\n")
        yield SftpServer(wire, getpass.getuser(), folder / "client", folder / "known_hosts", inbox)
    finally:
        wire.stop()
        process.terminate()
        process.wait(timeout=10)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for(port: int) -> None:
    for _ in range(100):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise AssertionError("the SFTP server did not start")
