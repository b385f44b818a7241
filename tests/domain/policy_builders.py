"""Configured QoS as values, so that a test shows only what it is about."""

from qosbot.domain.policies import (
    Attachment,
    ClassMap,
    CodecClass,
    DialPeer,
    DscpMatch,
    InterfaceConfig,
    PolicyClass,
    PolicyMap,
    QosPolicy,
    Share,
)
from qosbot.domain.samples import FlowDirection

DEFAULT_CLASS = PolicyClass(name="class-default", has_fair_queue=True)


def voice_class(*, kbps: float | None = 500.0, police_kbps: float | None = None) -> PolicyClass:
    return PolicyClass(
        name="VOICE",
        is_priority=True,
        priority=None if kbps is None else Share(bps=kbps * 1000),
        police=None if police_kbps is None else Share(bps=police_kbps * 1000),
    )


def configured(
    *classes: PolicyClass,
    attached_to: tuple[str, ...] = ("Gi0/1",),
    dscp: tuple[int, ...] = (46,),
    match_all: bool = False,
    port: InterfaceConfig | None = None,
    has_archive: bool = True,
    dial_peers: tuple[DialPeer, ...] = (),
) -> QosPolicy:
    """A device with policy WAN of these classes and a default, attached on the way out."""
    wan = PolicyMap(name="WAN", classes=(*classes, DEFAULT_CLASS))
    matches = tuple(DscpMatch(values=frozenset({value})) for value in dscp)
    ports = {name: InterfaceConfig(name=name) for name in ("Gi0/0", "Gi0/1", *attached_to)}
    if port is not None:
        ports[port.name] = port
    return QosPolicy(
        class_maps={"VOICE": ClassMap(name="VOICE", match_all=match_all, matches=matches)},
        policy_maps={"WAN": wan},
        attachments=tuple(
            Attachment(interface=name, direction=FlowDirection.OUT, policy="WAN")
            for name in attached_to
        ),
        interfaces=ports,
        access_lists={},
        codec_classes={
            1: CodecClass(tag=1, preferences=((1, "g711ulaw"), (2, "g729r8"))),
            2: CodecClass(tag=2, preferences=((2, "g711alaw"), (1, "g729r8"))),
        },
        dial_peers={peer.tag: peer for peer in dial_peers},
        has_archive=has_archive,
    )


def bare(port: InterfaceConfig | None = None, *, has_archive: bool = True) -> QosPolicy:
    """A device without any policy attached."""
    return configured(attached_to=(), port=port, has_archive=has_archive)
