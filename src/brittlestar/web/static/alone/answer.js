// The answer of the first screen and how sure it is, as brittlestar/web/answer.py gives them; the form of both stands in
// brittlestar/web/answer_schema.py.
import { Growth } from "./growth.js";
import { make, mean, place, quantiles, range, rounded, short } from "./numbers.js";
import { notes } from "./notes.js";
import { person } from "./people.js";
import { plans, toldPlan } from "./plan.js";
import { checked } from "./refusal.js";
import * as rows from "./rows.js";
import { Kept, joined, parts } from "./work.js";

// So many people are followed at a time: a new question waits no longer than for them.
const PEOPLE = 200, AT_A_TIME = 10, TIMES = 160, KEPT = 24, MOST_OF = [0.1, 0.9], FIFTIETHS = range(50).map((k) => (k + 0.5) / 50), BOTH = ["untreated", "plan"];
const OUTSIDE = ["Extrapolated", "Dose ", "Outside the factsheet"];

// Answers questions. `crew` does the work: `crew.run(task, arguments, which)` is a promise of what `Work` gives, and
// `crew.size` says how many work side by side.
export class Answers {
  constructor(model, crew) {
    Object.assign(this, { model, crew, growth: new Growth(model), kept: new Kept(KEPT) });
  }

  // The numbers of the sentence, before all else is known of the lives behind them.
  async centre(given, still = () => {}) {
    await still();
    const { model } = this, q = await this.#question(given), plan = toldPlan(model, q.plan, q.years);
    const [untreated, treated] = await Promise.all(BOTH.map((side) => this.#of(`rough ${q.key} ${q[side].words}`, still, () => this.#roughly(q, side))));
    return { asked: q.asked, plan, fractures: perYear(model, q, untreated, treated, plan) };
  }

  // `still()` is told between parts; what it throws ends the work.
  async answer(given, still = () => {}) {
    const { model } = this, q = await this.#question(given), lives = await this.#both(q, still);
    await still();
    const all = notes(model, q, lives.untreated, lives.plan), told = toldPlan(model, q.plan, q.years);
    return {
      schema: "brittlestar/answer/1",
      asked: q.asked,
      manifest: { ...model.manifest, seed: q.seed, input_sha256: null, created: new Date().toISOString().replace(/\.\d+Z$/, "+00:00") },
      people: PEOPLE,
      effective: q.effective,
      plan: told,
      fractures: fractures(model, q, lives, told),
      course: course(model, q, lives),
      rows: rowsOf(model, q, lives),
      outside: all.filter((one) => OUTSIDE.some((start) => one.startsWith(start))),
      dates: [],
      notes: all,
    };
  }

  async sure(given, still = () => {}) {
    const { model, crew } = this, q = await this.#question(given), lives = await this.#both(q, still);
    // One set at a time and worker, each always with the same: its table of healthy people is made once.
    const each = range(model.sets.length + 1).map(() => ({}));
    await this.#shared(each.length, still, async (k, worker) => {
      for (const side of BOTH) { await still(); each[k][side] = await crew.run("under", [q.asked, side, k], worker); }
    });
    const under = each.filter((one) => one.untreated);
    const lower = make(PEOPLE, (i) => (lives.plan.hazard[i] < lives.untreated.hazard[i] ? 1 : 0));
    return {
      rows: model.sure.map(({ id, unit, places }) => {
        const found = rows.apart(id, model, lives.plan, lives.untreated, q.weight), plan = under.map((set) => set.plan), untreated = under.map((set) => set.untreated);
        return { id, unit, places, ...found, science: rows.span(id, found.mean, plan, untreated), population: rows.population(id, model, lives.untreated, q.weight, found.mean, plan, untreated) };
      }),
      lower: rounded(100 * mean(lower, q.weight)),
      sets: under.length - 1,
    };
  }

  async #question(given) {
    const { model, growth } = this, asked = checked(given, model.schema), { activity_percent: activity, ...told } = asked.person;
    const who = person(model, growth, told), { plan, untreated } = plans(model, asked), { years, seed } = asked, key = JSON.stringify([told, seed]);
    const people = await this.kept.of(`people ${key}`, () => this.crew.run("people", [asked, 0, PEOPLE], 0));
    return { asked, who, plan, untreated, years, seed, key: `${key} ${years}`, ...people };
  }

  async #both(q, still) {
    const [untreated, plan] = await Promise.all(BOTH.map((side) => this.#of(`${q.key} ${q[side].words}`, still, () => this.#lives(q, side, still))));
    return { untreated, plan };
  }

  // What is kept, or made now. Where another question had begun it and nobody waits for that one any more, it is made anew.
  async #of(key, still, make) {
    try { return await this.kept.of(key, make); } catch (error) {
      if (!error.ended) throw error;
      await still();
      return this.kept.of(key, make);
    }
  }

  // So many tasks among the crew, `task(k, worker)`, each always with the same of them. A helper has the next one at hand,
  // since its leader is busy with its own.
  async #shared(count, still, task) {
    const { size } = this.crew, next = range(size);
    const lane = async (worker) => {
      for (;;) {
        const k = next[worker];
        if (k >= count) return;
        next[worker] += size;
        await still();
        await task(k, worker);
      }
    };
    await Promise.all([...range(size), ...range(size).slice(1)].map(lane));
  }

  async #roughly({ asked, people, weight }, side) {
    const { crew } = this, each = await Promise.all(parts(people, crew.size).map((some, k) => crew.run("roughly", [asked, side, some], k)));
    return mean(each.flatMap((one) => [...one]), weight);
  }

  async #lives({ asked, people, weight }, side, still) {
    const some = parts(people, PEOPLE / AT_A_TIME), each = [];
    await this.#shared(some.length, still, async (k, worker) => { each[k] = await this.crew.run("lives", [asked, side, some[k]], worker); });
    return drawn(this.model, joined(each), weight);
  }
}

// Broken bones of a person in a year, from those that are expected of one in the whole course.
function perYear(model, { plan: given, who, years }, untreated, treated, { drugs, outside }) {
  const far = (one, { ends }) => ends.map((factor) => factor * one / years);
  const why = !drugs.length ? "no-drug" : who.oi_type === "healthy" ? "without-oi" : outside.length ? model.beyond[outside[0]] : null, { ratio, without_outlier: without } = model.trials;
  const [middle, low, high] = ratio.map((one) => untreated / years * one);
  return {
    untreated: untreated / years,
    plan: treated / years,
    population: given.drug ? far(treated, model.populations.effect) : null,
    untreated_population: far(untreated, rows.level(model, who)),
    trials: why ? null : { mean: middle, low, high, ratio, without_outlier: without },
    no_trials: why,
    told_2_years: who.fractures_last_2_years,
  };
}

function fractures(model, q, lives, told) {
  const { weight } = q, of = (one) => mean(rows.expected({ model, lives: one }), weight);
  return {
    ...perYear(model, q, of(lives.untreated), of(lives.plan), told),
    untreated_outside_spine: mean(rows.outsideSpine({ model, lives: lives.untreated }), weight) / q.years,
    counts: both(lives, (one) => quantiles(rows.broken(one), FIFTIETHS, weight)),
  };
}

const both = (lives, of) => Object.fromEntries(BOTH.map((side) => [side, of(lives[side])]));

// What is drawn over time of lives, worked out once for both sides of the answers that they stand in.
function drawn(model, lives, weight) {
  const { years, people: n, outputs, fractures: found } = lives.course, every = Math.ceil((years.length - 1) / TIMES), kept = range(years.length).filter((t) => t % every === 0);
  const over = (values, of) => kept.map((t) => of(values.subarray(t * n, (t + 1) * n)));
  const band = (values) => {
    const ends = over(values, (one) => quantiles(one, MOST_OF, weight));
    return { mean: over(values, (one) => short(mean(one, weight))), low: ends.map(([low]) => short(low)), high: ends.map(([, high]) => short(high)) };
  };
  const sites = model.sites.map((site) => outputs[`expected_fractures_${site}`]), all = make(years.length * n, (k) => sites.reduce((sum, one) => sum + one[k], 0));
  const so = new Float64Array(n), by = kept.map(() => []), times = kept.map((t) => years[t]);
  found.person.forEach((who, k) => { const t = place(times, found.years[k]); if (t < times.length) by[t].push(who); });
  return {
    ...lives,
    drawn: {
      times,
      bands: Object.fromEntries(Object.keys(model.drawn).map((name) => [name, band(outputs[name] ?? all)])),
      fractures: by.map((some) => { for (const who of some) so[who] += 1; return quantiles(so, MOST_OF, weight); }),
      height: over(outputs.height_cm, (one) => mean(one, weight)),
      width: over(lives.after.width, (one) => short(mean(one, weight))),
      healthy: { median: kept.map((t) => short(outputs.ls_median[t * n])), sd: kept.map((t) => short(outputs.ls_sd[t * n])) },
    },
  };
}

function course(model, q, lives) {
  const { times, height, healthy } = lives.untreated.drawn, grown = height.map((one) => 10 * model.after.metaphysis.growth_share * one);
  return {
    time_years: times.map((time) => rounded(time, 4)),
    healthy,
    quantities: Object.fromEntries(Object.entries(model.drawn).map(([name, unit]) => [name, { unit, ...both(lives, (one) => one.drawn.bands[name]) }])),
    fractures_low: both(lives, (one) => one.drawn.fractures.map(([low]) => low)),
    fractures_high: both(lives, (one) => one.drawn.fractures.map(([, high]) => high)),
    growth_mm: grown.map((one) => rounded(one - grown[0], 2)),
    metaphysis_width: both(lives, (one) => one.drawn.width),
  };
}

function rowsOf(model, { weight, plan: given }, lives) {
  const cell = ({ mean: middle, chance }) => ({ mean: middle, at_most: null, chance }), nothing = { mean: null, at_most: null, chance: null };
  return model.rows.map(({ id, kind, assumed }) => {
    if (id === "jaw_osteonecrosis") return { id, kind, untreated: nothing, plan: { ...nothing, at_most: given.drug ? model.jaw_at_most : null }, difference: null, assumed };
    const of = both(lives, (one) => rows.finite(id, one.after.chances[id] ?? rows.values(id, model, one)));
    return { id, kind, untreated: cell(rows.count(of.untreated, weight)), plan: cell(rows.count(of.plan, weight)), difference: rows.countApart(of.plan, of.untreated, weight).mean, assumed };
  });
}
