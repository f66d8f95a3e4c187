// Plans side by side, by their names: the sentence, the picture, the table of good and harm, and how sure that is.
import { GROUPS, differs, label, value } from "./harms.js";
import { EACH, FEW, MANY, SLOTS, apart, below, marks, row } from "./picture.js";
import { about, people } from "./question.js";
import { bold, drug, drugs, escaped, first, has, months, number, plain, range, signed, some, t, years } from "./text.js";

// --- names: no more of a plan is said than tells it from the others

function namings({ plan }, answer) {
  const own = answer ? drugs(answer.plan) : "", id = plan.drug;
  if (id === "none") return [t("compare.no_drug")];
  if (id === "words") return [t(own ? "compare.own" : "compare.own_none", { drugs: own }), `“${plan.words}”`];
  const { tablets, unit } = about(id), base = t(tablets ? "compare.tablets" : "compare.drip", { drug: drug(id) });
  const dosed = t("compare.dosed", { plan: base, dose: plain(plan.dose), unit });
  const often = tablets ? dosed : t("compare.often", { plan: dosed, every: months(plan.every_months) });
  return [base, dosed, often, t("compare.long", { plan: often, years: years(plan.for_years) })];
}

// A name for each plan; `answers` tell the drugs of those in one's own words.
export function names(asked, answers = []) {
  const all = asked.map((one, k) => namings(one, answers[k]));
  const others = (mine) => all.filter((other) => other.at(-1) !== mine.at(-1));
  const found = all.map((mine) => mine.find((name, depth) => others(mine).every((other) => (other[depth] ?? other.at(-1)) !== name)) || mine.at(-1));
  return found.map((name, k) => { const before = found.slice(0, k).filter((other) => other === name).length; return before ? t("compare.again", { plan: name, n: before + 1 }) : name; });
}

// --- the first view

// Broken bones of a group in a year: without treatment, by trials, by the model for each plan.
export function counted(answers) {
  const u = answers[0].fractures.untreated, of = 10 * u < FEW ? 100 : 10, reached = answers.map((one) => one.fractures.trials);
  const by = reached.find(Boolean), models = answers.map((one) => of * one.fractures.plan);
  const most = Math.max(of * u, of * (by?.high ?? 0), ...models), whole = (ends) => ends && ends.map((x) => of * x);
  const far = { u: whole(answers[0].fractures.untreated_population), models: answers.map((one) => whole(one.fractures.population)) };
  return { of, u: of * u, models, far, reached, by: by && { mean: of * by.mean, low: of * by.low, high: of * by.high }, per: EACH.find((n) => most / n <= MANY) || EACH.at(-1) };
}

export const list = (texts) => [texts.slice(0, -1).join(", "), texts.at(-1)].filter(Boolean).join(t("compare.and"));

function listed(parts) {
  const made = document.createDocumentFragment();
  parts.forEach((part, k) => made.append(...(k ? [k === parts.length - 1 ? t("compare.and") : ", "] : []), ...part));
  return made;
}

export const inTrials = (n, called) => called.filter((_, k) => n.reached[k]);

// Of more plans than a sentence can name: from the least to the most.
const FEW_PLANS = 2;
function span(models, put) {
  const made = document.createElement("span"), [low, high] = [Math.min(...models), Math.max(...models)].map(some);
  put(made, low === high ? "compare.same" : "compare.between", { low: bold("", low), high: bold("", high) });
  return made;
}

// The one sentence, into `place`.
export function sentence(answers, called, put, place) {
  const n = counted(answers), bones = (x) => t(Math.round(x) === 1 ? "say.bone" : "say.bones", { n: some(x) }), reached = inTrials(n, called);
  const model = (x, k) => { const [before, after] = t("compare.model", { m: "\u0000", plan: called[k] }).split("\u0000"); return [before, bold(`p${k}`, some(x)), after]; };
  const parts = { n: number(n.of), people: people(answers[0].asked.person).many, u: bold("n0", bones(n.u)), models: n.models.length > FEW_PLANS ? span(n.models, put) : listed(n.models.map(model)) };
  if (!n.by) put(place, "compare.say_model", parts);
  else put(place, reached.length === called.length ? (called.length > 1 ? "compare.say_any" : "compare.say") : "compare.say", { ...parts, t: bold("n1", some(n.by.mean)), which: list(reached) });
}

// The rows, into `place`: trials once, since they do not tell such drugs apart, then the model for each plan; on paper
// with how far groups of people lie apart too.
export function draw(answers, called, place, { groups = false } = {}) {
  const n = counted(answers), round = (x) => Math.round(x / n.per), slots = Math.max(round(n.u), round(n.by?.high ?? 0), ...n.models.map(round), 1);
  const wide = Math.max(slots, SLOTS), said = (text, x) => `${text}: ${some(x)}`, none = t("picture.untreated"), reached = inTrials(n, called);
  let html = row("r0", none, some(n.u), marks(round(n.u), slots, wide, { said: said(none, n.u) }), groups ? apart(n.far.u) : "");
  if (n.by) {
    const { mean, low, high } = n.by, range = t("picture.range", { low: some(low), high: some(high) });
    const name = reached.length === called.length && called.length > 1 ? t("compare.any_trials") : first(t("picture.trials", { drug: list(reached) }));
    html += row("r1", name, some(mean), marks(round(mean), slots, wide, { low: low / n.per, mean: mean / n.per, high: high / n.per, said: `${said(name, mean)}, ${range}` }), `<div class="rng"><em>${escaped(t("picture.guide"))}</em><span>${escaped(range)}</span></div>`);
  }
  n.models.forEach((x, k) => {
    const name = first(t("picture.model", { drug: called[k] }));
    html += row(`r2 p${k}`, name, some(x), marks(round(x), slots, wide, { small: true, said: said(name, x) }), groups ? apart(n.far.models[k]) : "");
  });
  place.innerHTML = html;
  if (n.by) below(place, (n.by.low + n.by.high) / 2 / n.per / wide);
}

// --- tables

const table = (title, heads, groups) => `<div class="scroll" tabindex="0" role="region" aria-label="${escaped(title)}"><table class="cards"><thead><tr>${heads.map((head) => `<th scope="col">${escaped(head)}</th>`).join("")}</tr></thead>${groups.map(([name, rows]) => `<tbody>${name ? `<tr class="group"><th scope="colgroup" colspan="${heads.length}">${escaped(name)}</th></tr>` : ""}${rows.map(([head, ...cells]) => `<tr><th scope="row">${head}</th>${cells.map((cell, k) => `<td data-label="${escaped(heads[k + 1])}">${cell}</td>`).join("")}</tr>`).join("")}</tbody>`).join("")}</table></div>`;

const named = (id) => `${escaped(label(id))}${has(`row.${id}.note`) ? `<small>${escaped(t(`row.${id}.note`))}</small>` : ""}`;

// People of 100 under each plan, whatever differs under one of them.
export function harms(answers, called, place) {
  const ids = answers[0].rows.map((row_) => row_.id), cell = (answer, id) => answer.rows.find((one) => one.id === id);
  const told = (id) => answers.some((one) => one.plan.drugs.length && differs(cell(one, id)));
  const line = (id) => [named(id), escaped(some(cell(answers[0], id).untreated.mean ?? 0)), ...answers.map((one) => escaped(value(cell(one, id).plan)))];
  const good = answers[0].rows.filter((row_) => row_.kind === "benefit").map((row_) => row_.id);
  const groups = [["gain", good], ...GROUPS].map(([key, all]) => [t(`harm.${key}`), all.filter((id) => ids.includes(id) && told(id)).map(line)]);
  const days = answers.map((one) => number(one.plan.clinic_days)), given = answers.map((one) => (one.plan.given_years.length ? number(one.plan.given_years.length) : "–"));
  groups.push([t("compare.asks"), [[escaped(t("compare.drips")), "–", ...given], [escaped(t("compare.days")), "–", ...days]]]);
  const same = ids.filter((id) => !told(id)).map((id) => t(`row.${id}.label`)).join("; ");
  const notes = [same && t("harm.same", { list: same }), t("harm.not_in")].filter(Boolean).map((text) => `<p class="note">${escaped(text)}</p>`).join("");
  place.innerHTML = table(t("compare.harms"), [t("compare.what"), t("picture.untreated"), ...called.map(first)], groups.filter(([, rows]) => rows.length)) + notes;
}

// Each difference to no treatment with its three ranges, for each plan.
export function sure(found, called, place) {
  const span = (ends, places) => escaped(range(ends, places));
  const groups = found[0].rows.map((row_, i) => [first(t(`sure.${row_.id}`)), called.map((name, k) => {
    const one = found[k].rows[i];
    return [escaped(first(name)), escaped(signed(one.mean, one.places)), ...["chance", "people", "science"].map((key) => span(one[key], one.places))];
  })]);
  const lower = called.map((name, k) => `<p class="note">${escaped(t("compare.lower", { plan: name, n: number(found[k].lower) }))}</p>`).join("");
  place.innerHTML = `<p class="note">${escaped(t("sure.ranges_lead"))}</p>${table(t("sure.col_what"), [t("sure.col_what"), ...["mean", "chance", "people", "science"].map((key) => t(`sure.col_${key}`))], groups)}${lower}<p class="note">${escaped(t("sure.sets", { n: number(found[0].sets) }))}</p>`;
}

