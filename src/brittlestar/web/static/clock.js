// The one clock of Why: a slider that only the reader moves, from dose to dose by its buttons, or played.
import { $, still } from "./ask.js";
import { drop } from "./shapes.js";
import { t } from "./text.js";

const slider = $("#moment"), button = $("#play");
const FRAME = 90, STEP = 1200;  // ms between pictures while it plays; with reduced motion
let stops = [], moved = () => {}, timer = 0, asked = 0;

const now = () => { cancelAnimationFrame(asked); asked = requestAnimationFrame(() => moved(Number(slider.value))); };
export function choose(i) { slider.value = i; now(); }
export const chosen = () => Number(slider.value);

function jump(way) {
  const i = chosen(), next = way > 0 ? stops.find((one) => one > i) : stops.findLast((one) => one < i);
  if (next !== undefined) choose(next);
}

function pause() { clearInterval(timer); timer = 0; button.textContent = t("act.play"); }

function play() {
  if (timer) { pause(); return; }
  const end = Number(slider.max);
  if (chosen() >= end) choose(0);
  button.textContent = t("act.pause");
  timer = setInterval(() => {
    choose(Math.min(end, chosen() + (still ? Math.ceil(end / 12) : 1)));
    if (chosen() >= end) pause();
  }, still ? STEP : FRAME);
}

slider.addEventListener("input", now);
button.addEventListener("click", play);
$("#prev").addEventListener("click", () => jump(-1));
$("#next").addEventListener("click", () => jump(1));

// Doses above the slider; it has to be in sight.
export function marks(given, years) {
  const wide = $(".track").clientWidth;
  $("#ticks").setAttribute("viewBox", `0 0 ${wide} 14`);
  $("#ticks").innerHTML = given.map((year) => drop(8 + year / years * (wide - 16), 0)).join("");
}

// A course of so many intervals, with stops at its doses; `move(i)` draws a moment.
export function set(intervals, doses, start, move) {
  pause();
  slider.max = intervals;
  slider.value = Math.min(start, intervals);
  stops = [...new Set([0, ...doses, intervals])].sort((a, b) => a - b);
  moved = move;
  moved(chosen());
}

export const spoken = (text) => slider.setAttribute("aria-valuetext", text);
