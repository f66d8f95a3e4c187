// Charts that come with a page: the project's own specifications, drawn by Vega when they come near the window.
import { $, $$, save } from "./ask.js";
import { held, text } from "./packed.js";
import { lang, t } from "./text.js";

// "ast" interprets their expressions, because the page allows no code made from text.
// Numbers of axes as the language writes them.
const marks = lang === "de" ? { formatLocale: { decimal: ",", thousands: ".", grouping: [3], currency: ["", "\u00a0€"] } } : {};
const OPTIONS = { ...marks, renderer: "svg", ast: true, actions: false, defaultStyle: false, tooltip: { disableDefaultStyle: true } };
let library = null;

// Loaded when the first words are there: they need no chart. A page of one file has it inside.
async function loaded() {
  const script = document.createElement("script");
  if (held("vega")) {
    script.textContent = await text("vega");
    document.head.append(script);
  } else {
    await new Promise((ready, failed) => {
      script.src = $("meta[name=vega]").content;
      script.onload = ready;
      script.onerror = () => failed(new Error(t("read.no_charts")));
      document.head.append(script);
    });
  }
  return window.vegaEmbed;
}

const vega = () => (library ||= loaded());

async function draw(place, spec) {
  try {
    const { view } = await (await vega())(place, spec, OPTIONS);
    // The figure's own title and text speak for the picture.
    $$("svg, [role]", place).forEach((part) => { part.setAttribute("aria-hidden", "true"); part.removeAttribute("role"); });
    $$("[tabindex]", place).forEach((part) => part.removeAttribute("tabindex"));
    return view;
  } catch (error) {
    place.textContent = t("read.not_drawn", { why: error.message });
    return null;
  }
}

async function picture(view, kind, name) {
  const address = await view.toImageURL(kind, kind === "png" ? 2 : 1);
  save(`${name}.${kind}`, await (await fetch(address)).blob());
}

export function drawAll(root) {
  const seen = new IntersectionObserver((entries) => entries.forEach(async (entry) => {
    if (!entry.isIntersecting) return;
    seen.unobserve(entry.target);
    const place = entry.target;
    const view = await draw(place, JSON.parse($(`#${CSS.escape(place.dataset.spec)}`).textContent));
    if (!view) return;
    const row = document.createElement("p");
    row.className = "save";
    for (const kind of ["png", "svg"]) {
      const button = document.createElement("button"), name = document.createElement("span");
      button.type = "button";
      name.className = "unseen";
      name.textContent = t("read.save_as", { name: place.dataset.name });
      button.append(name, kind.toUpperCase());
      button.addEventListener("click", () => picture(view, kind, place.dataset.name));
      row.append(button);
    }
    place.after(row);
  }), { rootMargin: "400px" });
  $$(".chart[data-spec]", root).forEach((place) => {
    place.setAttribute("role", "img");
    place.setAttribute("aria-labelledby", place.closest("figure").getAttribute("aria-labelledby"));
    seen.observe(place);
  });
}
