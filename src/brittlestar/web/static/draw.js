// Charts that come with a page: the project's own specifications, drawn by Vega when they come near the window.
import { $, $$, save } from "./ask.js";

// "ast" interprets their expressions, because the page allows no code made from text.
const OPTIONS = { renderer: "svg", ast: true, actions: false, defaultStyle: false, tooltip: { disableDefaultStyle: true } };
let library = null;

// Loaded when the first words are there: they need no chart.
function vega() {
  library ||= new Promise((ready, failed) => {
    const script = document.createElement("script");
    script.src = $("meta[name=vega]").content;
    script.onload = () => ready(window.vegaEmbed);
    script.onerror = () => failed(new Error("the script that draws charts did not come"));
    document.head.append(script);
  });
  return library;
}

async function draw(place, spec) {
  try {
    const { view } = await (await vega())(place, spec, OPTIONS);
    // The figure's own title and text speak for the picture.
    $$("svg, [role]", place).forEach((part) => { part.setAttribute("aria-hidden", "true"); part.removeAttribute("role"); });
    $$("[tabindex]", place).forEach((part) => part.removeAttribute("tabindex"));
    return view;
  } catch (error) {
    place.textContent = `This chart could not be drawn: ${error.message}`;
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
      name.textContent = `Save ${place.dataset.name} as `;
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
