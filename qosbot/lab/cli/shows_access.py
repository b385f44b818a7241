"""Show commands of the access lists."""

from qosbot.lab.cli.view import View


def access_lists(view: View, words: tuple[str, ...]) -> str:
    """Return `show access-lists [NAME]`."""
    lists: dict[tuple[str, str], list[str]] = {}
    for entry in view.root.children:
        if entry.slot[0] == "access-list" and entry.words()[2] != "remark":
            number = entry.slot[1]
            kind = "Standard" if int(number) < 100 else "Extended"  # noqa: PLR2004  # IOS's ranges
            lists.setdefault((kind, number), []).append(" ".join(entry.words()[2:]))
        elif entry.slot[:2] == ("ip", "access-list"):
            lines = [" ".join(child.words()) for child in entry.children]
            lists[entry.slot[2].capitalize(), entry.slot[3]] = [
                line for line in lines if not line.startswith("remark")
            ]
    shown = []
    for (kind, name), entries in lists.items():
        if name in words[2:] or not words[2:]:
            shown.append(f"{kind} IP access list {name}")
            shown += [f"    {10 * (i + 1)} {line}" for i, line in enumerate(entries)]
    return "\n".join(shown)
