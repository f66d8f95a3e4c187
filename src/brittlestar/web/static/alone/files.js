// An answer as a table, and its settings: brittlestar/web/downloads.py. Numbers are written as Python writes them.
import { repr, rounded } from "./numbers.js";

const REAL = ["age", "height_z", "activity_percent", "vitamin_d_nmol_per_l", "height_cm", "weight_kg", "baseline_z", "dose", "for_years"];
const quoted = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

// What was asked of plans side by side.
export const together = (answers) => { const [{ asked: { person, years, seed } }] = answers; return { person, plans: answers.map(({ asked }) => asked.plan), years, seed }; };

// The course without treatment is one for all plans: the same row is written once.
export function csv(answers) {
  const rows = [["chart", "quantity", "plan", "age_years", "mean", "low", "high", "range_is"], ...answers.flatMap(courses)];
  return [...new Set(rows.map((row) => `${row.map(quoted).join(",")}\r\n`))].join("");
}

function courses({ course, asked, plan }) {
  const rows = [];
  for (const [name, quantity] of Object.entries(course.quantities)) {
    for (const [side, words] of [["untreated", "no treatment"], ["plan", plan.words]]) {
      course.time_years.forEach((years, t) => {
        const numbers = ["mean", "low", "high"].map((key) => repr(quantity[side][key][t]));
        rows.push([name, quantity.unit, words, repr(rounded(asked.person.age + years, 4)), ...numbers, "8 of 10"]);
      });
    }
  }
  return rows;
}

export function toml({ plans = [], ...asked }) {
  const value = (name, one) => (typeof one === "string" ? JSON.stringify(one) : REAL.includes(name) ? repr(one) : String(one));
  const said = (fields) => Object.entries(fields).filter(([, one]) => one !== null).map(([name, one]) => `${name} = ${value(name, one)}`);
  return ["# brittlestar: settings of a page. The same again: brittlestar rerun FILE --out results.json", `screen = "${plans.length ? "compare" : "explore"}"`,
    ...Object.entries(asked).map(([name, one]) => `${name} = ${typeof one === "object" ? `{ ${said(one).join(", ")} }` : value(name, one)}`),
    ...plans.flatMap((plan) => ["", "[[plans]]", ...said(plan)]), ""].join("\n");
}
