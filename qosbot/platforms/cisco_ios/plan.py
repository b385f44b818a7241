"""What a remedy types, and how it looks for what it touches."""

from dataclasses import dataclass

from qosbot.domain.errors import UnsupportedIntentError
from qosbot.domain.policies import PolicyMap, QosPolicy
from qosbot.domain.samples import FlowDirection
from qosbot.platforms.cisco_ios.allowed import PREFIX
from qosbot.platforms.cisco_ios.policy import interface_name, parse
from qosbot.platforms.cisco_ios.sections import Section
from qosbot.platforms.cisco_ios.tree import grow

NO_INTERRUPTION = "none"
SHORT_INTERRUPTION = "up to 1 s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Lines to type and lines to take them back, indented as in a configuration."""

    apply: tuple[str, ...]
    undo: tuple[str, ...]
    touched: tuple[str, ...]
    """The headers of the sections that the lines change, also of those that they make."""
    interruption: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A running configuration as text, as a tree and as a policy."""

    device: str
    root: Section
    policy: QosPolicy

    @classmethod
    def of(cls, running: str, device: str) -> "Running":
        """Return a configuration, read."""
        return cls(device=device, root=grow(running), policy=parse(running))

    def refuse(self, why: str) -> UnsupportedIntentError:
        """Return the error that says why an intent is refused on this device."""
        return UnsupportedIntentError(f"{self.device}: {why}")

    def interface(self, name: str) -> Section:
        """Return an interface's section.

        Raises:
            UnsupportedIntentError: if it has none.
        """
        for section in self.root.under("interface"):
            if interface_name(section) == name:
                return section
        raise self.refuse(f"there is no interface {name}")

    def named(self, kind: str, name: str) -> Section:
        """Return the section of a class-map or policy-map.

        Raises:
            UnsupportedIntentError: if it is not defined.
        """
        for section in self.root.under(kind):
            if section.words[-1] == name:
                return section
        raise self.refuse(f"{kind} {name} is not defined")

    def policy_class(self, policy: str, name: str) -> Section:
        """Return the section of a class in a policy-map.

        Raises:
            UnsupportedIntentError: if it is not there.
        """
        for section in self.named("policy-map", policy).under("class"):
            if section.words[-1] == name:
                return section
        raise self.refuse(f"policy-map {policy} has no class {name}")

    def output_policy(self, interface: str) -> PolicyMap:
        """Return the policy that an interface sends by.

        Raises:
            UnsupportedIntentError: if there is none, or it is not defined.
        """
        self.interface(interface)
        attached = self.policy.attached(interface, FlowDirection.OUT)
        if attached is None:
            raise self.refuse(f"{interface} has no output policy that is defined")
        return attached

    def check_path(self, interface: str, class_path: tuple[str, ...]) -> None:
        """Reject a class path that does not lead from the interface's policy to a class.

        Raises:
            UnsupportedIntentError: where it leads elsewhere.
        """
        paths = [path for path, _ in self.policy.classes_under(self.output_policy(interface))]
        if class_path not in paths:
            raise self.refuse(f"{interface} has no class {' / '.join(class_path)}")

    def check_understood(self, *headers: str) -> None:
        """Reject sections with lines that we did not understand.

        Raises:
            UnsupportedIntentError: naming the first such line.
        """
        for line in self.policy.not_understood:
            if any(line.startswith(f"{header} / ") for header in headers):
                raise self.refuse(f"a line is not understood: {line}")

    def others_with_class_map(self, class_map: str, interface: str) -> list[str]:
        """Return where else a class-map decides what is sent or received."""
        policies = [name for name, held in self.policy.policy_maps.items() if held.find(class_map)]
        return sorted({place for name in policies for place in self.others_with(name, interface)})

    def others_with(self, policy: str, interface: str) -> list[str]:
        """Return where else than at an interface's output a policy is at work."""
        found = [
            f"{one.interface} {one.direction}"
            for one in self.policy.attachments
            if (one.interface, one.direction) != (interface, FlowDirection.OUT)
            and policy in self._family(one.policy)
        ]
        # Attached where we do not read attachments: to a service instance, to a tunnel group.
        return found + [
            line
            for line in self.policy.not_understood
            if "service-policy " in line and policy in self._family(line.split()[-1])
        ]

    def _family(self, policy: str) -> set[str]:
        """Return a policy with all that is nested in it; empty if it is not defined."""
        held = self.policy.policy_maps.get(policy)
        if held is None:
            return set()
        return {held.name, *(path[-2] for path, _ in self.policy.classes_under(held))}

    def free_name(self, stem: str) -> str:
        """Return a name of ours that no class-map and no policy-map has."""
        taken = {
            section.words[-1].upper()
            for kind in ("class-map", "policy-map")
            for section in self.root.under(kind)
        }
        # A policy that is attached but not defined would come to life with its name.
        taken |= {one.policy.upper() for one in self.policy.attachments}
        names = (f"{PREFIX}{stem}" + (f"-{n}" if n > 1 else "") for n in range(1, len(taken) + 2))
        return next(name for name in names if name not in taken)
