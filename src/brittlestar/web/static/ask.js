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
  const schema = (told.detail || []).some((one) => one.type !== "refused");
  throw Object.assign(error, { at: (told.detail?.[0]?.loc || []).at(-1), schema });
}

export function save(name, content) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  say($("#live").dataset.saved.replace("{name}", name));
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
