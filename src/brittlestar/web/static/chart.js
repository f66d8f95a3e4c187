// One chart over the course: bands, lines with their names at their ends, doses on top, the chosen moment as one line.
//
// options: high, y [low, high], ticks, places; bands [{low, high, as, step}], lines [{values, as, dash, width}],
// labels [{y, text: [..], as}], healthy {low, high, middle}; doses [{given (years), tablets ([from, to] years), as, name}],
// a row for each plan that gives something; top (whether the rows are drawn), foot (ages along the foot), age, years, said,
// right (space for labels).
import { at, clamp, drop, r1 } from "./shapes.js";
import { escaped, number, t } from "./text.js";

const ROOM = 15, LETTER = 7.3;  // of a line of a label, of a letter in it
const NARROW = 560;
export const narrow = (wide) => wide < NARROW;

// Round values that cut a range into some four parts.
export function ticks(low, high) {
  const raw = (high - low) / 4, ten = 10 ** Math.floor(Math.log10(raw)), step = [1, 2, 2.5, 5, 10].find((n) => n * ten >= raw * 0.999) * ten;
  const found = [];
  for (let v = Math.ceil(low / step - 1e-9) * step; v <= high + step * 1e-6; v += step) found.push(Number(v.toPrecision(6)));
  return { found, places: step >= 1 && step % 1 === 0 ? 0 : step >= 0.1 && (step * 10) % 1 < 1e-9 ? 1 : 2 };
}

// A label in lines that fit beside the chart.
function wrapped(texts, room) {
  const most = Math.floor(room / LETTER), lines = [];
  for (const word of texts.flatMap((text) => [...text.split(" "), null])) {
    if (word === null) lines.push("");
    else if (!lines.length || (lines.at(-1) && lines.at(-1).length + 1 + word.length > most)) lines.push(word);
    else lines.push(`${lines.pop()} ${word}`.trim());
  }
  return lines.filter(Boolean);
}

// Labels moved apart from one another, inside the chart.
function apart(labels, lowest) {
  const placed = labels.map((one) => ({ ...one, at: one.place })).sort((a, b) => a.at - b.at), room = (one) => ROOM * one.text.length + 4;
  for (let k = 1; k < placed.length; k++) placed[k].at = Math.max(placed[k].at, placed[k - 1].at + room(placed[k - 1]));
  const last = placed.at(-1), over = last ? last.at + ROOM * (last.text.length - 1) - lowest : 0;
  if (over > 0) {
    last.at -= over;
    for (let k = placed.length - 2; k >= 0; k--) placed[k].at = Math.min(placed[k].at, placed[k + 1].at - room(placed[k]));
  }
  return placed;
}

// Years under the foot: at most some six of them.
const marked = (years) => { const step = years > 6 ? 2 : 1; return [...Array(Math.floor(years / step) + 1)].map((_, k) => k * step); };

// A row of doses above the chart: drops at drips, a bar along tablets, and what they are in whole words.
const HIGH = 15, MARK = 11;  // of a line of a row; of the first above the chart
const called = ({ given, name }, room) => wrapped([name || t(given.length ? "charts.drips" : "charts.tablets")], 1.1 * room);
function dosed({ given, tablets, as }, said, y, X, end) {
  const bars = tablets.map(([from, to]) => `<path d="M${r1(X(from))} ${y + 6}H${r1(X(to))}" stroke="var(--${as})" stroke-width="7"/>`);
  return `${bars.join("")}${given.map((year) => drop(X(year), y, as)).join("")}<text class="ax as-${as}" x="${end + 8}" y="${y + 10}">${said.map((text, k) => `<tspan x="${end + 8}" dy="${k ? HIGH : 0}">${escaped(text)}</tspan>`).join("")}</text>`;
}

// Draws into `host`; gives what moves the chosen moment (in intervals). `chosen(i)` is called on a click.
export function chart(host, wide, o, chosen) {
  const rows = (o.doses || []).filter(({ given, tablets }) => given.length || tablets.length), top = o.top && rows.length;
  const right = o.right || (narrow(wide) ? 104 : 178), names = rows.map((one) => called(one, right - 8)), lines = names.flat().length;
  const m = { l: 44, r: right, t: top ? MARK + HIGH * lines : 10, b: o.foot ? 40 : 12 };
  const texts = o.labels.map((label) => wrapped(label.text, m.r - 9)), labelled = texts.reduce((all, one) => all + ROOM * one.length + 4, 0);
  // Names of more than a line, and labels that have no room otherwise, make the picture higher.
  const high = Math.max(o.high + (top ? HIGH * (lines - rows.length) : 0), m.t + labelled + m.b), w = wide - m.l - m.r, h = high - m.t - m.b, [y0, y1] = o.y, intervals = o.lines[0].values.length - 1;
  const X = (year) => m.l + year / o.years * w, I = (i) => m.l + i / intervals * w, Y = (v) => m.t + h - (clamp(v, y0, y1) - y0) / (y1 - y0) * h;
  const path = (values) => values.map((v, k) => `${k ? "L" : "M"}${r1(m.l + k / (values.length - 1) * w)} ${r1(Y(v))}`).join("");
  const back = (values) => values.map((v, k) => `L${r1(m.l + k / (values.length - 1) * w)} ${r1(Y(v))}`).reverse().join("");
  const band = (low, high) => `${path(high)}${back(low)}Z`;
  // Counts step; they never slope.
  const stairs = (values) => values.map((v, k) => (k ? `H${r1(I(k))}V${r1(Y(v))}` : `M${r1(I(0))} ${r1(Y(v))}`)).join("");
  const said = o.ticks || ticks(y0, y1);
  let s = "";
  for (const v of said.found) s += `<path d="M${m.l} ${r1(Y(v))}H${wide - m.r}" stroke="var(--line)"/><text class="ax" x="${m.l - 8}" y="${r1(Y(v) + 4)}" text-anchor="end">${number(v, said.places)}</text>`;
  // Lines through the charts belong to one plan: of several they would not be told apart.
  for (const year of rows.length === 1 ? rows[0].given : []) s += `<path d="M${r1(X(year))} ${m.t - (top ? 6 : 10)}V${high - m.b + (o.foot ? 4 : 12)}" stroke="var(--drug-edge)" stroke-width="1" stroke-dasharray="2 3"/>`;
  if (top) rows.forEach((one, k) => { s += dosed(one, names[k], 7 + HIGH * names.slice(0, k).flat().length, X, wide - m.r); });
  if (o.healthy) s += `<path d="${band(o.healthy.low, o.healthy.high)}" fill="var(--ok)"/><path d="${path(o.healthy.low)}${path(o.healthy.high)}" fill="none" stroke="var(--ok-edge)"/><path d="${path(o.healthy.middle)}" fill="none" stroke="var(--ok-ink)" stroke-width="1.2" stroke-dasharray="1 4" stroke-linecap="round"/>`;
  for (const one of o.bands || []) s += one.step
    ? `<path d="${stairs(one.high)}V${r1(Y(0))}H${m.l}Z" fill="var(--${one.as}-band)" opacity=".85"/><path d="${stairs(one.high)}" fill="none" stroke="var(--${one.as}-edge)"/>`
    : `<path d="${band(one.low, one.high)}" fill="var(--${one.as}-band)" opacity=".85"/><path d="${path(one.low)}${path(one.high)}" fill="none" stroke="var(--${one.as}-edge)"/>`;
  for (const one of o.lines) s += `<path d="${path(one.values)}" fill="none" stroke="var(--${one.as})" stroke-width="${one.width || 2.6}"${one.dash ? ` stroke-dasharray="${one.dash}"` : ""} stroke-linejoin="round"/>`;
  const x = wide - m.r + 9;
  const labels = o.labels.map((label, k) => ({ ...label, text: texts[k], place: Y(label.y) }));
  for (const one of apart(labels, high - m.b + 2)) {
    if (Math.abs(one.at - one.place) > 9) s += `<path d="M${wide - m.r + 1} ${r1(one.place)}L${wide - m.r + 7} ${r1(one.at)}" stroke="var(--${one.as})"/>`;
    s += `<text class="dl as-${one.as}" x="${x}" y="${r1(one.at + 4)}">${one.text.map((text, k) => `<tspan x="${x}" dy="${k ? ROOM : 0}">${escaped(text)}</tspan>`).join("")}</text>`;
  }
  if (o.foot) for (const year of marked(o.years)) s += `<text class="ax" x="${r1(X(year))}" y="${high - m.b + 22}" text-anchor="middle">${year ? number(o.age + year, o.age % 1 ? 1 : 0) : t("charts.age", { n: number(o.age, o.age % 1 ? 1 : 0) })}</text>`;
  host.innerHTML = `<svg width="${wide}" height="${high}" viewBox="0 0 ${wide} ${high}" role="img" aria-label="${escaped(o.said)}">${s}<g class="cursor"></g></svg>`;
  if (!chosen) return () => {};
  const svg = host.firstChild, cursor = svg.querySelector(".cursor");
  svg.addEventListener("click", (event) => chosen(Math.round(clamp((event.clientX - svg.getBoundingClientRect().left - m.l) / w) * intervals)));
  return (i) => {
    const dots = o.lines.map((one) => `<circle cx="${r1(I(i))}" cy="${r1(Y(at(one.values, i)))}" r="4.2" fill="var(--${one.as})" stroke="var(--paper)" stroke-width="1.5"/>`).join("");
    cursor.innerHTML = `<path d="M${r1(I(i))} ${m.t - 4}V${high - m.b + 2}" stroke="var(--ink)" stroke-width="1.5"/>${dots}`;
  };
}
