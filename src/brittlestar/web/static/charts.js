// Which charts an answer has, and what each says. Titles tell the finding, subtitles the unit.
import { $, save } from "./ask.js";
import { chart, narrow } from "./chart.js";
import { people } from "./question.js";
import { drugs, escaped, first, number, plain, t } from "./text.js";

const HIGH = { wide: { density: 280, fractures: 230, turnover: 240, other: 220 }, narrow: { density: 210, fractures: 180, turnover: 190, other: 180 } };
export const BY_TRIALS = { dash: "7 4", width: 2.2 };
const last = (values) => values.at(-1);
const most = (...all) => Math.max(...all.flat());
const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;

// What every chart needs of an answer: the courses that it draws, each with its name and colour, and who they are of.
export function scene(answer) {
  const { course, plan, asked, fractures } = answer, treated = plan.drugs.length > 0;
  const name = treated ? drugs(plan) : t("charts.none"), side = (key, as, name_) => ({ course, key, as, name: name_ });
  return {
    ...of(answer), treated, name, trials: fractures.trials, doses: [{ given: plan.given_years, tablets: plan.tablets_years, as: "drug" }],
    sides: [side("untreated", "none", t("charts.none")), ...(treated ? [side("plan", "drug", name)] : [])],
  };
}

export const of = ({ course, asked, people: n }) => ({ course, who: people(asked.person), age: asked.person.age, years: asked.years, people: n });

export const bands_of = (s, id) => s.sides.map(({ course, key, as, name }) => ({ ...course.quantities[id][key], as, name }));
export const lines = (bands) => bands.map(({ mean: values, as, name }) => ({ values, as, name }));
export const labels = (bands) => bands.map((one) => ({ y: last(one.mean), text: [one.name], as: one.as }));

function density(s) {
  const bands = bands_of(s, "ls_abmd"), { median, sd } = s.course.healthy;
  const healthy = { low: median.map((v, i) => v - 2 * sd[i]), high: median.map((v, i) => v + 2 * sd[i]), middle: median };
  const ends = bands.map((one) => number(last(one.mean), 2)), age = plain(Math.round(10 * (s.age + s.years)) / 10);
  const low = Math.floor(Math.min(...healthy.low, ...bands.flatMap((one) => one.low)) * 10) / 10, high = Math.ceil(most(healthy.high, ...bands.map((one) => one.high)) * 10) / 10;
  return {
    id: "density", title: s.treated ? t("charts.density", { age, a: ends[1], b: ends[0], drug: s.name }) : t("charts.density_none", { age, b: ends[0] }), sub: t("charts.density_sub"), words: "density", unit: "g/cm²", places: 2,
    draw: () => ({
      y: [low, high], healthy, bands, lines: lines(bands),
      labels: [{ y: last(median), text: [t("charts.healthy", { people: s.who.many }), t("charts.healthy_share")], as: "ok-ink" }, ...labels(bands)],
    }),
  };
}

function fractures(s) {
  const bands = bands_of(s, "expected_fractures"), u = bands[0].mean, m = s.treated ? bands[1].mean : null, ratio = s.trials?.ratio[0];
  const by = ratio ? u.map((v) => v * ratio) : null, n = (values) => number(last(values), last(values) < 1 ? 2 : 1), who = s.who.one;
  const key = by ? "fractures" : m ? "fractures_model" : "fractures_none";
  const counts = [["none", "untreated"], ...(s.treated ? [["drug", "plan"]] : [])].map(([as, side]) => ({ as, step: true, low: s.course.fractures_low[side], high: s.course.fractures_high[side] }));
  const label = (key_, values, as, wide) => ({ y: last(values), as, text: [`${as === "drug" && !narrow(wide) ? `${s.name}, ` : ""}${t(key_, { n: n(values) })}`] });
  return {
    id: "fractures", title: t(`charts.${key}`, { person: who, u: n(u), t: by && n(by), m: m && n(m) }), sub: t("charts.fractures_sub"), words: "expected", unit: "", places: 2, trials: by,
    draw: (wide) => ({
      y: [0, most(...counts.map((one) => one.high), u, 1) * 1.04], bands: counts,
      lines: [{ values: u, as: "none", name: t("charts.none") }, ...(by ? [{ values: by, as: "drug", name: t("picture.trials", { drug: s.name }), ...BY_TRIALS }] : []), ...(m ? [{ values: m, as: "drug", name: t("picture.model", { drug: s.name }) }] : [])],
      labels: [label("charts.none_n", u, "none", wide), ...(by ? [label("charts.by_trials", by, "drug", wide)] : []), ...(m ? [label("charts.by_model", m, "drug", wide)] : [])],
    }),
  };
}

function turnover(s) {
  const removed = bands_of(s, "resorption"), formed = bands_of(s, "formation"), less = (pair) => number(100 * (1 - mean(pair[1].mean) / mean(pair[0].mean)));
  const two = (pair, dash) => pair.map(({ mean: values, as, name }) => ({ values, as, dash, width: dash ? 2 : 2.6, name: `${name}, ${dash ? t("charts.formed").replace(/ \(.*/, "") : t("charts.removed")}` }));
  return {
    id: "turnover", title: s.treated ? t("charts.turnover", { drug: s.name, a: less(removed), b: less(formed) }) : t("charts.turnover_none"), sub: t("charts.turnover_sub"), words: "turnover", unit: "", places: 2,
    draw: () => ({
      y: [0, most(...[...removed, ...formed].map((one) => one.mean)) * 1.08],
      lines: [...two(removed), ...two(formed, "5 4")],
      labels: s.treated
        ? [{ y: last(removed[0].mean), text: [t("charts.none"), t("charts.both")], as: "none" }, { y: last(removed[1].mean), text: [t("charts.removed")], as: "drug" }, { y: last(formed[1].mean), text: [t("charts.formed")], as: "drug" }]
        : [{ y: last(removed[0].mean), text: [t("charts.removed")], as: "none" }, { y: last(formed[0].mean), text: [t("charts.formed")], as: "none" }],
    }),
  };
}

const OTHER = [["z", "ls_z", "z-score", 1], ["drug_surface", "drug_surface_nmol", "drug-surface", 0], ["drug_buried", "drug_buried_nmol", "drug-buried", 0], ["strength_spine", "strength_vertebral", "strength", 2], ["strength_limb", "strength_limb", "strength", 2], ["pain", "pain", "pain", 1, "mean"], ["height", "height_cm", "height", 0]];

// Pain is shown by its mean alone: its band would be that of the last broken bone. Of several plans no band is shown.
function other(s, [id, output, words, places, only]) {
  const all = bands_of(s, output), sub = t(`charts.${id.startsWith("strength") ? "strength" : id}_sub`), bands = only || s.sides.length > 2 ? [] : all;
  const ends = bands.length ? bands.flatMap((one) => [...one.low, ...one.high]) : all.flatMap((one) => one.mean);
  const low = Math.min(...ends), high = Math.max(...ends), pad = 0.06 * (high - low || 1), zero = id.startsWith("drug") || id === "pain" || id.startsWith("strength");
  return { id, title: t(`charts.${id}`), sub, words, unit: "", places, draw: () => ({ y: [zero ? 0 : low - pad, high + pad], bands, lines: lines(all), labels: labels(all) }) };
}

export const main = (s) => [density(s), fractures(s), turnover(s)];
export const others = (s) => OTHER.map((one) => other(s, one));

// Options of one chart, with the doses and the ages that all share.
export function options(s, one, wide, place) {
  const high = HIGH[narrow(wide) ? "narrow" : "wide"];
  return { ...one.draw(wide), said: one.title, doses: s.doses, age: s.age, years: s.years, high: high[one.id] || high.other, ...place };
}

export function frame(one) {
  const made = document.createElement("div");
  made.className = "chart";
  made.dataset.chart = one.id;
  made.innerHTML = `<div class="hd"><div><h3 id="title-${one.id}">${escaped(one.title)}</h3><p class="sub">${escaped(one.sub)}</p></div><details class="options" name="chart-menu"><summary aria-label="${escaped(t("charts.menu", { title: one.title }))}">⋯</summary><ul>${["table", "how", "svg", "png", "csv"].map((act) => `<li><button type="button" data-act="${act}">${escaped(t(`charts.${act}`))}</button></li>`).join("")}</ul></details></div><div class="plot"></div>`;
  return made;
}

// --- the menu of a chart

// Rows by year of age: mean and band of each plan.
function yearly(s, one) {
  const drawn = one.draw(1000), shown = drawn.lines.map((line, k) => ({ ...line, band: one.id === "fractures" ? null : drawn.bands?.[k] })), steps = (shown[0].values.length - 1) / s.years;
  return [...Array(Math.floor(s.years) + 1)].map((_, k) => {
    const i = Math.round(k * steps), n = (v) => number(v, one.places);
    return [number(s.age + k, s.age % 1 ? 1 : 0), ...shown.map(({ values, band }) => n(values[i]) + (band?.low ? ` (${t("sure.to", { low: n(band.low[i]), high: n(band.high[i]) })})` : ""))];
  });
}

export function table(s, one) {
  const heads = one.draw(1000).lines.map((line) => line.name);
  const rows = yearly(s, one);
  return `<div class="scroll" tabindex="0" role="region" aria-label="${escaped(one.title)}"><table><caption>${escaped(one.title)}. ${escaped(one.sub)}</caption><thead><tr><th scope="col">${t("charts.col_age")}</th>${heads.map((head) => `<th scope="col">${escaped(first(head))}</th>`).join("")}</tr></thead><tbody>${rows.map(([age, ...cells]) => `<tr><th scope="row">${age}</th>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`).join("")}</tbody></table></div>`;
}

// The picture as a file of its own: colours as they are shown, in place of names.
function alone(svg) {
  const copy = svg.cloneNode(true), style = getComputedStyle(document.documentElement);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("font-family", "Arial, sans-serif");
  copy.setAttribute("font-size", "12.5");
  copy.querySelector(".cursor").remove();
  for (const text of copy.querySelectorAll("text")) text.setAttribute("fill", getComputedStyle(svg.querySelector(`.${[...text.classList].join(".")}`)).fill);
  copy.insertAdjacentHTML("afterbegin", '<rect width="100%" height="100%" fill="var(--paper)"/>');
  return new XMLSerializer().serializeToString(copy).replace(/var\((--[\w-]+)\)/g, (_, name) => style.getPropertyValue(name).trim());
}

async function png(text, svg) {
  const image = new Image(), scale = 2, canvas = document.createElement("canvas"), wide = Number(svg.getAttribute("width")), high = Number(svg.getAttribute("height"));
  const address = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  image.src = address;
  await image.decode();
  Object.assign(canvas, { width: scale * wide, height: scale * high });
  canvas.getContext("2d").drawImage(image, 0, 0, scale * wide, scale * high);
  URL.revokeObjectURL(address);
  return new Promise((ready) => { canvas.toBlob(ready, "image/png"); });
}

function csv(s, one) {
  const drawn = one.draw(1000), head = ["age_years", ...drawn.lines.map((line, k) => `${{ none: "untreated", drug: "plan" }[line.as] || line.name.replace(/[^\w.]+/g, "_")}_${k}`)];
  const rows = s.course.time_years.map((year, i) => [s.age + year, ...drawn.lines.map((line) => line.values[i])].join(","));
  return [head.join(","), ...rows].join("\r\n");
}

function tell(title, html) {
  $("#dialog-title").textContent = title;
  $("#dialog-body").innerHTML = html;
  $("#dialog").showModal();
}

export async function act(name, s, one, place) {
  const svg = place.querySelector(".plot svg"), file = `brittlestar-${one.id}`;
  if (name === "table") tell(t("charts.table"), table(s, one));
  if (name === "how") tell(one.title, `<p>${escaped(t("charts.how_text", { n: number(s.people) }))}</p>`);
  if (name === "svg") save(`${file}.svg`, new Blob([alone(svg)], { type: "image/svg+xml" }));
  if (name === "png") save(`${file}.png`, await png(alone(svg), svg));
  if (name === "csv") save(`${file}.csv`, new Blob([csv(s, one)], { type: "text/csv" }));
}

export const redraw = (s, one, place, put, chosen) => {
  const plot = place.querySelector(".plot");
  return chart(plot, plot.clientWidth, options(s, one, plot.clientWidth, put), chosen);
};
