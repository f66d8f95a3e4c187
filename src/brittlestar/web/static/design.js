// A design as a form of the fields that designers change. The text of the protocol is what counts: the form is read from
// it, and every change of the form is written into it by the server, which reads it as the command line does.
import { $, $$, ask, field, save } from "./ask.js";
import { here, t } from "./text.js";

const FIELDS = ["title", "people", "months", "visit_every", "endpoint", "dropout_per_year", "age_from", "age_to", "fractures", "z_at_most"];
const TYPES = ["I", "IV", "III", "healthy"];
const SOON = 250;  // ms from a change of the form to the text
const form = $("#trial"), text = $("#text");
let own = false, waiting = 0, turn = 0, due = null, wrong = null;
const input = (name) => field(form, `f-${name}`);
const number = (one) => (one.value.trim() === "" ? null : Number(one.value));

// What is asked of the server: the published trial, or the text that the form or a person wrote.
export const design = () => ({ protocol: field(form, "protocol").value, text: own ? text.value : "" });

function shape(arm) {
  const chosen = field(arm, "drug").selectedOptions[0], { every, unit } = chosen.dataset, show = (part, yes) => { $(`[data-part=${part}]`, arm).hidden = !yes; };
  show("dose", Boolean(unit));
  show("every", Boolean(unit) && every !== "0");
  show("words", chosen.value === "words");
  $(".unit", arm).textContent = unit ? `(${unit})` : "";
}

// `said`: its label in the language of the page; the protocol keeps its own.
function arm_of(told, said) {
  const made = $("#arm").content.cloneNode(true).firstElementChild;
  $("legend", made).textContent = said;
  made.dataset.label = told.label;
  for (const name of ["drug", "dose", "every_months", "words", "allocation"]) field(made, name).value = told[name] ?? "";
  field(made, "drug").addEventListener("change", (event) => {
    const { dose, every } = event.target.selectedOptions[0].dataset;
    if (dose) { field(made, "dose").value = dose; field(made, "every_months").value = every === "0" ? "" : every; }
    shape(made);
  });
  shape(made);
  return made;
}

// What was typed last, in the text: a run waits for it. Throws what is wrong with it.
export async function ready() {
  clearTimeout(waiting);
  if (due) { const last = due; due = null; await last(); }
  if (wrong) throw wrong;
}

const soon = (what) => { clearTimeout(waiting); due = what; waiting = setTimeout(() => { due = null; what(); }, SOON); };

// Fills the form from what counts; `refused` is told where that is no protocol that a form holds.
export async function read(refused) {
  const mine = ++turn;
  try {
    const { form: told, said, endpoints } = await (await ask(here("/api/designs/form"), design())).json();
    if (mine !== turn) return;
    input("endpoint").replaceChildren(...endpoints.map(([value, label]) => new Option(label, value)));
    for (const name of FIELDS) input(name).value = said[name] ?? told[name] ?? "";
    for (const name of TYPES) input(`type-${name}`).value = told.types[name] || "";
    $("#arms").replaceChildren(...told.arms.map((arm, i) => arm_of(arm, said.arms[i])));
    $("#form").disabled = false;
    $("#rest-of-it").textContent = t("trial.rest");
    wrong = null;
  } catch (error) {
    if (mine !== turn) return;
    // A text that no form holds may still be run: then the server has the word.
    $("#form").disabled = true;
    wrong = null;
    refused(error);
  }
}

const arms = () => $$(".arm").map((arm) => ({
  label: arm.dataset.label, allocation: number(field(arm, "allocation")), drug: field(arm, "drug").value,
  ...($("[data-part=dose]", arm).hidden ? {} : { dose: number(field(arm, "dose")) }),
  ...($("[data-part=every]", arm).hidden ? {} : { every_months: number(field(arm, "every_months")) }),
  words: field(arm, "drug").value === "words" ? field(arm, "words").value : "",
}));

function told() {
  const values = Object.fromEntries(FIELDS.map((name) => [name, ["title", "endpoint"].includes(name) ? input(name).value : number(input(name))]));
  const types = Object.fromEntries(TYPES.map((name) => [name, number(input(`type-${name}`)) ?? 0]));
  return { ...values, types, arms: arms() };
}

function owned() {
  own = true;
  $("#published").hidden = false;
  field(form, "protocol").labels[0].textContent = t("trial.made_from");
}

function published() {
  own = false;
  text.value = "";
  $("#published").hidden = $("#own-part").hidden = true;
  field(form, "protocol").labels[0].textContent = t("trial.start");
}

const text_of_published = async () => (await fetch(`/api/protocols/${encodeURIComponent(field(form, "protocol").value)}`)).text();

async function show_text() {
  if (!own) text.value = await text_of_published();
  owned();
  $("#own-part").hidden = false;
}

// `changed` says that what stands below belongs to other settings, `refused` why a design is none.
export function start(changed, refused) {
  const again = () => read(refused);
  async function write() {
    const mine = ++turn;
    try {
      const reply = await ask(here("/api/designs/write"), { design: { protocol: field(form, "protocol").value, text: own ? text.value : "" }, form: told() });
      const found = await reply.json();
      if (mine !== turn) return;
      text.value = found.text;
      if (found.looks_left_out) $("#rest-of-it").textContent = `${t("trial.rest")} ${t("trial.no_looks")}`;
      owned();
      wrong = null;
      refused(null);
    } catch (error) { if (mine === turn) { wrong = error; refused(error); } }
  }
  $("#form").addEventListener("input", () => { soon(write); changed(); });
  text.addEventListener("input", () => soon(again));
  $("#own").addEventListener("click", async () => { await show_text(); text.focus(); });
  $("#published").addEventListener("click", () => { published(); changed(); again(); });
  field(form, "protocol").addEventListener("change", () => { published(); again(); });
  $("#load").addEventListener("click", () => $("#file").click());
  $("#file").addEventListener("change", async (event) => {
    const [file] = event.target.files;
    if (!file) return;
    await show_text();
    text.value = await file.text();
    event.target.value = "";
    changed();
    again();
  });
  $("#save").addEventListener("click", async () => {
    const content = own ? text.value : await text_of_published();
    save("protocol.toml", new Blob([content], { type: "application/toml" }));
  });
  again();
}
