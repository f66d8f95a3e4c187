// The days at a clinic that a plan asks for: how often each thing is done, and what on which day.
import { drug, escaped, first, has, number, t, years } from "./text.js";

const DAYS_PER_MONTH = 365.25 / 12;

const named = (what) => (has(`days.${what}`) ? t(`days.${what}`) : t("days.dose", { drug: drug(what) }));
const when = (day) => (day === 0 ? t("why.start") : t("days.at", { month: number(day / DAYS_PER_MONTH, 1), day: number(day) }));

// How often each thing is done: doses first, then the most frequent.
function counts(visits) {
  const found = new Map();
  for (const { what } of visits) for (const one of what) found.set(one, (found.get(one) || 0) + 1);
  return [...found].sort(([a, n], [b, m]) => has(`days.${a}`) - has(`days.${b}`) || m - n || (a < b ? -1 : 1)).map(([what, n]) => t("days.times", { what: first(named(what)), n: number(n) }));
}

const title = (plan, long) => t(plan.visits.length ? "days.in_all" : "days.none", { n: number(plan.visits.length), years: years(long) });

export const short = (plan, long) => `<p>${escaped(title(plan, long))}</p>${plan.visits.length ? `<ul>${counts(plan.visits).map((one) => `<li>${escaped(one)}</li>`).join("")}</ul>` : ""}`;

export function whole(plan, long) {
  if (!plan.visits.length) return short(plan, long);
  const rows = plan.visits.map(({ day, what }) => `<tr><th scope="row">${escaped(when(day))}</th><td>${what.map((one) => escaped(first(named(one)))).join("<br>")}</td></tr>`).join("");
  return `${short(plan, long)}<div class="scroll" tabindex="0" role="region" aria-label="${escaped(t("days.title"))}"><table><caption>${escaped(t("days.title"))}</caption><thead><tr><th scope="col">${escaped(t("days.when"))}</th><th scope="col">${escaped(t("days.what"))}</th></tr></thead><tbody>${rows}</tbody></table></div><p class="note">${escaped(t("days.note"))}</p>`;
}
