"""Putting one file on an SFTP server so that nobody ever picks up half of it.

The bytes go to `<name>.part`; an upload that broke goes on where it stopped, after the part on the server was compared
with ours. Only a part of the right size is renamed. The server's key must be in the known_hosts file.
"""

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import paramiko

from connectors.config_base import resolve
from orchestration.payout.delivery.targets import Destination
from orchestration.payout.errors import DeliveryFailed, DeliveryRefused

_CHUNK = 32_768
Seen = Literal["nothing", "part", "same", "other"]


class Server:
    """An open connection to a target's folder."""

    def __init__(self, sftp: paramiko.SFTPClient) -> None:
        self._sftp = sftp

    def look(self, path: str, sha256: str) -> Seen:
        """What is there under a name: nothing, only a part of it, the same bytes, or other ones."""
        if self._size(path) is not None:
            digest = hashlib.sha256()
            with self._sftp.open(path, "rb") as file:
                file.prefetch()
                while chunk := file.read(_CHUNK):
                    digest.update(chunk)
            return "same" if digest.hexdigest() == sha256 else "other"
        return "nothing" if self._size(_part(path)) is None else "part"

    def put(self, path: str, content: bytes) -> None:
        """Bring `<path>.part` to the full content, keeping what is already there; raises `DeliveryFailed` when the
        server has another size in the end."""
        part = _part(path)
        done = self._kept(part, content)
        with self._sftp.open(part, "r+b" if done else "wb") as file:
            file.set_pipelined(True)
            file.seek(done)
            for start in range(done, len(content), _CHUNK):
                file.write(content[start : start + _CHUNK])
        self._sftp.chmod(part, stat.S_IRUSR | stat.S_IWUSR)
        if (size := self._size(part)) != len(content):
            raise DeliveryFailed(f"{part} has {size} bytes on the server, {len(content)} were sent; deliver it again")

    def finish(self, path: str) -> None:
        """Give a complete part its name."""
        self._sftp.posix_rename(_part(path), path)

    def write_small(self, path: str, content: bytes) -> None:
        """A few bytes that may be written again, such as a checksum."""
        with self._sftp.open(path, "wb") as file:
            file.write(content)

    def _kept(self, part: str, content: bytes) -> int:
        """How many bytes of an earlier attempt stay: all of them, if they are the beginning of ours."""
        size = self._size(part) or 0
        if not 0 < size <= len(content):
            return 0
        with self._sftp.open(part, "rb") as file:
            file.prefetch(size)
            return size if file.read(size) == content[:size] else 0

    def _size(self, path: str) -> int | None:
        try:
            return self._sftp.stat(path).st_size
        except FileNotFoundError:
            return None


@contextmanager
def connected(destination: Destination) -> Iterator[Server]:
    """A connection to a target. Raises `DeliveryRefused` for what a person has to put right (host key, log-in, folder),
    and lets what may pass (`OSError`, `paramiko.SSHException`, `EOFError`) through."""
    target = destination.target
    known_hosts = destination.path(target.known_hosts)
    if not known_hosts.is_file():
        raise DeliveryRefused(
            f"{destination.name}: {known_hosts.name} is not there; write the server's host key into it (ssh-keyscan) "
            "after comparing it with what the server's owner tells you"
        )
    with paramiko.SSHClient() as client:
        client.load_host_keys(str(known_hosts))
        client.set_missing_host_key_policy(paramiko.RejectPolicy())
        _log_in(client, destination)
        with client.open_sftp() as sftp:
            channel = sftp.get_channel()
            if channel is not None:
                channel.settimeout(target.timeout_seconds)
            try:
                sftp.chdir(target.folder)
            except FileNotFoundError:
                raise DeliveryRefused(f"{destination.name}: the server has no folder {target.folder}") from None
            yield Server(sftp)


def _log_in(client: paramiko.SSHClient, destination: Destination) -> None:
    target = destination.target
    place = f"{destination.name}: {target.host}:{target.port}"
    try:
        client.connect(
            hostname=target.host,
            port=target.port,
            username=target.user,
            key_filename=str(destination.path(target.private_key)) if target.private_key else None,
            passphrase=resolve(target.passphrase, os.environ) if target.passphrase else None,
            password=resolve(target.password, os.environ) if target.password else None,
            look_for_keys=False,
            allow_agent=False,
            timeout=target.timeout_seconds,
            banner_timeout=target.timeout_seconds,
            auth_timeout=target.timeout_seconds,
        )
    except paramiko.BadHostKeyException:
        raise DeliveryRefused(
            f"{place} shows another host key than {target.known_hosts} holds; nothing was sent: ask the server's owner"
        ) from None
    except paramiko.AuthenticationException:
        raise DeliveryRefused(f"{place} does not let {target.user} in with this key or password") from None
    except paramiko.SSHException as error:
        if "not found in known_hosts" in str(error):
            raise DeliveryRefused(
                f"{place} is not in {target.known_hosts}; add its host key after comparing it with the owner's"
            ) from None
        raise


def _part(path: str) -> str:
    return f"{path}.part"
