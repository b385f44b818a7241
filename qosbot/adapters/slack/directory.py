"""Reads who is in which user group of Slack."""

from slack_sdk import WebClient

from qosbot.adapters.slack.calls import call


class SlackDirectory:
    """The workspace's user groups, as the app may see them."""

    def __init__(self, client: WebClient) -> None:
        self._client = client

    def members(self, group: str) -> frozenset[str]:
        """Return who is in a group, all named as `TEAM/ID`.

        Raises:
            MessengerError: if it could not be read.
        """
        team, _, name = group.partition("/")
        method = "usergroups.users.list"
        answer = call(method, self._client.usergroups_users_list, usergroup=name)
        return frozenset(f"{team}/{user}" for user in answer.get("users") or ())
