// What takes time: people, their lives, and means under other parameter sets. One of these works in every worker.
import { after } from "./after.js";
import { Growth } from "./growth.js";
import { WEEK, atEntry, follow, healthyTable, roughly } from "./lives.js";
import { range, sum } from "./numbers.js";
import { conditioned, drawn, person } from "./people.js";
import { plans } from "./plan.js";
import { InputError } from "./refusal.js";
import * as rows from "./rows.js";

const FEW = 40, KEPT = 40;

// The last things that were found, by key; what fails leaves nothing.
export class Kept {
  constructor(most) { Object.assign(this, { most, found: new Map() }); }

  of(key, make) {
    const value = this.found.has(key) ? this.found.get(key) : make();
    this.found.delete(key);
    this.found.set(key, value);
    if (value instanceof Promise) value.catch(() => this.found.delete(key));
    if (this.found.size > this.most) this.found.delete(this.found.keys().next().value);
    return value;
  }
}

// `programs` are the engine with fractures (`lived`), without (`calm`), and that of the table of healthy people
// (`healthy`). Sets count from 1; 0 is the shipped one.
export class Work {
  constructor(model, programs) {
    Object.assign(this, { model, programs, growth: new Growth(model), tables: new Map(), kept: new Kept(KEPT) });
  }

  // People who share what was told, how much each counts, and for how many drawn at random they stand.
  people({ person: { activity_percent: activity, ...told }, seed }, k, count) {
    const { model, growth, programs } = this, who = person(model, growth, told), question = { who, seed, ...this.#set(k) };
    const found = conditioned(model, who, drawn(model, growth, who, seed, count), (people, names) => atEntry(model, programs.lived, question, people, names)), { weight } = found;
    return { ...found, effective: weight ? sum(weight) ** 2 / sum(weight.map((w) => w * w)) : count };
  }

  // The lives of some people, and what follows from them.
  lives(asked, side, people) {
    const { model, growth, programs } = this, question = this.#question(asked, side, people, 0), lives = follow(model, programs, question);
    return { ...lives, after: after(model, growth, question, lives.course) };
  }

  // Fractures that are expected of each of some people, before all of their lives is known.
  roughly(asked, side, people) {
    return roughly(this.model, this.programs, this.#question(asked, side, people, 0));
  }

  // Means of few people under a set; nothing where what was told, as a Z-score that nobody can have, rules it out.
  under(asked, side, k) {
    const { model, programs } = this, { person: { activity_percent: activity, ...told }, years, seed } = asked;
    const found = this.kept.of(`people ${k} ${JSON.stringify([told, seed])}`, () => this.#possible(asked, k));
    if (!found) return null;
    const { people, weight } = found;
    const question = { ...this.#question(asked, side, people, k), longest: WEEK }, key = `${k} ${JSON.stringify([told, years, seed])} ${question.plan.words}`;
    return this.kept.of(key, () => rows.means(model, question.who, Boolean(question.plan.drug), follow(model, programs, question), weight));
  }

  #possible(asked, k) {
    try { return this.people(asked, k, FEW); } catch (error) {
      if (error instanceof InputError) return null;
      throw error;
    }
  }

  #question(asked, side, people, k) {
    const { activity_percent: activity, ...told } = asked.person;
    return { who: person(this.model, this.growth, told), plan: plans(this.model, asked)[side], people, years: asked.years, seed: asked.seed, ...this.#set(k) };
  }

  #set(k) {
    const set = k ? this.model.sets[k - 1] : null;
    if (!this.tables.has(k)) this.tables.set(k, healthyTable(this.model, this.growth, this.programs.healthy, set));
    return { set, table: this.tables.get(k) };
  }
}

// People in so many parts, nearly even ones.
export function parts(people, count) {
  const n = people.id.length, edge = (k) => Math.round(k * n / count);
  return range(count).map((k) => Object.fromEntries(Object.entries(people).map(([name, values]) => [name, values.slice(edge(k), edge(k + 1))])));
}

// Lives of parts as those of all.
export function joined(each) {
  if (each.length === 1) return each[0];
  const [first] = each, counts = each.map(({ course }) => course.people), n = sum(counts), offsets = counts.map((_, k) => sum(counts.slice(0, k)));
  const flat = (of, kind = Float64Array) => { const all = new kind(n); each.forEach((one, k) => all.set(of(one), offsets[k])); return all; };
  const overTime = (of) => {
    const times = of(first).length / counts[0], all = new Float64Array(times * n);
    each.forEach((one, k) => { const values = of(one); for (let t = 0; t < times; t += 1) all.set(values.subarray(t * counts[k], (t + 1) * counts[k]), t * n + offsets[k]); });
    return all;
  };
  const named = (some, of) => Object.fromEntries(Object.keys(some).map((name) => [name, of(name)]));
  const events = (name, kind, add = 0) => kind.from(each.flatMap(({ course }, k) => Array.from(course.fractures[name], (one) => one + add * offsets[k])));
  return {
    hazard: flat((one) => one.hazard),
    course: {
      people: n,
      plan: flat((one) => one.course.plan, Int32Array),
      years: first.course.years,
      outputs: named(first.course.outputs, (name) => overTime((one) => one.course.outputs[name])),
      fractures: { person: events("person", Int32Array, 1), site: events("site", Int32Array), years: events("years", Float64Array) },
    },
    after: {
      width: overTime((one) => one.after.width),
      chances: named(first.after.chances, (name) => flat((one) => one.after.chances[name])),
      peaks: first.after.peaks.map(({ years }, i) => ({ years, nmol: flat((one) => one.after.peaks[i].nmol), mg: flat((one) => one.after.peaks[i].mg) })),
    },
  };
}
