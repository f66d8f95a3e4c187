// Keeps the files of the page for when there is no net: those of the first view at once, others as they are asked for.
const [NAME, FIRST] = KEPT;

addEventListener("install", (event) => {
  event.waitUntil(caches.open(NAME).then((kept) => kept.addAll(FIRST)).then(() => skipWaiting()));
});

addEventListener("activate", (event) => {
  const old = (names) => names.filter((name) => name.startsWith("brittlestar-") && name !== NAME);
  event.waitUntil(caches.keys().then((names) => Promise.all(old(names).map((name) => caches.delete(name)))).then(() => clients.claim()));
});

addEventListener("fetch", (event) => {
  const { request } = event, address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== location.origin) return;
  event.respondWith(caches.open(NAME).then(async (kept) => {
    const found = await kept.match(request, { ignoreSearch: true });
    if (found) return found;
    const reply = await fetch(request);
    if (reply.ok) await kept.put(address.origin + address.pathname, reply.clone());
    return reply;
  }));
});
