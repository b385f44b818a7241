"""Who and what is in the workspace when it starts, and what the app was granted."""

from dataclasses import dataclass, field
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

KNOWN_SCOPES = frozenset(
    {
        *("chat:write", "chat:write.customize", "chat:write.public", "commands", "files:write"),
        *("usergroups:read", "users:read", "channels:read", "channels:history", "im:history"),
        *("groups:read", "groups:history", "im:read", "im:write", "files:read"),
    }
)
"""Bot scopes that this emulator knows; all are granted where no manifest says which."""


class SetupError(Exception):
    """The workspace cannot be set up so; the message is one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppGrant:
    """What the workspace's admin granted the app when it was installed."""

    name: str = "qosbot"
    scopes: frozenset[str] = KNOWN_SCOPES
    commands: frozenset[str] | None = None
    """The slash commands that Slack knows for the app; None if it takes any."""
    is_interactive: bool = True
    has_sockets: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """The workspace when it starts; names of people, channels and groups are without sigils."""

    seed: int = 1
    users: tuple[str, ...] = ("alice", "bob", "mallory")
    channels: tuple[str, ...] = ("voice-alarms",)
    groups: dict[str, tuple[str, ...]] = field(
        default_factory=lambda: {"voice-oncall": ("alice", "bob")}
    )
    grant: AppGrant = field(default_factory=AppGrant)

    def __post_init__(self) -> None:
        """Refuse names that stand for nobody, or for two."""
        if not self.channels or not self.users:
            raise SetupError("a workspace needs a channel and a user")
        for names in (self.users, self.channels):
            if len(set(names)) != len(names):
                raise SetupError(f"a name is given twice among {', '.join(names)}")
        for group, users in self.groups.items():
            for user in users:
                if user not in self.users:
                    raise SetupError(f"group {group} names {user}, who is not in the workspace")


def read_manifest(path: Path) -> AppGrant:
    """Return what a Slack app manifest asks for.

    Raises:
        SetupError: if the file cannot be read, or asks for a scope that nobody knows.
    """
    try:
        manifest: object = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not text"
        raise SetupError(f"manifest {path} cannot be read: {reason.lower()}") from None
    except YAMLError as error:
        raise SetupError(f"manifest {path} is not YAML: {' '.join(str(error).split())}") from None
    scopes = frozenset(_texts(_inside(manifest, "oauth_config", "scopes", "bot")))
    if not scopes:
        raise SetupError(f"manifest {path}: oauth_config.scopes.bot grants nothing")
    unknown = sorted(scopes - KNOWN_SCOPES)
    if unknown:
        raise SetupError(f"manifest {path}: unknown bot scope {', '.join(unknown)}")
    commands = _inside(manifest, "features", "slash_commands")
    listed = commands if isinstance(commands, list) else []
    name = _inside(manifest, "display_information", "name")
    return AppGrant(
        name=name if isinstance(name, str) else "qosbot",
        scopes=scopes,
        commands=frozenset(str(_inside(one, "command")) for one in listed),
        is_interactive=_inside(manifest, "settings", "interactivity", "is_enabled") is True,
        has_sockets=_inside(manifest, "settings", "socket_mode_enabled") is True,
    )


def _inside(value: object, *names: str) -> object:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _texts(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []
