// Charts: the project's own specifications, drawn by Vega. Those in sight come first, the others when there is time.
import { $, $$, save } from "./ask.js";

// "ast" interprets their expressions, because the page allows no code made from text.
const OPTIONS = { renderer: "svg", ast: true, actions: false, defaultStyle: false, tooltip: { disableDefaultStyle: true } };
const views = new Map(), latest = new Map(), busy = new Map();
let specs = {}, drawnFor = 0, library = null;

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

// --- charts of an answer: templates that are filled again and again

export async function templates(count) {
  if (drawnFor === count) return;
  const found = await (await fetch(`/api/specs?plans=${count}`)).json();
  specs = found;
  drawnFor = count;
  views.forEach((view) => view.finalize());
  views.clear();
}

function refresh(name) {
  const next = (busy.get(name) || Promise.resolve()).catch(() => {}).then(() => show(name));
  busy.set(name, next);
  return next;
}

async function show(name) {
  const place = $(`figure[data-chart=${CSS.escape(name)}] .chart`), rows = latest.get(name), view = views.get(name), mine = specs;
  if (!place || !rows) return;
  // Old until it shows the last rows that came.
  const shown = () => { if (rows === latest.get(name)) place.closest("figure").classList.remove("old"); };
  if (view) {
    for (const [source, data] of Object.entries(rows)) if (data.length) view.data(source, data);
    await view.runAsync();
    shown();
    return;
  }
  const made = await draw(place, { ...specs[name], datasets: rows });
  if (!made) return;
  if (mine === specs) { views.set(name, made); shown(); }
  else made.finalize();
}

const rest = () => new Promise((ready) => { (window.requestIdleCallback || setTimeout)(ready, { timeout: 200 }); });

// Fills the charts; ready when those in sight show the numbers. `wanted` says whether the others still need to.
export async function fill(charts, wanted) {
  const near = [], far = [];
  for (const [name, chart] of Object.entries(charts)) {
    latest.set(name, { rows: chart.rows, healthy: chart.healthy || [] });
    const figure = $(`figure[data-chart=${CSS.escape(name)}]`);
    if (!figure) continue;
    figure.classList.add("old");
    const box = figure.getBoundingClientRect();
    (box.top < innerHeight && box.bottom > 0 ? near : far).push(name);
  }
  for (const name of near) await refresh(name);
  others(far, wanted);
}

async function others(names, wanted) {
  for (const name of names) {
    await rest();
    if (!wanted()) return;
    await refresh(name);
  }
  document.body.dataset.drawn = Number(document.body.dataset.drawn || 0) + 1;
}

export async function savePicture(name, kind) {
  await refresh(name);
  await picture(views.get(name), kind, `brittlestar-${name}`);
}

// --- charts that come with a page

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
