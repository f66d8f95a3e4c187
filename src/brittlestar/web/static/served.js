// What works out the answers, behind a few functions. This one asks the server; one that computes in the browser gives
// the same JSON, whose form stands in one place: brittlestar/web/answer_schema.py.
import { ask } from "./ask.js";

// Whether it is ready for what nobody waits for; what is said in a place while an answer is waited for.
export { prepared, working } from "./waiting.js";

// Question -> Answer. Throws an Error with the reason; its `at` names the field, where one is at fault.
export const answer = async (asked, signal) => (await ask("/api/explore", asked, signal)).json();

// Question -> Sure: how sure the differences are; may come later than the answer.
export const sure = async (asked, signal) => (await ask("/api/explore/ranges", asked, signal)).json();

// Question -> a file of its answer: csv, json, or toml (its settings). Of several plans as `asked.plans`.
export const file = async (kind, asked) => (await ask(`/api/${asked.plans ? "compare" : "explore"}/file/${kind}`, asked)).blob();
