// Sentences of the model, which are English in every language of the page, in the words of that language where they are
// known: each by its English form, whose {names} are found and put into the other.
import { $ } from "./ask.js";
import { first, lang } from "./text.js";

const held = $("#sentences"), { words = {}, sentence = [] } = held ? JSON.parse(held.textContent) : {};
const plain = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
const NUMBER = "[+\u2212-]?[\\d.,]*\\d(?:e[+-]\\d+)?";

const known = sentence.map(({ en, said }) => {
  const parts = en.split(/\{(\w+)\}/), names = parts.filter((_, i) => i % 2);
  const form = parts.map((part, i) => (i % 2 ? `(${part.startsWith("n") ? NUMBER : ".+?"})` : plain(part))).join("");
  return { names, said, form: new RegExp(`^${form}$`, "s") };
});

// A number as Python writes it, in the writing of the language.
const mark = lang === "en" ? "." : ((1.5).toLocaleString(lang).match(/\D/) || ["."])[0];
const number = (text) => text.replace(/[.,]/g, (one) => (one === "." ? mark : mark === "," ? "." : ","));
const word = (text) => text.replace(/[\d.,]*\d/g, number).replace(/[A-Za-z]+/g, (one) => words[one] ?? one);

// Whether a note says that nothing of a drug in OI was there to fit to.
export const uncalibrated = (note) => note.startsWith("Not calibrated in OI");

// Ids of the table of references are for files: a reader knows a source by who and when.
const named = (id) => first(id.replaceAll("_", " ").replace(/(?<=[a-z])(?=\d{4}$)/, " "));
const readable = (text) => text.replace(/ \(ref:\w+\)|, ref:\w+/g, "").replace(/\bref:(\w+)/g, (_, id) => named(id));

// A range from a number to itself is that number.
export const single = (text) => text.replace(/(?<![\d.,])([\d.,]+) (?:to|bis) \1(?![\d.,]*\d)/g, "$1");
// A limit has an id, which says nothing to a reader.
const unnamed = (text) => text.replace(/^Limit, [a-z-]+: /, "A limit of the model was met: ");

// { text, english }: the sentence, and whether it is still English.
export function spoken(sentence_) {
  const text = readable(sentence_);
  if (!held) return { text: single(unnamed(text)), english: true };
  for (const { names, said, form } of known) {
    const found = form.exec(text);
    if (!found) continue;
    const parts = Object.fromEntries(names.map((name, i) => [name, name.startsWith("n") ? number(found[i + 1]) : name.startsWith("w") ? word(found[i + 1]) : found[i + 1]]));
    return { text: single(said.replace(/\{(\w+)\}/g, (_, name) => parts[name])), english: false };
  }
  return { text: single(unnamed(text)), english: true };
}
