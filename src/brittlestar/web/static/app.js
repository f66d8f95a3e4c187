// The script of the screens that are read, and of trials.
import { $, $$, screen } from "./ask.js";
import { drawAll } from "./draw.js";
import { t } from "./text.js";
import { startChecks, startTrial } from "./runs.js";

function startReading() {
  drawAll(document);
  startChecks();
  const find = $("#find");
  if (find) find.addEventListener("input", () => {
    const word = find.value.toLowerCase(), rows = $$("#list .study");
    rows.forEach((row) => { row.hidden = !row.textContent.toLowerCase().includes(word); });
    $$("#list > section").forEach((part) => { part.hidden = !$(".study:not([hidden])", part); });
    $("#found").textContent = t("evidence.shown", { n: rows.filter((row) => !row.hidden).length, of: rows.length });
  });
}

const researcher = $("#researcher");
const showNumbers = () => $$(".for-researchers").forEach((part) => { part.hidden = !researcher.checked; });
researcher.checked = new URLSearchParams(location.search).has("researcher");
researcher.addEventListener("change", showNumbers);
showNumbers();
if (screen === "trial") startTrial(); else startReading();
