// node engine_in_node.mjs ENGINE.mjs ENGINE.wasm RUN.bin OUT: runs a prepared run, for tests/test_wasm_engine.py.
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [script, wasm, run, out] = process.argv.slice(2);
const { load, summary, unpack } = await import(pathToFileURL(script));
const bytes = readFileSync(wasm), inputs = unpack(readFileSync(run));
const refused = async (what) => {
  try {
    await what();
    return "not refused";
  } catch (error) {
    return error.message;
  }
};
const engine = await load(bytes, inputs.program), people = inputs.arrays.plan.length, ticks = [];
const course = engine.run(inputs, { stretch: 8, progress: (done, all) => ticks.push([done, all]) });
const plain = (value) => JSON.parse(JSON.stringify(value, (_, part) => (ArrayBuffer.isView(part) ? Array.from(part) : part)));
const weights = Array.from({ length: people }, (_, person) => 1 + (person % 3));
const one = new Float64Array(people - 1);
writeFileSync(out, JSON.stringify(plain({
  imports: WebAssembly.Module.imports(new WebAssembly.Module(bytes)),
  course,
  again: engine.run(inputs).outputs.ls_z,
  ticks,
  summary: summary(course, { quantiles: [0.1, 0.5], weights }),
  refused: {
    program: await refused(() => load(bytes, "another")),
    data: await refused(() => engine.run({ ...inputs, program: "another" })),
    file: await refused(() => load(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))),
    length: await refused(() => engine.run({ ...inputs, arrays: { ...inputs.arrays, "people.frailty": one } })),
    plan: await refused(() => engine.run({ ...inputs, arrays: { ...inputs.arrays, plan: inputs.arrays.plan.map(() => 9) } })),
  },
})));
