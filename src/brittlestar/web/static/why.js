// Why: the bone under both plans and three charts, on one clock.
import { $ } from "./ask.js";
import { act, frame, main, redraw, scene } from "./charts.js";
import * as clock from "./clock.js";
import { end } from "./end.js";
import { field } from "./field.js";
import { at, diamond, osteoblast, osteoclast } from "./shapes.js";
import { strut } from "./strut.js";
import { drugs, escaped, first, number, t } from "./text.js";

const GROWN = 1;  // mm over the course below which the growth plate is closed
let shown = null, movers = [];

function sides(answer) {
  const { course, plan, asked } = answer, q = course.quantities, intervals = course.time_years.length - 1;
  const open = course.growth_mm.at(-1) > GROWN;
  return ["untreated", ...(plan.drugs.length ? ["plan"] : [])].map((key) => ({
    drug: key === "plan", label: key === "plan" ? first(drugs(plan)) : t("why.untreated"), perYear: intervals / asked.years, open,
    removed: q.resorption[key].mean, formed: q.formation[key].mean, thick: q.tb_th_um[key].mean, volume: q.bone_volume_fraction[key].mean,
    surface: q.drug_surface_nmol[key].mean, buried: q.drug_buried_nmol[key].mean, growth: course.growth_mm, width: course.metaphysis_width[key],
    given: key === "plan" ? plan.given_years : [],
  }));
}

const figure = (side, k) => `<figure class="${k ? "b" : "a"}"><h3><i></i>${escaped(side.label)}</h3><div class="scene" id="strut-${k}"></div><p class="read" id="read-${k}"></p><div class="pair"><figure><div class="scene" id="field-${k}"></div><figcaption id="volume-${k}"></figcaption></figure><figure><div class="scene" id="end-${k}"></div><figcaption>${escaped(t(!side.open ? "why.end_grown" : side.given.length ? "why.end_drug" : "why.end"))}</figcaption></figure></div></figure>`;

const KEY = [
  ["key_clast", `<svg viewBox="-34 -34 68 42" aria-hidden="true">${osteoclast(0, 4, 1, 1.05)}</svg>`],
  ["key_blast", `<svg viewBox="-24 -20 48 26" aria-hidden="true">${osteoblast(-15, 4, 1)}${osteoblast(0, 4, 1)}${osteoblast(15, 4, 1)}</svg>`],
  ["key_surface", `<svg viewBox="-14 -10 28 20" aria-hidden="true">${diamond(0, 0, 8)}</svg>`],
  ["key_buried", `<svg viewBox="-20 -14 40 28" aria-hidden="true"><rect x="-20" y="-14" width="40" height="28" rx="4" fill="var(--bone)"/>${diamond(-6, -2, 5)}${diamond(8, 4, 5)}</svg>`],
];

// How far it is: month, age, doses given.
function moment(i) {
  const { answer, both } = shown, years = i / both[0].perYear, month = Math.round(12 * years), { plan, asked } = answer;
  const given = plan.given_years.filter((year) => year <= years + 1e-6).length;
  const taken = Math.round(12 * plan.tablets_years.reduce((sum, [from, to]) => sum + Math.max(0, Math.min(to, years) - from), 0));
  const said = plan.given_years.length ? (given === 1 ? t("why.given_one") : t("why.given", { n: given })) : plan.tablets_years.length ? t("why.given_tablets", { n: taken }) : "";
  const when = month === 0 ? t("why.start") : t("why.month", { n: month });
  return t("why.now", { when, age: number(asked.person.age + years, 1), given: said });
}

function move(i) {
  const { both, most } = shown, said = moment(i);
  both.forEach((side, k) => {
    $(`#strut-${k}`).innerHTML = strut(side, i, most);
    $(`#field-${k}`).innerHTML = field(side, i);
    $(`#end-${k}`).innerHTML = end(side, i, `clip-${k}`);
    $(`#read-${k}`).textContent = t("why.read", { a: number(at(side.removed, i), 1), b: number(at(side.formed, i), 1) });
    $(`#volume-${k}`).textContent = t("why.field", { n: number(100 * at(side.volume, i)) });
  });
  $("#now").textContent = said;
  clock.spoken(said);
  movers.forEach((one) => one(i));
}

// Draws the charts to the width that there is.
function plots() {
  const host = $("#plots"), { scene: s, charts } = shown;
  host.replaceChildren(...charts.map(frame));
  movers = charts.map((one, k) => redraw(s, one, host.children[k], { top: k === 0, foot: k === charts.length - 1 }, clock.choose));
}

export function show(answer) {
  const both = sides(answer), { plan, asked } = answer, last = both.at(-1), begun = shown ? clock.chosen() : null;
  const most = { surface: Math.max(...last.surface), buried: Math.max(...last.buried) }, s = scene(answer);
  shown = { answer, both, most, scene: s, charts: main(s) };
  $("#why-title").textContent = t(plan.drugs.length ? "why.title" : "why.title_none");
  $("#bones").innerHTML = both.map(figure).join("");
  $("#key").innerHTML = KEY.slice(0, plan.drugs.length ? 4 : 2).map(([key, svg]) => `<li>${svg}<span>${escaped(t(`why.${key}`))}</span></li>`).join("");
  $("#bones-note").textContent = t("why.note", { n: number(answer.people) });
  $("#charts-lead").textContent = t(plan.tablets_years.length ? "charts.lead_tablets" : "charts.lead", { people: s.who.many });
  plots();
  const intervals = answer.course.time_years.length - 1;
  // At first a third of the way: most of what is drawn has happened, and most is still to come.
  clock.set(intervals, plan.given_years.map((year) => Math.round(year * last.perYear)), begun ?? Math.round(intervals / 3), move);
  clock.marks(plan.given_years, asked.years);
}

export function resized() {
  if (!shown) return;
  plots();
  clock.marks(shown.answer.plan.given_years, shown.answer.asked.years);
  move(clock.chosen());
}


$("#plots").addEventListener("click", (event) => {
  const button = event.target.closest("[data-act]");
  if (!button) return;
  const host = button.closest(".chart");
  button.closest("details").open = false;
  act(button.dataset.act, shown.scene, shown.charts.find((one) => one.id === host.dataset.chart), host);
});
