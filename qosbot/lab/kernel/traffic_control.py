"""The senders and receivers of all sites, told to send what the load says, and what they tell."""

import asyncio

from qosbot.lab.calls import Talk
from qosbot.lab.kernel.limits import MOST_OF_A_SENDER
from qosbot.lab.kernel.namespaces import KernelError
from qosbot.lab.kernel.orders import (
    DATA_PORT,
    VOICE_PORT,
    FlowKey,
    Numbers,
    Order,
    OrderKey,
    orders,
)
from qosbot.lab.kernel.plant import Plant
from qosbot.lab.kernel.programs import Line, Program, start
from qosbot.lab.kernel.records import Record, Taken
from qosbot.lab.kernel.wiring import host
from qosbot.lab.load import HOSTS, Load
from qosbot.lab.topology import PATHS, Direction

_REPORT_EVERY = 10
"""How many looks pass between two reports of the senders to the receivers."""


class TrafficControl:
    """Sends what people have said and knows what arrives of it; fulfils `Receivers`."""

    def __init__(self, plant: Plant, seed: int) -> None:
        self._plant = plant
        # While one load takes another's place, a sender may have to send both.
        most = 2 * MOST_OF_A_SENDER
        self._options = ("--seed", str(seed), "--max-packets-per-s", str(most))
        self._senders: dict[tuple[str, str], Program] = {}
        """By namespace and program."""
        self._receivers: dict[str, Program] = {}
        self._sinks: dict[str, Program] = {}
        self._taken: dict[str, Taken] = {}
        """What each sink took, by its address and port."""
        self._groups: dict[tuple[FlowKey, int], int] = {}
        self._numbers = Numbers()
        self._sent: dict[OrderKey, Order] = {}
        self._record = Record()
        self._said: tuple[Load, Talk] | None = None
        self._looks = 0
        self.refused = ""
        """Why a sender did not do what it was told; empty: it did."""

    async def start(self) -> None:
        """Start a receiver at each site; senders start when there is something to send.

        Raises:
            KernelError: if one does not start.
        """
        made = await asyncio.gather(
            *(
                start(
                    self._plant[host(site)],
                    "receiver",
                    *("--listen", f"{address}:{VOICE_PORT}"),
                    *("--listen", f"{address}:{DATA_PORT}"),
                    hear=self._record.hear,
                )
                for site, address in HOSTS.items()
            )
        )
        self._receivers = dict(zip(HOSTS, made, strict=True))

    async def send(self, load: Load, talk: Talk) -> None:
        """Have exactly this sent from now on.

        Raises:
            KernelError: if a sender does not start, or a program has ended.
        """
        for program in self._programs():
            program.check()
        if self.refused:
            raise KernelError(f"a sender refused its order: {self.refused}")
        self._looks += 1
        if self._looks % _REPORT_EVERY == 0:
            self._ask()
        if self._said == (load, talk):
            return
        self._said = (load, talk)
        wanted = {order.key: order for order in orders(load, talk, self._numbers)}
        for key, old in self._sent.items():
            if key not in wanted:
                await self._stop(old)
        for key, order in wanted.items():
            if self._sent.get(key) != order:
                await self._tell(order, dict(order.what))
        self._sent = wanted

    def _ask(self) -> None:
        for (_, program), sender in self._senders.items():
            if program == "sender":
                sender.say({"do": "report"})
        for sink in self._sinks.values():
            sink.say({"do": "show"})

    async def _stop(self, order: Order) -> None:
        self._senders[order.namespace, order.program].say(
            dict(order.stop) | {"group": self._group(order.flow, order.part)}
        )
        if order.sink is not None and order.sink[1] in self._sinks:
            await self._sinks.pop(order.sink[1]).close()

    async def _tell(self, order: Order, what: dict[str, object]) -> None:
        group = self._group(order.flow, order.part)
        self._record.forget(group)
        if order.sink is not None:
            await self._open_sink(*order.sink)
        key = (order.namespace, order.program)
        if key not in self._senders:
            options = self._options if order.program == "sender" else ()
            self._senders[key] = await start(
                self._plant[order.namespace], order.program, *options, hear=self._hear
            )
        self._senders[key].say(what | {"group": group})

    async def _open_sink(self, namespace: str, target: str) -> None:
        taken = self._taken.setdefault(target, Taken())
        taken.forget()
        if target not in self._sinks:
            self._sinks[target] = await start(
                self._plant[namespace], "sink", "--listen", target, hear=taken.hear
            )

    def _group(self, flow: FlowKey, part: int) -> int:
        return self._groups.setdefault((flow, part), len(self._groups) + 1)

    def _hear(self, line: Line) -> None:
        """Take a sender's line; one that was refused is a defect of ours and ends the lab."""
        match line["event"]:
            case "ended" if "stream" in line:
                self._pass_on([line])
            case "report":
                self._pass_on(line["streams"])
            case "refused":
                self.refused = str(line["why"])

    def _pass_on(self, streams: list[Line]) -> None:
        """Tell each receiver what has been sent to it, so that a lost tail is a loss."""
        flows = {group: flow for (flow, _), group in self._groups.items()}
        by_site: dict[str, list[Line]] = {}
        for stream in streams:
            flow = flows.get(stream["group"], ())
            if flow and flow[0] != "link":
                way = Direction(flow[2])
                site = PATHS[flow[1]].site if way is Direction.FORWARD else "par"
                by_site.setdefault(site, []).append(stream)
        for site, known in by_site.items():
            self._receivers[site].say({"do": "sent", "streams": known})

    def flows(self, path: str, way: Direction) -> list[dict[str, object]]:
        """Return what arrived of each flow of a path in one direction over the last seconds."""
        if self._said is None:
            return []
        load, talk = self._said
        known = {order.flow: order for order in orders(load, talk, self._numbers)}
        told = [
            self._flow(flow, load) if order.sink is None else self._tcp(flow, load, order.sink[1])
            for flow, order in known.items()
            if flow[0] != "link" and flow[1:3] == (path, way.value)
        ]
        return [one for one in told if one["received"] or one["loss_ratio"] is not None]

    def _flow(self, flow: FlowKey, load: Load) -> dict[str, object]:
        groups = [group for (known, _), group in self._groups.items() if known == flow]
        seen = self._record.figures(groups)
        if flow[0] == "voice":
            sent: dict[str, object] = {"name": "voice", "dscp_sent": dict(load.calls)[flow[1]].dscp}
        else:
            data = dict(load.data)[flow[1], Direction(flow[2]), flow[3]]
            sent = {"name": flow[3], "dscp_sent": data.dscp, "offered_bps": data.bps}
        return {
            "kind": flow[0],
            **sent,
            "dscp_received": seen.dscp,
            "received": seen.received,
            "lost": seen.lost,
            "received_bps": 8 * seen.ip_bytes / seen.over_s if seen.over_s else None,
            "loss_ratio": seen.loss_ratio,
            "delay_s": seen.delay_s,
            "delay_deviation_s": seen.delay_deviation_s,
            "jitter_s": seen.jitter_s,
            "variation_s": seen.variation_s,
            "over_s": seen.over_s,
        }

    def _tcp(self, flow: FlowKey, load: Load, target: str) -> dict[str, object]:
        """Return what a sink took: TCP sends again what is lost, and its delay is its own doing."""
        data = dict(load.data)[flow[1], Direction(flow[2]), flow[3]]
        taken = self._taken.get(target, Taken())
        return {
            "kind": flow[0],
            "name": flow[3],
            "shape": data.shape,
            "dscp_sent": data.dscp,
            "offered_bps": data.bps,
            "received": taken.octets,
            "received_bps": 8 * taken.octets / taken.over_s if taken.over_s else None,
            "loss_ratio": None,
            "delay_s": None,
            "over_s": taken.over_s,
        }

    async def close(self) -> None:
        """End every program."""
        await asyncio.gather(*(program.close() for program in self._programs()))

    def _programs(self) -> list[Program]:
        return [*self._senders.values(), *self._sinks.values(), *self._receivers.values()]
