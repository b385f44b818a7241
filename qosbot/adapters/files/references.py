"""Secrets, of which an inventory holds only references: `${env:NAME}` and `${file:PATH}`.

No value is quoted, logged or chained to an error here; a message names the reference.
"""

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

from qosbot.adapters.files.checker import Checker
from qosbot.adapters.files.tree import Node, Scalar, open_at_once
from qosbot.domain.inventory import Secret

_REFERENCE = re.compile(r"\$\{(?:env:([A-Za-z_][A-Za-z0-9_]*)|file:([^\s{}$]+))\}")
_FORM = "write `${env:NAME}` or `${file:PATH}`"
_MAX_BYTES = 4096


class References:
    """Looks references up and remembers the values, so that they stay out of other hands."""

    def __init__(self, directory: Path, environ: Mapping[str, str], absent: Path | None) -> None:
        """Missing files in the directory `absent` are not noted: their absence is on record."""
        self._directory = directory
        self._environ = environ
        self._absent = absent
        self._found: dict[str, Secret] = {}

    def check(self, node: Node | None, what: str, check: Checker, *, shortest: int = 1) -> None:
        """Look up what a node refers to; a clear text and a missing value are noted."""
        if node is None:
            return
        match = _REFERENCE.fullmatch(node.text) if isinstance(node, Scalar) else None
        if match is None:
            check.report(node.line, f"{what} is not a reference to a secret", _FORM)
            return
        reference = match.group()
        name, path = match.groups()
        try:
            text = self._from_environment(name) if name else self._from_file(path)
        except FileNotFoundError:
            if (self._directory / path).parent.resolve() != self._absent:
                hint = "create it with the secret in it and mode 600"
                check.report(node.line, f"{what}: the file of {reference} does not exist", hint)
            return
        except _RefusedError as refused:
            check.report(node.line, f"{what}: {reference} {refused}", refused.hint)
            return
        if len(text) < shortest:
            check.report(
                node.line,
                f"{what}: {reference} holds fewer than {shortest} characters",
                "choose a longer one on the device too",
            )
            return
        self._found[reference] = Secret(text)

    def secret(self, reference: object) -> Secret:
        """Return the value of a reference that was checked before."""
        return self._found[str(reference)]

    def _from_environment(self, name: str) -> str:
        if name not in self._environ:
            raise _RefusedError("is not set", f"export {name} where qosbot starts")
        return _checked(self._environ[name])

    def _from_file(self, path: str) -> str:
        try:
            with open_at_once(self._directory / path) as file:
                mode = os.fstat(file.fileno()).st_mode
                if not stat.S_ISREG(mode):
                    raise _RefusedError("is not a file", "put a file with the secret there")
                if mode & stat.S_IRWXO:
                    raise _RefusedError(
                        f"is open to every user (mode {stat.S_IMODE(mode):03o})",
                        f"run `chmod o-rwx` on {path}, then change the secret",
                    )
                content = file.read(_MAX_BYTES + 1)
        except FileNotFoundError:
            raise
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else "input/output error"
            raise _RefusedError(
                f"cannot be read: {reason.lower()}", "check its owner and mode"
            ) from None
        if len(content) > _MAX_BYTES:
            raise _RefusedError(f"is larger than {_MAX_BYTES} bytes", "keep the secret alone in it")
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            raise _RefusedError("is not UTF-8", "save it as UTF-8") from None
        return _checked(text.removesuffix("\n").removesuffix("\r"))


class _RefusedError(Exception):
    """A reference that leads to no usable value."""

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what)
        self.hint = hint


def _checked(text: str) -> str:
    if not text:
        raise _RefusedError("is empty", "put the secret in it")
    if not text.isprintable():
        raise _RefusedError(
            "holds a line break or control character", "keep the secret alone, on one line"
        )
    return text
