"""What Slack is sent, as values: nothing here sends, and everything is within Slack's limits."""

from qosbot.render.slack.actions import parse_routing_key, routing_key
from qosbot.render.slack.advice import advice_post
from qosbot.render.slack.alarms import alarm_post, storm_post
from qosbot.render.slack.answers import (
    answer_post,
    help_text,
    path_text,
    pending_text,
    status_text,
    why_text,
)
from qosbot.render.slack.attachments import plot, texts
from qosbot.render.slack.calls import call_post
from qosbot.render.slack.cards import card
from qosbot.render.slack.limits import check
from qosbot.render.slack.notes import note
from qosbot.render.slack.parts import Stake
from qosbot.render.slack.reports import report_files, report_post
from qosbot.render.slack.views import details_view, reject_view

__all__ = [
    "Stake",
    "advice_post",
    "alarm_post",
    "answer_post",
    "call_post",
    "card",
    "check",
    "details_view",
    "help_text",
    "note",
    "parse_routing_key",
    "path_text",
    "pending_text",
    "plot",
    "reject_view",
    "report_files",
    "report_post",
    "routing_key",
    "status_text",
    "storm_post",
    "texts",
    "why_text",
]
