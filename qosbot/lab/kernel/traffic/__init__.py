"""Real packets for the lab on the kernel: calls, data and probes, and the record of them.

`python -m qosbot.lab.kernel.traffic PROGRAM`, where a program is one of `sender`, `receiver`,
`bulk`, `sink`, `probe`, `responder`.  One of each carries all that a site sends or gets.

Life.  A program reads orders from standard input, one object of JSON a line, and prints one object
a line.  Its first is `{"event":"ready","ports":[...]}`, in the order of `--listen` (port 0: any).
It ends with code 0 at the order `{"do":"stop"}`, when standard input closes, or after `--seconds`
(a day); the kernel kills it when the *thread* that started it ends.  Whoever starts it must read
what it prints: a full pipe holds it up.  An order that is not understood changes nothing and is
answered by `{"event":"refused","why":...,"order":...}`; arguments that are not end it at once with
one line.  A program sends beyond loopback only if its parent put it into a network namespace that
is not the parent's own (`ip netns exec`, `nsenter`).  Times `..._ns` are CLOCK_MONOTONIC, which all
namespaces of a machine share; sizes and rates are those of the network layer (IP header included);
`to` and `--listen` are `ADDRESS:PORT`; `group` (0 to 65535) is whatever the lab counts together,
one direction of a path.

`sender [--seed 1] [--max-packets-per-s 20000]`

- `{"do":"calls","group":1,"to":...,"codecs":["g711ulaw","","g729a"],"packet_time_ms":20,"dscp":46,
  "source":"ADDRESS:PORT"}`: these are the calls of the group, by slot; an empty codec is none.  A
  slot whose codec stays goes on (with the new `to`, `dscp`, `source`), another codec is another
  call; no codecs: no calls.  `source` may be left out, and must not be one that a receiver has.
- `{"do":"udp","group":2,"to":...,"bps":2400000,"packet_bytes":800,"dscp":0,"source":...,
  "shape":"steady","burstiness":1,"burst_packets":1,"on_s":1,"off_s":1,"packets":N,"seconds":S}`:
  data; `bps` 0 ends it.  `steady`: evenly.  `random`: batches of random size at random moments, so
  that the gaps have that squared coefficient of variation (1 is Poisson).  `bursts`: so many back
  to back, evenly.  `on-off`: exponential times of sending and silence with these means.  `bps` is
  always the mean over all; `packets` and `seconds` end it.
- `{"do":"report"}`: `{"event":"report","at_ns":...,"streams":[STREAM...],"most_late_s":...,
  "failures":{reason:packets}}`; `most_late_s` is how late a packet was sent at most since the last
  report (load of the machine: it is not in the delay of any packet).
- Printed when a stream ends: `{"event":"ended",STREAM}`.  STREAM is `group`, `stream` (its number),
  `codec`, `ip_bytes`, `began_ns`, `sent` (given to the kernel), `failed` (of those, not taken),
  `stalls` (how often the process came half a second late and moved the rest back).

`receiver --listen ... [--grace-s 2] [--every-s 1]`

- Prints each `--every-s`, for each group that there ever was, `{"event":"window","at_ns":...,
  "group":...,FIGURES}` and for streams that ended `{"event":"ended","group":...,"stream":...,
  "began_ns":...,FIGURES}`.
- `{"do":"sent","streams":[STREAM...]}`: what senders say, as they print it: their `ended` lines
  whole, the streams of their reports.  What was sent and is not there after the grace is lost; so
  the end of a stream and an outage are counted, too.
- `{"do":"show"}`: `{"event":"shown","at_ns":...,"groups":[{"group":...,FIGURES}],"streams":[...],
  "overflowed":N,"strange":N}`: all in all up to the last window; packets that this process read too
  late (if not 0, do not trust the losses), and packets that are none of a sender's.
- FIGURES: `received` (each once), `lost` (not there after the grace: a loss is in the window in
  which its grace ends), `loss_ratio` (of both), `late` (came after they counted as lost),
  `out_of_order` (overtaken, in time), `duplicates`, `ip_bytes`, `dscp` (packets by mark, as
  received), `delay_mean_s`, `delay_deviation_s`, `delay_min_s`, `delay_max_s`, `delay_p50_s`,
  `delay_p95_s`, `delay_p99_s` (to 0.1 ms, upward), `jitter_s` (RFC 3550, the mean of its running
  estimate over the packets), `variation_s` (mean absolute change of delay from one arrival of a
  stream to its next).  Null: nothing to measure.  Delay is from the sender's hand to the kernel
  of the receiver.

`bulk`

- `{"do":"tcp","group":3,"to":...,"flows":4,"bps":1e8,"dscp":0,"source":"ADDRESS","bytes":N,
  "seconds":S}`: TCP flows; `bps` is what they are paced to together (never more than 100 Mbit/s),
  `bytes` and `seconds` end them; `flows` 0 ends them.  A broken flow is made again after 1 s.
- `{"do":"report"}`: `{"event":"report","at_ns":...,"groups":[GROUP...]}`; at an end
  `{"event":"ended",GROUP}`.  GROUP is `group`, `seconds`, `bytes` (taken by the kernel), `open`,
  `broken`.

`sink --listen ...`: `{"do":"show"}`: `{"event":"shown","at_ns":...,"connections":N,
"bytes":{address:N}}`, by who sent.

`probe`

- `{"do":"run","operation":101,"runs":1,"to":...,"source":"ADDRESS","codec":"","packets":10,
  "interval_s":0.02,"payload_bytes":32,"tos":0,"timeout_s":5,"is_microseconds":false}`: one run of a
  UDP jitter operation, beside others.  The names and the size on the wire are those of
  `SlaOperation`; `runs` is which run it is.
- Printed at its end: `{"event":"run",RUN}` with the fields of `SlaRun`; `sla_lines.run_of`
  makes it one and adds the score.

`responder --listen ...`: answers with the mark of what it answers; `{"do":"show"}`:
`{"event":"shown","at_ns":...,"answered":N}`.
"""
