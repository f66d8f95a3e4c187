// A strut of spongy bone, 640 x 334 µm: places where bone is taken away and rebuilt, and the drug on and in it.
//
// Each of five places goes through cycles of CYCLE years: hollow, reversal, refill. A cycle begins if its fixed draw is
// below the resorption of that moment over SEATS, so plans differ by what the drug does and by nothing else.
import { at, clamp, diamond, hash, osteoblast, osteoclast, r1 } from "./shapes.js";
import { t } from "./text.js";

const WIDE = 640, HIGH = 334;
const PLACES = [{ x: 118, up: 1, w: 64 }, { x: 322, up: 1, w: 66 }, { x: 528, up: 1, w: 62 }, { x: 222, up: 0, w: 62 }, { x: 430, up: 0, w: 64 }];
const CYCLE = 0.46, SEATS = 6, DEEP = 36;
// Shares of a cycle: the hollow is deep after DUG, refilled from FILLING on, whole at DONE.
const DUG = 0.3, FILLING = 0.4, DONE = 0.92;
const MOST_SURFACE = 38, MOST_BURIED = 56;
const golden = (i, start) => (i * 0.618034 + start) % 1;
const CYTES = [...Array(26)].map((_, i) => ({ x: 16 + i * 24.6 + 9 * hash(i, 5), d: 0.18 + 0.64 * hash(i, 7), turn: (hash(i, 9) - 0.5) * 10 }));
const BURIED = [...Array(60)].map((_, i) => ({ x: 8 + golden(i, 0.13) * 624, side: i % 2, d: 0.1 + 0.36 * hash(i, 11) ** 0.8 }));
const SURFACE = [...Array(40)].map((_, i) => ({ x: 10 + golden(i, 0.37) * 620, up: i % 5 < 3 }));
const FAT = [[60, 36, 30], [150, 18, 24], [250, 46, 34], [372, 20, 28], [470, 52, 32], [590, 26, 30], [70, 318, 32], [178, 298, 30], [300, 322, 36], [398, 296, 26], [500, 318, 34], [604, 300, 28]];

function marrow() {
  let o = `<rect width="${WIDE}" height="${HIGH}" fill="url(#mg)"/>`;
  for (let k = 0; k < 70; k++) {
    const x = hash(k, 51) * WIDE, y = hash(k, 52);
    o += `<circle cx="${r1(x)}" cy="${r1(y < 0.5 ? y * 190 : HIGH - (y - 0.5) * 190)}" r="${r1(2.4 + 2.6 * hash(k, 53))}" fill="var(--fat2)" opacity=".55"/>`;
  }
  return o + FAT.map(([x, y, r]) => `<circle cx="${x}" cy="${y}" r="${r}" fill="var(--fat)" stroke="var(--fat2)"/><circle cx="${r1(x + r * 0.55)}" cy="${r1(y + r * 0.62)}" r="3" fill="var(--fat2)"/>`).join("");
}

// What each place is doing: depth of the hollow dug and how much of it is filled again.
const places = (side, i, years) => PLACES.map((place, k) => {
  const offset = ((k * 0.37) % 1) * CYCLE, turn = Math.floor((years + offset) / CYCLE + 1e-9), f = (years + offset) / CYCLE - turn;
  const begun = Math.max(0, turn * CYCLE - offset), on = hash(k + 1, turn + 3) < at(side.removed, begun * side.perYear) / SEATS;
  const dug = on ? clamp(f / DUG) * DEEP : 0, filled = on ? clamp((f - FILLING) / 0.5) : 0;
  return { ...place, on, f, dug, filled, now: dug * (1 - filled) };
});

// Top and bottom of the strut, before and after what is dug.
function edges(side, i, working) {
  const thick = clamp(at(side.thick, i), 20, 220);
  const half = (x) => thick / 2 + 62 * (Math.abs(x - 320) / 320) ** 3.4, mid = (x) => 168 + 10 * Math.sin(x / 640 * 5.6 + 0.5);
  const bump = (one, x) => { const u = Math.abs(x - one.x) / one.w; return u < 1 ? (1 - u ** 2.4) ** 1.1 : 0; };
  const cut = (x, up, key) => working.reduce((sum, one) => sum + (one.up === up ? Math.min(one[key], 0.7 * thick) * bump(one, x) : 0), 0);
  const top = (x, key) => mid(x) - half(x) + (key ? cut(x, 1, key) : 0), bottom = (x, key) => mid(x) + half(x) - (key ? cut(x, 0, key) : 0);
  return { half, mid, top, bottom };
}

function line(f, a = 0, b = WIDE) {
  let s = "";
  for (let x = a; x <= b; x += 4) s += `${s ? "L" : "M"}${x} ${r1(f(x))}`;
  return s;
}
function area(f, g, a = 0, b = WIDE) {
  let s = line(f, a, b);
  for (let x = b; x >= a; x -= 4) s += `L${x} ${r1(g(x))}`;
  return `${s}Z`;
}

function bone({ half, mid, top, bottom }, working) {
  let o = `<path d="${area((x) => top(x, "now"), (x) => bottom(x, "now"))}" fill="url(#bg)"/>`;
  for (const k of [-0.72, -0.5, -0.25, 0, 0.25, 0.5, 0.72]) o += `<path d="${line((x) => clamp(mid(x) + half(x) * k, top(x, "dug") + 2, bottom(x, "dug") - 2))}" fill="none" stroke="var(--lamella)" stroke-width="1.1" opacity=".7"/>`;
  for (const one of working.filter((s) => s.on && s.filled > 0)) {
    const a = one.x - one.w, b = one.x + one.w, edge = one.up ? top : bottom;
    o += `<path d="${area((x) => edge(x, "now"), (x) => edge(x, "dug"), a, b)}" fill="var(--newbone)"/><path d="${line((x) => edge(x, "dug"), a, b)}" fill="none" stroke="var(--edge)" stroke-width="1.2" stroke-dasharray="3 2.5"/>`;
  }
  for (const cyte of CYTES) {
    const y = mid(cyte.x) + half(cyte.x) * (cyte.d * 2 - 1) * 0.86;
    if (y > top(cyte.x, "dug") + 9 && y < bottom(cyte.x, "dug") - 9) o += `<g transform="translate(${r1(cyte.x)} ${r1(y)}) rotate(${r1(cyte.turn)})" stroke="var(--cyte)" stroke-width=".8"><path d="M-11 -3L-5 0M-10 4L-5 1M11 -4L5 0M10 4L5 1M0 -7V-2M1 7V2"/><ellipse rx="6.5" ry="2.6" fill="var(--cyte)" stroke="none"/></g>`;
  }
  for (const edge of [top, bottom]) o += `<path d="${line((x) => edge(x, "now"))}" fill="none" stroke="var(--edge)" stroke-width="1.8"/>`;
  const free = (x, up) => working.every((s) => s.up !== up || !s.on || s.now < 2 || Math.abs(x - s.x) > s.w + 8);
  for (let x = 14; x < WIDE; x += 38) for (const up of [1, 0]) if (free(x, up)) o += `<ellipse cx="${x}" cy="${r1(up ? top(x) - 2.8 : bottom(x) + 2.8)}" rx="14" ry="2.3" fill="var(--blast)" opacity=".5"/>`;
  return o;
}

function cells({ top, bottom }, working, side, i, found) {
  let o = "";
  const share = clamp(at(side.removed, i) / at(side.removed, 0) * 1.25);
  working.forEach((one, k) => {
    if (!one.on) return;
    const y = (x) => (one.up ? top(x, "now") : bottom(x, "now")), out = one.up ? -1 : 1;
    const turn = (x) => Math.atan2(y(x + 9) - y(x - 9), 18) * 57.3;
    if (one.f < DUG) [-0.44, 0.44].forEach((u, j) => {
      const x = one.x + u * one.w, stopped = side.drug && hash(k * 2 + j, 3) > share;
      o += stopped ? osteoclast(x, y(x) + out * 12, one.up, 0.82, true, turn(x) * 0.5) : osteoclast(x, y(x) + out, one.up, 0.96, false, turn(x));
      if (one.up && !stopped) found.clast ||= [x, y(x) - 26];
      if (one.up && stopped) found.stopped ||= [x, y(x) - 38];
    });
    else if (one.f < FILLING) for (let u = -0.6; u <= 0.6; u += 0.3) {
      const x = one.x + u * one.w;
      o += `<ellipse cx="${r1(x)}" cy="${r1(y(x) + out * 4)}" rx="6.5" ry="3.6" fill="var(--quiet)" opacity=".8"/>`;
    }
    else if (one.f < DONE) {
      for (let x = one.x - one.w * 0.8; x <= one.x + one.w * 0.8; x += 15.5) o += osteoblast(x, y(x) + out * 1.5, one.up, turn(x));
      if (one.up) found.blast = [one.x + one.w * 0.3, y(one.x + one.w * 0.3) - 16];
    }
  });
  return o;
}

function buried({ half, mid, top, bottom }, side, i, most, found) {
  let o = "", nearest = Infinity;
  for (const one of BURIED.slice(0, Math.round(at(side.buried, i) / most * MOST_BURIED))) {
    const thick = half(one.x) * 2, y = one.side ? top(one.x) + 8 + one.d * thick : bottom(one.x) - 8 - one.d * thick;
    if (y <= top(one.x, "now") + 5 || y >= bottom(one.x, "now") - 5) continue;
    o += diamond(one.x, y, 3.8);
    const far = Math.abs(one.x - 400) - 2.5 * (y - mid(one.x));
    if (far < nearest) { nearest = far; found.buried = [one.x, y]; }
  }
  return o;
}

function onSurface({ top, bottom }, side, i, most, found) {
  let o = "";
  for (const one of SURFACE.slice(0, Math.max(2, Math.round(at(side.surface, i) / most * MOST_SURFACE)))) {
    const y = one.up ? top(one.x, "now") - 2 : bottom(one.x, "now") + 2;
    o += diamond(one.x, y, 5.2);
    if (one.up && (!found.surface || Math.abs(one.x - 120) < Math.abs(found.surface[0] - 120))) found.surface = [one.x, y - 6];
  }
  return o;
}

const tag = (p, key, x, y) => (p ? `<path class="ldr" d="M${r1(p[0])} ${r1(p[1])}L${r1(x)} ${p[1] < y ? y - 14 : y + 5}"/><text class="lab" x="${r1(x)}" y="${y}" text-anchor="middle">${t(key)}</text>` : "");

function tags(side, found) {
  if (!side.drug) {
    const near = found.clast && found.blast && Math.abs(found.clast[0] - found.blast[0]) < 190;
    return tag(found.clast, "why.tag_clast", clamp(found.clast?.[0] ?? 0, 112, 528), 22) + tag(found.blast, "why.tag_blast", clamp(found.blast?.[0] ?? 0, 112, 528), near ? 46 : 22);
  }
  const near = found.surface && found.stopped && Math.abs(found.surface[0] - found.stopped[0]) < 170;
  return tag(found.surface, "why.tag_surface", clamp(found.surface?.[0] ?? 0, 80, 560), 30)
    + tag(found.buried, "why.tag_buried", found.buried ? clamp(found.buried[0] + 20, 90, 540) : 0, 318)
    + tag(found.stopped, "why.tag_stopped", clamp(found.stopped?.[0] ?? 0, found.surface ? 250 : 90, 560), near ? 58 : 30);
}

// The drawing at interval `i`; `most` are the largest amounts of drug of the course.
export function strut(side, i, most) {
  const working = places(side, i, i / side.perYear), edge = edges(side, i, working), found = {};
  let o = marrow() + bone(edge, working);
  if (side.drug && most.buried > 0) o += buried(edge, side, i, most.buried, found);
  o += cells(edge, working, side, i, found);
  if (side.drug && at(side.surface, i) > 0) o += onSurface(edge, side, i, most.surface, found);
  o += `${tags(side, found)}<g transform="translate(14 324)"><path d="M0 -4V0H100V-4" stroke="var(--ink)" stroke-width="1.4" fill="none"/><text x="50" y="-7" text-anchor="middle" class="sc">0.1 mm</text></g>`;
  const busy = working.filter((one) => one.on && one.now > 2).length;
  return `<svg viewBox="0 0 ${WIDE} ${HIGH}" role="img" aria-label="${t("why.said_strut", { plan: side.label, n: busy })}">${o}</svg>`;
}
