"""A call for a person: a message of its own, because an edited card notifies nobody."""

from collections.abc import Sequence

from qosbot.domain.messages import Disclosure
from qosbot.domain.remediation import Remediation, State
from qosbot.ports.messaging import Post
from qosbot.render.slack.blocks import header, section
from qosbot.render.slack.discretion import Discretion
from qosbot.render.slack.facts import subject
from qosbot.render.slack.phrases import STANDING, who
from qosbot.render.slack.text import escape, listed

_MOST_PEOPLE = 10


def call_post(remediation: Remediation, *, people: Sequence[str], disclosure: Disclosure) -> Post:
    """Return what calls people to a device that qosbot cannot bring back by itself.

    Args:
        remediation: the one that is stuck; one that is not any more says so.
        people: who decided, and who may; those whom Slack knows are mentioned.
        disclosure: how much of the network may leave it.
    """
    discretion = Discretion(level=disclosure)
    where = subject(remediation, discretion, 60)
    ident = discretion.name(remediation.id)
    if remediation.state is not State.STUCK:
        title, state = f"No longer stuck: {where}", remediation.state.replace("_", " ")
        lines = [f"{ident} is {state} by now; nobody has to do anything."]
    else:
        title = f"A person is needed: {where}"
        called = [who(one, discretion) for one in dict.fromkeys(people) if "/" in one]
        lines = [
            f"*{STANDING[State.STUCK]}*",
            discretion.words(remediation.remark, 400),
            f"Its card says what to do and what to type; so does `qosbot show {ident}`.",
            listed(called, _MOST_PEOPLE),
        ]
    text = "\n".join(line for line in lines if line)
    return Post(text=escape(title), blocks=(header(title), section(text)))
