// The script of every screen but the first: the form is the state, the address carries it, and what comes back fills
// charts and text.
import { $, $$, ask, field, prepared, save, say, screen, set, value, working } from "./ask.js";
import { drawAll, fill as fillCharts, savePicture, templates } from "./draw.js";
import { startChecks, startTrial } from "./runs.js";
import { answers, outdated } from "./stale.js";

const form = $("#ask");
const PLAN = ["drug", "dose", "every_months", "for_years", "words"];
const PERSON = ["age", "sex", "oi_type", "height_z", "activity_percent", "vitamin_d_nmol_per_l"];
const plans = () => $$(".plan", form).filter((part) => !part.hidden);

function read() {
  const get = (root, names) => Object.fromEntries(names.map((name) => [name, value(field(root, name))]));
  const told = plans().map((part) => get(part, PLAN));
  const asked = { person: get(form, PERSON), years: Number(field(form, "years").value), seed: value(field(form, "seed")) };
  return { ...asked, plans: told };
}

function remember() {
  const state = new URLSearchParams();
  for (const name of [...PERSON, "years", "seed"]) state.set(name, field(form, name).value);
  plans().forEach((part, i) => PLAN.forEach((name) => {
    const text = field(part, name).value;
    if (text && (name !== "words" || field(part, "drug").value === "words")) state.set(`${name}${i}`, text);
  }));
  if ($("#researcher").checked) state.set("researcher", "1");
  history.replaceState(null, "", `?${state}`);
}

function recall() {
  const state = new URLSearchParams(location.search);
  for (const name of [...PERSON, "years", "seed"]) if (state.has(name)) set(field(form, name), state.get(name));
  $$(".plan", form).forEach((part, i) => {
    if (state.has(`drug${i}`)) set(field(part, "drug"), state.get(`drug${i}`));
    shape(part, false);
    PLAN.slice(1).forEach((name) => { if (state.has(`${name}${i}`)) set(field(part, name), state.get(`${name}${i}`)); });
    part.hidden = state.has("drug0") ? !state.has(`drug${i}`) : i > 1;
  });
}

// A plan shows the fields that its drug has.
function shape(part, usual) {
  const drug = field(part, "drug"), chosen = drug.selectedOptions[0].dataset, own = drug.value === "words";
  const none = drug.value === "none", show = (name, yes) => { $(`[data-part=${name}]`, part).hidden = !yes; };
  show("dose", !own && !none);
  show("every", !own && !none && chosen.every !== "0");
  show("for", !own && !none);
  show("words", own);
  field(part, "words").required = own;
  if (own || none) return;
  const range = $("[data-part=dose] input[type=range]", part);
  Object.assign(range, { min: chosen.low, max: chosen.high, step: Number(chosen.low) / 2 });
  $(".unit", part).textContent = `(${chosen.unit})`;
  if (usual) { set(field(part, "dose"), chosen.dose); if (chosen.every !== "0") set(field(part, "every_months"), chosen.every); }
  range.value = field(part, "dose").value;
}

// --- the answer

const CHANGED = "The question has changed and is being worked out.";
let asking = null, waiting = 0, later = 0;

function fill(found, wanted) {
  const put = (id, how, text) => { const place = $(`#${CSS.escape(id)}`); if (place) place[how] = text; };
  for (const [id, html] of Object.entries(found.html)) put(id, "innerHTML", html);
  showNumbers();
  for (const [id, text] of Object.entries(found.text)) put(id, "textContent", text);
  return found.charts && fillCharts(found.charts, wanted);
}

// Ends what is being worked out; an answer that still comes is not shown.
function stop() {
  clearTimeout(waiting);
  clearTimeout(later);
  if (!asking) return;
  asking.abort();
  asking.over();
  asking = null;
  $("#answer").setAttribute("aria-busy", "false");
}

function refused(why) {
  $("#problem").textContent = why;
  outdated($("#answer"), `There is no answer to the question as it stands now. ${why}`);
}

const invalid = () => $$(":invalid", form).filter((one) => one.name && !one.closest("[hidden]"))
  .map((one) => `${$(`label[for=${one.id}]`).textContent}: ${one.validationMessage}`).join(" ");

async function answer() {
  const asked = read(), mine = new AbortController(), wanted = () => asking === mine;
  stop();
  asking = mine;
  outdated($("#answer"), CHANGED);
  mine.over = working($("#working"));
  $("#answer").setAttribute("aria-busy", "true");
  try {
    const [reply] = await Promise.all([ask(form.dataset.api, asked, mine.signal), templates(asked.plans.length + 1)]);
    const found = await reply.json();
    if (!wanted()) return;
    $("#problem").textContent = "";
    $("#short").hidden = false;
    $("#unsure").textContent = "This comes a moment after the rest.";
    const drawn = fill(found, wanted);
    answers($("#answer"), found.text.question);
    await drawn;
    if (!wanted()) return;
    remember();
    document.body.dataset.answers = Number(document.body.dataset.answers || 0) + 1;
    say(found.announce);
    later = setTimeout(() => unsure(asked, mine), 700);
  } catch (error) {
    if (error.name === "AbortError" || !wanted()) return;
    refused(error.message);
  } finally {
    if (wanted()) $("#answer").setAttribute("aria-busy", "false");
    mine.over();
  }
}

async function unsure(asked, mine) {
  const wanted = () => asking === mine;
  try {
    while (wanted() && !(await prepared())) await new Promise((again) => { setTimeout(again, 1000); });
    if (!wanted()) return;
    const found = await (await ask(`${form.dataset.api}/ranges`, asked, mine.signal)).json();
    if (!wanted()) return;
    await fill(found, wanted);
    document.body.dataset.ranges = Number(document.body.dataset.ranges || 0) + 1;
  } catch (error) {
    if (error.name !== "AbortError" && wanted()) $("#unsure").textContent = `This could not be worked out: ${error.message}`;
  }
}

// The form says another question now: asked soon, or refused at once.
function changed() {
  stop();
  const wrong = invalid();
  if (wrong) { refused(wrong); return; }
  outdated($("#answer"), CHANGED);
  waiting = setTimeout(answer, 40);
}

// --- screens

function startAsking() {
  recall();
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", (event) => {
    const pair = event.target.closest(".pair");
    if (pair) $$("input", pair).forEach((input) => { if (input !== event.target) input.value = event.target.value; });
    if (event.target.name === "drug") shape(event.target.closest(".plan"), true);
    changed();
  });
  $$("[data-file]").forEach((button) => button.addEventListener("click", async () => {
    if (invalid()) { refused(invalid()); return; }
    const reply = await ask(`${form.dataset.api}/file/${button.dataset.file}`, read()).catch((error) => { say(error.message); });
    if (reply) save(`${button.dataset.file === "toml" ? "settings" : screen}.${button.dataset.file}`, await reply.blob());
  }));
  $$("[data-save]").forEach((button) => button.addEventListener("click", () => {
    savePicture(button.closest("figure").dataset.chart, button.dataset.save);
  }));
  $("#link").addEventListener("click", async () => {
    remember();
    await navigator.clipboard.writeText(location.href).then(() => say("Address copied"), () => say(location.href));
  });
  const more = $("#more");
  const count = () => { more.disabled = plans().length > 3; $("#fewer").disabled = plans().length < 2; };
  more.addEventListener("click", () => { $$(".plan", form).find((one) => one.hidden).hidden = false; count(); changed(); });
  $("#fewer").addEventListener("click", () => { plans().at(-1).hidden = true; count(); changed(); });
  count();
  answer();
}

function startReading() {
  drawAll(document);
  startChecks();
  const find = $("#find");
  if (find) find.addEventListener("input", () => {
    const word = find.value.toLowerCase(), rows = $$("#list tbody tr");
    rows.forEach((row) => { row.hidden = !row.textContent.toLowerCase().includes(word); });
    $("#found").textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length} studies`;
  });
}

const researcher = $("#researcher");
const showNumbers = () => $$(".for-researchers").forEach((part) => { part.hidden = !researcher.checked; });
researcher.checked = new URLSearchParams(location.search).has("researcher");
researcher.addEventListener("change", () => { showNumbers(); if (form) remember(); });
showNumbers();
if (form) startAsking(); else if (screen === "trial") startTrial(); else startReading();
