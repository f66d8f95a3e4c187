// Everything else: tables, further charts, notes, files. A closed line is drawn when it is opened.
import { $, $$, save, say } from "./ask.js";
import { act, frame, main, others, redraw, scene, table } from "./charts.js";
import * as engine from "./served.js";
import { remember } from "./question.js";
import { escaped, number, t } from "./text.js";

const EVERY = 500;  // ms until a download says what became of it
let shown = null, drawn = new Set(), more = [];

const drawers = {
  "rest-numbers": (place) => { const s = scene(shown); place.innerHTML = main(s).map((one) => table(s, one)).join(""); },
  "rest-more": (place) => {
    const s = scene(shown);
    more = others(s);
    const few = document.createElement("div");
    few.className = "few";
    few.append(...more.map(frame));
    place.replaceChildren(few);
    more.forEach((one, k) => redraw(s, one, few.children[k], { top: true, foot: true }));
  },
  "rest-notes": (place) => {
    place.innerHTML = `<ul lang="en">${[...shown.dates, ...shown.notes].map((note) => `<li>${escaped(note)}</li>`).join("")}</ul><p class="note"><a href="/unknown">${escaped(t("rest.notes_link"))}</a></p>`;
  },
};

function draw(details) {
  if (!shown || !details.open || !drawers[details.id] || drawn.has(details.id)) return;
  drawn.add(details.id);
  drawers[details.id](details.lastElementChild);
}

export function show(answer) {
  const m = answer.manifest, short = (text) => (text || "").slice(0, 12);
  shown = answer;
  drawn = new Set();
  $$(".rest").forEach(draw);
  $("#made").textContent = t("rest.made", { version: m.version, commit: short(m.commit), parameters: short(m.parameters_sha256), input: short(m.input_sha256), seed: String(m.seed), people: number(answer.people) });
}

export function resized() { drawn.delete("rest-more"); draw($("#rest-more")); }

// `question` gives what is asked now, or nothing where the form holds none.
export function start(question) {
  // The event of a <details> does not bubble.
  $$(".rest").forEach((one) => one.addEventListener("toggle", () => draw(one)));
  $("#rest-more").addEventListener("click", (event) => {
    const button = event.target.closest("[data-act]"), host = button?.closest(".chart");
    if (!button) return;
    button.closest("details").open = false;
    act(button.dataset.act, scene(shown), more.find((one) => one.id === host.dataset.chart), host);
  });
  $$("[data-file]").forEach((button) => button.addEventListener("click", async () => {
    const asked = question(), kind = button.dataset.file;
    if (!asked) return;
    button.disabled = true;
    const content = await engine.file(kind, asked).catch((error) => { say(error.message); });
    setTimeout(() => { button.disabled = false; }, EVERY);
    if (content) save(`${kind === "toml" ? "settings" : "explore"}.${kind}`, content);
  }));
  $("#link").addEventListener("click", async () => {
    if (shown) remember(shown.asked);
    await navigator.clipboard.writeText(location.href).then(() => say(t("rest.copied")), () => say(location.href));
  });
}
