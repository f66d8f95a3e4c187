// The first picture: broken bones in a year among 10 (or 100) such people, without treatment, by trials, by this model.
import { people } from "./question.js";
import { RULES } from "./rules.js";
import { bold, drugs, escaped, first, has, number, some, t } from "./text.js";

export const FEW = RULES.count_100_below;  // bones of 10 people below which 100 are counted
export const MANY = RULES.most_marks;  // above which a mark stands for several
export const EACH = RULES.each_mark;
export const WIDE = 16;  // room of a mark
export const SLOTS = 16;  // marks that a row has room for at least, so that few stay small

// Whole bones of a group in a year, how many in 9 of 10 groups of people, and how many one mark stands for.
export function counted(answer) {
  const { untreated, plan, trials, no_trials: why, population, untreated_population: level } = answer.fractures, none = !answer.plan.drugs.length;
  const of = 10 * untreated < FEW ? 100 : 10, whole = (x) => of * x, far = { u: level.map(whole), m: population && population.map(whole) };
  const found = { of, why, u: whole(untreated), m: none ? null : whole(plan), by: trials && { mean: whole(trials.mean), low: whole(trials.low), high: whole(trials.high) }, far };
  const most = Math.max(found.u, found.m ?? 0, found.by?.high ?? 0);
  return { ...found, per: EACH.find((n) => most / n <= MANY) || EACH.at(-1) };
}

// The one sentence, into `place`.
export function sentence(answer, put, place) {
  const n = counted(answer), group = people(answer.asked.person), bones = (x) => t(Math.round(x) === 1 ? "say.bone" : "say.bones", { n: some(x) });
  const parts = { n: number(n.of), people: group.many, drug: drugs(answer.plan), u: bold("n0", bones(n.u)) };
  if (n.m === null) { put(place, "say.none", parts); return; }
  parts.m = bold("n2", some(n.m));
  if (n.by) put(place, "say.trials", { ...parts, t: bold("n1", some(n.by.mean)) });
  else put(place, "say.model", { ...parts, why: t(`say.no_trials_${n.why}`) });
}

export function marks(count, slots, wide, { low, mean, high, small, said }) {
  let s = "";
  for (let i = 0; i < slots; i++) {
    const x = i * WIDE + (small ? 2 : 0), size = small ? 'width="12" height="24"' : 'width="16" height="32"';
    if (i < count) s += `<use href="#bb" x="${x}" y="0" ${size} fill="currentColor"${low !== undefined && i >= low ? ' opacity=".64"' : ""}/>`;
    else if (high !== undefined && i < high) s += `<use href="#bb" x="${x}" y="0" ${size} fill="none" stroke="currentColor" stroke-width=".9" opacity=".8"/>`;
    else s += `<circle cx="${i * WIDE + 8}" cy="${small ? 12 : 16}" r="1.5" fill="currentColor" opacity=".5"/>`;
  }
  if (high !== undefined) s += `<path d="M${low * WIDE} 33.5v5M${high * WIDE} 33.5v5M${low * WIDE} 36h${(high - low) * WIDE}" stroke="currentColor" stroke-width="1.3" fill="none"/><circle cx="${mean * WIDE}" cy="36" r="3" fill="currentColor"/>`;
  return `<svg viewBox="2.4 0 ${wide * WIDE - 4} ${high !== undefined ? 40 : small ? 24 : 32}" role="img" aria-label="${escaped(said)}">${s}</svg>`;
}

export const row = (kind, label, value, svg, below = "") => `<div class="row ${kind}"><div class="lab"><span>${escaped(label)}</span><span class="val">${value}</span></div>${svg}${below}</div>`;

// How far groups of people lie apart.
export const apart = (ends) => (ends ? `<div class="apart">${escaped(t("picture.groups", { low: some(ends[0]), high: some(ends[1]) }))}</div>` : "");

// The three rows, into `place`, with the range of trials alone or, on paper, with how far groups of people lie apart too.
export function draw(answer, place, { groups = false } = {}) {
  const n = counted(answer), name = first(drugs(answer.plan)), round = (x) => Math.round(x / n.per), said = (label, x) => `${label}: ${some(x)}`;
  const slots = Math.max(round(n.u), n.by ? round(n.by.high) : 0, n.m === null ? 0 : round(n.m), 1), wide = Math.max(slots, SLOTS), label = t("picture.untreated");
  let html = row("r0", label, some(n.u), marks(round(n.u), slots, wide, { said: said(label, n.u) }), groups ? apart(n.far.u) : "");
  if (n.m !== null) {
    const trials = t("picture.trials", { drug: name }), model = t("picture.model", { drug: name });
    if (n.by) {
      const { mean, low, high } = n.by, range = t("picture.range", { low: some(low), high: some(high) });
      html += row("r1", trials, some(mean), marks(round(mean), slots, wide, { low: low / n.per, mean: mean / n.per, high: high / n.per, said: `${said(trials, mean)}, ${range}` }), `<div class="rng"><em>${escaped(t("picture.guide"))}</em><span>${escaped(range)}</span></div>`);
    } else html += row("r1", trials, `<small>${escaped(t(has(`picture.none_${n.why}`) ? `picture.none_${n.why}` : "picture.none_dose-above"))}</small>`, "");
    html += row("r2", model, some(n.m), marks(round(n.m), slots, wide, { small: true, said: said(model, n.m) }), groups ? apart(n.far.m) : "");
  }
  place.innerHTML = html;
  if (n.by) below(place, (n.by.low + n.by.high) / 2 / n.per / wide);
}

// Puts the words of the range below its middle, by script: no style stands in the page. Kept off the words on its left
// and the edge on its right.
export function below(place, share) { place.querySelector(".rng span").style.left = `${Math.min(82, Math.max(62, 100 * share))}%`; }

// Where breaks were told: what is to come beside them, of the same bones, into `place`.
export function given(answer, place) {
  const { told_2_years: told, untreated_outside_spine: rate } = answer.fractures, next = 2 * rate;
  place.hidden = told === null;
  place.textContent = told === null ? "" : t("say.told", { n: number(told), next: number(next, next < 10 ? 1 : 0), person: people(answer.asked.person).one });
}

export function caption(answer) {
  const n = counted(answer), parts = { n: number(n.of), people: people(answer.asked.person).many, per: number(n.per) };
  return t(n.per === 1 ? "picture.caption" : "picture.caption_many", parts);
}
