// While an answer is waited for: whether the server is ready, and what is said meanwhile.
import { $ } from "./ask.js";
import { t } from "./text.js";

// Whether the model is prepared; what nobody waits for is asked only then.
export const prepared = async () => (await (await fetch("/api/ready")).json()).doing === "";

// Shown only when an answer takes long enough to wonder (seconds); says so when the model is still being prepared.
export function working(place, patience = 0.6) {
  const began = Date.now(), said = $("[data-said]", place), bar = $("progress", place);
  const timer = setInterval(async () => {
    const seconds = (Date.now() - began) / 1000;
    if (seconds < patience) return;
    let text = t(seconds > 3 ? "wait.first" : "state.pending"), done = null;
    if (seconds > 1.5) {
      const ready = await fetch("/api/ready").then((reply) => reply.json()).catch(() => null);
      if (ready === null) text = t("wait.no_server");
      else if (ready.doing) {
        text = t("wait.ready", { n: ready.done + 1, total: ready.total });
        done = ready;
      }
    }
    if (place.dataset.over) return;
    if (said.textContent !== text) said.textContent = text;
    bar.hidden = done === null;
    if (done) { bar.max = done.total; bar.value = done.done; }
    place.hidden = false;
  }, 300);
  delete place.dataset.over;
  return () => { clearInterval(timer); place.dataset.over = "1"; place.hidden = true; };
}
