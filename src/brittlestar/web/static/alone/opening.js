// Which screen of the one file is shown: that of the address. All but the first are unpacked when they are asked for.
import { held, text } from "../packed.js";

const FIRST = "explore";

export async function opened() {
  const name = new URLSearchParams(location.search).get("screen") ?? FIRST;
  if (name === FIRST || !held(`screen-${name}`)) return FIRST;
  const page = new DOMParser().parseFromString(await text(`screen-${name}`), "text/html");
  for (const one of [...document.body.children]) if (!one.matches("script[type='text/plain'], script:not([type])")) one.remove();
  document.body.prepend(...page.body.children);
  for (const key of Object.keys(document.body.dataset)) delete document.body.dataset[key];
  Object.assign(document.body.dataset, page.body.dataset);
  document.title = page.title;
  for (const one of document.querySelectorAll("style[data-of]")) one.media = one.dataset.of.split(" ").includes(name) ? "all" : "not all";
  return name;
}
