// The form is the question; the address carries it. A screen has one person and one plan or several: `part` is the
// element that holds the fields of a plan.
import { $, $$, field } from "./ask.js";
import { RULES } from "./rules.js";
import { drug, first, months, plain, t, years } from "./text.js";

const form = $("#ask");
const NEEDED = ["age", "activity_percent", "vitamin_d_nmol_per_l", "seed"];
const TOLD = ["height_cm", "weight_kg", "baseline_z", "fractures_last_2_years"];
const CHOSEN = ["sex", "oi_type"];
const AHEAD = [1, 2, 3, 5, 10];
const PLAN = ["drug", "dose", "every_months", "for_years", "words"];
const OWN = { every_months: months, for_years: years, years };

const typed = (name, part = form) => field(part, name).value.trim();
const label = (input) => input.labels[0].textContent;
const chosen = (part) => field(part, "drug").selectedOptions[0].dataset;
export const isDrug = (id) => id !== "none" && id !== "words";
// How far is looked ahead where nobody chose it: as long as the longest plan.
const ahead = (plans) => AHEAD.find((n) => n >= Math.max(...plans.map((plan) => plan.for_years))) || AHEAD.at(-1);

// Either {asked: {person, plans, years, seed}}, or {wrong: {part, at, why}} where a field holds no number.
export function read(parts = [form]) {
  let wrong = null;
  const fault = (part, at, why) => { wrong ||= { part, at, why }; };
  const one = (part, name, needed) => {
    const text = typed(name, part).replace(",", ".").replace("−", "-");
    if (text === "" && !needed) return undefined;
    const value = text === "" ? NaN : Number(text);
    if (!Number.isFinite(value)) fault(part, name, t(text === "" ? "state.missing" : "state.not_number"));
    return value;
  };
  // An address may name what the form does not offer: it stands in its field, and no other is asked in its place.
  const offered = (part, names) => names.forEach((name) => { const why = not_offered(field(part, name)); if (why) fault(part, name, why); });
  offered(form, [...CHOSEN, "years"]);
  const plans = parts.map((part) => {
    offered(part, ["drug", "every_months", "for_years"]);
    const id = typed("drug", part), plan = { drug: id, for_years: Number(typed("for_years", part)) };
    if (isDrug(id)) plan.dose = one(part, "dose", true);
    if (isDrug(id) && chosen(part).every !== "0") plan.every_months = Number(typed("every_months", part));
    if (id === "words") {
      plan.words = typed("words", part);
      if (!plan.words) fault(part, "words", t("state.missing"));
    }
    return plan;
  });
  const person = Object.fromEntries(CHOSEN.map((name) => [name, typed(name)]));
  for (const name of NEEDED.filter((name) => name !== "seed")) person[name] = one(form, name, true);
  for (const name of TOLD) { const value = one(form, name, false); if (value !== undefined) person[name] = value; }
  const z = one(form, "height_z", false);
  if (z && person.height_cm === undefined) person.height_z = z;
  const asked = { person, plans, years: Number(typed("years")) || ahead(plans), seed: one(form, "seed", true) };
  return wrong ? { wrong } : { asked };
}

function not_offered(select) {
  if (select.selectedOptions[0].dataset.unknown === undefined) return null;
  const list = [...select.options].filter((one) => one.dataset.unknown === undefined).map((one) => one.text.replace("…", "").trim()).join("; ");
  return t(select.name === "oi_type" ? "state.no_type" : "state.not_offered", { list });
}

// A field's own words and value, for a sentence about it.
export function told(at, part = form) {
  const input = at && (field(part, at) || field(form, at));
  if (!input) return "";
  // Only an address tells height so.
  if (input.type === "hidden") return t("state.field", { label: t("ask.height"), value: `${input.value} SD` });
  const unit = input.closest("div").querySelector(".u");
  return t("state.field", { label: label(input), value: `${input.value} ${unit ? unit.textContent : ""}`.trim() });
}

// Marks the field at fault, or none.
export function mark(at, part = form) {
  const bad = at && (field(part, at) || field(form, at));
  for (const input of $$("input, select", form)) {
    input.toggleAttribute("aria-invalid", false);
    input.closest(".in")?.classList.toggle("bad", input === bad);
  }
  if (!bad) return;
  bad.setAttribute("aria-invalid", "true");
  if (bad.closest("#who")) $("#who").open = true;
}

// The field of a plan, or else of the person, that an error is about, if it names one.
export function at_fault(error, part = form) {
  const named = [error.at, /Person\.(\w+)/.exec(error.message)?.[1], /^(\w+):/.exec(error.message)?.[1], /dose/.test(error.message) && "dose"];
  const id = typed("drug", part), there = (name) => name && (field(part, name) || field(form, name));
  return named.map((name) => (!isDrug(id) && name === "dose" ? "words" : name)).find(there) || (id === "words" ? "words" : null);
}

// What a list does not offer is put into it: a length that may be asked too, or else what is then refused.
function choose(name, value, part = form) {
  const select = field(part, name), text = String(OWN[name] && Number(value) > 0 ? Number(value) : value);
  if (select.tagName === "SELECT" && ![...select.options].some((one) => one.value === text)) {
    const length = OWN[name] && Number(text) > 0, own = new Option(length ? OWN[name](Number(text)) : text, text);
    if (!length || name === "years") own.dataset.unknown = "";
    select.add(own, (length && [...select.options].find((one) => Number(one.value) > Number(text))) || null);
  }
  select.value = text;
}

// A plan shows the fields that its drug has; with `usual` they take its usual values.
export function shape(usual, part = form) {
  const id = typed("drug", part), about = chosen(part), dosed = isDrug(id) && about.unknown === undefined, show = (name, yes) => { $(`[data-part=${name}]`, part).hidden = !yes; };
  show("dose", dosed);
  show("every", dosed && about.every !== "0");
  show("words", id === "words");
  if (!dosed) return;
  $("[data-part=dose] .u", part).textContent = about.unit;
  if (usual) { choose("dose", plain(Number(about.dose)), part); if (about.every !== "0") choose("every_months", about.every, part); }
}

// Fills the form from a question that was answered.
export function write({ person, plans, years: span, seed }, parts = [form]) {
  plans.forEach((plan, k) => {
    choose("drug", plan.drug, parts[k]);
    shape(false, parts[k]);
    for (const name of PLAN.slice(1)) if (plan[name] !== undefined) choose(name, name === "dose" ? plain(plan[name]) : plan[name], parts[k]);
  });
  for (const name of [...CHOSEN, ...NEEDED, ...TOLD, "height_z"]) {
    const value = name === "seed" ? seed : person[name];
    choose(name, value === undefined || value === null ? (name === "height_z" ? 0 : "") : typeof value === "number" ? plain(value) : value);
  }
  choose("years", span === ahead(plans) ? "" : span);
}

export function remember({ person, plans, years: span, seed }) {
  const state = new URLSearchParams();
  for (const [name, value] of Object.entries(person)) state.set(name, value);
  plans.forEach((plan, k) => { for (const name of PLAN) if (plan[name] !== undefined && plan[name] !== "") state.set(`${name}${k}`, plan[name]); });
  state.set("years", span);
  state.set("seed", seed);
  const before = new URLSearchParams(location.search), lang = before.get("lang");
  // The one file has several screens.
  if (before.has("screen")) state.set("screen", before.get("screen"));
  const other = $("#lang");
  if (other) other.href = `${other.getAttribute("href").split("?")[0]}?${state}&lang=${other.hreflang}`;
  if (lang) state.set("lang", lang);
  history.replaceState(null, "", `?${state}${location.hash}`);
}

// Fills the form from the address; gives how many plans that names.
export function recall(parts = [form]) {
  const state = new URLSearchParams(location.search), at = (name) => state.get(name);
  for (const input of $$("input:not([type=hidden])", form)) if (input.name !== "words" && input.value) input.value = plain(Number(input.value));
  const number = (text) => (text !== null && text.trim() !== "" && Number.isFinite(Number(text)) ? plain(Number(text)) : text);
  parts.forEach((part, k) => {
    if (state.has(`drug${k}`)) choose("drug", at(`drug${k}`), part);
    shape(state.has(`drug${k}`), part);
    for (const name of PLAN.slice(1)) if (state.has(`${name}${k}`)) choose(name, name === "dose" ? number(at(`${name}${k}`)) : at(`${name}${k}`), part);
  });
  for (const name of CHOSEN) if (state.has(name)) choose(name, at(name));
  for (const name of [...NEEDED, ...TOLD, "height_z"]) if (state.has(name)) choose(name, number(at(name)));
  const named = parts.filter((_, k) => state.has(`drug${k}`)), shown = named.length ? named : parts;
  if (state.has("years")) choose("years", Number(at("years")) === ahead(shown.map((part) => ({ for_years: Number(typed("for_years", part)) }))) ? "" : at("years"));
  return named.length;
}

// What was asked, without the values that nobody gave.
export function given({ person, plan, ...rest }) {
  const told_ = Object.entries(person).filter(([name, value]) => value !== null && !(name === "height_z" && value === 0));
  return { ...rest, person: Object.fromEntries(told_), plans: [plan] };
}

// --- in words

// Young and grown, each one and many; of a sex that the form does not offer nothing is guessed.
const CALLED = { female: [["girl", "girls"], ["woman", "women"]], male: [["boy", "boys"], ["man", "men"]] };
const ANYONE = [["child", "children"], ["person", "people"]];

export function people(person) {
  const kind = (CALLED[person.sex] ?? ANYONE)[person.age < RULES.adult_years ? 0 : 1];
  return { one: t(`who.${kind[0]}`), many: t(`who.${kind[1]}`) };
}

const bare = (person) => t(person.oi_type === "healthy" ? "who.line_healthy" : "who.line", { who: first(people(person).one), age: years(person.age), type: person.oi_type });
export const who = (person) => (measured(person) ? t("who.measured", { line: bare(person) }) : bare(person));

// The same with each value that was told, as paper needs it.
export const inFull = (person) => [bare(person), ...TOLD.filter((name) => there(person[name])).map((name) => t(`who.${name}`, { n: plain(person[name]).replace("-", "−") }))].join(", ");

const there = (value) => value !== undefined && value !== null;

// Whether anything was told that a clinic measures.
export const measured = (person) => TOLD.some((name) => there(person[name]));

// The person that the form holds now, also while it is typed into.
export const line = () => who({ sex: typed("sex"), oi_type: typed("oi_type"), age: Number(typed("age").replace(",", ".")) || 0, ...Object.fromEntries(TOLD.map((name) => [name, typed(name) || null])) });

// Of a drug: how it is given ("0" every months: as tablets) and the unit of its dose.
export const about = (id) => { const { every, unit } = [...field(form, "drug").options].find((one) => one.value === id).dataset; return { tablets: every === "0", unit }; };

export function planned({ plan, years: span }) {
  if (plan.drug === "none") return t("state.plan_none", { years: years(span) });
  if (plan.drug === "words") return t("state.plan_words", { words: plan.words });
  const { tablets, unit } = about(plan.drug), parts = { drug: drug(plan.drug), dose: plain(plan.dose), unit, years: years(plan.for_years) };
  return tablets ? t("state.plan_tablets", parts) : t("state.plan", { ...parts, every: months(plan.every_months) });
}

export const whole = (asked) => t("state.for_whom", { plan: planned(asked), who: who(asked.person) });
