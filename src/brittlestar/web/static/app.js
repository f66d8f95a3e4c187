// The page's only script: what is asked goes out as JSON, what comes back fills charts and text.
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const token = $("meta[name=token]").content;
const screen = document.body.dataset.screen;
const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
const say = (text) => { $("#live").textContent = text; };

async function ask(address, body, signal) {
  const headers = { "content-type": "application/json", "x-brittlestar-token": token };
  const reply = await fetch(address, { method: "POST", headers, body: JSON.stringify(body), signal });
  if (reply.ok) return reply;
  const told = await reply.json().catch(() => ({}));
  const where = (one) => (one.loc || []).filter((part) => part !== "body").join(" ");
  throw new Error((told.detail || []).map((one) => `${where(one)} ${one.msg}`.trim()).join("; ") || reply.statusText);
}

function save(name, content, type) {
  const link = document.createElement("a");
  link.href = content instanceof Blob ? URL.createObjectURL(content) : content;
  link.download = name;
  link.click();
  if (content instanceof Blob) setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  say(`${name} saved`);
}

// --- charts: "ast" interprets their expressions, because the page allows no code made from text

const OPTIONS = { renderer: "svg", ast: true, logLevel: 1, actions: false, defaultStyle: false, tooltip: { disableDefaultStyle: true } };
const views = new Map();

async function draw(place, spec) {
  try {
    const { view } = await vegaEmbed(place, spec, OPTIONS);
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

function drawAll(root) {
  const seen = new IntersectionObserver((entries) => entries.forEach(async (entry) => {
    if (!entry.isIntersecting) return;
    seen.unobserve(entry.target);
    const place = entry.target;
    const view = await draw(place, JSON.parse($(`#${CSS.escape(place.dataset.spec)}`).textContent));
    if (!view) return;
    const row = document.createElement("p");
    row.className = "save";
    for (const kind of ["png", "svg"]) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = kind.toUpperCase();
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

// --- what is asked: the form is the state, the address carries it

const form = $("#ask");
const PLAN = ["drug", "dose", "every_months", "for_years", "words"];
const PERSON = ["age", "sex", "oi_type", "height_z", "activity_percent", "vitamin_d_nmol_per_l"];
const field = (root, name) => $(`[name=${name}]`, root);
const value = (input) => (input.type === "number" ? Number(input.value) : input.value);
const plans = () => $$(".plan", form).filter((part) => !part.hidden);

function read() {
  const get = (root, names) => Object.fromEntries(names.map((name) => [name, value(field(root, name))]));
  const told = plans().map((part) => get(part, PLAN));
  const asked = { person: get(form, PERSON), years: Number(field(form, "years").value), seed: value(field(form, "seed")) };
  return screen === "compare" ? { ...asked, plans: told } : { ...asked, plan: told[0] };
}

function remember() {
  const state = new URLSearchParams();
  for (const name of [...PERSON, "years", "seed"]) state.set(name, field(form, name).value);
  plans().forEach((part, i) => PLAN.forEach((name) => {
    const text = field(part, name).value;
    if (text && (name !== "words" || field(part, "drug").value === "words")) state.set(`${name}${i}`, text);
  }));
  if ($("#researcher").checked) state.set("researcher", "1");
  history.replaceState(null, "", `?${state}`);
}

function recall() {
  const state = new URLSearchParams(location.search);
  for (const name of [...PERSON, "years", "seed"]) if (state.has(name)) set(field(form, name), state.get(name));
  $$(".plan", form).forEach((part, i) => {
    if (state.has(`drug${i}`)) set(field(part, "drug"), state.get(`drug${i}`));
    shape(part, false);
    PLAN.slice(1).forEach((name) => { if (state.has(`${name}${i}`)) set(field(part, name), state.get(`${name}${i}`)); });
    if (screen === "compare") part.hidden = state.has("drug0") ? !state.has(`drug${i}`) : i > 1;
  });
}

function set(input, text) {
  const before = input.value;
  input.value = text;
  if (input.value === "" || (input.tagName === "SELECT" && input.selectedIndex < 0)) input.value = before;
  const range = input.closest(".pair") && $("input[type=range]", input.closest(".pair"));
  if (range) range.value = input.value;
}

// A plan shows the fields that its drug has.
function shape(part, usual) {
  const drug = field(part, "drug"), chosen = drug.selectedOptions[0].dataset, own = drug.value === "words";
  const none = drug.value === "none", show = (name, yes) => { $(`[data-part=${name}]`, part).hidden = !yes; };
  show("dose", !own && !none);
  show("every", !own && !none && chosen.every !== "0");
  show("for", !own && !none);
  show("words", own);
  if (own || none) return;
  const range = $("[data-part=dose] input[type=range]", part);
  Object.assign(range, { min: chosen.low, max: chosen.high, step: Number(chosen.low) / 2 });
  $(".unit", part).textContent = `(${chosen.unit})`;
  if (usual) { set(field(part, "dose"), chosen.dose); if (chosen.every !== "0") set(field(part, "every_months"), chosen.every); }
  range.value = field(part, "dose").value;
}

// --- the answer

let asking = null, waiting = 0, later = 0, drawn = 0, specs = {}, bone = null;

function fill(found) {
  for (const [id, html] of Object.entries(found.html)) { const place = $(`#${CSS.escape(id)}`); if (place) place.innerHTML = html; }
  for (const [id, text] of Object.entries(found.text)) { const place = $(`#${CSS.escape(id)}`); if (place) place.textContent = text; }
  return Promise.all(Object.entries(found.charts).map(async ([name, chart]) => {
    const place = $(`figure[data-chart=${CSS.escape(name)}] .chart`), rows = { rows: chart.rows, healthy: chart.healthy || [] };
    if (!place) return;
    const view = views.get(name);
    if (!view) {
      const made = await draw(place, { ...specs[name], datasets: rows });
      if (made) views.set(name, made);
      return;
    }
    for (const [source, data] of Object.entries(rows)) if (data.length) view.data(source, data);
    await view.runAsync();
  }));
}

async function templates(count) {
  if (drawn === count) return;
  specs = await (await fetch(`/api/specs?plans=${count}`)).json();
  drawn = count;
  views.forEach((view) => view.finalize());
  views.clear();
}

async function answer() {
  const asked = read(), mine = new AbortController();
  if (asking) asking.abort();
  asking = mine;
  clearTimeout(later);
  $("#answer").setAttribute("aria-busy", "true");
  try {
    const count = screen === "compare" ? asked.plans.length + 1 : 1;
    const [reply] = await Promise.all([ask(form.dataset.api, asked, mine.signal), templates(count)]);
    const found = await reply.json();
    if (asking !== mine) return;
    $("#problem").textContent = "";
    await fill(found);
    remember();
    bone = found.bone;
    if ($("#moment")) { $("#moment").max = Object.values(bone)[0].removed.length - 1; moment(); }
    $("#answer").setAttribute("aria-busy", "false");
    document.body.dataset.answers = Number(document.body.dataset.answers || 0) + 1;
    say(found.announce);
    later = setTimeout(() => unsure(asked, mine), 700);
  } catch (error) {
    if (error.name === "AbortError") return;
    $("#problem").textContent = error.message;
    $("#answer").setAttribute("aria-busy", "false");
  }
}

async function unsure(asked, mine) {
  try {
    const found = await (await ask(`${form.dataset.api}/ranges`, asked, mine.signal)).json();
    if (asking !== mine) return;
    await fill(found);
    document.body.dataset.ranges = Number(document.body.dataset.ranges || 0) + 1;
  } catch (error) {
    if (error.name !== "AbortError") $("#unsure").textContent = error.message;
  }
}

function soon() { clearTimeout(waiting); waiting = setTimeout(answer, 40); }

// --- the drawing of bone

const SVG = "http://www.w3.org/2000/svg";
function part(kind, name, attributes) {
  const made = document.createElementNS(SVG, kind);
  made.setAttribute("class", name);
  for (const [key, text] of Object.entries(attributes)) made.setAttribute(key, text);
  return made;
}
const diamond = (x, y, r) => `M${x} ${y - r}l${r} ${r}l${-r} ${r}l${-r} ${-r}z`;
const spread = (i, low, high) => low + ((i * 0.61803 + 0.17) % 1) * (high - low);

function sketch(svg, course, i, most) {
  const top = 118 - 34 * (course.thickness[i] / most.thickness), cells = [];
  const clasts = Math.min(Math.round(course.removed[i] * 3), 20), blasts = Math.min(Math.round(course.formed[i] * 3), 20);
  const near = Math.round(14 * Math.sqrt(course.surface[i] / (most.surface || 1)));
  const deep = Math.round(36 * Math.sqrt(course.buried[i] / (most.buried || 1)));
  cells.push(part("rect", "marrow", { x: 0, y: 0, width: 320, height: 200 }));
  cells.push(part("rect", "matrix", { x: 0, y: top, width: 320, height: 200 - top }));
  cells.push(part("path", "edge", { d: `M0 ${top}H320` }));
  for (let k = 0; k < deep; k++) cells.push(part("path", "buried", { d: diamond(spread(k, 8, 312), spread(k * 7 + 3, top + 16, 192), 3.4) }));
  for (let k = 0; k < near; k++) cells.push(part("path", "surface", { d: diamond(spread(k, 8, 312), top - 1, 5) }));
  const row = (k, n, low, high) => low + ((k + 0.5) / Math.max(n, 6)) * (high - low);
  for (let k = 0; k < clasts; k++) cells.push(part("path", "osteoclast", { d: rough(row(k, clasts, 6, 156), top - 14 - 11 * (k % 2) * (clasts > 9), 9) }));
  for (let k = 0; k < blasts; k++) cells.push(part("rect", "osteoblast", { x: row(k, blasts, 160, 312), y: top - 14 - 15 * (k % 2) * (blasts > 12), width: 10, height: 13, rx: 2 }));
  svg.replaceChildren(...cells);
  return `${clasts} osteoclasts and ${blasts} osteoblasts drawn; drug on the surface ${Math.round(course.surface[i])} nmol, buried ${Math.round(course.buried[i])} nmol.`;
}
function rough(x, y, r) {
  const points = [];
  for (let k = 0; k < 16; k++) { const a = k * Math.PI / 8, d = k % 2 ? r : r * 0.8; points.push(`${(x + d * Math.cos(a)).toFixed(1)} ${(y + d * Math.sin(a)).toFixed(1)}`); }
  return `M${points.join("L")}z`;
}

function moment() {
  const slider = $("#moment"), i = Number(slider.value), labels = Object.keys(bone), most = {};
  for (const key of ["surface", "buried", "thickness"]) most[key] = Math.max(...labels.flatMap((label) => bone[label][key]));
  const age = Number(field(form, "age").value) + i / 13;
  slider.setAttribute("aria-valuetext", `age ${age.toFixed(1)}`);
  labels.forEach((label, k) => {
    $(`#bone-${k}`).textContent = `${label}, at age ${age.toFixed(1)}`;
    $(`#bone-said-${k}`).textContent = sketch($$(".bone")[k], bone[label], Math.min(i, bone[label].removed.length - 1), most);
  });
}

function play() {
  const slider = $("#moment"), button = $("#play");
  if (play.timer) { clearInterval(play.timer); play.timer = 0; button.textContent = "Play"; return; }
  if (still) { slider.value = (Number(slider.value) + 6) % (Number(slider.max) + 1); moment(); return; }
  if (slider.value === slider.max) slider.value = 0;
  button.textContent = "Stop";
  play.timer = setInterval(() => {
    slider.value = Number(slider.value) + 1;
    moment();
    if (slider.value === slider.max) play();
  }, 160);
}

// --- long work: progress comes as events

function follow(id, told, over) {
  const events = new EventSource(`/api/jobs/${id}/events`);
  events.onmessage = (event) => {
    const job = JSON.parse(event.data);
    told(job);
    if (["done", "failed", "cancelled"].includes(job.state)) { events.close(); over(job); }
  };
  events.onerror = async () => {
    if (events.readyState !== EventSource.CLOSED && (await fetch(`/api/jobs/${id}`)).ok) return;
    events.close();
    over({ state: "failed", error: "this run is no longer on the server" });
  };
}

function progress(job) {
  const left = job.seconds_left === null ? "" : `, about ${job.seconds_left} s left`;
  return `${job.state}: ${job.done} of ${job.total || "?"} done, ${job.seconds} s${left}`;
}

// --- screens

function startAsking() {
  recall();
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", (event) => {
    const pair = event.target.closest(".pair");
    if (pair) $$("input", pair).forEach((input) => { if (input !== event.target) input.value = event.target.value; });
    if (event.target.name === "drug") shape(event.target.closest(".plan"), true);
    if (form.checkValidity()) soon();
    else { $("#problem").textContent = $$(":invalid", form).filter((one) => one.name).map((one) => `${$(`label[for=${one.id}]`).textContent}: ${one.validationMessage}`).join(" "); }
  });
  $$("[data-file]").forEach((button) => button.addEventListener("click", async () => {
    const reply = await ask(`${form.dataset.api}/file/${button.dataset.file}`, read()).catch((error) => { say(error.message); });
    if (reply) save(`${button.dataset.file === "toml" ? "settings" : screen}.${button.dataset.file}`, await reply.blob());
  }));
  $$("[data-save]").forEach((button) => button.addEventListener("click", () => {
    const name = button.closest("figure").dataset.chart;
    picture(views.get(name), button.dataset.save, `brittlestar-${name}`);
  }));
  $("#link").addEventListener("click", async () => {
    remember();
    await navigator.clipboard.writeText(location.href).then(() => say("Address copied"), () => say(location.href));
  });
  if ($("#moment")) { $("#moment").addEventListener("input", () => bone && moment()); $("#play").addEventListener("click", play); }
  const more = $("#more");
  if (more) {
    const count = () => { more.disabled = plans().length > 3; $("#fewer").disabled = plans().length < 2; };
    more.addEventListener("click", () => { $$(".plan", form).find((one) => one.hidden).hidden = false; count(); soon(); });
    $("#fewer").addEventListener("click", () => { plans().at(-1).hidden = true; count(); soon(); });
    count();
  }
  answer();
}

function startTrial() {
  const trial = $("#trial"), state = new URLSearchParams(location.search);
  const NAMES = ["protocol", "randomised", "replicates", "seed"];
  let id = state.get("job");
  NAMES.forEach((name) => { if (state.get(name)) set(field(trial, name), state.get(name)); });
  const protocol = async () => (await fetch(`/api/protocols/${encodeURIComponent(field(trial, "protocol").value)}`)).text();
  $("#own").addEventListener("click", async () => { $("#text").value = await protocol(); $("#own-part").hidden = false; $("#text").focus(); });
  $("#published").addEventListener("click", () => { $("#text").value = ""; $("#own-part").hidden = true; });
  field(trial, "protocol").addEventListener("change", async () => { if (!$("#own-part").hidden) $("#text").value = await protocol(); });
  const show = (job) => {
    $("#job").hidden = false;
    $("#job-said").textContent = progress(job);
    $("#bar").max = job.total || 1;
    $("#bar").value = job.done;
    $("[data-act=pause]").hidden = job.state !== "running";
    $("[data-act=resume]").hidden = job.state !== "paused";
    $("[data-act=cancel]").hidden = ["done", "failed", "cancelled"].includes(job.state);
    $("#run").disabled = !$("[data-act=cancel]").hidden;
  };
  const over = async (job) => {
    $("#run").disabled = false;
    if (job.state === "failed") { $("#problem").textContent = job.error; $("#job").hidden = true; }
    if (job.state === "cancelled") say("Cancelled; nothing was kept. Run the trial again to start anew.");
    if (job.state !== "done") return;
    const found = await (await fetch(`/api/jobs/${id}/result`)).json();
    $("#result").innerHTML = found.html.result;
    drawAll($("#result"));
    say("The trial is done; the result is below.");
  };
  trial.addEventListener("submit", async (event) => {
    event.preventDefault();
    $("#problem").textContent = "";
    const asked = Object.fromEntries(NAMES.map((name) => [name, value(field(trial, name))]));
    asked.randomised = field(trial, "randomised").value === "" ? null : asked.randomised;
    asked.text = $("#own-part").hidden ? "" : $("#text").value;
    try {
      const job = await (await ask("/api/jobs/trial", asked)).json();
      id = job.id;
      NAMES.forEach((name) => { if (asked[name] !== null) state.set(name, asked[name]); else state.delete(name); });
      state.set("job", id);
      history.replaceState(null, "", `?${state}`);
      $("#result").replaceChildren();
      follow(id, show, over);
    } catch (error) { $("#problem").textContent = error.message; }
  });
  $$("[data-act]").forEach((button) => button.addEventListener("click", () => ask(`/api/jobs/${id}/act`, { act: button.dataset.act })));
  if (id) fetch(`/api/jobs/${id}`).then((reply) => { if (reply.ok) follow(id, show, over); });
}

function startReading() {
  drawAll(document);
  $$("[data-begin]").forEach((button) => button.addEventListener("click", async () => {
    const place = button.closest(".begin"), cancel = $("[data-cancel]", place), bar = $("progress", place);
    button.disabled = true;
    try {
      const job = await (await ask(`/api/jobs/${button.dataset.begin}/begin`, {})).json();
      cancel.hidden = bar.hidden = false;
      cancel.onclick = () => ask(`/api/jobs/${job.id}/act`, { act: "cancel" });
      follow(job.id, (now) => { $("[data-said]", place).textContent = progress(now); bar.max = now.total || 1; bar.value = now.done; }, (now) => {
        button.disabled = false;
        cancel.hidden = bar.hidden = true;
        if (now.state === "done") location.reload();
        else $("[role=alert]", place).textContent = now.error || "Cancelled.";
      });
    } catch (error) { button.disabled = false; $("[role=alert]", place).textContent = error.message; }
  }));
  const find = $("#find");
  if (find) find.addEventListener("input", () => {
    const word = find.value.toLowerCase(), rows = $$("#list tbody tr");
    rows.forEach((row) => { row.hidden = !row.textContent.toLowerCase().includes(word); });
    $("#found").textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length} studies`;
  });
}

const researcher = $("#researcher");
const showNumbers = () => $$(".for-researchers").forEach((part) => { part.hidden = !researcher.checked; });
researcher.checked = new URLSearchParams(location.search).has("researcher");
researcher.addEventListener("change", () => { showNumbers(); if (form) remember(); });
showNumbers();
if (form) startAsking(); else if (screen === "trial") startTrial(); else startReading();
