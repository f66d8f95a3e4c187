// Text of the page in one language, and numbers as that language writes them.
import { $ } from "./ask.js";

const all = JSON.parse($("#catalogue").textContent);
export const lang = document.documentElement.lang;
export const has = (key) => key in all;

const parted = (key) => {
  if (!has(key)) throw new Error(`no text for ${key}`);
  return all[key].split(/\{(\w+)\}/);
};

// The text with its {names} filled in; `parts` are texts.
export const t = (key, parts = {}) => parted(key).map((part, i) => (i % 2 ? parts[part] : part)).join("");

// The same as the content of an element, which is left alone where it says so already: it may be read out once more else.
// `parts` may be elements.
export function put(place, key, parts = {}) {
  const made = document.createElement("div");
  made.append(...parted(key).map((part, i) => (i % 2 ? parts[part] : part)));
  if (made.innerHTML !== place.innerHTML) place.replaceChildren(...made.childNodes);
}

// Name and short hash of the parameter set that made an answer.
export const setNamed = (manifest) => `${manifest.parameters} (${manifest.parameters_sha256.slice(0, 8)})`;

const written = new Map();
export function number(x, places = 0) {
  if (!written.has(places)) written.set(places, new Intl.NumberFormat(lang, { minimumFractionDigits: places, maximumFractionDigits: places }));
  const told = written.get(places).format(x);
  return (/[1-9]/.test(told) ? told : told.replace("-", "")).replace("-", "−");
}

// A difference with its sign, and a range of such; of equal ends one number.
export const signed = (x, places) => (Number(x.toFixed(places)) > 0 ? "+" : "") + number(x, places);
export function range(ends, places) {
  const [low, high] = ends.map((x) => signed(x, places));
  return low === high ? low : t("sure.to", { low, high });
}

// A number as it was typed, in the writing of the language.
export const plain = (x) => new Intl.NumberFormat(lang, { maximumFractionDigits: 6, useGrouping: false }).format(x);

// People or bones counted: never none where there are some.
export const some = (x) => (x > 0 && x < 0.5 ? t("say.under", { n: number(1) }) : number(x));

export const years = (n) => (n === 1 ? t("ask.year") : n === 0.5 ? t("ask.half_year") : t("ask.years", { n: plain(n) }));
export const months = (n) => (n === 1 ? t("ask.month") : t("ask.months", { n: plain(n) }));
export const drug = (id) => (has(`drug.${id}`) ? t(`drug.${id}`) : id);
export const drugs = (plan) => plan.drugs.map(drug).join(" + ");
export const first = (text) => text.charAt(0).toUpperCase() + text.slice(1);

export function bold(kind, text) {
  const made = document.createElement("b");
  made.className = kind;
  made.textContent = text;
  return made;
}

// An address that answers in the language of the page.
export const here = (address) => (lang === "en" ? address : `${address}${address.includes("?") ? "&" : "?"}lang=${lang}`);

export const escaped = (text) => String(text).replace(/[&<>"]/g, (one) => `&#${one.charCodeAt(0)};`);
