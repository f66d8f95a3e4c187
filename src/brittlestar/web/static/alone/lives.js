// Everyone's life under a plan: the engine's courses and the walk of density. comparison/lives.py, people/scan.py.
import { normal } from "./chance.js";
import { grid, tables } from "./plan.js";
import { make, range } from "./numbers.js";

const PER_YEAR = 104, WALK_STEPS = 12, NO_PLAN = { drug: null, load: null }, NO_STEP = { outputs: 0, per: 1, step: 1 };

// Longest step in days of what need not be known as well as what is told.
export const WEEK = 7;

// Parameters in the order of the engine, of a set and of the drug of a run.
function parameters(model, set, drug) {
  const which = drug === null ? 0 : model.drug_names.indexOf(drug);
  return (name) => {
    const value = set?.[name] ?? model.parameters[name], numbers = Array.isArray(value) ? value.flat(Infinity) : [value];
    return name.startsWith("drugs.") ? [numbers[which]] : numbers;
  };
}

// The table of healthy people of a parameter set, made by its own lowered program.
export function healthyTable(model, growth, program, set) {
  const ages = 90 * PER_YEAR + 1, references = growth.references(PER_YEAR), pick = parameters(model, set, null);
  const female = BigInt64Array.from({ length: 2 * ages }, (_, i) => BigInt(i % 2));
  const { height_cm: heights } = references, grown = make(4, (i) => heights[2 * PER_YEAR * (i < 2 ? 2 : 20) + i % 2]);
  const inputs = [references.age, female, heights, references.weight_kg, references.height_rate, references.abmd_median, references.abmd_spread, grown];
  return program.fill([...inputs, ...program.names.map((name) => Float64Array.from(pick(name)))], 2 * ages * model.columns, ages);
}

// Arrays of one run of these people under one plan.
function run(model, engine, { people, plan, who, years, seed, set, table, longest }, times = years ? grid(model, years, longest) : NO_STEP) {
  const pick = parameters(model, set, plan.drug), n = people.id.length;
  const made = tables(model, plan, who, times);
  const arrays = Object.fromEntries(engine.layout.inputs.map(({ name }) => [name, made[name]
    ?? (name.startsWith("people.") ? people[name.slice(7)] : name.startsWith("p.") ? pick(name.slice(2)) : null)]));
  Object.assign(arrays, { plan: new Int32Array(n), "tables.references": table, "tables.step_days": [times.step], "tables.seed": [seed] });
  return engine.run({ sizes: { output: times.outputs, row: times.per, plan: 1 }, arrays });
}

// Named outputs of the untreated balance of these people at their ages.
export function atEntry(model, engine, question, people, names) {
  const { outputs } = run(model, engine, { ...question, people, plan: NO_PLAN, years: 0 });
  return Object.fromEntries(names.map((name) => [name, outputs[name]]));
}

// { course, hazard } of these people under the plan: the course with its fractures, and the integrated hazard of the
// first fracture. `lived` and `calm` are the engines with fractures and without.
export function follow(model, { lived, calm }, question) {
  const { people, seed } = question, course = run(model, lived, question), { outputs: quiet } = run(model, calm, question);
  const n = people.id.length, last = course.years.length - 1;
  const hazard = make(n, (i) => model.sites.reduce((all, site) => all + quiet[`expected_fractures_${site}`][last * n + i], 0));
  walk(model, course, people, seed);
  return { course, hazard };
}

// Fractures that are expected of each [person], in steps of a week: a first number, below that of days by less than half
// a hundredth.
export function roughly(model, { lived }, question) {
  const days = question.years * model.days_per_year, per = Math.ceil(days / WEEK), n = question.people.id.length;
  const { outputs } = run(model, lived, question, { outputs: 1, per, step: days / per });
  return make(n, (i) => model.sites.reduce((all, site) => all + outputs[`expected_fractures_${site}`][n + i], 0));
}

// What of spine density is a person's own: a slow random walk that the course does not compute.
function walk(model, { years, outputs }, people, seed) {
  const { walk: usual, walk_puberty: faster, puberty } = model.scan, n = people.id.length;
  const steps = Math.ceil(years.at(-1) * WALK_STEPS - 1e-9);
  for (const i of range(n)) {
    const ln = new Float64Array(steps + 1);
    for (let k = 0; k < steps; k += 1) {
      const now = people.age_years[i] + (k + 0.5) / WALK_STEPS, sd = (now >= puberty[0] && now < puberty[1] ? faster : usual) / Math.sqrt(WALK_STEPS);
      ln[k + 1] = ln[k] + (sd * normal(seed, people.id[i], "density walk", k) - sd ** 2 / 2);
    }
    years.forEach((time, t) => {
      const row = Math.min(Math.floor(time * WALK_STEPS), Math.max(steps - 1, 0)), share = time * WALK_STEPS - row, at = t * n + i;
      const by = Math.exp((1 - share) * ln[row] + share * ln[Math.min(row + 1, steps)]), before = outputs.ls_abmd[at];
      outputs.ls_z[at] += before * (by - 1) / outputs.ls_sd[at];
      for (const name of ["ls_abmd", "ls_ratio"]) if (outputs[name]) outputs[name][at] *= by;
    });
  }
}
