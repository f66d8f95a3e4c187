// Whole courses in a browser, a worker or Node: the engine as WebAssembly, people under plans as typed arrays.
// Needs nothing else. `brittlestar engine --out DIR` writes the engine; it says itself how it is called.
//
//   const engine = await load(bytesOfTheEngine, program);   // refused where it is not that of the program
//   const course = engine.run({ sizes: { output, row, plan }, arrays }, { progress });
//   const shown = summary(course, { quantiles: [0.05, 0.5, 0.95] });
//
// `arrays` holds one array per entry of `engine.layout.inputs`, by name, rows first: people (one number each),
// `plan` (which plan each follows), `rows.*` of every plan [output, row, plan, ...], `tables.*` and parameters
// `p.*`. `unpack` reads those that Python prepared: `run_file` of brittlestar/engine/wasm_engine.py.
// Results belong to the caller and may be handed on from a worker; nobody's depend on who else is in the run.
// It runs in a page of its own file too; how it is carried there, and to a worker, stands in docs/speed.md.

const LAYOUT = "brittlestar", PAGE = 65536, ALIGNED = 16;
// Below this address the engine keeps what it puts aside.
const OWN = 4 * PAGE;

const TYPES = {
  float64: Float64Array, float32: Float32Array, int64: BigInt64Array, int32: Int32Array,
  uint32: Uint32Array, int8: Int8Array, uint8: Uint8Array,
};

// An engine that is ready to run, from its bytes or from the module that was compiled of them, which workers may share.
// `program`, where given, is the one that its data were made for.
export async function load(bytes, program) {
  const { layout, memory, exports } = await started(bytes);
  if (program) sameProgram(layout, program);
  return new Engine(layout, memory, exports.course);
}

async function started(bytes) {
  const module = bytes instanceof WebAssembly.Module ? bytes : await WebAssembly.compile(bytes);
  const [said] = WebAssembly.Module.customSections(module, LAYOUT);
  if (!said) throw new Error("engine: this file says no layout; accepted: what `brittlestar engine` writes");
  const memory = new WebAssembly.Memory({ initial: OWN / PAGE });
  const stack = new WebAssembly.Global({ value: "i32", mutable: true }, OWN);
  const { exports } = await WebAssembly.instantiate(module, { env: { __linear_memory: memory, __stack_pointer: stack } });
  return { layout: JSON.parse(new TextDecoder().decode(said)), memory, exports };
}

// The program of the table of healthy people: `names` of the parameters that it reads, and
// `fill(inputs, size, ages)`, a new table of so many numbers from its arrays in order.
export async function loadTable(bytes) {
  const { layout, memory, exports } = await started(bytes);
  return {
    names: layout.parameters,
    fill(inputs, size, ages) {
      let end = aligned(OWN + 4 * (inputs.length + 1));
      const places = [...inputs, { byteLength: 8 * size }].map((one) => { const at = end; end = aligned(at + one.byteLength); return at; });
      grow(memory, end);
      const { buffer } = memory;
      new Uint32Array(buffer, OWN, places.length).set(places);
      inputs.forEach((one, i) => new one.constructor(buffer, places[i], one.length).set(one));
      exports.course(OWN, BigInt(ages));
      return new Float64Array(buffer, places.at(-1), size).slice();
    },
  };
}

function sameProgram(layout, program) {
  if (layout.program === program) return;
  throw new Error(`engine: made from program ${layout.program.slice(0, 12)}; accepted: program ${program.slice(0, 12)}, `
    + "which the data were made for: `brittlestar engine` makes it anew");
}

class Engine {
  constructor(layout, memory, course) {
    Object.assign(this, { layout, memory, course });
  }

  // Everyone's course and fractures. `progress(done, all)` is called after every `stretch` people.
  run({ program, sizes, arrays }, { progress, stretch = 512 } = {}) {
    const { layout } = this, { lanes, outputs, sites } = layout;
    if (program) sameProgram(layout, program);
    const room = arrays.plan.length, { output, row, plan } = sizes;
    if (!room) throw new Error("plan: nobody; accepted: at least one person");
    const known = { ...sizes, person: room, piece: arrays["tables.pieces"].length / layout.columns["tables.pieces"].length };
    const beyond = arrays.plan.find((one) => one < 0 || one >= plan);
    if (beyond !== undefined) throw new Error(`plan: ${beyond}; accepted: 0 to ${plan - 1}`);
    const order = inVectors(arrays.plan, lanes);

    const need = layout.inputs.map((input) => ({ ...input, values: this.#checked(input, arrays[input.name], known) }));
    need.forEach((one) => { if (one.shape[0] === "person") one.values = order.map((person) => one.values[person]); });
    need.push({ name: "order", type: "int64", values: order });
    const results = outputs.map(({ name }) => ({ name, type: "float64", count: (output + 1) * room }));
    const marks = { name: "marks", type: "uint8", count: output * row * sites.length * room };

    const all = [...need, ...results, marks], table = OWN;
    let end = aligned(table + 4 * all.length);
    for (const one of all) {
      one.at = end;
      one.count ??= one.values.length;
      end = aligned(end + one.count * TYPES[one.type].BYTES_PER_ELEMENT);
    }
    grow(this.memory, end);
    const { buffer } = this.memory, view = ({ type, at, count }) => new TYPES[type](buffer, at, count);
    new Uint32Array(buffer, table, all.length).set(all.map((one) => one.at));
    for (const one of need) {
      // Whole numbers of 64 bits are another kind of number in JavaScript.
      view(one).set(one.type === "int64" ? BigInt64Array.from(one.values, BigInt) : one.values);
    }
    view(marks).fill(0);

    const vectors = order.length / lanes, each = Math.max(Math.floor(stretch / lanes), 1);
    for (let first = 0; first < vectors; first += each) {
      const last = Math.min(first + each, vectors);
      this.course(table, ...[first, last, room, output, row, plan].map(BigInt));
      progress?.(Math.min(last * lanes, room), room);
    }
    const days = { end: arrays["rows.end_day"], length: arrays["rows.days"], per: plan };
    return {
      people: room,
      plan: Int32Array.from(arrays.plan),
      years: Float64Array.from({ length: output + 1 }, (_, i) => (i ? days.end[lastRow(days, i - 1, row)] : 0) / layout.days_per_year),
      outputs: Object.fromEntries(results.map((one) => [one.name, view(one).slice()])),
      fractures: found(view(marks), days, sites.length, room, layout.days_per_year),
    };
  }

  #checked({ name, type, shape }, values, known) {
    const wanted = shape.reduce((product, axis) => product * (known[axis] ?? axis), 1);
    if (values?.length !== wanted) {
      throw new Error(`${name}: ${values?.length ?? "no"} numbers; accepted: ${wanted} (${type} [${shape.join(", ")}])`);
    }
    return values;
  }
}

function grow(memory, bytes) {
  const missing = Math.ceil((bytes - memory.buffer.byteLength) / PAGE);
  if (missing <= 0) return;
  try {
    memory.grow(missing);
  } catch {
    throw new Error(`memory: ${Math.ceil(bytes / 2 ** 20)} MB; accepted: what the browser gives, so run fewer people at a time`);
  }
}

const aligned = (address) => Math.ceil(address / ALIGNED) * ALIGNED;

// People in the order in which they are followed: those of one plan side by side, the last repeated to fill a vector.
function inVectors(plan, lanes) {
  const order = Array.from(plan, (_, person) => person).sort((one, other) => plan[one] - plan[other] || one - other);
  while (order.length % lanes) order.push(order.at(-1));
  return order;
}

// Place of the row at the end of an output interval: where it has fewer rows than others the last are of length 0.
function lastRow({ length, per }, output, row) {
  let last = row - 1;
  while (last > 0 && length[(output * row + last) * per] === 0) last -= 1;
  return (output * row + last) * per;
}

// Fractures by person, time and site; they are rare, so marks are passed over four at a time.
function found(marks, { end, length, per }, sites, room, daysPerYear) {
  const all = [], look = (index) => {
    if (!marks[index]) return;
    const person = index % room, site = Math.floor(index / room) % sites, row = Math.floor(index / room / sites) * per;
    const day = end[row] - length[row] + ((marks[index] - 1) / 254) * length[row];
    all.push({ person, site, years: day / daysPerYear });
  };
  const fours = new Uint32Array(marks.buffer, marks.byteOffset, marks.length >> 2);
  for (let four = 0; four < fours.length; four += 1) {
    if (fours[four]) for (let i = 0; i < 4; i += 1) look(4 * four + i);
  }
  for (let index = fours.length * 4; index < marks.length; index += 1) look(index);
  all.sort((a, b) => a.person - b.person || a.years - b.years || a.site - b.site);
  return {
    person: Int32Array.from(all, (one) => one.person),
    site: Int32Array.from(all, (one) => one.site),
    years: Float64Array.from(all, (one) => one.years),
  };
}

// What Python wrote: { program, sizes, arrays } for `run`; the arrays are views of the bytes.
export function unpack(bytes) {
  const whole = bytes instanceof Uint8Array ? bytes.slice() : new Uint8Array(bytes);
  const { buffer } = whole, length = new DataView(buffer).getUint32(0, true);
  const { program, sizes, arrays } = JSON.parse(new TextDecoder().decode(whole.subarray(4, 4 + length)));
  const count = (shape) => shape.reduce((product, axis) => product * axis, 1);
  const view = ({ name, type, shape, at }) => [name, new TYPES[type](buffer, 4 + length + at, count(shape))];
  return { program, sizes, arrays: Object.fromEntries(arrays.map(view)) };
}

// Of each plan: people, mean fractures, the share of people with any, and over its people `mean` [time] and
// `quantiles` [time, quantile] of every output. Those are values of somebody, the first that reaches the share in
// rising order. `weights` says how much each person counts.
export function summary({ people, plan, years, outputs, fractures }, { quantiles = [0.05, 0.5, 0.95], weights } = {}) {
  return [...new Set(plan)].sort((a, b) => a - b).map((which) => {
    const who = [...plan.keys()].filter((person) => plan[person] === which);
    const weight = who.map((person) => weights?.[person] ?? 1), all = weight.reduce((a, b) => a + b, 0);
    const over = (values) => who.reduce((sum, person, i) => sum + weight[i] * values(person), 0) / all;
    const counts = new Int32Array(people);
    fractures.person.forEach((person) => { counts[person] += 1; });
    const ofOutput = (values) => {
      const rows = [...years.keys()].map((time) => values.subarray(time * people, (time + 1) * people));
      return {
        mean: Float64Array.from(rows, (row) => over((person) => row[person])),
        quantiles: rows.map((row) => reached(who.map((one) => row[one]), weight, quantiles)),
      };
    };
    return {
      plan: which,
      people: who.length,
      fractures: over((person) => counts[person]),
      fractured: over((person) => (counts[person] ? 1 : 0)),
      outputs: Object.fromEntries(Object.entries(outputs).map(([name, values]) => [name, ofOutput(values)])),
    };
  });
}

function reached(values, weight, shares) {
  const order = [...values.keys()].sort((a, b) => values[a] - values[b]), all = weight.reduce((a, b) => a + b, 0);
  let sum = 0;
  const sums = order.map((i) => (sum += weight[i]));
  return Float64Array.from(shares, (share) => {
    const place = sums.findIndex((one) => one >= share * all * (1 - 1e-12));
    return values[order[place < 0 ? order.length - 1 : place]];
  });
}
