// One page to print, from the same functions as the screen.
import { $ } from "./ask.js";
import { chart } from "./chart.js";
import { main, options, scene } from "./charts.js";
import { forPaper } from "./harms.js";
import { counted, draw, sentence } from "./picture.js";
import { measured, people, planned, who } from "./question.js";
import { RULES } from "./rules.js";
import { escaped, first, lang, number, put, t, years } from "./text.js";

const WIDE = 322, HIGH = 218;

export function show(answer) {
  const { asked, manifest } = answer, group = people(asked.person), n = counted(answer), s = scene(answer);
  sentence(answer, put, $("#sheet-say"));
  const line = t("sheet.invented", { line: who(asked.person).replace(/^./, (letter) => (lang === "en" ? letter.toLowerCase() : letter)) });
  $("#sheet-person").textContent = measured(asked.person) ? line : `${line}, ${t("sheet.usual_size")}`;
  $("#sheet-plan").textContent = first(planned(asked));
  $("#sheet-pic-title").textContent = t("sheet.picture", { n: number(n.of), people: group.many });
  draw(answer, $("#sheet-pic"), { groups: true });
  chart($("#sheet-density"), WIDE, { ...options(s, main(s)[0], WIDE, { top: true, foot: true }), high: HIGH, right: 96 });
  const harms = forPaper(answer);
  $("#sheet-harms-title").textContent = t(harms.length === RULES.most_on_paper ? "sheet.harms" : "sheet.harms_some", { people: group.many, years: years(asked.years) });
  $("#sheet-harms").innerHTML = harms.length ? harms.map(([label, value]) => `<li><span>${escaped(label)}</span><b>${escaped(value)}</b></li>`).join("") : `<li>${escaped(t(answer.plan.drugs.length ? "harm.nothing" : "harm.no_drug"))}</li>`;
  const ratio = answer.fractures.trials?.ratio, of100 = (x) => number(100 * x);
  $("#sheet-caution").textContent = ratio ? t("sheet.caution1", { v: of100(ratio[0]), low: of100(ratio[1]), high: of100(ratio[2]) }) : t("state.outside_body");
  const date = new Intl.DateTimeFormat(lang === "en" ? "en-GB" : lang, { dateStyle: "long" }).format(new Date());
  $("#sheet-foot").textContent = t("sheet.foot", { date, version: manifest.version, parameters: manifest.parameters_sha256.slice(0, 8), seed: String(manifest.seed), n: number(answer.people) });
}
