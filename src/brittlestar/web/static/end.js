// The lower end of the thigh bone, 4 units to the mm: what has grown since the start, one dense line for each drip, moved
// away by growth, and the width of the end over untreated. In adults the growth plate is closed.
import { at, hash, r1 } from "./shapes.js";
import { t } from "./text.js";

const UNIT = 4, PLATE = 196, MOST_GROWN = 46;

const wave = (x) => PLATE + 4 * Math.sin((x - 150) / 19);
function curve(y) {
  let s = "M";
  for (let x = 20; x <= 280; x += 8) s += `${x > 20 ? "L" : ""}${x} ${r1(wave(x) + y - PLATE)}`;
  return s;
}

function outline(width) {
  const half = (y) => {
    const d = (PLATE - y) / UNIT, flare = Math.exp(-((Math.max(0, d) / 17) ** 1.5)), more = width - 1;
    return 38 + 72 * flare * (1 + more * 1.53 * (d / 20) * Math.exp(1 - d / 20) + more * 0.25);
  };
  let left = "M", right = "";
  for (let y = 0; y <= PLATE - 4; y += 6) { left += `${y ? "L" : ""}${r1(150 - half(y))} ${y}`; right = `L${r1(150 + half(y))} ${y}${right}`; }
  for (let x = 40; x <= 260; x += 6) left += `L${x} ${r1(wave(x))}`;
  return `${left}${right}Z`;
}

function plate() {
  let top = "M", low = "", cells = "";
  for (let x = 38; x <= 262; x += 8) top += `${x > 38 ? "L" : ""}${x} ${r1(wave(x))}`;
  for (let x = 262; x >= 38; x -= 8) low += `L${x} ${r1(wave(x) + 17)}`;
  for (let x = 46; x < 262; x += 9.5) for (let k = 0; k < 4; k++) cells += `<ellipse cx="${x}" cy="${r1(wave(x) + 3 + k * 3.6)}" rx="3.2" ry="1.2" fill="var(--cartcell)"/>`;
  return `<path d="${top}${low}Z" fill="var(--cart)"/>${cells}`;
}

// `id` tells the clip of one drawing from that of another.
export function end(side, i, id) {
  // Where more is grown than the picture holds, it is drawn smaller.
  const scale = UNIT * Math.min(1, MOST_GROWN / Math.max(...side.growth, 1)), open = side.open;
  const grown = open ? at(side.growth, i) : 0, shape = outline(at(side.width, i));
  let body = "", lines = 0;
  if (grown > 0.4) body += `<path d="${curve(PLATE)}L280 ${r1(PLATE - grown * scale)}${[...Array(33)].map((_, k) => `L${280 - k * 8} ${r1(wave(280 - k * 8) - grown * scale)}`).join("")}Z" fill="var(--newbone)" opacity="${side.drug ? 0.9 : 0.75}"/>`;
  for (let k = 0; k < 46; k++) {
    const x = 46 + hash(k, 3) * 208, y = 8 + hash(k, 4) * (PLATE - 18), kept = side.drug && y > PLATE - grown * scale;
    body += `<circle cx="${r1(x)}" cy="${r1(y)}" r="${r1((2 + 3.5 * hash(k, 6)) * (kept ? 0.55 : side.drug ? 0.9 : 1))}" fill="var(--marrow)" opacity=".9"/>`;
  }
  if (open) for (const year of side.given.filter((y) => y * side.perYear <= i + 1e-6)) {
    const y = curve(PLATE - (grown - at(side.growth, year * side.perYear)) * scale - 2);
    lines++;
    body += `<path d="${y}" fill="none" stroke="var(--drug-mark)" stroke-width="2.8"/><path d="${y}" fill="none" stroke="var(--halo)" stroke-width=".7" opacity=".8"/>`;
  }
  const head = '<path d="M40 218C26 250 44 292 88 292C118 292 130 276 150 270C170 276 182 292 212 292C256 292 274 250 260 218Q205 224 150 219Q95 224 40 218Z" fill="var(--bone)" stroke="var(--cart)" stroke-width="6"/>';
  const closed = `<path d="M40 190H260V228H40Z" fill="var(--bone)"/><path d="${curve(PLATE + 8)}" fill="none" stroke="var(--lamella)" stroke-width="2"/>`;
  const bone = `<path d="${shape}" fill="var(--bone)" stroke="var(--edge)" stroke-width="2"/><clipPath id="${id}"><path d="${shape}"/></clipPath><g clip-path="url(#${id})">${body}</g>`;
  const bar = `<g transform="translate(12 20)"><path d="M0 -5V0H${r1(10 * scale)}V-5" stroke="var(--ink)" stroke-width="2" fill="none"/><text x="0" y="24" class="sc2">1 cm</text></g>`;
  return `<svg viewBox="0 0 300 300" role="img" aria-label="${t("why.said_end", { plan: side.label, n: lines })}">${bone}${open ? plate() + head : head + closed}${bar}</svg>`;
}
