// A plan of the page's form: its words, what is refused of it, its doses, and its tables for the engine.
// brittlestar/care (doses.py, tabulate.py, calendar.py, published_doses.py) and engine/care_tables.py.
import { general, place, range, rounded, shortest } from "./numbers.js";
import { InputError } from "./refusal.js";

export const TIGHT = 1e-6;
const FAR = 10, NEAR_VISIT = 7, PER_MONTH = 4, PIECE = 8;
const SETTING_IN = 0.15, JUST_BEFORE = 0.7, SAME_TIME = 1e-6;

// The plan of the form, and the same care without its drug. Throws a dose that looks like a slip of the unit.
export function plans(model, { plan: asked, person }) {
  const plan = ofForm(model, asked, person.activity_percent);
  return { plan, untreated: { drug: null, load: plan.load, words: words([], plan.load, false) } };
}

function ofForm(model, asked, activity) {
  const load = activity === 100 ? null : Number(general(activity)) / 100, drug = asked.drug;
  if (drug === "none") return { drug: null, load, words: words([], load, false) };
  if (drug === "words") throw Object.assign(new Error(model.serve.words), { at: "words" });
  const about = model.drugs[drug], dose = Number(general(asked.dose)), years = Number(general(asked.for_years)), days = about.days_per_course;
  const { unit, route } = about, oral = route === "oral", every = oral ? null : asked.every_months * model.days_per_year / 12;
  const span = (n, name) => `${shortest(n)} ${name}${n === 1 ? "" : "s"}`;
  const given = `${drug} ${shortest(dose)} ${unit} ${route}${days > 1 ? ` for ${days} days` : ""}${oral ? "" : ` every ${span(asked.every_months, "month")}`} for ${span(years, "year")}`;
  const made = { drug, dose, about, oral, every, end: years * model.days_per_year, load, words: words([given], load, true) };
  made.doseWarnings = publishedDose(made);
  return made;
}

function words(parts, load, checks) {
  const all = [...parts, ...(load === null ? [] : [`activity x${shortest(load)}`])];
  return [...(all.length ? all : ["no treatment"]), ...(checks ? ["usual checks"] : [])].join(", ");
}

// [rule, words] of a dose outside published ones.
function publishedDose({ drug, dose, about }) {
  const { low, high, unit, scale, routes, low_source: lowSource, high_source: highSource } = about.published;
  const said = `${shortest(dose)} ${about.unit}`, span = `published doses: ${shortest(low)} to ${shortest(high)} ${unit}`;
  if (dose * scale > FAR * high) throw new InputError(`plan: dose-out-of-range: ${drug}`, `'${said}'`, `${span}; is the ${routes > 1 ? "unit or the route" : "unit"} right? (source: ${highSource})`);
  if (dose * scale < low / FAR && about.published.per_kg_known && !about.per_kg) throw new InputError(`plan: dose-out-of-range: ${drug}`, `'${said}'`, `${span}; did you mean mg/kg? (source: ${lowSource})`);
  const found = [];
  if (dose * scale > high * 1.001) found.push(["dose-above-published", `${drug} ${said}; ${span}`, highSource]);
  if (dose * scale < low * 0.999) found.push(["dose-below-published", `${drug} ${said}; ${span}`, lowSource]);
  return found;
}

// Days of infusions before the horizon, and the day on which each one's course begins.
export function infusions(plan_, horizon) {
  if (!plan_.drug || plan_.oral) return [];
  const found = [], days = plan_.about.days_per_course;
  for (let course = 0; course * plan_.every < horizon; course += 1) {
    const start = course * plan_.every;
    if (start + days - 1 >= plan_.end - TIGHT) break;
    for (let day = 0; day < days; day += 1) if (start + day < horizon) found.push(start + day);
  }
  return found;
}

// Days at a clinic {day, what}: doses, checks before them, and checks at their intervals, moved to the day of a dose
// that is near.
export function visits(model, plan_, horizon) {
  if (!plan_.drug) return [];
  const doses = infusions(plan_, horizon), found = new Map();
  const add = (at, what) => { const day = Math.floor(at + TIGHT); found.set(day, (found.get(day) || new Set()).add(what)); };
  for (const day of doses) add(day, plan_.drug);
  for (const [what, every] of model.checks[plan_.oral ? "oral" : "iv"]) {
    if (every === null) { for (const day of doses) add(day, what); continue; }
    const near = Math.min(NEAR_VISIT, every / 2);
    for (let k = 0; k * every < horizon; k += 1) {
      const day = k * every, close = doses.filter((one) => Math.abs(one - day) < near).sort((a, b) => Math.abs(a - day) - Math.abs(b - day));
      add(close.length ? close[0] : day, what);
    }
  }
  return [...found].sort(([a], [b]) => a - b).map(([day, what]) => ({ day, what: [...what].sort() }));
}

// How a plan is told in an answer.
export function toldPlan(model, plan_, years) {
  const year = model.days_per_year, end = years * year, tablets = plan_.oral ? [[0, rounded(Math.min(plan_.end, end) / year, 4)]] : [];
  const days = visits(model, plan_, end);
  const rules = plan_.drug ? [...plan_.doseWarnings, ...yearly(model, plan_)].map(([rule]) => rule) : [];
  return {
    words: plan_.words,
    drugs: plan_.drug ? [plan_.drug] : [],
    biologics: false,
    given_years: infusions(plan_, end).map((day) => rounded(day / year, 4)),
    tablets_years: tablets,
    clinic_days: days.length,
    visits: days,
    outside: Object.keys(model.beyond).filter((rule) => rules.includes(rule)),
  };
}

// A year with more than any published year has.
export function yearly(model, plan_) {
  if (plan_.oral) return [];
  const { high, high_source: source, once } = plan_.about.year, unit = plan_.about.per_kg ? "mg/kg" : "mg";
  const year = plan_.dose * plan_.about.days_per_course * model.days_per_year / plan_.every;
  if (!(year > high * 1.1 * Math.max(plan_.dose / once, 1))) return [];
  return [["year-above-published", `${plan_.drug} ${general(year, 3)} ${unit} in a year; published years reach ${shortest(high)} ${unit}`, source]];
}

// Times of a course, in steps of at most so many days, cut so that it ends when it should.
export function grid(model, years, longest = 1) {
  const outputs = PER_MONTH * 12 * years, days = years * model.days_per_year / outputs, per = Math.ceil(days / longest - 1e-9);
  return { outputs, per, step: days / per };
}

// Rows of time under one plan [output, row, ...], and the pieces into which infusions cut them.
export function tables(model, plan_, who, times) {
  const { outputs, per, step } = times, rows = outputs * per, year = model.days_per_year, all = range(rows);
  const share = (row) => Math.min(Math.max((Math.min((row + 1) * step, plan_.end) - row * step) / ((row + 1) * step - row * step), 0), 1);
  const amount = plan_.drug && (plan_.about.per_kg ? [plan_.dose, 0, 0, 0] : [0, plan_.dose, plan_.dose, 0]);
  const tablets = amount && plan_.oral ? amount.map((one) => one * plan_.about.published.scale) : [0, 0, 0, 0];
  const load = all.map((row) => {
    const asked = plan_.load ?? 1, grows = who.age + (row + 0.5) * step / year < model.growth_ends[who.sex];
    return grows && asked < 1 ? 1 - model.child_share * (1 - asked) : asked;
  });
  const one = all.map(() => 1), none = all.map(() => 0);
  const cut = cuts(infusions(plan_, rows * step - TIGHT).map((day) => dayOf(day, step, rows)), amount ? [0, ...amount, Infinity] : [], rows, step);
  return {
    "rows.care.oral_rate": all.flatMap((row) => tablets.map((rate) => (rate ? rate * share(row) : 0))),
    "rows.care.calcium_mg_per_day": none,
    "rows.care.vitamin_d_nmol_per_l": none,
    "rows.care.activity": load.flatMap((x) => [x, x, x]),
    "rows.care.immobilised": none,
    "rows.care.rankl": one,
    "rows.care.formation": one,
    "rows.care.limb_hazard": one,
    "rows.end_day": all.map((row) => row * step + step),
    "rows.days": all.map(() => step),
    "rows.cut": cut.first.map((first) => (first > 0 ? 1 : 0)),
    "rows.first_piece": cut.first,
    "rows.end_piece": cut.end,
    "tables.pieces": cut.pieces,
  };
}

// A day by its step and the rest, as schedules hold it.
function dayOf(day, step, rows) {
  const row = Math.min(Math.floor(day / step + 1e-9), rows - 1);
  return row * step + Math.max(day - row * step, 0);
}

function cuts(days, dose, rows, step) {
  const pieces = [0, step, 0, 0, 0, 0, 0, 0], first = new Array(rows).fill(0), end = new Array(rows).fill(1);
  let count = 1;
  for (let row = 0; row < rows; row += 1) {
    const start = row * step, from = place(days, start - SAME_TIME), to = place(days, start + step - SAME_TIME);
    const recent = from > 0 && start - days[from - 1] < JUST_BEFORE * step - 1e-9;
    if (to === from && !recent) continue;
    const given = days.slice(from, to).map((day) => Math.max(day - start, 0));
    const edges = [...given.map((at) => at + SETTING_IN * step), ...(recent ? [SETTING_IN * step] : []), 0];
    const extra = [...new Set(edges)].sort((a, b) => a - b).filter((at) => at < step - SAME_TIME && !given.includes(at));
    const starts = [...given.map((at) => [at, dose]), ...extra.map((at) => [at, [0, 0, 0, 0, 0, 0]])].sort((a, b) => a[0] - b[0]);
    starts.forEach(([at, what], i) => pieces.push(at, i + 1 < starts.length ? starts[i + 1][0] : step, ...what));
    first[row] = count;
    count += starts.length;
    end[row] = count;
  }
  if (pieces.length !== PIECE * count) throw new Error("pieces: not one row each");
  return { pieces, first, end };
}
