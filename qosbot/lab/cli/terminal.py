"""The line that is being typed: echo, backspace, and scrolling where the line is too narrow."""

_SCROLL = 10
"""How many characters IOS shifts the line by when the cursor reaches the edge."""


class LineEditor:
    """Turns keys into what the terminal shows."""

    def __init__(self, *, width: int, before: int) -> None:
        """Start an empty line.

        Args:
            width: the terminal's width in characters; 0 for one without an edge.
            before: the length of the prompt.
        """
        self.text = ""
        self._room = max(2 * _SCROLL, width - before - 2) if width else 0
        self._hidden = 0

    def press(self, key: str) -> str:
        """Return what to send back for a key."""
        if key in "\b\x7f":
            return self._erase()
        if key == "\x15":
            return "".join(self._erase() for _ in range(len(self.text)))
        if key == "\x17":
            kept = len(self.text.rstrip().rpartition(" ")[0])
            return "".join(self._erase() for _ in range(len(self.text) - kept))
        if not key.isprintable():
            return ""
        self.text += key
        if self._room and len(self.text) - self._hidden > self._room:
            return self._scroll()
        return key

    def replace(self, text: str) -> str:
        """Put another line in place of this one; return what to send."""
        wiped = "".join(self._erase() for _ in range(len(self.text)))
        self._hidden = 0
        return wiped + "".join(self.press(key) for key in text)

    def clear(self) -> None:
        """Forget the line."""
        self.text, self._hidden = "", 0

    def _erase(self) -> str:
        if not self.text:
            return ""
        self.text = self.text[:-1]
        return "\b \b"

    def _scroll(self) -> str:
        """Show the end of the line behind a `$`."""
        shown = len(self.text) - 1 - self._hidden
        self._hidden += _SCROLL
        tail = "$" + self.text[self._hidden + 1 :]
        blanks = max(0, shown - len(tail))
        return "\b" * shown + tail + " " * blanks + "\b" * blanks
