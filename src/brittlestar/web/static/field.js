// Spongy bone of the spine, 5 x 5 mm at 60 units to the mm: drawn length x thickness is the bone volume fraction. Struts
// come and go by a fixed rank.
import { at, clamp, hash, r1 } from "./shapes.js";
import { number, t } from "./text.js";

const SIDE = 300, PER_MM = 60;

const STRUTS = (() => {
  const edge = 40, wide = edge * Math.sqrt(3) / 2, ends = [];
  const point = (r, c) => {
    const k = r * 97 + c;
    return [c * wide + (hash(k, 1) - 0.5) * 22, r * edge * 1.5 + ((r + c) % 2 ? edge : -edge) * 0.25 + (hash(k, 2) - 0.5) * 20];
  };
  for (let r = -1; r < 7; r++) for (let c = -1; c < 11; c++) {
    ends.push([point(r, c), point(r, c + 1)]);
    if ((r + c) % 2) ends.push([point(r, c), point(r + 1, c)]);
  }
  const inside = (x) => x > 0 && x < SIDE;
  return ends.map(([a, b], i) => {
    const x = (a[0] + b[0]) / 2 + (hash(i, 21) - 0.5) * 14, y = (a[1] + b[1]) / 2 + (hash(i, 22) - 0.5) * 14;
    const d = `M${r1(a[0])} ${r1(a[1])}Q${r1(x)} ${r1(y)} ${r1(b[0])} ${r1(b[1])}`;
    return { d, long: inside(x) && inside(y) ? Math.hypot(a[0] - b[0], a[1] - b[1]) : 0, rank: hash(i, 33), own: 0.8 + 0.4 * hash(i, 44) };
  }).sort((a, b) => a.rank - b.rank);
})();

export function field(side, i) {
  const thick = at(side.thick, i) / 1000 * PER_MM, needed = at(side.volume, i) * SIDE * SIDE / thick;
  let drawn = 0, bone = "", rim = "";
  for (const one of STRUTS) {
    if (drawn >= needed) break;
    const part = one.long ? clamp((needed - drawn) / one.long) : 1, width = thick * one.own * Math.sqrt(part);
    drawn += one.long;
    bone += `<path d="${one.d}" stroke-width="${r1(width)}"/>`;
    rim += `<path d="${one.d}" stroke-width="${r1(width + 2.4)}"/>`;
  }
  const said = t("why.said_field", { plan: side.label, n: number(100 * at(side.volume, i)) });
  return `<svg viewBox="0 0 ${SIDE} ${SIDE}" role="img" aria-label="${said}"><g fill="none" stroke="var(--edge)" stroke-linecap="round">${rim}</g><g fill="none" stroke="var(--bone)" stroke-linecap="round">${bone}</g><g transform="translate(228 286)"><path d="M0 -5V0H60V-5" stroke="var(--ink)" stroke-width="2" fill="none"/><text x="30" y="-10" text-anchor="middle" class="sc2">1 mm</text></g></svg>`;
}
