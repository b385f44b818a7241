"""A small network in trouble, of values: two branches behind one hub, and what its counters say."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from qosbot.domain.inventory import (
    Device,
    Hop,
    Inventory,
    Layer2,
    Limits,
    Link,
    LinkId,
    Mode,
    Policy,
    ProbeId,
    Risk,
    Route,
    Secret,
    SnmpV2c,
    SshAccess,
    VoicePath,
)
from qosbot.domain.metrics import (
    ClassMetrics,
    Continuity,
    DeviceMetrics,
    InterfaceMetrics,
    Measured,
    Metric,
    NotMeasured,
    ProbeMetrics,
    Reason,
)
from qosbot.domain.path_scores import PathScore, score_paths
from qosbot.domain.paths import PathMeasurement, Polling, measure_path
from qosbot.domain.samples import FlowDirection
from tests.domain.builders import NOON, run, way

CORE = LinkId(device="core", interface="Gi0/1")
HUB = LinkId(device="hub", interface="Gi0/1")
HUB_LAN = LinkId(device="hub", interface="Gi0/0")
LYON = LinkId(device="lyon", interface="Gi0/1")
NANTES = LinkId(device="nantes", interface="Se0/0")
VOICE = ("WAN", "VOICE")
DEFAULT = ("WAN", "class-default")


def link(
    where: LinkId,
    *,
    layer2: Layer2 = Layer2.ETHERNET,
    rate_bps: float = 4e6,
    contract_bps: float | None = 1.5e6,
) -> Link:
    return Link(
        id=where,
        layer2=layer2,
        rate_out_bps=rate_bps,
        rate_in_bps=rate_bps,
        ef_contract_bps=contract_bps,
        circuit=f"circuit of {where.device}",
    )


def path(name: str, branch: LinkId, **changes: object) -> VoicePath:
    def hop(*links: LinkId) -> Hop:
        return Hop(any_of=links)

    made = VoicePath(
        name=name,
        forward=Route(egress=(hop(CORE), hop(HUB)), ingress=hop(branch)),
        backward=Route(egress=(hop(branch), hop(HUB_LAN)), ingress=hop(CORE)),
        probe=ProbeId(device="core", operation=101 if branch == LYON else 102),
        codec="g711",
        packet_time_s=0.02,
        jitter_buffer_s=0.04,
        busy_hour_calls=12,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # a test names real fields


def device(name: str) -> Device:
    return Device(
        name=name,
        platform="cisco_ios",
        site="par" if name in {"core", "hub"} else name[:3],
        address="192.0.2.1",
        snmp=SnmpV2c(community=Secret("c")),
        ssh=SshAccess(address="192.0.2.1", username="u", password=Secret("p")),
    )


def inventory(
    *,
    links: Mapping[LinkId, Link] | None = None,
    paths: tuple[VoicePath, ...] | None = None,
    mode: Mode = Mode.PROPOSE,
    devices: tuple[str, ...] = ("core", "hub", "lyon", "nantes"),
) -> Inventory:
    held = {
        CORE: link(CORE, rate_bps=1e9, contract_bps=1e9),
        HUB: link(HUB, rate_bps=20e6, contract_bps=6e6),
        HUB_LAN: link(HUB_LAN, rate_bps=1e9, contract_bps=1e9),
        LYON: link(LYON),
        NANTES: link(NANTES, layer2=Layer2.HDLC, rate_bps=2.048e6, contract_bps=0.5e6),
    }
    chosen = paths or (
        path("par-lyo", LYON),
        path("par-nan", NANTES, codec="g729a", busy_hour_calls=8),
    )
    return Inventory(
        devices={name: device(name) for name in devices},
        links=held | dict(links or {}),
        paths={one.name: one for one in chosen},
        policy=Policy(
            mode=dict.fromkeys(Risk, mode),
            approvers=dict.fromkeys(Risk, ("cli:alice",)),
            windows=(),
            time_zone="UTC",
            limits=Limits(),
        ),
    )


def interface(
    name: str, *, out_bps: float = 1e5, in_bps: float = 1e5, **changes: Metric | float | bool
) -> InterfaceMetrics:
    none = Measured(0.0)
    made = InterfaceMetrics(
        interface=name,
        alias="",
        is_up=True,
        speed_bps=4e6,
        interval_s=Measured(60.0),
        in_rate_bps=Measured(in_bps),
        out_rate_bps=Measured(out_bps),
        in_rate_pps=Measured(in_bps / 1600),
        out_rate_pps=Measured(out_bps / 1600),
        in_discard_ratio=none,
        out_discard_ratio=none,
        out_discard_rate_pps=none,
        in_error_ratio=none,
        fcs_error_rate_pps=NotMeasured(Reason.NOT_PROVIDED),
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # a test names real fields


def traffic_class(
    name: str,
    class_path: tuple[str, ...] = VOICE,
    *,
    calls: float = 12.0,
    drop_ratio: float = 0.0,
    is_voice: bool | None = None,
    interval_s: float = 60.0,
    direction: FlowDirection = FlowDirection.OUT,
) -> ClassMetrics:
    """A class that is offered so many calls of G.711 on Ethernet."""
    voice = class_path[-1] != "class-default" if is_voice is None else is_voice
    offered_bps, offered_pps = calls * 85_600.0, calls * 50.0
    return ClassMetrics(
        interface=name,
        direction=direction,
        class_path=class_path,
        matches=("dscp ef (46)",) if voice else (),
        is_voice=voice,
        is_priority=voice,
        is_leaf=True,
        interval_s=Measured(interval_s),
        offered_rate_bps=Measured(offered_bps),
        offered_rate_pps=Measured(offered_pps),
        drop_rate_bps=Measured(offered_bps * drop_ratio),
        drop_rate_pps=Measured(offered_pps * drop_ratio),
        drop_ratio=Measured(drop_ratio) if calls else NotMeasured(Reason.NO_TRAFFIC),
        queue_depth_bytes=Measured(0.0),
    )


def metrics(
    name: str,
    *interfaces: InterfaceMetrics,
    classes: tuple[ClassMetrics, ...] = (),
    probes: tuple[ProbeMetrics, ...] = (),
    reasons: tuple[Reason, ...] = (),
    taken_at: datetime = NOON,
) -> DeviceMetrics:
    return DeviceMetrics(
        device=name,
        taken_at=taken_at,
        continuity=Continuity.SAME,
        interfaces=interfaces,
        classes=classes,
        probes=probes,
        reasons=reasons,
    )


def healthy() -> dict[str, DeviceMetrics]:
    """All devices, nothing wrong; only the core has a policy."""
    rows = (
        metrics("core", interface("Gi0/1"), classes=(traffic_class("Gi0/1", calls=15),)),
        metrics("hub", interface("Gi0/0"), interface("Gi0/1")),
        metrics("lyon", interface("Gi0/1")),
        metrics("nantes", interface("Se0/0")),
    )
    return {one.device: one for one in rows}


def bad_run(
    *, probe: ProbeId, backward_loss: float = 0.12, forward_loss: float = 0.0, age_s: float = 1.0
) -> ProbeMetrics:
    return run(
        probe=probe,
        age_s=age_s,
        forward=way(loss_ratio=forward_loss),
        backward=way(loss_ratio=backward_loss, delay_s=0.06, jitter_s=0.008),
    )


def scored(of: VoicePath, *runs: ProbeMetrics, now: datetime = NOON) -> PathScore:
    found = measure_path(of, runs, Polling(now=now, interval_s=30.0))
    assert isinstance(found, PathMeasurement), found
    return score_paths({of.name: of}, [found])[0]
