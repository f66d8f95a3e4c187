// An answer belongs to one question. From the moment the question changes until its own answer stands, what is
// shown is greyed and says which question it answers.
import { $ } from "./ask.js";
import { t } from "./text.js";

// What stands under `place` answers `question`.
export function answers(place, question) {
  place.dataset.question = question;
  place.classList.remove("stale");
  $(".stale-note", place).hidden = true;
  $(".stale-note", place).textContent = "";
}

// It answers another question than the one that is asked now; `why` says what became of that one.
export function outdated(place, why) {
  if (!place.dataset.question) return;
  place.classList.add("stale");
  $(".stale-note", place).textContent = t("runs.earlier", { why, what: place.dataset.question });
  $(".stale-note", place).hidden = false;
}

// Nothing is shown any more.
export function emptied(place) {
  answers(place, "");
}
