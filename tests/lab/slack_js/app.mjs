// An app as its author would write it with Slack's own SDKs.  It tells what it did as lines of JSON
// on standard output, and ends when its standard input closes.
import { SocketModeClient } from "@slack/socket-mode";
import { WebClient } from "@slack/web-api";

const { SLACK_API_URL: slackApiUrl, SLACK_BOT_TOKEN, SLACK_APP_TOKEN, SLACK_CHANNEL: channel } = process.env;
const web = new WebClient(SLACK_BOT_TOKEN, { slackApiUrl });
// An option of the SDK: it waits this long, in ms, before it opens a lost socket again.
const clientPingTimeout = 2000;
const socket = new SocketModeClient({ appToken: SLACK_APP_TOKEN, clientPingTimeout, clientOptions: { slackApiUrl } });
const tell = (did, facts) => console.log(JSON.stringify({ did, ...facts }));
const plain = (text) => ({ type: "plain_text", text });

const button = { type: "button", action_id: "approve", text: plain("Approve"), style: "primary", value: "r1" };
const card = [
  { type: "section", text: { type: "mrkdwn", text: "*Raise VOICE to 30 %*" } },
  { type: "actions", elements: [button] },
];
const reason = { type: "input", block_id: "why", label: plain("Why"), element: { type: "plain_text_input", action_id: "reason" } };
const view = { type: "modal", title: plain("Reject"), submit: plain("Send"), blocks: [reason], callback_id: "reject" };
let posted;

socket.on("interactive", async ({ ack, body }) => {
  if (body.type === "block_actions") {
    await ack();
    const opened = await web.views.open({ trigger_id: body.trigger_id, view });
    tell("opened", { view: opened.view.id, by: body.user.id, value: body.actions[0].value });
    return;
  }
  const text = body.view.state.values.why.reason.value;
  if (text === "no") {
    await ack({ response_action: "errors", errors: { why: "Say more" } });
    tell("refused", {});
    return;
  }
  await ack();
  await web.files.uploadV2({ channel_id: channel, thread_ts: posted, content: text, filename: "why.txt" });
  await web.chat.update({ channel, ts: posted, text: "rejected", blocks: card.slice(0, 1) });
  tell("rejected", { reason: text });
});
socket.on("slash_commands", async ({ ack, body }) => {
  await ack({ text: `you said ${body.text}` });
  tell("commanded", { text: body.text });
});
socket.on("connected", async () => {
  if (posted) { tell("reconnected", {}); return; }
  const metadata = { event_type: "outbox", event_payload: { id: "m1" } };
  ({ ts: posted } = await web.chat.postMessage({ channel, text: "a proposal", blocks: card, metadata }));
  tell("posted", { ts: posted });
});
process.stdin.on("end", () => process.exit(0));
process.stdin.resume();
await socket.start();
