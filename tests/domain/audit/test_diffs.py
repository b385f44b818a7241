from hypothesis import given, settings
from hypothesis import strategies as st

from qosbot.domain.audit.diffs import MOST_LINES, diff

TEXTS = st.lists(st.sampled_from(["a", "b", " c", "interface x"]), max_size=20).map("\n".join)


@given(TEXTS, TEXTS)
@settings(max_examples=50)
def test_what_is_alike_at_the_ends_changes_nothing_in_a_diff(before: str, after: str) -> None:
    lines, left_out = diff(before, after)
    assert left_out == 0
    assert replayed(before, lines) == after.splitlines()


def replayed(before: str, lines: tuple[str, ...]) -> list[str]:
    """Apply a diff as `patch` does."""
    old, made, at = before.splitlines(), list[str](), 0
    for line in lines:
        if line.startswith("@@ "):
            start, _, count = line.split()[1][1:].partition(",")
            upto = int(start) - (count != "0")
            made += old[at:upto]
            at = upto
        elif line.startswith("+"):
            made.append(line[1:])
        else:
            assert old[at] == line[1:]
            at += 1
            made += [line[1:]] if line.startswith(" ") else []
    return made + old[at:]


def test_a_long_diff_says_how_much_of_it_is_left_out() -> None:
    lines, left_out = diff("", "\n".join(f"line {i}" for i in range(1000)))
    assert len(lines) == MOST_LINES
    assert left_out == 1001 - MOST_LINES


def test_what_is_too_long_to_compare_is_counted() -> None:
    lines, left_out = diff("a\n" * 5000, "b\n" * 6000)
    assert lines == ("@@ 5000 lines became 6000 @@",)
    assert left_out == 11_000
