// The drawing of bone: cells and drug in numbers that follow the model, moved by the time slider.
import { $, $$, still } from "./ask.js";

const SVG = "http://www.w3.org/2000/svg";
let bone = null, startAge = 0, timer = 0;

function part(kind, name, attributes) {
  const made = document.createElementNS(SVG, kind);
  made.setAttribute("class", name);
  for (const [key, text] of Object.entries(attributes)) made.setAttribute(key, text);
  return made;
}
const diamond = (x, y, r) => `M${x} ${y - r}l${r} ${r}l${-r} ${r}l${-r} ${-r}z`;
const spread = (i, low, high) => low + ((i * 0.61803 + 0.17) % 1) * (high - low);
function rough(x, y, r) {
  const points = [];
  for (let k = 0; k < 16; k++) { const a = k * Math.PI / 8, d = k % 2 ? r : r * 0.8; points.push(`${(x + d * Math.cos(a)).toFixed(1)} ${(y + d * Math.sin(a)).toFixed(1)}`); }
  return `M${points.join("L")}z`;
}

function sketch(svg, course, i, most) {
  const top = 118 - 34 * (course.thickness[i] / most.thickness), cells = [];
  const clasts = Math.min(Math.round(course.removed[i] * 3), 20), blasts = Math.min(Math.round(course.formed[i] * 3), 20);
  const near = Math.round(14 * Math.sqrt(course.surface[i] / (most.surface || 1)));
  const deep = Math.round(36 * Math.sqrt(course.buried[i] / (most.buried || 1)));
  cells.push(part("rect", "marrow", { x: 0, y: 0, width: 320, height: 200 }));
  cells.push(part("rect", "matrix", { x: 0, y: top, width: 320, height: 200 - top }));
  cells.push(part("path", "edge", { d: `M0 ${top}H320` }));
  for (let k = 0; k < deep; k++) cells.push(part("path", "buried", { d: diamond(spread(k, 8, 312), spread(k * 7 + 3, top + 16, 192), 3.4) }));
  for (let k = 0; k < near; k++) cells.push(part("path", "surface", { d: diamond(spread(k, 8, 312), top - 1, 5) }));
  const row = (k, n, low, high) => low + ((k + 0.5) / Math.max(n, 6)) * (high - low);
  for (let k = 0; k < clasts; k++) cells.push(part("path", "osteoclast", { d: rough(row(k, clasts, 6, 156), top - 14 - 11 * (k % 2) * (clasts > 9), 9) }));
  for (let k = 0; k < blasts; k++) cells.push(part("rect", "osteoblast", { x: row(k, blasts, 160, 312), y: top - 14 - 15 * (k % 2) * (blasts > 12), width: 10, height: 13, rx: 2 }));
  svg.replaceChildren(...cells);
  const amount = (x) => Math.round(x).toLocaleString("en");
  return `${clasts} osteoclasts and ${blasts} osteoblasts drawn; drug on the surface ${amount(course.surface[i])} nmol, buried ${amount(course.buried[i])} nmol.`;
}

function moment() {
  if (!bone) return;
  const slider = $("#moment"), i = Number(slider.value), labels = Object.keys(bone), most = {};
  for (const key of ["surface", "buried", "thickness"]) most[key] = Math.max(...labels.flatMap((label) => bone[label][key]));
  const age = startAge + i / 13;  // every fourth week
  slider.setAttribute("aria-valuetext", `age ${age.toFixed(1)}`);
  labels.forEach((label, k) => {
    $(`#bone-${k}`).textContent = `${label}, at age ${age.toFixed(1)}`;
    $(`#bone-said-${k}`).textContent = sketch($$(".bone")[k], bone[label], Math.min(i, bone[label].removed.length - 1), most);
  });
}

function play() {
  const slider = $("#moment"), button = $("#play");
  if (timer) { clearInterval(timer); timer = 0; button.textContent = "Play"; return; }
  if (still) { slider.value = (Number(slider.value) + 6) % (Number(slider.max) + 1); moment(); return; }
  if (slider.value === slider.max) slider.value = 0;
  button.textContent = "Stop";
  timer = setInterval(() => {
    slider.value = Number(slider.value) + 1;
    moment();
    if (slider.value === slider.max) play();
  }, 160);
}

export function startBone() {
  if (!$("#moment")) return;
  if (still) $("#play").textContent = "Half a year on";
  $("#moment").addEventListener("input", moment);
  $("#play").addEventListener("click", play);
}

export function showBone(found, age) {
  if (!$("#moment")) return;
  bone = found;
  startAge = age;
  $("#moment").max = Object.values(bone)[0].removed.length - 1;
  moment();
}
