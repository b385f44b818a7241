import json
from collections.abc import Iterator

import pytest

from qosbot.lab.slack.acting import DID_NOT_RESPOND, ActError
from qosbot.lab.slack.submitting import TROUBLE
from qosbot.lab.slack.workspace import Workspace, running
from tests.lab.slack_app import (
    App,
    Clock,
    actions,
    button,
    connected,
    modal,
    plain,
    refused,
    section,
    text_input,
)
from tests.until import until

pytestmark = pytest.mark.slow

ROOM = "voice-alarms"
CLOCK = Clock()


@pytest.fixture(scope="module")
def slack() -> Iterator[Workspace]:
    with running(now=CLOCK.now) as workspace:
        yield workspace


@pytest.fixture(scope="module")
def running_app(slack: Workspace) -> Iterator[App]:
    with connected(slack) as app:
        yield app


@pytest.fixture
def app(slack: Workspace, running_app: App) -> App:
    CLOCK.step(61)
    running_app.is_deaf = False
    slack.wait_for_acks(30)
    until(slack.is_quiet, what="nothing of an earlier test is on its way")
    running_app.answers.clear()
    while slack.world.views:
        slack.close_view("alice")
    running_app.received.clear()
    return running_app


def trigger(app: App, slack: Workspace) -> str:
    """Return what a click of alice allows the app to open."""
    room, blocks = slack.channels[ROOM], [actions(button())]
    ts = str(app.web.chat_postMessage(channel=room, text="a", blocks=blocks)["ts"])
    assert slack.click("alice", "approve", ts=ts).is_ok
    return str(app.payload()["trigger_id"])


def opened(app: App, slack: Workspace, view: dict[str, object] | None = None) -> str:
    answer = app.web.views_open(trigger_id=trigger(app, slack), view=view or modal())
    return str(answer["view"]["id"])


def views(slack: Workspace) -> list[str]:
    return [view.id for view in slack.world.views.values()]


def test_what_was_typed_comes_with_the_submission(slack: Workspace, app: App) -> None:
    view = opened(app, slack, modal(private_metadata="r1", callback_id="reject"))
    assert slack.submit("alice", {"reason": "not tonight"}).is_ok
    told = json.loads(json.dumps(app.payload()))
    assert told["type"] == "view_submission"
    assert told["user"]["id"] == slack.users["alice"]
    assert (told["view"]["id"], told["view"]["private_metadata"]) == (view, "r1")
    held = told["view"]["state"]["values"]["why"]["reason"]
    assert held == {"type": "plain_text_input", "value": "not tonight"}
    assert views(slack) == []


@pytest.mark.parametrize(
    ("text", "says"), [("", "required"), ("x" * 21, "No more than 20")], ids=["empty", "long"]
)
def test_slacks_client_sends_no_form_that_is_not_filled_in(
    slack: Workspace, app: App, text: str, says: str
) -> None:
    opened(app, slack)
    told = len(app.received)
    assert says in slack.submit("alice", {"reason": text}).errors["why"]
    assert len(app.received) == told


def test_an_optional_input_may_stay_empty(slack: Workspace, app: App) -> None:
    opened(app, slack, modal(text_input(optional=True)))
    assert slack.submit("alice", {}).is_ok


def test_the_app_may_refuse_single_inputs(slack: Workspace, app: App) -> None:
    opened(app, slack)
    app.answers["view_submission"] = {"response_action": "errors", "errors": {"why": "no"}}
    assert slack.submit("alice", {"reason": "a"}).errors == {"why": "no"}
    assert len(views(slack)) == 1
    app.answers["view_submission"] = {"response_action": "errors", "errors": {"other": "no"}}
    assert slack.submit("alice", {"reason": "a"}).error == TROUBLE


def test_the_app_may_update_push_or_clear(slack: Workspace, app: App) -> None:
    first = opened(app, slack)
    app.answers["view_submission"] = {"response_action": "push", "view": modal()}
    assert slack.submit("alice", {"reason": "a"}).is_ok
    second = views(slack)[-1]
    assert slack.world.views[second].previous == first
    shown = modal(section("done"), submit=None)
    app.answers["view_submission"] = {"response_action": "update", "view": shown}
    assert slack.submit("alice", {"reason": "a"}, view=second).is_ok
    assert slack.world.views[second].blocks[0]["type"] == "section"
    app.answers["view_submission"] = {"response_action": "clear"}
    assert slack.submit("alice", {"reason": "a"}, view=first).is_ok
    assert views(slack) == []


def test_an_answer_that_slack_would_not_take_leaves_the_view(slack: Workspace, app: App) -> None:
    opened(app, slack)
    app.answers["view_submission"] = {"response_action": "update", "view": {"type": "modal"}}
    assert slack.submit("alice", {"reason": "a"}).error == TROUBLE
    assert len(views(slack)) == 1


def test_a_submission_without_an_ack_leaves_the_view_and_comes_again(
    slack: Workspace, app: App
) -> None:
    opened(app, slack)
    told = len(app.received)
    app.is_deaf = True
    slack.wait_for_acks(0.2)
    assert slack.submit("alice", {"reason": "a"}).error == DID_NOT_RESPOND
    until(lambda: len(app.received) > told, what="it is delivered")
    app.is_deaf = False
    assert len(views(slack)) == 1
    until(lambda: app.received[-1].retry_attempt is not None, what="it is delivered again")


def test_a_view_is_closed_with_a_word_only_to_who_asked_for_it(slack: Workspace, app: App) -> None:
    opened(app, slack)
    told = len(app.received)
    assert slack.close_view("alice").is_ok
    assert len(app.received) == told
    opened(app, slack, modal(notify_on_close=True))
    assert slack.close_view("alice").is_ok
    assert app.payload()["type"] == "view_closed"


def test_an_update_needs_the_hash_that_it_saw(slack: Workspace, app: App) -> None:
    answer = app.web.views_open(trigger_id=trigger(app, slack), view=modal(external_id="e1"))
    seen = str(answer["view"]["hash"])
    update = app.web.views_update
    assert update(external_id="e1", hash=seen, view=modal(external_id="e1"))["ok"]
    stale = refused(lambda: update(external_id="e1", hash=seen, view=modal()))
    assert stale == "hash_conflict"
    assert refused(lambda: update(view_id="V0NONE", view=modal())) == "not_found"


def test_three_views_stack_and_no_fourth(slack: Workspace, app: App) -> None:
    opened(app, slack, modal(actions(button("more")), submit=None))
    push = app.web.views_push

    def pushed() -> str:
        assert slack.click("alice", "more", view=views(slack)[-1]).is_ok
        view = modal(actions(button("more")), submit=None)
        trigger_id = str(app.payload()["trigger_id"])
        return refused(lambda: push(trigger_id=trigger_id, view=view))

    assert [pushed(), pushed(), pushed()] == ["", "", "push_limit_reached"]
    assert len(views(slack)) == 3


def test_a_bad_view_does_not_use_up_the_trigger(slack: Workspace, app: App) -> None:
    allowed, bad = trigger(app, slack), modal(title=plain("x" * 25))
    assert refused(lambda: app.web.views_open(trigger_id=allowed, view=bad)) == "invalid_arguments"
    assert refused(lambda: app.web.views_open(trigger_id=allowed, view=modal())) == ""


def test_nobody_submits_anothers_view(slack: Workspace, app: App) -> None:
    view = opened(app, slack)
    with pytest.raises(ActError, match="mallory has no view"):
        slack.submit("mallory", {}, view=view)
    with pytest.raises(ActError, match="no element colour"):
        slack.submit("alice", {"colour": "red"})
