"""How Slack says no: `ok: false`, the error's name, and what else stands in the answer."""

Json = dict[str, object]


class RefusedError(Exception):
    """A call that Slack would not carry out."""

    def __init__(self, error: str, *messages: str, **more: object) -> None:
        super().__init__(": ".join((error, *messages)))
        self.error = error
        self.messages = messages
        self.more = more

    def answer(self) -> Json:
        """Return the body of the answer."""
        body: Json = {"ok": False, "error": self.error} | self.more
        if self.messages:
            body["response_metadata"] = {"messages": [f"[ERROR] {text}" for text in self.messages]}
        return body
