// One page to print, from the same functions as the screen.
import { $ } from "./ask.js";
import { chart } from "./chart.js";
import { main, options, scene } from "./charts.js";
import { forPaper } from "./harms.js";
import { counted, draw, sentence } from "./picture.js";
import { inFull, measured, people, planned } from "./question.js";
import { RULES } from "./rules.js";
import { escaped, first, lang, number, put, setNamed, t, years } from "./text.js";

const WIDE = 322, HIGH = 218, RIGHT = 96;

export function show(answer) {
  sentence(answer, put, $("#sheet-say"));
  $("#sheet-plan").textContent = first(planned(answer.asked));
  draw(answer, $("#sheet-pic"), { groups: true });
  const harms = forPaper([answer]), line = ([label, value]) => `<li><span>${escaped(label)}</span><b>${escaped(value)}</b></li>`;
  $("#sheet-harms").innerHTML = harms.map(line).join("") || `<li>${escaped(no_harms(answer.plan.drugs.length))}</li>`;
  const s = scene(answer);
  around([answer], { n: counted(answer), harms, s, density: main(s)[0], right: RIGHT });
}

export const no_harms = (treated) => t(treated ? "harm.nothing" : "harm.no_drug");

// What the sheet of one plan and that of several say in the same words: of whom, cautions, from what it comes.
export function around(answers, { n, harms, s, density, wide = WIDE, high = HIGH, right }) {
  const [{ asked, manifest, people: drawn }] = answers, group = people(asked.person);
  const line = t("sheet.invented", { line: inFull(asked.person).replace(/^./, (letter) => (lang === "en" ? letter.toLowerCase() : letter)) });
  $("#sheet-person").textContent = measured(asked.person) ? line : `${line}, ${t("sheet.usual_size")}`;
  $("#sheet-pic-title").textContent = t("sheet.picture", { n: number(n.of), people: group.many });
  chart($("#sheet-density"), wide, { ...options(s, density, wide, { top: true, foot: true }), high, right });
  $("#sheet-harms-title").textContent = t(harms.length === RULES.most_on_paper ? "sheet.harms" : "sheet.harms_some", { people: group.many, years: years(asked.years) });
  const ratio = answers.find((one) => one.fractures.trials)?.fractures.trials.ratio, of100 = (x) => number(100 * x);
  $("#sheet-caution").textContent = ratio ? t("sheet.caution1", { v: of100(ratio[0]), low: of100(ratio[1]), high: of100(ratio[2]) }) : t("state.outside_body");
  const date = new Intl.DateTimeFormat(lang === "en" ? "en-GB" : lang, { dateStyle: "long" }).format(new Date());
  $("#sheet-foot").textContent = t("sheet.foot", { date, version: manifest.version, parameters: setNamed(manifest), seed: String(manifest.seed), n: number(drawn) });
}
