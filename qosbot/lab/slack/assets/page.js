"use strict";
const one = (selector, within = document) => within.querySelector(selector);
const token = document.body.dataset.token;
const seen = JSON.parse(document.body.dataset.start);
let modalHash = "";

async function control(name, fields) {
  const headers = { "Content-Type": "application/json", "X-Control-Token": token };
  const body = JSON.stringify({ user: seen.user, ...fields });
  try {
    const answer = await (await fetch(`/control/${name}`, { method: "POST", headers, body })).json();
    if (answer.error && answer.error !== "dismissed") toast(answer.error);
    await refresh();
    return answer;
  } catch {
    toast("The workspace does not answer; was it ended?");
    return { ok: false };
  }
}

let toastEnds;
function toast(text) {
  const shown = one("#toast");
  shown.textContent = text;
  shown.hidden = false;
  clearTimeout(toastEnds);
  toastEnds = setTimeout(() => { shown.hidden = true; }, 6000);
}

function showModal(modal) {
  one("#veil").hidden = !modal;
  // What is being typed stays: only another view, or an updated one, replaces the form.
  const hash = modal ? modal.hash : "";
  if (hash === modalHash) return;
  modalHash = hash;
  one("#modal").innerHTML = modal ? modal.html : "";
  if (modal) one("#modal [data-use]")?.focus();
}

function show(scene) {
  seen.version = scene.version;
  one("#sidebar").innerHTML = scene.sidebar;
  one("#title").innerHTML = scene.title;
  const list = one("#messages");
  const atEnd = list.scrollTop + list.clientHeight > list.scrollHeight - 60;
  list.innerHTML = scene.messages;
  if (atEnd) list.scrollTop = list.scrollHeight;
  one("#thread").innerHTML = scene.thread;
  one("#side").hidden = !scene.thread;
  showModal(scene.modal);
}

async function refresh(always = false) {
  const query = new URLSearchParams({ user: seen.user, channel: seen.channel, thread: seen.thread });
  if (!always) query.set("since", seen.version);
  const answer = await fetch(`/page/scene?${query}`, { headers: { "X-Control-Token": token } });
  if (answer.status === 200) show(await answer.json());
}

async function look(change) {
  Object.assign(seen, change);
  modalHash = "";
  history.replaceState(null, "", `/?${new URLSearchParams({ user: seen.user, channel: seen.channel, thread: seen.thread })}`);
  await refresh(true);
}

function ask(template) {
  one("#confirm").replaceChildren(template.content.cloneNode(true));
  one("#veil2").hidden = false;
  one("#confirm [data-agree]").focus();
  return new Promise((answered) => {
    one("#confirm").onclick = (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      one("#veil2").hidden = true;
      answered("agree" in button.dataset);
    };
  });
}

async function use(element, value) {
  const template = one("template", element.closest(".control"));
  const fields = { ...JSON.parse(element.dataset.use) };
  if (value !== undefined) fields.value = value;
  if (template) fields.confirm = await ask(template);
  if (element.dataset.url) window.open(element.dataset.url, "_blank", "noopener,noreferrer");
  await control("click", fields);
}

function values(form) {
  const held = {};
  for (const element of form.querySelectorAll(".input [data-use]")) {
    const { action_id: name } = JSON.parse(element.dataset.use);
    if (!element.classList.contains("boxes")) { held[name] = element.value; continue; }
    const checked = [...element.querySelectorAll("input:checked")].map((box) => box.value);
    held[name] = one("input[type=radio]", element) ? checked[0] ?? "" : checked;
  }
  return held;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.channel) await look({ channel: button.dataset.channel, thread: "" });
  else if (button.dataset.thread) await look({ thread: button.dataset.thread });
  else if (button.id === "unthread") await look({ thread: "" });
  else if ("close" in button.dataset) await control("close", { view: button.closest("form").dataset.view });
  else if (button.dataset.use) { event.preventDefault(); await use(button); }
});

document.addEventListener("change", async (event) => {
  if (event.target.id === "user") { await look({ user: event.target.value, thread: "" }); return; }
  const element = event.target.closest("select[data-use], .boxes[data-use]");
  if (!element || element.closest(".block.input")) return;
  const checked = [...element.querySelectorAll("input:checked")].map((box) => box.value);
  await use(element, element.matches("select") ? element.value : one("input[type=radio]", element) ? checked[0] : checked);
  if (element.classList.contains("overflow")) element.value = "";
});

async function type(input, thread) {
  const text = input.value.trim();
  if (!text) return;
  input.value = "";
  if (text.startsWith("/")) await control("command", { channel: seen.channel, text });
  else await control("say", { channel: seen.channel, text, thread_ts: thread });
}

document.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  if (form.id === "say") await type(one("#line"), "");
  else if (form.id === "reply") await type(one("#replyline"), seen.thread);
  else {
    for (const shown of form.querySelectorAll("[data-wrong]")) shown.textContent = "";
    const answer = await control("submit", { view: form.dataset.view, values: values(form) });
    for (const shown of form.querySelectorAll("[data-wrong]")) {
      shown.textContent = (answer.errors ?? {})[shown.dataset.wrong] ?? "";
    }
  }
});

one("#side").hidden = !one("#thread").innerHTML;
one("#messages").scrollTop = one("#messages").scrollHeight;
showModal(seen.modal);
setInterval(() => refresh().catch(() => {}), 700);
