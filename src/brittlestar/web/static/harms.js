// Harms: the two that the first view tells, and the list of those that differ, out of the same 100.
import { $ } from "./ask.js";
import { people } from "./question.js";
import { RULES } from "./rules.js";
import { bold, drugs, escaped, first, has, number, put, some, t, years } from "./text.js";

const FELT = ["acute_phase", "symptomatic_calcium", "gut_stop", "gut"];
export const GROUPS = [["felt", ["acute_phase", "acute_phase_later", "symptomatic_calcium", "gut", "gut_stop"]], ["seen", ["low_phosphate", "low_calcium", "wide_metaphyses", "late_fracture_union", "late_osteotomy_union"]], ["rare", ["atypical_femur", "jaw_osteonecrosis"]]];
const SEEN = 0.5;  // of 100: a difference below is none when said in whole people

const byId = (answer) => new Map(answer.rows.map((row) => [row.id, row]));
const rare = (id) => GROUPS[2][1].includes(id);
const bound = (row) => row.plan.at_most !== null;
// Rare and serious harms stand even where they round to none.
export const differs = (row) => bound(row) || Math.abs(row.difference) >= SEEN || (rare(row.id) && row.difference > 0);
export const label = (id) => first(t(`row.${id}.label`));
export const value = (cell) => (cell.at_most !== null ? t("harm.at_most", { n: number(Math.ceil(cell.at_most * 10 - 1e-6) / 10, 1) }) : cell.mean === null ? number(0) : some(cell.mean));

// The line of the first view, into `place`.
export function line(answer, place) {
  if (!answer.plan.drugs.length) { put(place, "harm.no_drug"); return; }
  const rows = byId(answer), found = FELT.map((id) => rows.get(id)).filter((row) => row.difference >= SEEN);
  if (!found.length) { put(place, "harm.nothing"); return; }
  const told = found.sort((a, b) => b.difference - a.difference).slice(0, 2), more = (row) => bold("", some(row.difference));
  const parts = { people: people(answer.asked.person).many, a: more(told[0]), first: t(`harm.short_${told[0].id}`) };
  put(place, told[1] ? "harm.two" : "harm.one", told[1] ? { ...parts, b: more(told[1]), second: t(`harm.short_${told[1].id}`) } : parts);
}

function item(row) {
  const a = bound(row) ? row.plan.at_most : row.plan.mean, b = row.untreated.mean ?? 0, note = has(`row.${row.id}.note`) ? t(`row.${row.id}.note`) : "";
  const versus = b > 0 ? ` <small>${escaped(t("harm.versus", { n: some(b) }))}</small>` : "";
  const bar = `<path d="M0 6H${Math.max(0.4, a)}" stroke="var(--drug)" stroke-width="8"${bound(row) ? ' stroke-dasharray="2 2"' : ""} vector-effect="non-scaling-stroke"/>`;
  return `<div class="h"><span class="w">${escaped(label(row.id))}${note ? `<small>${escaped(note)}</small>` : ""}</span><span class="n">${escaped(value(row.plan))}${versus}</span><svg viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true"><path d="M0 6H100" stroke="var(--line)" stroke-width="2" vector-effect="non-scaling-stroke"/>${a > 0 ? bar : ""}${b > 0 ? `<path d="M${b} 0V12" stroke="var(--none)" stroke-width="3" vector-effect="non-scaling-stroke"/>` : ""}</svg></div>`;
}

const group = (key, rows, small = "") => (rows.length ? `<div class="hg"><h3>${escaped(t(`harm.${key}`))}${small ? `<small>${escaped(small)}</small>` : ""}</h3>${rows.map(item).join("")}</div>` : "");
const days = (n) => (n === 0 ? t("harm.no_days") : n === 1 ? t("harm.day") : t("harm.many_days", { n: number(n) }));

export function show(answer) {
  const rows = byId(answer), who = people(answer.asked.person).many, treated = answer.plan.drugs.length > 0;
  $("#harms-title").textContent = t("harm.title", { people: who, years: years(answer.asked.years) });
  $("#harms-lead").textContent = treated ? t("harm.lead", { drug: drugs(answer.plan) }) : t("harm.lead_none");
  const benefits = answer.rows.filter((row) => row.kind === "benefit"), same = answer.rows.filter((row) => !differs(row));
  let html = group("gain", benefits.filter(differs), t("harm.gain_lead", { people: who }));
  for (const [key, ids] of GROUPS) html += group(key, ids.map((id) => rows.get(id)).filter((row) => row && differs(row)));
  const list = same.map((row) => t(`row.${row.id}.label`)).join("; ");
  const notes = [list && t("harm.same", { list }), t("harm.not_in"), treated && t(answer.plan.given_years.length ? "harm.days" : "harm.days_tablets", { days: days(answer.plan.clinic_days) })];
  $("#harm-lists").innerHTML = `<div class="harms">${html}</div>${notes.filter(Boolean).map((text) => `<p class="note">${escaped(text)}</p>`).join("")}`;
}

// At most five for the sheet of paper, the felt and the serious first: [label, number under each plan].
export function forPaper(answers) {
  const all = answers.map(byId), shown = (row) => row && (bound(row) || row.difference > RULES.seen_on_paper);
  const ids = RULES.harms_on_paper.filter((id) => all.some((rows) => shown(rows.get(id)))).slice(0, RULES.most_on_paper);
  return ids.map((id) => [label(id), ...all.map((rows) => value(rows.get(id).plan))]);
}
