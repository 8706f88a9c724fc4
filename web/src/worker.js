// Service worker: the page opens without a connection, and shows the last answers it had, marked as such.
//
// KEPT (paths beside this file) and VERSION come from build.mjs.
/* global KEPT, VERSION */

const SHELL = `plantcast-shell-${VERSION}`;
const ANSWERS = "plantcast-answers-1";
// Of each kind of question the last answers are worth keeping, not every one ever asked.
const ANSWERS_KEPT = 60;
// Read by core/api.js.
const KEPT_SINCE = "Plantcast-Kept-Since";

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches.open(SHELL)
      .then((cache) => cache.addAll(KEPT.map((path) => new Request(path, { cache: "no-cache" }))))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  const outdated = (name) => name.startsWith("plantcast-") && name !== SHELL && name !== ANSWERS;
  event.waitUntil(
    caches.keys()
      .then((names) => Promise.all(names.filter(outdated).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  const url = new URL(request.url);
  const path = url.href.startsWith(self.registration.scope) ? url.pathname.slice(new URL(self.registration.scope).pathname.length) : null;
  if (request.mode === "navigate") {
    if (path === "" || path === "index.html") event.respondWith(freshElseKept(request, SHELL, "index.html"));
  } else if (path?.startsWith("assets/")) {
    event.respondWith(keptElseFresh(request));
  } else if (path === "config.json" || url.pathname.includes("/api/")) {
    event.respondWith(answer(request));
  } else if (path !== null && KEPT.includes(path)) {
    event.respondWith(freshElseKept(request, SHELL, path));
  }
});

/** What is named by its content never changes. */
async function keptElseFresh(request) {
  return (await caches.match(request)) ?? fetch(request);
}

async function freshElseKept(request, cache, path) {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await (await caches.open(cache)).match(path);
    if (kept) return kept;
    throw error;
  }
}

/** The network's answer, kept; without a network the one kept, with the time it was received. */
async function answer(request) {
  const cache = await caches.open(ANSWERS);
  try {
    const fresh = await fetch(request);
    if (fresh.ok) await keep(cache, request.url, fresh.clone());
    return fresh;
  } catch (error) {
    if (error.name === "AbortError") throw error;
    const kept = await cache.match(request.url);
    if (kept) return kept;
    throw error;
  }
}

async function keep(cache, url, response) {
  const headers = new Headers({ "Content-Type": response.headers.get("Content-Type") ?? "application/json", [KEPT_SINCE]: new Date().toUTCString() });
  await cache.delete(url); // so that the newest is last
  await cache.put(url, new Response(await response.blob(), { headers }));
  const keys = await cache.keys();
  await Promise.all(keys.slice(0, Math.max(keys.length - ANSWERS_KEPT, 0)).map((key) => cache.delete(key)));
}
