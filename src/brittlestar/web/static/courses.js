// The charts of plans side by side: one line for each plan in its colour, no band, the same clock for all.
import { BY_TRIALS, bands_of, labels, lines, of, others as further } from "./charts.js";
import { number, plain, t } from "./text.js";

const last = (values) => values.at(-1);

// `names` are those of the plans, in order; the untreated course is the one that all share.
export function scene(answers, names) {
  const [{ course }] = answers, side = (k) => ({ course: answers[k].course, key: "plan", as: `p${k}`, name: names[k] });
  const trials = answers.find((one) => one.fractures.trials)?.fractures.trials;
  const doses = answers.map(({ plan }, k) => ({ given: plan.given_years, tablets: plan.tablets_years, as: `p${k}`, name: names[k] }));
  return { ...of(answers[0]), trials, doses, sides: [{ course, key: "untreated", as: "none", name: t("charts.none") }, ...names.map((_, k) => side(k))] };
}

const each = (all, places) => all.map((one) => t("compare.each", { plan: one.name, n: number(last(one.mean), places) })).join("; ");

function one(s, id, output, { key, words, places, low, high = 1.06, extra = [], behind = {} }) {
  const all = bands_of(s, output), values = [...all, ...extra.map(({ values: mean }) => ({ mean }))].flatMap((line) => line.mean);
  const ends = [...values, ...(behind.healthy ? [...behind.healthy.low, ...behind.healthy.high] : [])];
  const age = plain(Math.round(10 * (s.age + s.years)) / 10);
  return {
    id, title: t(`compare.${key}`, { age, person: s.who.one, values: each(all, places) }), sub: t(`charts.${id === "removed" || id === "formed" ? "turnover" : id}_sub`).split(/(?<=\.) /)[0], words, unit: "", places,
    draw: () => ({
      y: [low ?? Math.floor(Math.min(...ends) * 10) / 10, low === undefined ? Math.ceil(Math.max(...ends) * 10) / 10 : Math.max(...ends) * high], ...behind,
      bands: [], lines: [...lines(all), ...extra],
      labels: [...labels(all), ...extra.map((line) => ({ y: last(line.values), text: [line.name], as: line.as })), ...(behind.healthy ? [{ y: last(behind.healthy.middle), text: [t("charts.healthy", { people: s.who.many })], as: "ok-ink" }] : [])],
    }),
  };
}

export function main(s) {
  const { median, sd } = s.course.healthy, untreated = bands_of(s, "expected_fractures")[0].mean;
  const healthy = { low: median.map((v, i) => v - 2 * sd[i]), high: median.map((v, i) => v + 2 * sd[i]), middle: median };
  const by = s.trials ? [{ values: untreated.map((v) => v * s.trials.ratio[0]), as: "ink", name: t("compare.by_trials"), ...BY_TRIALS }] : [];
  return [
    one(s, "fractures", "expected_fractures", { key: "fractures", words: "expected", places: last(untreated) < 1 ? 2 : 1, low: 0, extra: by }),
    one(s, "density", "ls_abmd", { key: "density", words: "density", places: 2, behind: { healthy } }),
    one(s, "removed", "resorption", { key: "removed", words: "turnover", places: 2, low: 0 }),
  ];
}

export const others = (s) => [one(s, "formed", "formation", { key: "formed", words: "turnover", places: 2, low: 0 }), ...further(s)];
