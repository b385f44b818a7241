"""QoS from before class-based queueing, of whole line cards, and of whole switches.

Its lines are known for what they are, and no rule judges them.  What writes a mark is not among
them: it may decide which class a packet falls into, so it is listed as not understood.
"""

_THREE_RATES = r"\d+ \d+ \d+"
_UNMARKED = r"(?: (?:conform|exceed)-action (?:transmit|drop|continue))*"
_SWITCHPORTS = (
    r"srr-queue bandwidth (?:share|shape|limit)(?: \d+)+|queue-set [12]|priority-queue out"
    r"|mls qos (?:cos (?:\d|override)|vlan-based|dscp-mutation \S+|ipe|bridged)"
    r"|qos (?:cos \d|vlan-based)|hold-queue \d+ (?:in|out)|speed(?: (?:basic-)?\d+\.\d)+"
)
"""Of a port of a Catalyst 2960, 3560, 3750 or 4500, and of a radio."""
_CARDS = (
    r"(?:wrr|rcv)-queue (?:(?:bandwidth|queue-limit|shape|threshold)(?: percent| shape)?(?: \d+)+"
    r"|(?:cos|dscp)-map(?: \d+)+|random-detect(?: (?:min|max)-threshold)?(?: \d+)+|fair-queue)"
    r"|priority-queue (?:queue-limit \d+|(?:cos|dscp)-map(?: \d+)+)"
    r"|mls qos (?:exp-mutation \S+|mpls trust experimental|queue-mode mode-(?:dscp|cos)|loopback"
    r"|monitor .*|channel-consistency|statistics-export)"
)
"""Of ports of a Catalyst 6500."""
_LEGACY = (
    r"priority-group \d+|custom-queue-list \d+|tx-queue-limit \d+"
    rf"|ip rtp (?:priority|reserve) {_THREE_RATES}"
    r"|ip rsvp (?:bandwidth|signalling|resource-provider|data-packet|admission-control|burst"
    r"|precedence|tos|flow-assist|listener|policy)(?: \S+)*"
    rf"|rate-limit (?:in|out)put (?:access-group (?:rate-limit )?\d+ |dscp \d+ )?{_THREE_RATES}"
    rf"{_UNMARKED}"
    r"|traffic-shape (?:rate|group \d+|adaptive|fecn-adapt)(?: \d+)*"
    r"|random-detect(?: (?:(?:dscp|prec|precedence)-based|flow|attach \S+"
    r"|(?:dscp|precedence) \S+(?: \d+){2,3}|exponential-weighting-constant \d+))?"
    r"|(?:no )?fair-queue(?: (?:\d+|tos|qos-group|(?:aggregate|individual)-limit \d+))*"
    r"|plim qos input .*|auto discovery qos(?: trust)?|bandwidth qos-reference \d+"
)
"""Of ports of a router."""
_RELAY = (
    r"frame-relay (?:traffic-shaping|class \S+|interface-queue priority(?: \d+)*|de-group(?: \d+)+"
    r"|qos-autosense|policing|fair-queue(?: \d+)*|adaptive-shaping \S+(?: \d+)?"
    r"|traffic-rate(?: \d+)+|ip rtp priority(?: \d+)+|voice bandwidth \d+|priority-group \d+"
    r"|custom-queue-list \d+)"
)
ON_CIRCUIT = f"{_LEGACY}|{_RELAY}"
"""What one of an interface's circuits, or a map-class, may say, as a pattern."""
ON_PORT = f"{_SWITCHPORTS}|{_CARDS}|{ON_CIRCUIT}"
"""What an interface may say, as a pattern."""

_SWITCHES = (
    r"mls qos (?:protocol|marking|gre|tunnel|mpls|statistics-export|supervisor|10g-only|bridged"
    r"|recirc|queueing-only)\b.*|mls rate-limit \S.*"
    r"|qos(?: (?:dbl|map|aggregate-policer|rewrite|account|wireless-default-untrust|stack-buffer"
    r"|queue-stats-frame-count|share-buffer)\b.*)?"
    r"|auto qos global compact|platform qos \S.*|hw-module .*"
)
_ROUTERS = (
    r"priority-list \d+ (?:protocol|interface|default|queue-limit) \S.*"
    r"|queue-list \d+ (?:protocol|interface|default|queue|lowest-custom|stun) \S.*"
    r"|random-detect-group \S+(?: dscp-based| prec-based)?"
    r"|ip rsvp (?:policy|signalling|sender|sender-host|reservation|reservation-host|listener"
    r"|fast-local-repair|aggregation|authentication|atm-peak-rate-limit|pq-profile|udp-multicasts"
    r"|neighbor|svc-required|tos|precedence|message-pacing)\b.*"
    r"|mgcp ip qos dscp \S+ (?:media|signaling)"
)
_NOT_FOR_PACKETS = (
    r"alias .*|privilege .*|commands .*|voice-signaling vlan .*|voice vlan .*"
    r"|(?:(?:ip )?(?:telnet|tftp|ftp|ssh|http client)|radius-server|tacacs-server|bgp"
    r"|neighbor \S+) (?:tos|dscp)\b.*|ip(?:v6)? (?:icmp|dns|igmp|arp) .*"
    r"|service-policy type (?!qos\b|queu)\S+ .*"
)
"""Words of the command line, what a switch tells phones, and how a device marks its own."""
ON_DEVICE = f"{_SWITCHES}|{_ROUTERS}|{_NOT_FOR_PACKETS}"
"""What may stand outside of interfaces, as a pattern."""
