// Plans side by side: the first screen's answer of each, for the same people and the same luck.
import { $, $$, say } from "./ask.js";
import { act, frame, redraw } from "./charts.js";
import { main, others, scene } from "./courses.js";
import * as engine from "./served.js";
import { given } from "./picture.js";
import * as question from "./question.js";
import { reason } from "./reasons.js";
import * as rest from "./rest.js";
import { spoken, uncalibrated } from "./sentences.js";
import * as sheets from "./sheets.js";
import * as sides from "./sides.js";
import * as states from "./states.js";
import { escaped, first, number, put, some, t, years } from "./text.js";

const SOON = 60, LATER = 100, AGAIN = 1000, PATIENCE = 3;  // as on the first screen
const LEAST = 1, MOST = 4, OPEN = 2;  // plans; those beyond OPEN are lines until somebody opens them
const form = $("#ask"), body = document.body;
let shown = null, asking = null, waiting = 0, later = 0, charts = [];

const parts = () => $$(".plan", form).filter((part) => !part.hidden);
const each = ({ plans, ...others_ }) => plans.map((plan) => ({ ...others_, plan }));
const older = () => (shown ? t("state.for_whom", { plan: sides.list(shown.names), who: question.who(shown.asked.person) }) : "");

function pending() { question.mark(null); states.pending(older()); }

function refused({ part, at, why }) {
  stop();
  const what = question.told(at, part) || (part && t("compare.plan", { plan: legend(part) }));
  const go = () => { show_plans(shown.asked.plans.length); question.write(shown.asked, parts()); titled(); changed(); };
  states.refused(what, why, older(), shown && { what: sides.list(shown.names), go });
  if (part) unfold(part);
  question.mark(at, part);
}

// --- the plans of the form

const legend = (part) => $("legend", part).textContent;

function titled() {
  const { asked } = question.read(parts());
  if (asked) sides.names(each(asked), shown?.asked.plans.length === asked.plans.length ? shown.answers : []).forEach((name, k) => { $("legend", parts()[k]).textContent = first(name); });
  const all = parts();
  all.forEach((part, k) => {
    part.className = `plan ask p${k}`;
    part.classList.toggle("folded", k >= OPEN && !("open" in part.dataset));
    $(".unfold span", part).textContent = legend(part);
  });
  $("#more").hidden = all.length >= MOST;
  all.forEach((part) => { const button = $(".less", part); button.hidden = all.length <= LEAST; button.setAttribute("aria-label", t("compare.remove", { plan: legend(part) })); });
}

function show_plans(n) { $$(".plan", form).forEach((part, k) => { part.hidden = k >= n; }); }

function unfold(part) { part.dataset.open = ""; titled(); }

// Taken away from the middle, those behind move up: the fieldsets stay in order.
function less(part) {
  $(".plans", form).append(part);
  part.hidden = true;
  changed();
}

// --- the answer

function bar(n, called) {
  const values = [["n0", t("bar.untreated"), n.u], ...(n.by ? [["n1", t("bar.trials"), n.by.mean]] : []), ...n.models.map((x, k) => [`p${k}`, called[k].split(" ")[0], x])];
  $("#bar-label").textContent = t("bar.label", { n: number(n.of), people: question.people(shown.asked.person).many });
  $("#bar-values").replaceChildren(...values.map(([kind, name, x]) => {
    const one = document.createElement("span"), small = document.createElement("small");
    one.className = kind;
    small.textContent = name;
    one.append(some(x), small);
    return one;
  }));
}

// What lies outside the evidence is told first, by plan, and when the rules of a plan are met.
function outside(answers, called) {
  const beyond = answers.map((one, k) => [called[k], one.outside]).filter(([, notes]) => notes.length), dated = answers.map((one, k) => [called[k], one.dates]);
  if (beyond.length) states.tell(t("state.outside_notes"), [...new Set(beyond.flatMap(([, notes]) => notes))].map(spoken));
  else $("#told").replaceChildren();
  for (const [name, lines] of dated) for (const line of lines) {
    const made = states.paragraph(spoken(`${first(name)}: ${line}`));
    made.className = "dates";
    $("#told").append(made);
  }
}

function cautions(answers, called) {
  const n = sides.counted(answers), { trials } = answers.find((one) => one.fractures.trials)?.fractures ?? {}, of100 = (x) => number(100 * x);
  const without = answers.map((one, k) => [called[k], one]).filter(([, one]) => one.plan.drugs.length && !one.fractures.trials);
  const lines = [];
  if (trials) { const [v, low, high] = trials.ratio.map(of100), [v2, low2, high2] = trials.without_outlier.map(of100); lines.push(t("two.trials", { v, low, high, v2, low2, high2 }), t("compare.alike")); }
  for (const [name, one] of without) lines.push(t("compare.beyond", { plan: first(name), why: t(`say.no_trials_${one.fractures.no_trials}`) }));
  answers.forEach((one, k) => { if (Math.abs(one.fractures.untreated * n.of - n.u) > 0.5) lines.push(t("compare.own_care", { plan: first(called[k]), n: some(one.fractures.untreated * n.of) })); });
  lines.push(...[...new Set(answers.flatMap((one) => one.notes.filter(uncalibrated)))].map((note) => spoken(note).text), t("compare.no_winner"));
  $("#two > div").innerHTML = lines.map((line) => `<p>${escaped(line)}</p>`).join("");
}

function draw_charts() {
  const s = scene(shown.answers, shown.names);
  charts = main(s);
  $("#plots").replaceChildren(...charts.map(frame));
  charts.forEach((one, k) => redraw(s, one, $("#plots").children[k], { top: true, foot: true }));
}

function show(asked, answers) {
  const names = sides.names(each(asked), answers);
  shown = { asked, answers, names };
  $("#view").hidden = $("#deeper").hidden = false;
  titled();
  question.mark(null);
  outside(answers, names);
  states.set("ok");
  sides.sentence(answers, names, put, $("#say"));
  sides.draw(answers, names, $("#pic"));
  const n = sides.counted(answers), group = question.people(asked.person).many;
  $("#cap").textContent = t(n.per === 1 ? "picture.caption" : "picture.caption_many", { n: number(n.of), people: group, per: number(n.per) });
  given(answers[0], $("#given"));
  bar(n, names);
  cautions(answers, names);
  $("#plan-words").innerHTML = names.map((name, k) => `<dt class="p${k}">${escaped(first(name))}</dt><dd lang="en">${escaped(answers[k].plan.words)}</dd>`).join("");
  question.remember(asked);
  body.dataset.answers = Number(body.dataset.answers || 0) + 1;
  body.dataset.drawn = "";
  requestAnimationFrame(() => {
    if (shown.answers !== answers) return;
    $("#harms-title").textContent = t("harm.title", { people: group, years: years(asked.years) });
    sides.harms(answers, names, $("#hundred"));
    draw_charts();
    $("#ranges").innerHTML = `<p class="note">${escaped(t("sure.waiting"))}</p>`;
    const notes = [...new Set(answers.flatMap((one) => [...one.dates, ...one.notes]))];
    rest.show({ scene: scene(answers, names), main, others, plans: answers.map(({ plan }, k) => ({ name: names[k], plan, years: asked.years })), notes, manifest: answers[0].manifest, people: answers[0].people });
    sheets.show(answers, names);
    body.dataset.drawn = body.dataset.answers;
  });
}

function stop() {
  clearTimeout(waiting);
  clearTimeout(later);
  if (asking) { asking.abort(); asking.over(); asking = null; }
}

// One plan's answer; an error says which part of the form it is about.
const one_answer = async (asked, part, signal) => {
  try { return await engine.answer(asked, signal); }
  catch (error) { throw Object.assign(error, { part }); }
};

async function answer(asked) {
  const mine = new AbortController(), wanted = () => asking === mine, asks = each(asked), from = parts();
  asking = mine;
  mine.over = engine.working($("#working"), shown ? PATIENCE : undefined);
  try {
    const found = await Promise.all(asks.map((one, k) => one_answer(one, from[k], mine.signal)));
    if (!wanted()) return;
    show(asked, found);
    later = setTimeout(() => how_sure(asks, found, mine), LATER);
  } catch (error) {
    if (error.name === "AbortError" || !wanted()) return;
    const at = question.at_fault(error, error.part), named = question.told(at, error.part);
    refused({ part: error.part, at, why: error instanceof TypeError ? t("state.lost") : reason(error, named && at) });
  } finally { mine.over(); }
}

async function how_sure(asks, found, mine) {
  const wanted = () => asking === mine;
  try {
    while (wanted() && !(await engine.prepared())) await new Promise((again) => { setTimeout(again, AGAIN); });
    const all = [];
    // One after the other: nobody waits for these.
    for (const one of asks) { if (!wanted()) return; all.push(await engine.sure(one, mine.signal)); }
    if (!wanted()) return;
    sides.sure(all, shown.names, $("#ranges"));
    body.dataset.ranges = Number(body.dataset.ranges || 0) + 1;
  } catch (error) {
    if (error.name !== "AbortError" && wanted()) $("#ranges").innerHTML = `<p class="note">${escaped(t("sure.failed", { why: error.message }))}</p>`;
  }
}

// --- the form

function changed() {
  stop();
  $("#who-line").textContent = question.line();
  titled();
  const { asked, wrong } = question.read(parts());
  if (wrong) { refused(wrong); return; }
  pending();
  waiting = setTimeout(() => answer(asked), SOON);
}

form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("input", (event) => {
  if (event.target.name === "drug") question.shape(true, event.target.closest(".plan"));
  if (event.target.name === "height_cm") form.height_z.value = 0;
  changed();
});
$("#more").addEventListener("click", () => { const part = $$(".plan", form).find((one) => one.hidden); part.hidden = false; changed(); $(part.matches(".folded") ? ".unfold" : "select", part).focus(); });
$$(".unfold").forEach((button) => button.addEventListener("click", () => { const part = button.closest(".plan"); unfold(part); $("select", part).focus(); }));
$$(".less").forEach((button) => button.addEventListener("click", () => less(button.closest(".plan"))));
$$("[data-print]").forEach((one) => one.addEventListener("click", () => print()));
$("#plots").addEventListener("click", (event) => {
  const button = event.target.closest("[data-act]"), host = button?.closest(".chart");
  if (!button) return;
  button.closest("details").open = false;
  act(button.dataset.act, scene(shown.answers, shown.names), charts.find((one) => one.id === host.dataset.chart), host);
});
rest.start(() => (body.dataset.state === "ok" ? shown.asked : null), engine.file, () => question.remember(shown.asked));
states.watch();
let wide = innerWidth;
addEventListener("resize", () => { if (innerWidth !== wide && shown) { wide = innerWidth; draw_charts(); rest.resized(); } });

show_plans(question.recall($$(".plan", form)) || 2);
say("");
changed();
