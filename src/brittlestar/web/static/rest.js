// Everything else: tables, further charts, notes, files. A closed line is drawn when it is opened.
import { $, $$, save, say, screen } from "./ask.js";
import { act, frame, redraw, table } from "./charts.js";
import * as days from "./days.js";
import { spoken } from "./sentences.js";
import { escaped, first, number, setNamed, t } from "./text.js";

const EVERY = 500;  // ms until a download says what became of it
let shown = null, drawn = new Set(), more = [];

const drawers = {
  "rest-days": (place) => {
    const { plans } = shown, one = plans.length === 1 && plans[0];
    place.innerHTML = one ? days.whole(one.plan, one.years) : plans.map(({ name, plan, years }) => `<h3>${escaped(first(name))}</h3>${days.short(plan, years)}`).join("");
  },
  "rest-numbers": (place) => { const { scene: s, main } = shown; place.innerHTML = main(s).map((one) => table(s, one)).join(""); },
  "rest-more": (place) => {
    const { scene: s, others } = shown;
    more = others(s);
    const few = document.createElement("div");
    few.className = "few";
    few.append(...more.map(frame));
    place.replaceChildren(few);
    more.forEach((one, k) => redraw(s, one, few.children[k], { top: true, foot: true }));
  },
  "rest-notes": (place) => {
    const open = $("[data-to=unknown]"), link = open ? `<p class="note"><a href="${escaped(open.getAttribute("href"))}">${escaped(t("rest.notes_link"))}</a></p>` : "";
    place.innerHTML = `<ul>${shown.notes.map(spoken).map(({ text, english }) => `<li${english ? ' lang="en"' : ""}>${escaped(text)}</li>`).join("")}</ul>${link}`;
  },
};

function draw(details) {
  if (!shown || !details.open || !drawers[details.id] || drawn.has(details.id)) return;
  drawn.add(details.id);
  drawers[details.id](details.lastElementChild);
}

// `what`: the scene of the charts with its main and other ones, the plans {name, plan, years}, notes, the manifest, how many people were drawn.
export function show(what) {
  const m = what.manifest, short = (text) => (text || "").slice(0, 12);
  shown = what;
  drawn = new Set();
  $$(".rest").forEach(draw);
  $("#made").textContent = t(m.input_sha256 ? "rest.made" : "rest.made_here", { version: m.version, commit: short(m.commit), parameters: setNamed(m), input: short(m.input_sha256), seed: String(m.seed), people: number(what.people) });
}

export function resized() { drawn.delete("rest-more"); draw($("#rest-more")); }

// `question` gives what is asked now, or nothing where the form holds none; `file` a file of its answer; `remember`
// puts the question that was answered into the address.
export function start(question, file, remember) {
  // The event of a <details> does not bubble.
  $$(".rest").forEach((one) => one.addEventListener("toggle", () => draw(one)));
  $("#rest-more").addEventListener("click", (event) => {
    const button = event.target.closest("[data-act]"), host = button?.closest(".chart");
    if (!button) return;
    button.closest("details").open = false;
    act(button.dataset.act, shown.scene, more.find((one) => one.id === host.dataset.chart), host);
  });
  $$("[data-file]").forEach((button) => button.addEventListener("click", async () => {
    const asked = question(), kind = button.dataset.file;
    if (!asked) return;
    button.disabled = true;
    const content = await file(kind, asked).catch((error) => { say(error.message); });
    setTimeout(() => { button.disabled = false; }, EVERY);
    if (content) save(`${kind === "toml" ? "settings" : screen}.${kind}`, content);
  }));
  $("#link").addEventListener("click", async () => {
    if (shown) remember();
    await navigator.clipboard.writeText(location.href).then(() => say(t("rest.copied")), () => say(location.href));
  });
}
