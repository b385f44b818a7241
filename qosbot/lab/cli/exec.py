"""The EXEC commands: looking, saving, going back and rebooting."""

import re
from collections.abc import Callable, Mapping

from qosbot.lab.cli import diff, filters, refusals
from qosbot.lab.cli import shows_access as access
from qosbot.lab.cli import shows_interfaces as interfaces
from qosbot.lab.cli import shows_qos as qos
from qosbot.lab.cli import shows_sla as sla
from qosbot.lab.cli import shows_system as system
from qosbot.lab.cli.config import TOP, Frame, text_of
from qosbot.lab.cli.dates import countdown, stamp
from qosbot.lab.cli.device import Reload
from qosbot.lab.cli.grammar import Grammar, InvalidInputError, Parsed
from qosbot.lab.cli.session import ENTERED, Reply, Session
from qosbot.lab.cli.values import PARAMETERS
from qosbot.lab.cli.view import View

Words = tuple[str, ...]
Show = Callable[[View, Words], str]
Command = Callable[[Session, Words, float], Reply]

_SHOWS: Mapping[str, Show] = {
    "show running-config [full|interface (<interface>|<kind> <unit>)|class-map [<word>]"
    "|policy-map [<word>]]":
        system.running_config,
    "show startup-config": system.startup_config,
    "show configuration": system.startup_config,
    "show version": system.version,
    "show clock [detail]": system.clock,
    "show users": system.users,
    "show privilege": system.privilege,
    "show processes cpu [sorted|history]": system.processes_cpu,
    "show reload": system.show_reload,
    "show archive": system.archive,
    "show archive config rollback timer": system.rollback_timer,
    "show archive config differences [<word>] [<word>]": system.differences,
    "show policy-map [<word>]": qos.policy_map,
    "show policy-map interface [(<interface>|<kind> <unit>)] [input|output] [class <word>]":
        qos.policy_map_interface,
    "show class-map [<word>]": qos.class_map,
    "show access-lists [<word>]": access.access_lists,
    "show ip access-lists [<word>]": lambda view, words: access.access_lists(view, words[1:]),
    "show interfaces [(<interface>|<kind> <unit>)]": interfaces.interfaces,
    "show interfaces description": interfaces.description,
    "show ip interface brief": interfaces.ip_interface_brief,
    "show ip sla statistics [<1-2147483647>] [details]":
        lambda view, words: sla.statistics(view, tuple(w for w in words if w != "details")),
    "show ip sla configuration [<1-2147483647>]": sla.configuration,
    "show ip sla summary": sla.summary,
    "show ip sla responder": sla.responder,
}  # fmt: skip


def _configure_terminal(session: Session, words: Words, now: float) -> Reply:
    said = ""
    if words[2:]:
        idle = "idle" in words
        said = session.device.arm(int(words[-1]), now, session.user, idle=idle)
        if session.device.revert is None or said == refusals.ALREADY_PENDING:
            return Reply(text=said)
        said += "\n"
    session.frames = (TOP,)
    return Reply(text=said + ENTERED)


def _confirm(session: Session, _: Words, __: float) -> Reply:
    if session.device.revert is None:
        return Reply(text=refusals.NOTHING_PENDING)
    session.device.revert = None
    return Reply()


def _revert_now(session: Session, _: Words, now: float) -> Reply:
    revert = session.device.revert
    if revert is None:
        return Reply(text=refusals.NOTHING_PENDING)
    session.device.revert = None
    session.device.replace(revert.text, now, session.user)
    return Reply(text=(
        f"Rollback Confirmed Change: Rolling back to {revert.archive}\n\n"
        "Total number of passes: 1\nRollback Done\n"
    ))  # fmt: skip


def _revert_timer(session: Session, words: Words, now: float) -> Reply:
    if session.device.revert is None:
        return Reply(text=refusals.NOTHING_PENDING)
    session.device.rearm(int(words[-1]), now, idle="idle" in words)
    return Reply()


def _replace(session: Session, words: Words, now: float) -> Reply:
    text = system.stored(session.view(now), words[2])
    if text is None:
        return Reply(text=f"%Error opening {words[2]} (No such file or directory)")
    minutes = int(words[-1]) if words[-1].isdigit() else 0

    def go(_: str) -> Reply:
        said = ""
        if minutes:
            said = session.device.arm(minutes, now, session.user)
            if session.device.revert is None or said == refusals.ALREADY_PENDING:
                return Reply(text=said)
        if "list" in words:
            changes = diff.commands(text_of(session.device.root), text)
            said += "\n".join(["!Pass 1\n", "!List of Commands:", *changes, "end\n", ""])
        session.device.replace(text, now, session.user)
        return Reply(text=f"{said}Total number of passes: 1\nRollback Done\n")

    if "force" in words:
        return go("")
    return Reply(
        text="This will apply all necessary additions and deletions\n"
        "to replace the current running configuration with the\n"
        "contents of the specified configuration file, which is\n"
        "assumed to be a complete configuration, not a partial\n"
        "configuration. Enter Y if you are sure you want to proceed.",
        asks=" ? [no]: ",
        then=lambda answer: go("") if answer.lower().startswith("y") else Reply(),
    )


def _save(session: Session, _: Words, now: float) -> Reply:
    session.device.save(now, session.user)
    return Reply(text="Building configuration...\n[OK]")


def _copy(session: Session, words: Words, now: float) -> Reply:
    source, target = words[1], words[2]
    text = system.stored(session.view(now), source)
    if text is None:
        return Reply(text=f"%Error opening {source} (No such file or directory)")
    name = target.split(":")[-1]

    def put(answer: str) -> Reply:
        if target == "startup-config":
            return _save(session, (), now)
        if target == "running-config":
            _merge(session, text, now)
        else:
            file = answer.strip() or name
            session.device.files[file if ":" in file else f"flash:{file}"] = text
        return Reply(text=f"{len(text.encode())} bytes copied in 0.52 secs "
                          f"({len(text.encode()) * 2} bytes/sec)")  # fmt: skip

    return Reply(asks=f"Destination filename [{name}]? ", then=put)


def _merge(session: Session, text: str, now: float) -> None:
    frames: tuple[Frame, ...] = (TOP,)
    for raw in text.splitlines():
        if raw.strip() and raw.strip() != "end" and not raw.startswith("!"):
            stack = frames if raw.startswith(" ") else (TOP,)
            frames = session.device.edit(stack, raw.strip(), now, session.user).frames


def _delete(session: Session, words: Words, _: float) -> Reply:
    name = words[-1]
    if session.device.files.pop(name, None) is None:
        return Reply(text=f"%Error deleting {name} (No such file or directory)")
    return Reply()


def _more(session: Session, words: Words, now: float) -> Reply:
    text = system.stored(session.view(now), words[1])
    return Reply(
        text=f"%Error opening {words[1]} (No such file or directory)" if text is None else text
    )


def _dir(session: Session, _: Words, now: float) -> Reply:
    lines = ["Directory of flash0:/", ""]
    for i, (name, text) in enumerate(session.device.files.items(), start=1):
        size = len(text.encode())
        lines.append(
            f"{i:5}  -rw-  {size:10}  {stamp(now)[13:]}  {name.split(':')[-1].lstrip('/')}"
        )
    return Reply(text="\n".join([*lines, "", "256487424 bytes total (151883776 bytes free)"]))


def _archive_now(session: Session, _: Words, now: float) -> Reply:
    return Reply(text="" if session.device.archive(now) else refusals.NEEDS_ARCHIVE)


def _reload(session: Session, words: Words, now: float) -> Reply:
    minutes = int(words[2]) if words[1:2] == ("in",) else 0
    device = session.device

    def go(_: str) -> Reply:
        if not minutes:
            device.reload(now)
            return Reply(closes=True)
        device.scheduled_reload = Reload(
            due=now + 60.0 * minutes, user=session.user, reason=" ".join(words[3:])
        )
        return Reply()

    def ask(_: str) -> Reply:
        said = ""
        if minutes:
            said = (
                f"Reload scheduled for {stamp(now + 60.0 * minutes)} "
                f"(in {countdown(60.0 * minutes)}) by {session.user} on "
                f"{session.line.replace(' ', '')} (127.0.0.1)"
            )
        return Reply(text=said, asks="Proceed with reload? [confirm]", by_key=True, then=go)

    def save_first(answer: str) -> Reply:
        if answer.lower().startswith("y"):
            device.save(now, session.user)
        return ask("")

    if text_of(device.root) == device.startup_config():
        return ask("")
    return Reply(asks="\nSystem configuration has been modified. Save? [yes/no]: ", then=save_first)


def _reload_cancel(session: Session, _: Words, __: float) -> Reply:
    if session.device.scheduled_reload is None:
        return Reply(text="%No reload is scheduled.")
    session.device.scheduled_reload = None
    return Reply(text="\n\n***\n*** --- SHUTDOWN ABORTED ---\n***\n")


def _terminal_length(session: Session, words: Words, _: float) -> Reply:
    session.length = int(words[2])
    return Reply()


def _terminal_width(session: Session, words: Words, _: float) -> Reply:
    session.width = int(words[2])
    return Reply()


def _nothing(_: Session, __: Words, ___: float) -> Reply:
    return Reply()


def _quit(_: Session, __: Words, ___: float) -> Reply:
    return Reply(closes=True)


_FILE = "(running-config|startup-config|<word>)"
_COMMANDS: Mapping[str, Command] = {
    "configure terminal [revert timer (<1-120>|idle <1-120>)]": _configure_terminal,
    "configure confirm": _confirm,
    "configure revert now": _revert_now,
    "configure revert timer (<1-120>|idle <1-120>)": _revert_timer,
    "configure replace <word> [list] [force] [revert trigger [error] [timer <1-120>]]": _replace,
    "write [memory]": _save,
    f"copy {_FILE} {_FILE}": _copy,
    "delete [<word>] <word>": _delete,
    "dir [<word>]": _dir,
    "more <word>": _more,
    "archive config": _archive_now,
    "reload [in <1-34560> [<line>]]": _reload,
    "reload cancel": _reload_cancel,
    "terminal length <0-512>": _terminal_length,
    "terminal width <0-512>": _terminal_width,
    "terminal (monitor|no monitor)": _nothing,
    "enable": _nothing,
    "exit": _quit,
    "logout": _quit,
    "quit": _quit,
    "disable": _nothing,
}

EXEC = Grammar([*_SHOWS, *_COMMANDS], PARAMETERS)


def run(session: Session, line: str, now: float) -> Reply:
    """Obey an EXEC line.

    Raises:
        SyntaxRefusalError: if there is no such command.
    """
    command, tail, at = filters.split(line)
    parsed = EXEC.parse(command)
    shows = list(_SHOWS.values())
    if parsed.rule >= len(shows):
        return list(_COMMANDS.values())[parsed.rule - len(shows)](session, parsed.words, now)
    if at and not filters.is_filter(tail):
        raise InvalidInputError(at)
    output = _show(shows[parsed.rule], session, parsed, now)
    if tail:
        try:
            output = filters.apply(tail, output)
        except re.error:
            raise InvalidInputError(at) from None
    return Reply(text=output)


def _show(show: Show, session: Session, parsed: Parsed, now: float) -> str:
    return show(session.view(now), parsed.words)
