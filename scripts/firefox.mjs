// node firefox.mjs PUPPETEER SITE QUESTIONS OUT: the page without a server in Firefox, for try_firefox.py, which says what is done.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { readFileSync, writeFileSync } from "node:fs";
import { extname, join, resolve } from "node:path";

const [tool, site, questions, out] = process.argv.slice(2).map((one) => resolve(one));
const puppeteer = createRequire(join(tool, "node_modules", "x.js"))("puppeteer-core");
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".bin": "application/octet-stream", ".txt": "text/plain" };
const SCREENS = ["compare", "evidence", "leaflet", "unknown"], YEAR = "drug0=zoledronate&dose0=0.05&for_years0=1&years=1", MOST = 300_000;

const server = createServer((request, reply) => {
  const name = new URL(request.url, "http://x").pathname.slice(1) || "index.html";
  try {
    const content = readFileSync(join(site, name));
    reply.writeHead(200, { "content-type": TYPES[extname(name)] || "text/plain" }).end(content);
  } catch { reply.writeHead(404).end(); }
});
await new Promise((ready) => { server.listen(0, "127.0.0.1", ready); });
const served = `http://127.0.0.1:${server.address().port}/`, disk = `file://${site}/`;

const browser = await puppeteer.launch({ browser: "firefox", executablePath: process.env.BRITTLESTAR_FIREFOX || "/usr/bin/firefox-esr", headless: true, protocolTimeout: MOST });
const found = { version: await browser.version(), said: [], forms: {} };
const opened = async () => {
  const page = await browser.newPage();
  page.setDefaultTimeout(MOST);
  page.on("console", (one) => { if (["error", "warn", "warning"].includes(one.type())) found.said.push(one.text()); });
  page.on("pageerror", (error) => found.said.push(String(error)));
  return page;
};
const now = (page) => page.evaluate(() => performance.now());
const text = (page, selector) => page.$eval(selector, (one) => one.textContent);

async function first_screen(page, address) {
  const told = {};
  await page.goto(`${address}?${YEAR}`);
  await page.waitForSelector("body[data-centres]");
  told.sentence_ms = await now(page);
  await page.waitForSelector("body[data-answers='1'][data-drawn='1']");
  told.answer_ms = await now(page);
  const before = await text(page, "#say"), from = await now(page);
  await page.$eval("#dose", (one) => { one.value = "0.02"; one.dispatchEvent(new Event("input", { bubbles: true })); });
  await page.waitForSelector("body[data-centres='2']");
  told.change_ms = await now(page) - from;
  await page.waitForSelector("body[data-answers='2'][data-state=ok]");
  told.changed = before !== await text(page, "#say");
  await page.$eval("#dose", (one) => { one.value = "50"; one.dispatchEvent(new Event("input", { bubbles: true })); });
  await page.waitForSelector("body[data-state=refused]");
  told.refused = await page.$$eval(".res", (all) => all.every((one) => one.inert)) && (await text(page, "#told")).includes("0.0125 to 0.05 mg/kg");
  return told;
}

const page = await opened();
for (const [form, address, of] of [["file", `${disk}brittlestar.html`, (screen) => `${disk}brittlestar.html?screen=${screen}`], ["site", served, (screen) => `${served}${screen}.html`]]) {
  const told = await first_screen(page, address);
  for (const screen of SCREENS) {
    await page.goto(of(screen));
    await page.waitForSelector(screen === "compare" ? "body[data-drawn]:not([data-drawn=''])" : "main h2");
    told[screen] = await page.$$eval("main h2", (all) => all.length);
  }
  found.forms[form] = told;
}

// The questions, put to the page's own workers.
await page.goto(served);
const asked = JSON.parse(readFileSync(questions));
found.answers = await page.evaluate(async (all) => {
  const whole = await new Response((await fetch("computing.bin")).body.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
  const length = new DataView(whole).getUint32(0, true), head = JSON.parse(new TextDecoder().decode(new Uint8Array(whole, 4, length)));
  const part = (name) => new Uint8Array(whole, 4 + length + head[name][0], head[name][1]), made = (name) => WebAssembly.compile(part(name));
  const compiled = { model: JSON.parse(new TextDecoder().decode(part("model"))), lived: await made("lived"), calm: await made("calm"), healthy: await made("healthy") };
  const worker = new Worker("worker.js"), waiting = new Map(), told = [];
  worker.onmessage = ({ data }) => waiting.get(data.id)(data);
  worker.postMessage({ compiled, ports: [] });
  for (const [id, question] of all.entries()) told.push(await new Promise((done) => { waiting.set(id, done); worker.postMessage({ id, task: "answer", question }); }));
  return JSON.stringify(told);
}, asked);
await browser.close();
server.close();
writeFileSync(out, JSON.stringify(found));
