// How sure: how people and luck spread, and three ranges about each difference, which come a moment later.
import { $ } from "./ask.js";
import { people } from "./question.js";
import { drugs, escaped, first, number, range, signed, t, years } from "./text.js";

const MOST = 18, STEP = 17, RISE = 11;  // bones shown one by one; room of a dot
const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;

function pile(counts, per) {
  const heights = {};
  return counts.map((count) => { const bin = Math.min(Math.floor(count / per), MOST); heights[bin] = (heights[bin] || 0) + 1; return [bin, heights[bin]]; });
}

function dots(answer, side, as, label, high, per, average) {
  const counts = answer.fractures.counts[side];
  let s = pile(counts, per).map(([bin, k]) => `<circle cx="${14 + bin * STEP}" cy="${high * RISE - k * RISE + 6}" r="4.7" fill="var(--${as})"/>`).join("");
  for (let bin = 0; bin <= MOST; bin += 3) s += `<text class="ax" x="${14 + bin * STEP}" y="${high * RISE + 22}" text-anchor="middle">${bin * per}${bin === MOST ? "+" : ""}</text>`;
  const said = t("sure.dots_said", { label, low: counts[0], high: counts.at(-1) });
  return `<figure class="${as === "none" ? "a" : "b"}"><h3>${escaped(t("sure.dot_plan", { label, n: number(average, 1) }))}</h3><svg viewBox="0 0 334 ${high * RISE + 28}" role="img" aria-label="${escaped(said)}">${s}<path d="M4 ${high * RISE + 4}H330" stroke="var(--field)"/></svg></figure>`;
}

export function show(answer) {
  const { counts, untreated, plan } = answer.fractures, treated = answer.plan.drugs.length > 0, span = answer.asked.years;
  const per = Math.max(1, Math.ceil(mean(counts.untreated) * 3 / MOST)), sides = treated ? ["untreated", "plan"] : ["untreated"];
  const high = Math.max(...sides.flatMap((side) => pile(counts[side], per).map(([, k]) => k)));
  $("#dots-lead").textContent = t("sure.dots", { people: people(answer.asked.person).many, years: years(span) });
  // The means are those of the whole page, not of the 50 dots.
  $("#dots").innerHTML = dots(answer, "untreated", "none", t("picture.untreated"), high, per, untreated * span) + (treated ? dots(answer, "plan", "drug", t("picture.model", { drug: first(drugs(answer.plan)) }), high, per, plan * span) : "");
  $("#ranges").innerHTML = treated ? `<p class="note">${escaped(t("sure.waiting"))}</p>` : "";
}

export function failed(why) { $("#ranges").innerHTML = `<p class="note">${escaped(t("sure.failed", { why }))}</p>`; }

export function ranges(answer, found) {
  if (!answer.plan.drugs.length) return;
  const span = (ends, places) => escaped(range(ends, places));
  const columns = ["mean", "chance", "people", "science"].map((key) => t(`sure.col_${key}`));
  const rows = found.rows.map((row) => {
    const cells = [escaped(signed(row.mean, row.places)), ...["chance", "people", "science"].map((key) => span(row[key], row.places))];
    return `<tr><th scope="row">${escaped(first(t(`sure.${row.id}`)))}</th>${cells.map((cell, k) => `<td data-label="${escaped(columns[k])}">${cell}</td>`).join("")}</tr>`;
  });
  $("#ranges").innerHTML = `<h3>${escaped(t("sure.ranges"))}</h3><p class="note">${escaped(t("sure.ranges_lead"))}</p><div class="scroll" tabindex="0" role="region" aria-label="${escaped(t("sure.ranges"))}"><table class="cards"><thead><tr><th scope="col">${escaped(t("sure.col_what"))}</th>${columns.map((name) => `<th scope="col">${escaped(name)}</th>`).join("")}</tr></thead><tbody>${rows.join("")}</tbody></table></div><p class="note">${escaped(t("sure.lower", { n: number(found.lower) }))}</p><p class="note">${escaped(groups(answer, found))}</p><p class="note">${escaped(t("sure.sets", { n: number(found.sets) }))}</p>`;
}

// How many of 100 break a bone, without treatment and with it, as groups of people and trials differ.
function groups(answer, found) {
  const { untreated: [low, high], plan: [low2, high2] } = found.rows.find((row) => row.id === "with_fracture").population;
  const { mean } = answer.rows.find((row) => row.id === "with_fracture").untreated;
  return t("sure.groups", { low: number(low), high: number(high), u: number(mean), low2: number(low2), high2: number(high2) });
}
