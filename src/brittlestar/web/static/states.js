// The states of an answer: first (nothing worked out yet), pending, refused, ok. From the moment the question changes
// until its own answer stands, what is shown is greyed, cannot be used, and says which question it answers.
import { $, $$ } from "./ask.js";
import { first, t } from "./text.js";

const body = document.body;

// `old`: the question that what is shown answers, in words; nothing where nothing is shown.
export function set(state, old) {
  body.dataset.state = state;
  const stale = state === "pending" || state === "refused";
  $$(".res").forEach((one) => { one.inert = stale; });
  const chip = stale && old ? t("state.chip", { what: old }) : "";
  $$(".old").forEach((one) => { one.textContent = chip; });
  $("#bar-stop").textContent = t(state === "refused" ? "bar.refused" : "bar.pending");
}

// Words of the model are English in every language of the page.
export function paragraph(text) {
  const made = document.createElement("p");
  made.textContent = text.text ?? text;
  if (text.english) made.lang = "en";
  return made;
}
export const english = (text) => ({ text, english: true });

// The title names the field and its value already.
export const without_place = (text) => first(text.replace(/^[^']*: got '[^']*'; /, ""));

// What is said at the top of the answer.
export function tell(head, lines, calm = false) {
  const told = $("#told"), title = document.createElement("b");
  title.textContent = head;
  told.classList.toggle("calm", calm);
  told.replaceChildren(title, ...lines.filter(Boolean).map((line) => paragraph(line)));
}

export function pending(old) {
  set(old ? "pending" : "first", old);
  if (old) tell(t("state.pending"), [t("state.old", { what: old })], true);
}

// `what` was not worked out, and why; `back` is the name of the earlier question and what brings it back.
export function refused(what, why, old, back) {
  tell(t("state.refused", { what: what || t("state.this") }), [why, old && t("state.old", { what: old })]);
  if (old) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "btn", textContent: t("state.back", { what: back.what }) });
    button.addEventListener("click", back.go);
    $("#told").append(button);
  }
  set("refused", old);
}

// The bar of a phone stands where little of the sentence is in sight: an answer is always on the screen, never twice.
export function watch() {
  new IntersectionObserver(([entry]) => $("#bar").classList.toggle("away", body.dataset.state === "first" || entry.intersectionRatio > 0.6), { threshold: [0, 0.3, 0.6, 0.61, 1] }).observe($("#say"));
  for (const kind of ["online", "offline"]) addEventListener(kind, () => { body.dataset.net = kind === "offline" ? "off" : ""; });
}
