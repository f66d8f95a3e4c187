// What works out the answers, in the browser: the same functions as served.js, and the same JSON. Workers do it, the first
// of which leads the others; nothing leaves the device. What they compute with comes in one file, or inside the page.
import { $ } from "../ask.js";
import { t } from "../text.js";
import { held, unpacked, unzipped } from "../packed.js";
import { csv, together, toml } from "./files.js";

const MOST_WORKERS = 8, PATIENCE = 0.6, WONDER = 3;

let leader = null, asked = 0;
const waiting = new Map();

async function content() {
  const text = held("computing");
  if (text) return unpacked(text);
  // From then on it works without the net.
  navigator.serviceWorker?.register("offline.js").catch(() => {});
  const reply = await fetch("computing.bin");
  if (!reply.ok) throw new Error(`computing.bin: ${reply.status} ${reply.statusText}`);
  return unzipped(await reply.arrayBuffer());
}

// Compiled once for all workers.
async function compiled() {
  if (typeof WebAssembly === "undefined") throw Object.assign(new Error(t("state.no_engine")), { translated: true });
  const whole = await content(), length = new DataView(whole).getUint32(0, true), text = (...place) => new TextDecoder().decode(new Uint8Array(whole, ...place));
  const head = JSON.parse(text(4, length)), place = (name) => { const [at, size] = head[name]; return [4 + length + at, size]; };
  const [lived, calm, healthy] = await Promise.all(["lived", "calm", "healthy"].map((name) => WebAssembly.compile(new Uint8Array(whole, ...place(name)))));
  return { model: JSON.parse(text(...place("model"))), lived, calm, healthy };
}

function worker() {
  const code = held("worker");
  return new Worker(code ? URL.createObjectURL(new Blob([code], { type: "text/javascript" })) : "worker.js");
}

async function begun() {
  const count = Math.min(Math.max(navigator.hardwareConcurrency || 2, 1), MOST_WORKERS);
  const workers = Array.from({ length: count }, worker), ports = [], ready = await compiled();
  for (const one of workers.slice(1)) {
    const { port1, port2 } = new MessageChannel();
    ports.push(port1);
    one.postMessage({ compiled: ready, port: port2 }, [port2]);
  }
  workers[0].postMessage({ compiled: ready, ports }, ports);
  workers[0].onmessage = ({ data: { id, found, error } }) => {
    const one = waiting.get(id);
    waiting.delete(id);
    if (error) one?.reject(Object.assign(new Error(error.message), { at: error.at })); else one?.resolve(found);
  };
  for (const one of workers) one.onerror = (event) => { for (const { reject } of waiting.values()) reject(new Error(`worker: ${event.message}`)); waiting.clear(); leader = null; };
  return workers[0];
}

// What the leader says to a question; when the signal ends it, the leader is told.
async function told(task, question, signal) {
  leader ??= begun();
  leader.catch(() => { leader = null; });
  const to = await leader, id = (asked += 1);
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject });
    to.postMessage({ id, task, question });
    signal?.addEventListener("abort", () => {
      waiting.delete(id);
      to.postMessage({ id, task: "end" });
      reject(new DOMException("nobody waits", "AbortError"));
    });
  });
}

// There is nothing to wait for before ranges may be asked.
export const prepared = async () => true;

export function working(place, patience = PATIENCE) {
  const began = Date.now(), said = $("[data-said]", place);
  const timer = setInterval(() => {
    const seconds = (Date.now() - began) / 1000;
    if (seconds < patience) return;
    const text = t(seconds > WONDER ? "wait.here" : "state.pending");
    if (said.textContent !== text) said.textContent = text;
    place.hidden = false;
  }, 300);
  return () => { clearInterval(timer); place.hidden = true; };
}

// The numbers of the sentence alone, some hundredths of a second after they were asked for.
export const centre = (question, signal) => told("centre", question, signal);
export const answer = (question, signal) => told("answer", question, signal);
export const sure = (question, signal) => told("sure", question, signal);

// Of one plan, or of several as `asked.plans`.
export async function file(kind, asked) {
  const { plans, ...rest } = asked, each = plans ? plans.map((plan) => ({ ...rest, plan })) : [asked];
  const answers = await Promise.all(each.map((one) => told("answer", one)));
  if (kind === "toml") return new Blob([toml(plans ? together(answers) : answers[0].asked)], { type: "application/toml" });
  if (kind === "csv") return new Blob([csv(answers)], { type: "text/csv" });
  const whole = [];
  for (const [k, one] of each.entries()) whole.push({ ...answers[k], sure: await told("sure", one) });
  const content = plans ? { schema: "brittlestar/compare/1", asked: together(answers), answers: whole } : whole[0];
  return new Blob([`${JSON.stringify(content, null, 1)}\n`], { type: "application/json" });
}
