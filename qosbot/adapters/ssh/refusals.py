"""Which credentials were refused where, so that no account is locked by our trying.

A rotated password, tried on every device, locks the account everywhere.
"""

import hashlib
import logging
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from qosbot.adapters.ssh.errors import CredentialsRefusedError, SshStoppedError
from qosbot.domain.inventory import SshAccess

log = logging.getLogger(__name__)

REFUSALS_THAT_STOP = 2


class Refusals:
    """Counts refusals in this process; safe to use from several threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._refused: set[tuple[str, bytes]] = set()
        self._count = 0
        self._under_way = 0
        self._key = secrets.token_bytes(32)

    def have_stopped_all(self) -> bool:
        """Return whether no device is asked any more until a person resumes."""
        with self._changed:
            return self._have_stopped_all()

    def check(self, device: str, access: SshAccess) -> None:
        """Reject a login that may not be tried.

        Raises:
            CredentialsRefusedError: if the device refused these credentials before.
            SshStoppedError: if too many devices refused theirs.
        """
        with self._changed:
            self._check(device, self._digest(access))

    @contextmanager
    def login(self, device: str, access: SshAccess) -> Iterator[None]:
        """Let a login be tried, and keep it if it is refused.

        No more are under way at once than may still be refused: of many devices that are asked
        together with a rotated password, two are.  The others wait, for as long as a login takes.

        Raises:
            CredentialsRefusedError: as `check` does.
            SshStoppedError: as `check` does.
        """
        digest = self._digest(access)
        with self._changed:
            self._check(device, digest)
            while self._count + self._under_way >= REFUSALS_THAT_STOP:
                self._changed.wait()
                self._check(device, digest)
            self._under_way += 1
        is_refused = False
        try:
            yield
        except CredentialsRefusedError:
            is_refused = True
            log.warning("credentials refused", extra={"device": device})
            raise
        finally:
            with self._changed:
                self._under_way -= 1
                if is_refused:
                    self._count += 1
                    self._refused.add((device, digest))
                self._changed.notify_all()

    def resume(self) -> None:
        """Let devices be asked again; what one of them refused stays refused there."""
        with self._changed:
            self._count = 0
            self._changed.notify_all()

    def _check(self, device: str, digest: bytes) -> None:
        if (device, digest) in self._refused:
            raise CredentialsRefusedError(device)
        if self._have_stopped_all():
            raise SshStoppedError(device, self._count)

    def _have_stopped_all(self) -> bool:
        return self._count >= REFUSALS_THAT_STOP

    def _digest(self, access: SshAccess) -> bytes:
        """Return what moves with user and password, and means nothing outside this process."""
        text = f"{access.username}\0{access.password.reveal()}"
        return hashlib.blake2b(text.encode(), key=self._key).digest()
