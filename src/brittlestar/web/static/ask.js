// What every screen uses: finding parts of the page, asking the server, saving a file, saying something aloud.
export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
export const screen = document.body.dataset.screen;
export const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
export const say = (text) => { $("#live").textContent = text; };
const token = $("meta[name=token]").content;

export async function ask(address, body, signal) {
  const headers = { "content-type": "application/json", "x-brittlestar-token": token };
  const reply = await fetch(address, { method: "POST", headers, body: JSON.stringify(body), signal });
  if (reply.ok) return reply;
  const told = await reply.json().catch(() => ({}));
  const where = (one) => (one.loc || []).filter((part) => part !== "body").join(" ");
  const error = new Error((told.detail || []).map((one) => `${where(one)} ${one.msg}`.trim()).join("; ") || reply.statusText);
  throw Object.assign(error, { at: (told.detail?.[0]?.loc || []).at(-1) });
}

export function save(name, content) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  say(`${name} saved`);
}

export const field = (root, name) => $(`[name=${name}]`, root);
export const value = (input) => (input.type === "number" ? Number(input.value) : input.value);

export function set(input, text) {
  const before = input.value;
  input.value = text;
  if (input.value === "" || (input.tagName === "SELECT" && input.selectedIndex < 0)) input.value = before;
  const range = input.closest(".pair") && $("input[type=range]", input.closest(".pair"));
  if (range) range.value = input.value;
}

// Whether the model is prepared; what nobody waits for is asked only then.
export const prepared = async () => (await (await fetch("/api/ready")).json()).doing === "";

// Shown only when an answer takes long enough to wonder (seconds); says so when the model is still being prepared.
export function working(place, patience = 0.6) {
  const began = Date.now(), said = $("[data-said]", place), bar = $("progress", place);
  const timer = setInterval(async () => {
    const seconds = (Date.now() - began) / 1000;
    if (seconds < patience) return;
    let text = "Working it out …", done = null;
    if (seconds > 3) text = "Working it out. The first time for this kind of plan takes some seconds more, because the model is prepared for it. The next answers come at once.";
    if (seconds > 1.5) {
      const ready = await fetch("/api/ready").then((reply) => reply.json()).catch(() => null);
      if (ready === null) text = "The server does not answer. Was it ended?";
      else if (ready.doing) {
        text = `Getting ready. The first start on a machine can take half a minute or more; later ones take seconds. Step ${ready.done + 1} of ${ready.total}: ${ready.doing}.`;
        done = ready;
      }
    }
    if (place.dataset.over) return;
    if (said.textContent !== text) said.textContent = text;
    bar.hidden = done === null;
    if (done) { bar.max = done.total; bar.value = done.done; }
    place.hidden = false;
  }, 300);
  delete place.dataset.over;
  return () => { clearInterval(timer); place.dataset.over = "1"; place.hidden = true; };
}
