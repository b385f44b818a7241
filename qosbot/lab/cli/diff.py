"""What differs between two configurations, as `show archive config differences` prints it."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class _Block:
    line: str
    inner: list["_Block"] = field(default_factory=list)


def contextual(old: str, new: str) -> str:
    """Return the differences with `+` and `-` and the sections that they stand in."""
    lines = _compare(_blocks(old), _blocks(new), 0)
    return "\n".join(["!Contextual Config Diffs:", *lines] if lines else ["!No changes were found"])


def commands(old: str, new: str) -> list[str]:
    """Return what is typed to make one configuration the other: what goes, then what comes."""
    before, after = _blocks(old), _blocks(new)
    return [*_removed(before, after, 0), *_added(before, after, 0)]


def _removed(old: list[_Block], new: list[_Block], depth: int) -> list[str]:
    after = {block.line: block for block in new}
    lines = []
    for block in old:
        held = after.get(block.line)
        if held is None:
            text = (
                block.line.removeprefix("no ")
                if block.line.startswith("no ")
                else f"no {block.line}"
            )
            lines.append(" " * depth + text)
        elif inner := _removed(block.inner, held.inner, depth + 1):
            lines += [" " * depth + block.line, *inner]
    return lines


def _added(old: list[_Block], new: list[_Block], depth: int) -> list[str]:
    before = {block.line: block for block in old}
    lines = []
    for block in new:
        held = before.get(block.line)
        inner = _added(held.inner if held is not None else [], block.inner, depth + 1)
        if held is None or inner:
            lines += [" " * depth + block.line, *inner]
    return lines


def _blocks(text: str) -> list[_Block]:
    root = _Block("")
    stack = [(-1, root)]
    for raw in text.splitlines():
        line = raw.strip()
        if not line or line.startswith("!") or line == "end":
            continue
        depth = len(raw) - len(raw.lstrip())
        while stack[-1][0] >= depth:
            stack.pop()
        block = _Block(line)
        stack[-1][1].inner.append(block)
        stack.append((depth, block))
    return root.inner


def _compare(old: list[_Block], new: list[_Block], depth: int) -> list[str]:
    before = {block.line: block for block in old}
    after = {block.line: block for block in new}
    lines = []
    for line, block in after.items():
        if line not in before:
            lines += _whole(block, "+", depth)
        elif inner := _compare(before[line].inner, block.inner, depth + 1):
            lines += [" " * depth + line, *inner]
    for line, block in before.items():
        if line not in after:
            lines += _whole(block, "-", depth)
    return lines


def _whole(block: _Block, sign: str, depth: int) -> list[str]:
    lines = [" " * depth + sign + block.line]
    for inner in block.inner:
        lines += _whole(inner, sign, depth + 1)
    return lines
