// A worker of the page that computes in the browser. The first message hands it what it computes with, and either the
// ports of those that it leads, or the port of its leader.
import { load, loadTable } from "../engine.js";
import { Answers } from "./answer.js";
import { Work } from "./work.js";

const running = new Set();

async function opened(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")), whole = await new Response(stream).arrayBuffer();
  const length = new DataView(whole).getUint32(0, true), head = JSON.parse(new TextDecoder().decode(new Uint8Array(whole, 4, length)));
  const part = (name) => { const [at, size] = head[name]; return new Uint8Array(whole, 4 + length + at, size); };
  const [lived, calm, healthy] = await Promise.all([load(part("lived")), load(part("calm")), loadTable(part("healthy"))]);
  const model = JSON.parse(new TextDecoder().decode(part("model")));
  return { model, work: new Work(model, { lived, calm, healthy }) };
}

// Tasks of others, answered one after the other.
function helper(ready, port) {
  port.onmessage = async ({ data: { id, task, args } }) => {
    try { port.postMessage({ id, found: (await ready).work[task](...args) }); } catch (error) { port.postMessage({ id, error: { message: error.message, at: error.at } }); }
  };
}

// Asks helpers, and itself as the first of the crew.
function crew(work, ports) {
  const waiting = new Map();
  let count = 0;
  for (const port of ports) {
    port.onmessage = ({ data: { id, found, error } }) => {
      const one = waiting.get(id);
      waiting.delete(id);
      if (error) one.reject(Object.assign(new Error(error.message), { at: error.at })); else one.resolve(found);
    };
  }
  return {
    size: ports.length + 1,
    run(task, args, which) {
      // Its own part comes last: the others are to begin first.
      if (!which) return new Promise((done) => { setTimeout(done); }).then(() => work[task](...args));
      return new Promise((resolve, reject) => {
        const id = (count += 1);
        waiting.set(id, { resolve, reject });
        ports[which - 1].postMessage({ id, task, args });
      });
    },
  };
}

async function lead(ready, ports) {
  const { model, work } = await ready;
  return new Answers(model, crew(work, ports));
}

self.onmessage = ({ data: { bytes, ports, port } }) => {
  const ready = opened(bytes);
  if (port) { helper(ready, port); return; }
  const answers = lead(ready, ports);
  self.onmessage = async ({ data: { id, task, question } }) => {
    if (task === "end") { running.delete(id); return; }
    running.add(id);
    const still = async () => {
      await new Promise((done) => { setTimeout(done); });
      if (!running.has(id)) throw new Error("nobody waits");
    };
    try { postMessage({ id, found: await (await answers)[task](question, still) }); } catch (error) { postMessage({ id, error: { message: error.message, at: error.at } }); }
    running.delete(id);
  };
};
