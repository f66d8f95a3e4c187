// The form is the question; the address carries it.
import { $, $$, field } from "./ask.js";
import { drug, first, months, plain, t, years } from "./text.js";

const form = $("#ask");
const NEEDED = ["age", "activity_percent", "vitamin_d_nmol_per_l", "seed"];
const TOLD = ["height_cm", "weight_kg", "baseline_z", "fractures_last_2_years"];
const CHOSEN = ["sex", "oi_type"];
const AHEAD = [1, 2, 3, 5, 10];
const PLAN = ["drug", "dose", "every_months", "for_years", "words"];

const typed = (name) => field(form, name).value.trim();
const label = (name) => $(`label[for=${name}]`).textContent;
const chosen = () => field(form, "drug").selectedOptions[0].dataset;
export const isDrug = (id) => id !== "none" && id !== "words";

// Either {asked}, or {wrong: {at, why}} where a field holds no number.
export function read() {
  let wrong = null;
  const one = (name, needed) => {
    const text = typed(name).replace(",", ".").replace("−", "-");
    if (text === "" && !needed) return undefined;
    const value = text === "" ? NaN : Number(text);
    if (!Number.isFinite(value)) wrong ||= { at: name, why: t(text === "" ? "state.missing" : "state.not_number") };
    return value;
  };
  const id = typed("drug"), plan = { drug: id, for_years: Number(typed("for_years")) };
  if (isDrug(id)) plan.dose = one("dose", true);
  if (isDrug(id) && chosen().every !== "0") plan.every_months = Number(typed("every_months"));
  if (id === "words") {
    plan.words = typed("words");
    if (!plan.words) wrong ||= { at: "words", why: t("state.missing") };
  }
  const person = Object.fromEntries(CHOSEN.map((name) => [name, typed(name)]));
  for (const name of NEEDED.filter((name) => name !== "seed")) person[name] = one(name, true);
  for (const name of TOLD) { const value = one(name, false); if (value !== undefined) person[name] = value; }
  const z = Number(typed("height_z"));
  if (z && person.height_cm === undefined) person.height_z = z;
  const ahead = Number(typed("years")) || AHEAD.find((n) => n >= plan.for_years) || AHEAD.at(-1);
  const asked = { person, plan, years: ahead, seed: one("seed", true) };
  return wrong ? { wrong } : { asked };
}

// A field's own words and value, for a sentence about it.
export function told(at) {
  const input = at && field(form, at);
  if (!input || input.type === "hidden") return "";
  const unit = input.parentElement.querySelector(".u");
  return t("state.field", { label: label(at), value: `${input.value} ${unit ? unit.textContent : ""}`.trim() });
}

// Marks the field at fault, or none.
export function mark(at) {
  for (const input of $$("input, select", form)) {
    const bad = input.name === at;
    input.toggleAttribute("aria-invalid", false);
    if (bad) { input.setAttribute("aria-invalid", "true"); if (input.closest("#who")) $("#who").open = true; }
    input.closest(".in")?.classList.toggle("bad", bad);
  }
}

function choose(name, value) {
  const select = field(form, name), text = String(value);
  if (select.tagName === "SELECT" && ![...select.options].some((one) => one.value === text)) {
    if (!["every_months", "for_years"].includes(name) || !(Number(text) > 0)) return;
    const own = new Option(name === "for_years" ? years(Number(text)) : months(Number(text)), text);
    select.add(own, [...select.options].find((one) => Number(one.value) > Number(text)) || null);
  }
  select.value = text;
}

// A plan shows the fields that its drug has; with `usual` they take its usual values.
export function shape(usual) {
  const id = typed("drug"), about = chosen(), show = (part, yes) => { $(`[data-part=${part}]`, form).hidden = !yes; };
  show("dose", isDrug(id));
  show("every", isDrug(id) && about.every !== "0");
  show("words", id === "words");
  if (!isDrug(id)) return;
  $("[data-part=dose] .u", form).textContent = about.unit.replace(" oral", "").replace(" iv", "");
  if (usual) { choose("dose", plain(Number(about.dose))); if (about.every !== "0") choose("every_months", about.every); }
}

// Fills the form from a question that was answered.
export function write(asked) {
  choose("drug", asked.plan.drug);
  shape(false);
  for (const name of PLAN.slice(1)) if (asked.plan[name] !== undefined) choose(name, typeof asked.plan[name] === "number" && name === "dose" ? plain(asked.plan[name]) : asked.plan[name]);
  for (const name of [...CHOSEN, ...NEEDED, ...TOLD, "height_z"]) {
    const value = name === "seed" ? asked.seed : asked.person[name];
    choose(name, value === undefined || value === null ? (name === "height_z" ? 0 : "") : typeof value === "number" ? plain(value) : value);
  }
  choose("years", asked.years === (AHEAD.find((n) => n >= asked.plan.for_years) || AHEAD.at(-1)) ? "" : asked.years);
}

export function remember(asked) {
  const state = new URLSearchParams();
  for (const [name, value] of Object.entries(asked.person)) state.set(name, value);
  for (const name of PLAN) if (asked.plan[name] !== undefined && asked.plan[name] !== "") state.set(`${name}0`, asked.plan[name]);
  state.set("years", asked.years);
  state.set("seed", asked.seed);
  const lang = new URLSearchParams(location.search).get("lang");
  const other = $("#lang");
  if (other) other.href = `?${state}&lang=${other.hreflang}`;
  if (lang) state.set("lang", lang);
  history.replaceState(null, "", `?${state}${location.hash}`);
}

export function recall() {
  const state = new URLSearchParams(location.search), at = (name) => state.get(name);
  for (const input of $$("input:not([type=hidden])", form)) if (input.name !== "words" && input.value) input.value = plain(Number(input.value));
  const number = (text) => (text !== null && text.trim() !== "" && Number.isFinite(Number(text)) ? plain(Number(text)) : text);
  if (state.has("drug0")) choose("drug", at("drug0"));
  shape(state.has("drug0"));
  for (const name of PLAN.slice(1)) if (state.has(`${name}0`)) choose(name, name === "dose" ? number(at(`${name}0`)) : at(`${name}0`));
  for (const name of CHOSEN) if (state.has(name)) choose(name, at(name));
  for (const name of [...NEEDED, ...TOLD, "height_z"]) if (state.has(name)) choose(name, number(at(name)));
  if (state.has("years")) choose("years", Number(at("years")) === (AHEAD.find((n) => n >= Number(typed("for_years"))) || AHEAD.at(-1)) ? "" : at("years"));
}

// --- in words

const CHILD = 18;
export function people(person) {
  const kind = person.sex === "female" ? (person.age < CHILD ? ["girl", "girls"] : ["woman", "women"]) : (person.age < CHILD ? ["boy", "boys"] : ["man", "men"]);
  return { one: t(`who.${kind[0]}`), many: t(`who.${kind[1]}`) };
}

export function who(person) {
  const parts = { who: first(people(person).one), age: plain(person.age), type: person.oi_type };
  const line = t(person.oi_type === "healthy" ? "who.line_healthy" : "who.line", parts);
  return measured(person) ? t("who.measured", { line }) : line;
}

// Whether anything was told that a clinic measures.
export const measured = (person) => TOLD.some((name) => person[name] !== undefined && person[name] !== null);

export function planned(asked) {
  const { plan } = asked, span = years(plan.for_years);
  if (plan.drug === "none") return t("state.plan_none", { years: years(asked.years) });
  if (plan.drug === "words") return t("state.plan_words", { words: plan.words });
  const option = [...field(form, "drug").options].find((one) => one.value === plan.drug);
  const parts = { drug: drug(plan.drug), dose: plain(plan.dose), unit: option.dataset.unit.replace(/ (oral|iv)$/, ""), years: span };
  return option.dataset.every === "0" ? t("state.plan_tablets", parts) : t("state.plan", { ...parts, every: months(plan.every_months) });
}

export const whole = (asked) => t("state.for_whom", { plan: planned(asked), who: who(asked.person) });
