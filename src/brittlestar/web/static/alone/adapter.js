// What works out the answers, in the browser: the same functions as served.js, and the same JSON. Workers do it, the first
// of which leads the others; nothing leaves the device. What they compute with comes in one file, or inside the page.
import { $ } from "../ask.js";
import { csv, toml } from "./files.js";

const MOST_WORKERS = 8, PATIENCE = 0.6, WONDER = 3;
const inside = (id) => document.getElementById(id)?.textContent;

let leader = null, asked = 0;
const waiting = new Map();

async function content() {
  const text = inside("computing");
  if (text) return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer;
  // From then on it works without the net.
  navigator.serviceWorker?.register("offline.js").catch(() => {});
  const reply = await fetch("computing.bin");
  if (!reply.ok) throw new Error(`computing.bin: ${reply.status} ${reply.statusText}`);
  return reply.arrayBuffer();
}

function worker() {
  const code = inside("worker");
  return new Worker(code ? URL.createObjectURL(new Blob([code], { type: "text/javascript" })) : "worker.js");
}

async function begun() {
  const bytes = await content(), count = Math.min(Math.max(navigator.hardwareConcurrency || 2, 1), MOST_WORKERS);
  const workers = Array.from({ length: count }, worker), ports = [];
  for (const one of workers.slice(1)) {
    const { port1, port2 } = new MessageChannel();
    ports.push(port1);
    one.postMessage({ bytes, port: port2 }, [port2]);
  }
  workers[0].postMessage({ bytes, ports }, ports);
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
    const text = seconds > WONDER ? "Working it out on this device …" : "Working it out …";
    if (said.textContent !== text) said.textContent = text;
    place.hidden = false;
  }, 300);
  return () => { clearInterval(timer); place.hidden = true; };
}

export const answer = (question, signal) => told("answer", question, signal);
export const sure = (question, signal) => told("sure", question, signal);

export async function file(kind, question) {
  const found = await told("answer", question);
  if (kind === "toml") return new Blob([toml(found.asked)], { type: "application/toml" });
  if (kind === "csv") return new Blob([csv(found)], { type: "text/csv" });
  return new Blob([`${JSON.stringify({ ...found, sure: await told("sure", question) }, null, 1)}\n`], { type: "application/json" });
}
