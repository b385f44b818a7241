"""What a typed line answers, in EXEC and in configuration mode."""

import re

from qosbot.lab.cli.config import TOP, next_words
from qosbot.lab.cli.exec import EXEC, run
from qosbot.lab.cli.grammar import (
    AmbiguousError,
    IncompleteError,
    InvalidInputError,
    NoSuchNameError,
    SyntaxRefusalError,
    words_of,
)
from qosbot.lab.cli.session import Reply, Session
from qosbot.lab.cli.tree import resolve


def enter(session: Session, typed: str) -> Reply:
    """Obey a typed line."""
    line, device = typed.strip(), session.device
    with device.lock:
        now = device.clock.now()
        device.settle(now)
        device.hear(session.number, line, now)
        if not line or line.startswith("!"):
            return Reply()
        for pattern, answer in device.faults.refuse.items():
            if re.search(pattern, line):
                return Reply(text=answer)
        try:
            return _configure(session, line, now) if session.frames else run(session, line, now)
        except SyntaxRefusalError as error:
            offset = len(typed) - len(typed.lstrip())
            return Reply(text=_refused(session, error, line, offset))


def completed(session: Session, typed: str) -> str:
    """Return what is typed with its last word complete, if only one word can be meant."""
    if not typed or typed.endswith(" "):
        return typed
    begun = words_of(typed)[-1][1]
    found = [word for word in _following(session, typed[: -len(begun)]) if word[0] != "<"]
    fitting = [word for word in found if word.startswith(begun.lower())]
    return f"{typed[: -len(begun)]}{fitting[0]} " if len(fitting) == 1 else typed


def help_on(session: Session, typed: str) -> str:
    """Return what may follow what is typed: the answer to a question mark."""
    words = words_of(typed)
    begun = "" if not typed or typed.endswith(" ") else words[-1][1]
    before = typed[: len(typed) - len(begun)]
    found = _following(session, before)
    return "\n".join(f"  {word}" for word in found if word.startswith(begun.lower())) + "\n"


def _following(session: Session, before: str) -> tuple[str, ...]:
    return next_words(session.frames, before) if session.frames else EXEC.next_words(before)


def _refused(session: Session, error: SyntaxRefusalError, line: str, offset: int) -> str:
    """Return IOS's words for a line that it did not understand."""
    if isinstance(error, InvalidInputError | NoSuchNameError):
        named = [at for at, _ in words_of(line.partition("|")[0])][-1:]
        at = error.at if isinstance(error, InvalidInputError) else sum(named)
        caret = " " * (len(session.prompt) + offset + at) + "^"
        return f"{caret}\n% Invalid input detected at '^' marker.\n\n"
    if isinstance(error, AmbiguousError):
        return f'% Ambiguous command:  "{line}"\n\n'
    return "% Incomplete command.\n\n"


def _configure(session: Session, line: str, now: float) -> Reply:
    head, _, rest = line.partition(" ")
    if head.lower() == "do":
        if not rest.strip():
            raise IncompleteError
        return _do(session, line, now)
    if head.lower() == "end" and not rest:
        session.leave()
        return Reply()
    if len(head) > 1 and "exit".startswith(head.lower()) and not rest:
        session.frames = session.frames[:-1]
        return Reply()
    path = [frame.slot for frame in session.frames[1:]]
    if resolve(session.device.root, path) is None:
        session.frames = (TOP,)
    edited = session.device.edit(session.frames, line, now, session.user)
    session.frames = edited.frames
    return Reply(text=edited.said)


def _do(session: Session, line: str, now: float) -> Reply:
    """Obey an EXEC line without leaving the configuration mode."""
    start = len(line) - len(line[2:].lstrip())
    frames = session.frames
    try:
        return run(session, line[start:], now)
    except InvalidInputError as error:
        raise InvalidInputError(start + error.at) from None
    finally:
        session.frames = frames
