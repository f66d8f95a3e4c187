// A worker of the page that computes in the browser. The first message hands it what it computes with, compiled for all,
// and either the ports of those that it leads, or the port of its leader.
import { load, loadTable } from "../engine.js";
import { Answers } from "./answer.js";
import { Work } from "./work.js";

const running = new Set();

// After what waits already; a timer would wait some milliseconds more.
const soon = () => new Promise((done) => { const { port1, port2 } = new MessageChannel(); port1.onmessage = done; port2.postMessage(null); });

async function opened({ model, lived, calm, healthy }) {
  return new Work(model, { lived: await load(lived), calm: await load(calm), healthy: await loadTable(healthy) });
}

// Tasks of the leader, answered one after the other.
function helper(ready, port) {
  port.onmessage = async ({ data: { id, task, args } }) => {
    try { port.postMessage({ id, found: (await ready)[task](...args) }); } catch (error) { port.postMessage({ id, error: { message: error.message, at: error.at } }); }
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
      if (!which) return soon().then(() => work[task](...args));
      return new Promise((resolve, reject) => {
        const id = (count += 1);
        waiting.set(id, { resolve, reject });
        ports[which - 1].postMessage({ id, task, args });
      });
    },
  };
}

self.onmessage = ({ data: { compiled, ports, port } }) => {
  const ready = opened(compiled);
  if (port) { helper(ready, port); return; }
  const answers = ready.then((work) => new Answers(compiled.model, crew(work, ports)));
  self.onmessage = async ({ data: { id, task, question } }) => {
    if (task === "end") { running.delete(id); return; }
    running.add(id);
    const still = async () => {
      await soon();
      if (!running.has(id)) throw Object.assign(new Error("nobody waits"), { ended: true });
    };
    try { postMessage({ id, found: await (await answers)[task](question, still) }); } catch (error) { postMessage({ id, error: { message: error.message, at: error.at } }); }
    running.delete(id);
  };
};
