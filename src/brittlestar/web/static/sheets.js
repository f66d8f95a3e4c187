// One page to print of plans side by side, from the same functions as the screen.
import { $ } from "./ask.js";
import { main, scene } from "./courses.js";
import { forPaper } from "./harms.js";
import { planned } from "./question.js";
import { around, no_harms } from "./sheet.js";
import * as sides from "./sides.js";
import { escaped, first, put, t } from "./text.js";

const FEW = 2;  // plans that leave room for large letters and lines to write on
const PLACE = { right: 120 }, NARROW = { wide: 390, high: 300, right: 170 };  // px: of the chart with its names, of few plans and of many

export function show(answers, names) {
  const s = scene(answers, names), harms = forPaper(answers);
  $("#sheet").classList.toggle("many", answers.length > FEW);
  sides.sentence(answers, names, put, $("#sheet-say"));
  $("#sheet-plan").innerHTML = answers.map((one, k) => `<span class="p${k}">${escaped(first(planned(one.asked)))}</span>`).join("");
  sides.draw(answers, names, $("#sheet-pic"), { groups: true });
  const heads = ["", ...names.map(first)].map((head, k) => `<th${k ? ` class="p${k - 1}"` : ""} scope="col">${escaped(head)}</th>`).join("");
  const line = ([label, ...values]) => `<tr><th scope="row">${escaped(label)}</th>${values.map((value) => `<td>${escaped(value)}</td>`).join("")}</tr>`;
  $("#sheet-harms").innerHTML = harms.length ? `<thead><tr>${heads}</tr></thead><tbody>${harms.map(line).join("")}</tbody>` : `<tbody><tr><td>${escaped(no_harms(answers.some((one) => one.plan.drugs.length)))}</td></tr></tbody>`;
  around(answers, { n: sides.counted(answers), harms, s, density: main(s).find((one) => one.id === "density"), ...(answers.length > FEW ? NARROW : PLACE) });
}
