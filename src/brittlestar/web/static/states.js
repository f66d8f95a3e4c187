// The states of an answer: first (nothing worked out yet), pending, centre (the sentence and its picture stand, the rest is
// not there yet), refused, ok. From the moment the question changes until its own answer stands, what is shown is greyed,
// cannot be used, and says which question it answers.
import { $, $$ } from "./ask.js";
import { t } from "./text.js";

const body = document.body;
let saying = 0;

// `old`: the question, in words, that what is shown below the first view answers; nothing where nothing is shown.
export function set(state, old) {
  clearTimeout(saying);
  body.dataset.state = state;
  const stale = ["pending", "centre", "refused"].includes(state);
  $$(".res").forEach((one) => { one.inert = stale && !(state === "centre" && one.matches(".vsay, .vpic")); });
  const chip = stale && old ? t("state.chip", { what: old }) : "";
  $$(".old").forEach((one) => { one.textContent = chip; });
  bar();
}

export function paragraph(text) {
  const made = document.createElement("p");
  made.textContent = text.text ?? text;
  if (text.english) made.lang = "en";
  return made;
}

// What is said at the top of the answer.
export function tell(head, lines, calm = false) {
  const told = $("#told"), title = document.createElement("b");
  title.textContent = head;
  told.classList.toggle("calm", calm);
  told.replaceChildren(title, ...lines.filter(Boolean).map((line) => paragraph(line)));
}

// `old`: the question that the first view answers, in words; `deep`: that of what stands below it. `soon`: ms within which
// the next answer mostly comes, so that the words that it will would only flash.
export function pending(old, { deep = old, soon = 0 } = {}) {
  const wait = body.dataset.state === "refused" ? 0 : soon, say = () => tell(t("state.pending"), [t("state.old", { what: old })], true);
  set(old ? "pending" : "first", deep);
  if (old && wait) saying = setTimeout(say, wait); else if (old) say();
}

// `what` was not worked out, and why; `back` is the name of the earlier question and what brings it back.
export function refused(what, why, old, back, deep = old) {
  tell(t("state.refused", { what: what || t("state.this") }), [why, old && t("state.old", { what: old })]);
  if (old) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "btn", textContent: t("state.back", { what: back.what }) });
    button.addEventListener("click", back.go);
    $("#told").append(button);
  }
  set("refused", deep);
}

// The bar of a phone stands where little of the sentence is in sight, nor the reason why there is none: an answer is
// always on the screen, never twice. It points to the reason, which may lie above or below.
const MOST_OF_IT = 0.6, share = { say: 0, told: 0 };
const below = (place) => place.getBoundingClientRect().top > innerHeight / 2;

function bar() {
  const { state } = body.dataset, refused = state === "refused", why = refused && share.told > MOST_OF_IT;
  $("#bar").classList.toggle("away", state === "first" || share.say > MOST_OF_IT || why);
  $("#bar").href = refused ? "#told" : "#first";
  $("#bar-stop").textContent = refused ? t("bar.refused", { arrow: below($("#told")) ? "↓" : "↑" }) : t("bar.pending");
}

export function watch() {
  const seen = new IntersectionObserver((entries) => {
    for (const { target, intersectionRatio } of entries) share[target.id] = intersectionRatio;
    bar();
  }, { threshold: [0, 0.3, MOST_OF_IT, MOST_OF_IT + 0.01, 1] });
  seen.observe($("#say"));
  seen.observe($("#told"));
  for (const kind of ["online", "offline"]) addEventListener(kind, () => { body.dataset.net = kind === "offline" ? "off" : ""; });
}
