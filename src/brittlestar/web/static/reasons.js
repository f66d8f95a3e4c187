// Why a question was refused, in plain words: of errors that name a place and what was found there, what is accepted;
// of a form's schema (Pydantic's words) one sentence, with the names that fields have on the page.
import { single, spoken } from "./sentences.js";
import { first, has, plain, t } from "./text.js";

const SAID = "(?:Input should|Value should|String should|Extra inputs)";
const PARTS = new RegExp(`; (?=(?:[a-z_\\d]+ )+${SAID})`), PART = new RegExp(`^((?:[a-z_\\d]+ )*)(${SAID}.*)$`, "s");
const FORMS = [
  [/greater than or equal to (\S+)$/, "reason.at_least"],
  [/less than or equal to (\S+)$/, "reason.at_most"],
  [/greater than (\S+)$/, "reason.more_than"],
  [/valid integer/, "reason.whole"],
  [/(?:valid|finite) number/, "state.not_number"],
  [/at most (\d+) characters/, "reason.letters"],
  [/at least (\d+) characters?/, "reason.fewest_letters"],
];

// Names of fields whose text is named otherwise.
const NAMES = {
  every_months: "every", for_years: "for", years: "look_ahead", activity_percent: "activity", vitamin_d_nmol_per_l: "vitamin_d",
  height_cm: "height", height_z: "height", weight_kg: "weight", baseline_z: "z", fractures_last_2_years: "fractures", words: "words_label",
};

// Where a whole list stands is for the command line.
const COMMAND = /: brittlestar [a-z]+(?=[\s;,.]|$)/g;

function of_schema(said) {
  for (const [form, key] of FORMS) { const found = form.exec(said); if (found) return t(key, { n: found[1] && plain(Number(found[1])) }); }
  return t("reason.other");
}

// { text, english }. `at` is the field that the title names with its value, or nothing; `key` gives the text that names a
// field on the screen.
export function reason({ message: said_, translated }, at, key = (name) => `ask.${NAMES[name] ?? name}`) {
  const message = said_.replace(COMMAND, "");
  if (translated) return { text: single(message), english: false };
  const parts = message.split(PARTS).map((one) => PART.exec(one));
  if (!parts.every(Boolean)) return spoken(at ? first(message.replace(/^[^']*?: got (?:'[^']*'|[^';]*); /, "")) : message);
  const said = parts.map(([, path, why]) => {
    const name = path.trim().split(" ").at(-1);
    return name === at || !has(key(name)) ? of_schema(why) : `${t(key(name))}: ${of_schema(why)}`;
  });
  return { text: said.join(" "), english: false };
}
