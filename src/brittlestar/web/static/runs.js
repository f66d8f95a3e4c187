// Long work: progress comes as events; a run that ended too early goes on from what it finished.
import { $, $$, ask, field, say, set, value } from "./ask.js";
import * as design from "./design.js";
import { drawAll } from "./draw.js";
import { answers, emptied, outdated } from "./stale.js";
import { reason } from "./reasons.js";
import { first, here, lang, t } from "./text.js";

const OVER = ["done", "failed", "cancelled", "interrupted"];
const called = (state) => t(`runs.${state}`);
const NAMES = ["protocol", "replicates", "seed"];
const FEWEST = 2, MOST = 3;  // designs side by side

// Names of fields whose text is named otherwise.
const FIELDS = { visit_every: "visits", dropout_per_year: "dropout", z_at_most: "z", title: "name", every_months: "between", words: "plan_words", allocation: "parts", replicates: "times" };
const key = (name) => (name === "dose" || name === "seed" ? `ask.${name}` : `trial.${FIELDS[name] ?? name}`);

// Why something was refused: the server says it in the language of the page, but for what its schema says.
function why(error) {
  if (error instanceof TypeError) return t("wait.no_server");
  return error.schema ? reason(error, "", key).text : error.message;
}

function follow(id, told, over) {
  const events = new EventSource(here(`/api/jobs/${id}/events`));
  events.onmessage = (event) => {
    const job = JSON.parse(event.data);
    told(job);
    if (OVER.includes(job.state)) { events.close(); over(job); }
  };
  events.onerror = async () => {
    const there = await fetch(`/api/jobs/${id}`).then((reply) => reply.status, () => 0);
    if (there === 200 || (there === 0 && events.readyState !== EventSource.CLOSED)) return;
    events.close();
    over({ state: "failed", error: t("runs.gone") });
  };
}

function progress(job) {
  const parts = { state: first(called(job.state)), done: job.done, total: job.total || "?", seconds: job.seconds, left: job.seconds_left };
  const said = t(job.seconds_left === null ? "runs.progress" : "runs.progress_left", parts);
  return job.state === "running" && job.done === 0 ? `${said} ${t("runs.first_part")}` : said;
}

// --- a trial

export function startTrial() {
  const trial = $("#trial"), state = new URLSearchParams(location.search);
  let id = state.get("job");
  NAMES.forEach((name) => { if (state.get(name)) set(field(trial, name), state.get(name)); });
  const titled = () => { $("#protocol-name").textContent = t("runs.command", { name: field(trial, "protocol").value }); };
  titled();
  const remember = () => history.replaceState(null, "", `?${state}`);
  field(trial, "protocol").addEventListener("change", titled);
  const CHANGED = t("runs.changed");
  design.start(() => outdated($("#outcome"), CHANGED), (error) => {
    $("#problem").textContent = error ? why(error) : "";
    if (error) outdated($("#outcome"), `${t("runs.refused")} ${why(error)}`);
  });

  const show = (job) => {
    const over = OVER.includes(job.state), again = job.state === "paused" || (over && job.state !== "done");
    $("#job").hidden = false;
    $("#job-name").textContent = job.name;
    $("#job-said").textContent = progress(job);
    $("#bar").max = job.total || 1;
    $("#bar").value = job.done;
    $("[data-act=pause]").hidden = job.state !== "running";
    $("[data-act=resume]").hidden = !again;
    $("[data-act=cancel]").hidden = over;
    $("[data-act=forget]").hidden = !over;
    $("#run").disabled = $("#power").disabled = !over;
  };
  const over = async (job) => {
    $("#run").disabled = $("#power").disabled = false;
    list();
    $("#problem").textContent = job.state === "failed" ? job.error : "";
    if (job.state === "cancelled") say(t("runs.was_cancelled"));
    if (job.state !== "done") return;
    const found = await (await fetch(here(`/api/jobs/${id}/result`))).json();
    if (!found.html) return;
    $("#result").innerHTML = found.html.result;
    answers($("#outcome"), job.name);
    drawAll($("#result"));
    say(t("runs.below"));
  };
  const open = (job) => {
    id = job;
    state.set("job", id);
    remember();
    $("#result").replaceChildren();
    emptied($("#outcome"));
    follow(id, show, over);
  };
  const act = async (job, what) => {
    $("#problem").textContent = "";
    try {
      await ask(here(`/api/jobs/${job}/act`), { act: what });
      if (what === "resume" && (job !== id || !$("[data-act=forget]").hidden)) open(job);
      if (what === "forget") {
        if (job === id) { state.delete("job"); remember(); $("#job").hidden = true; $("#result").replaceChildren(); emptied($("#outcome")); }
        say(t("runs.removed"));
      }
      list();
    } catch (error) { $("#problem").textContent = why(error); }
  };

  const list = async () => {
    const jobs = await (await fetch(here("/api/jobs"))).json();
    $("#runs").hidden = !jobs.length;
    powers(jobs.filter((job) => job.kind === "power" && job.state === "done"));
    $("#runs tbody").replaceChildren(...jobs.map((job) => {
      const row = document.createElement("tr"), name = document.createElement("th");
      const cell = (label, ...content) => { const made = document.createElement("td"); made.dataset.label = label; made.append(...content); return made; };
      const button = (text, what) => {
        const made = document.createElement("button"), about = document.createElement("span");
        made.type = "button";
        about.className = "unseen";
        about.textContent = ` ${job.name}, ${called(job.state)}`;
        made.append(text, about);
        made.addEventListener("click", what);
        return made;
      };
      name.scope = "row";
      name.textContent = job.name;
      const buttons = document.createElement("span");
      buttons.className = "buttons";
      if (["failed", "cancelled", "interrupted"].includes(job.state)) buttons.append(button(t("runs.go_on"), () => act(job.id, "resume")));
      else buttons.append(button(t("runs.open"), () => open(job.id)));
      if (OVER.includes(job.state)) buttons.append(button(t("runs.remove"), () => act(job.id, "forget")));
      row.append(name, cell(t("runs.begun"), new Date(1000 * job.created).toLocaleString(lang === "en" ? "en-GB" : lang, { dateStyle: "medium", timeStyle: "short" })), cell(t("runs.how_far"), t("runs.so_far", { state: called(job.state), done: job.done, total: job.total || "?" })), cell("", buttons));
      return row;
    }));
  };

  // Powers that are done can be chosen; two or three that are stand side by side.
  const chosen = new Set();
  const powers = (done) => {
    for (const id of chosen) if (!done.some((job) => job.id === id)) chosen.delete(id);
    $("#designs").hidden = done.length < FEWEST;
    $("#powers").replaceChildren(...done.map((job) => {
      const label = document.createElement("label"), box = document.createElement("input");
      Object.assign(box, { type: "checkbox", checked: chosen.has(job.id), value: job.id });
      box.addEventListener("change", () => {
        if (box.checked) chosen.add(job.id); else chosen.delete(job.id);
        if (chosen.size > MOST) { const [first] = chosen; chosen.delete(first); $(`#powers [value="${first}"]`).checked = false; }
        side_by_side();
      });
      label.className = "switch";
      label.append(box, ` ${job.name}, ${new Date(1000 * job.created).toLocaleTimeString(lang === "en" ? "en-GB" : lang, { timeStyle: "short" })}`);
      return label;
    }));
  };
  const side_by_side = async () => {
    const asked = [...chosen];
    if (asked.length < FEWEST) { $("#compared").replaceChildren(); return; }
    try {
      const found = await (await ask(here("/api/designs"), { jobs: asked })).json();
      if (asked.join() !== [...chosen].join()) return;
      $("#compared").innerHTML = found.html.designs;
      drawAll($("#compared"));
    } catch (error) { $("#compared").textContent = why(error); }
  };

  const begin = async (kind) => {
    $("#problem").textContent = "";
    try {
      await design.ready();
      const asked = { ...Object.fromEntries(NAMES.map((name) => [name, value(field(trial, name))])), ...design.design() };
      const job = await (await ask(here(`/api/jobs/${kind}`), asked)).json();
      NAMES.forEach((name) => { if (asked[name] !== null) state.set(name, asked[name]); else state.delete(name); });
      open(job.id);
      list();
    } catch (error) {
      $("#problem").textContent = why(error);
      outdated($("#outcome"), `${t("runs.run_refused")} ${why(error)}`);
    }
  };
  for (const kind of ["input", "change"]) trial.addEventListener(kind, () => outdated($("#outcome"), CHANGED));
  trial.addEventListener("submit", (event) => { event.preventDefault(); begin("trial"); });
  $("#power").addEventListener("click", () => { if (trial.reportValidity()) begin("power"); });
  $$("[data-act]").forEach((button) => button.addEventListener("click", () => act(id, button.dataset.act)));
  list();
  if (id) fetch("/api/jobs").then((reply) => reply.json()).then((jobs) => { if (jobs.some((job) => job.id === id)) follow(id, show, over); });
}

// --- checks that a screen can start by itself

export function startChecks() {
  $$("[data-begin]").forEach(async (button) => {
    const place = button.closest(".begin"), cancel = $("[data-cancel]", place), bar = $("progress", place), kind = button.dataset.begin;
    const open = () => place.closest("details")?.setAttribute("open", "");
    const told = (now) => { $("[data-said]", place).textContent = progress(now); bar.max = now.total || 1; bar.value = now.done; };
    const stopped = (now) => {
      button.disabled = false;
      button.textContent = t("runs.go_on");
      cancel.hidden = bar.hidden = true;
      $("[role=alert]", place).textContent = now.error || "";
    };
    const watch = (job) => {
      open();
      button.disabled = true;
      cancel.hidden = bar.hidden = false;
      $("[role=alert]", place).textContent = "";
      cancel.onclick = () => ask(here(`/api/jobs/${job.id}/act`), { act: "cancel" });
      follow(job.id, told, (now) => { if (now.state === "done") location.reload(); else stopped(now); });
    };
    button.addEventListener("click", async () => {
      button.disabled = true;
      try { watch(await (await ask(here(`/api/jobs/${kind}/begin`), {})).json()); }
      catch (error) { button.disabled = false; $("[role=alert]", place).textContent = why(error); }
    });
    // Whoever left the page and comes back finds the work where it is.
    const [last] = await fetch(here(`/api/jobs?kind=${kind}`)).then((reply) => reply.json(), () => []);
    if (!last || last.state === "done" || button.disabled) return;
    if (OVER.includes(last.state)) { open(); told(last); stopped(last); } else watch(last);
  });
}
