// node site_in_node.mjs STATIC COMPUTING ASKED OUT: answers questions as the page without a server does, for tests.
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";

const [place, computing, questions, out] = process.argv.slice(2), from = (name) => import(pathToFileURL(`${place}/${name}`));
const [{ load, loadTable }, { Answers }, { Work }, files] = await Promise.all(["engine.js", "alone/answer.js", "alone/work.js", "alone/files.js"].map(from));
const whole = gunzipSync(readFileSync(computing)), length = whole.readUInt32LE(0), head = JSON.parse(whole.subarray(4, 4 + length));
const part = (name) => { const [at, size] = head[name]; return whole.subarray(4 + length + at, 4 + length + at + size); };
const model = JSON.parse(part("model"));
const work = new Work(model, { lived: await load(part("lived")), calm: await load(part("calm")), healthy: await loadTable(part("healthy")) });

// A crew of three, so that people are parted and joined again.
const answers = new Answers(model, { size: 3, run: async (task, args) => work[task](...args) });
const told = [];
for (const { asked, sure } of JSON.parse(readFileSync(questions))) {
  try {
    const found = await answers.answer(asked);
    told.push({ answer: found, centre: await answers.centre(asked), csv: files.csv([found]), toml: files.toml(found.asked), sure: sure ? await answers.sure(asked) : null });
  } catch (error) {
    told.push({ error: error.message, at: error.at ?? null });
  }
}
writeFileSync(out, JSON.stringify(told));
