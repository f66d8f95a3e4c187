// The first screen. An answer belongs to one question: from the moment the question changes until its own answer stands,
// what is shown is greyed, cannot be used, and says which question it answers.
import { $, $$, say } from "./ask.js";
import * as engine from "./served.js";
import { main, others, scene } from "./charts.js";
import * as harms from "./harms.js";
import { caption, counted, draw, given, sentence } from "./picture.js";
import * as question from "./question.js";
import { reason } from "./reasons.js";
import * as rest from "./rest.js";
import { spoken, uncalibrated } from "./sentences.js";
import * as sheet from "./sheet.js";
import * as states from "./states.js";
import * as sure from "./sure.js";
import { escaped, first, number, put, some, t, years } from "./text.js";
import * as why from "./why.js";

const SOON = engine.centre ? 0 : 60, REST = 120, LATER = 100, AGAIN = 1000;  // ms: from a change to the question, from the sentence to the rest, to how sure, to look whether it can be asked
const FLASH = 150;  // ms within which the sentence mostly comes, where it comes before the rest
const PATIENCE = 3;  // s that "working it out" alone is said beside an old answer
const form = $("#ask"), body = document.body, { tell } = states;
let shown = null, ahead = null, asking = null, waiting = 0, later = 0;

// What the first view answers: `ahead`, whose rest is not known, or what is shown in full.
const latest = () => ahead || shown;
const named = (answer) => (answer ? question.whole(answer.asked) : "");
const older = () => named(latest());

function pending() { question.mark(null); states.pending(older(), { deep: named(shown), soon: engine.centre ? FLASH : 0 }); }

function refused(at, why_) {
  stop();
  const before = latest(), go = () => { question.write(question.given(before.asked)); changed(); };
  states.refused(question.told(at), why_, older(), before && { what: question.planned(before.asked), go }, named(shown));
  question.mark(at);
}

// --- the answer

function centre(answer) {
  sentence(answer, put, $("#say"));
  draw(answer, $("#pic"));
  $("#cap").textContent = caption(answer);
  bar(answer);
}

// The sentence and its picture, which are known sooner than the rest.
function show_centre(answer) {
  ahead = answer;
  $("#view").hidden = false;
  body.dataset.ahead = "";
  beyond(answer);
  states.set("centre", named(shown));
  centre(answer);
  body.dataset.centres = Number(body.dataset.centres || 0) + 1;
}

function two(answer) {
  const { trials, no_trials: none, population, untreated, plan } = answer.fractures, of100 = (x) => number(100 * x);
  const row = answer.rows.find((one) => one.id === "with_fracture"), treated = answer.plan.drugs.length > 0, group = question.people(answer.asked.person).many;
  const unbroken = (cell) => some(100 - cell.mean), share = (x) => number(untreated ? 100 * x / untreated : 0);
  const lines = [];
  if (trials) { const [v, low, high] = trials.ratio.map(of100), [v2, low2, high2] = trials.without_outlier.map(of100); lines.push(t("two.trials", { v, low, high, v2, low2, high2 })); }
  else if (treated) lines.push(t("two.no_trials", { why: t(`say.no_trials_${none}`) }));
  if (treated) lines.push(population ? t("two.model", { m: share(plan), low: share(population[0]), high: share(population[1]) }) : t("two.model_plain", { m: share(plan) }));
  const { of } = counted(answer), bones = (x) => number(of * x, of * x < 10 ? 1 : 0), [few, many] = answer.fractures.untreated_population;
  lines.push(t("two.groups", { n: number(of), people: group, low: bones(few), high: bones(many), u: bones(untreated) }));
  lines.push(t(treated ? "two.nobody" : "two.nobody_none", { people: group, a: unbroken(row.untreated), b: unbroken(row.plan), years: years(answer.asked.years) }));
  lines.push(...answer.notes.filter(uncalibrated).map((note) => spoken(note).text));
  $("#two summary").textContent = t(trials ? "act.two" : "act.one");
  $("#two > div").innerHTML = lines.map((line) => `<p>${escaped(line)}</p>`).join("");
}

function bar(answer) {
  const n = counted(answer), values = [["n0", "untreated", n.u], ...(n.m === null ? [] : [["n1", "trials", n.by?.mean], ["n2", "model", n.m]])];
  $("#bar-label").textContent = t("bar.label", { n: number(n.of), people: question.people(answer.asked.person).many });
  $("#bar-values").replaceChildren(...values.map(([kind, key, x]) => {
    const one = document.createElement("span"), small = document.createElement("small");
    one.className = kind;
    small.textContent = t(`bar.${key}`);
    one.append(x === undefined ? "–" : some(x), small);
    return one;
  }));
}

// A dose that no trial speaks of is said at once.
function beyond({ plan, asked, outside: notes = [] }) {
  const [rule] = plan.outside, what = first(question.planned(asked));
  if (rule) tell(t(`state.outside_${rule.includes("below") ? "dose-below" : "dose-above"}`, { what }), [t("state.outside_body"), ...notes.map(spoken)]);
  else $("#told").replaceChildren();
}

function outside(answer) {
  if (answer.plan.outside.length) beyond(answer);
  else if (answer.outside.length) tell(t("state.outside_notes"), answer.outside.map(spoken));
  else $("#told").replaceChildren();
  if (answer.dates.length) $("#told").append(...answer.dates.map((one) => { const made = states.paragraph(spoken(one)); made.className = "dates"; return made; }));
}

function show(answer) {
  shown = answer;
  ahead = null;
  delete body.dataset.ahead;
  $("#view").hidden = $("#deeper").hidden = false;
  question.mark(null);
  outside(answer);
  states.set("ok");
  centre(answer);
  given(answer, $("#given"));
  harms.line(answer, $("#harm"));
  two(answer);
  question.remember(question.given(answer.asked));
  body.dataset.answers = Number(body.dataset.answers || 0) + 1;
  body.dataset.drawn = "";
  requestAnimationFrame(() => {
    if (shown !== answer) return;
    why.show(answer);
    harms.show(answer);
    sure.show(answer);
    rest.show({ ...answer, plans: [{ plan: answer.plan, years: answer.asked.years }], notes: [...answer.dates, ...answer.notes], scene: scene(answer), main, others });
    sheet.show(answer);
    body.dataset.drawn = body.dataset.answers;
  });
}

function stop() {
  clearTimeout(waiting);
  clearTimeout(later);
  if (asking) { asking.abort(); asking.over(); asking = null; }
}

async function answer(asked) {
  const mine = new AbortController(), wanted = () => asking === mine;
  asking = mine;
  mine.over = engine.working($("#working"), shown ? PATIENCE : undefined);
  try {
    const soon = await engine.centre?.(asked, mine.signal);
    if (!wanted()) return;
    if (soon) {
      show_centre(soon);
      // Whoever is still moving does not wait for the rest of what was passed over.
      if (shown) await new Promise((rest_) => { setTimeout(rest_, REST); });
      if (!wanted()) return;
    }
    const found = await engine.answer(asked, mine.signal);
    if (!wanted()) return;
    show(found);
    later = setTimeout(() => how_sure(asked, found, mine), LATER);
  } catch (error) {
    if (error.name === "AbortError" || !wanted()) return;
    const at = question.at_fault(error);
    refused(at, error instanceof TypeError ? t("state.lost") : reason(error, question.told(at) && at));
  } finally { mine.over(); }
}

async function how_sure(asked, found, mine) {
  const wanted = () => asking === mine;
  try {
    while (wanted() && !(await engine.prepared())) await new Promise((again) => { setTimeout(again, AGAIN); });
    if (!wanted() || !found.plan.drugs.length) return;
    const ranges = await engine.sure(asked, mine.signal);
    if (!wanted()) return;
    sure.ranges(found, ranges);
    body.dataset.ranges = Number(body.dataset.ranges || 0) + 1;
  } catch (error) {
    if (error.name !== "AbortError" && wanted()) sure.failed(error.message);
  }
}

// --- the form

const line = () => { $("#who-line").textContent = question.line(); };

function changed() {
  stop();
  line();
  const { asked, wrong } = question.read();
  if (wrong) { refused(wrong.at, wrong.why); return; }
  pending();
  const { plans: [plan], ...rest_ } = asked;
  waiting = setTimeout(() => answer({ ...rest_, plan }), SOON);
}

const now = () => {
  if (body.dataset.state !== "ok") return null;
  const { plans: [plan], ...others } = question.given(shown.asked);
  return { ...others, plan };
};

form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("input", (event) => {
  if (event.target.name === "drug") question.shape(true);
  if (event.target.name === "height_cm") form.height_z.value = 0;
  changed();
});
$$("[data-print]").forEach((one) => one.addEventListener("click", () => print()));
rest.start(now, engine.file, () => question.remember(question.given(shown.asked)));

states.watch();
let wide = innerWidth;
addEventListener("resize", () => { if (innerWidth !== wide && shown) { wide = innerWidth; why.resized(); rest.resized(); } });

question.recall();
line();
say("");
pending();
changed();
