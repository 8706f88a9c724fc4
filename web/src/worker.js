// Service worker: without a connection the page opens and shows the last answers received, marked as such.
//
// KEPT (paths beside this file) and VERSION come from build.mjs.
/* global KEPT, VERSION */

const SHELL = `plantcast-shell-${VERSION}`;
const ANSWERS = "plantcast-answers-1";
const ANSWERS_KEPT = 60;
const KEPT_SINCE = "Plantcast-Kept-Since"; // read by core/api.js

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
  const path = url.href.startsWith(self.registration.scope) ? url.href.slice(self.registration.scope.length).split(/[?#]/)[0] : null;
  const file = path === "" ? "index.html" : path;
  if (KEPT.includes(file)) event.respondWith(fileOf(request, file));
  else if (path === "config.json" || url.pathname.includes("/api/")) event.respondWith(answer(request));
});

// A message of Plantcast: {title, body, url, tag} (notifications/push/messages.py). Browsers want each shown.
self.addEventListener("push", (event) => {
  const { title = "Plantcast", body = "", url = "/", tag = "plantcast" } = event.data?.json() ?? {};
  const asset = (path) => new URL(path, self.registration.scope).href;
  const shown = { body, tag, renotify: true, icon: asset("icon-192.png"), data: { url } };
  event.waitUntil(self.registration.showNotification(title, shown));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(openPage(new URL(`index.html#${event.notification.data?.url ?? "/"}`, self.registration.scope).href));
});

/** Show an address of the page, in the window that is open if there is one. */
async function openPage(address) {
  const windows = await self.clients.matchAll({ type: "window" });
  const ours = windows.find((client) => client.url.startsWith(self.registration.scope));
  if (!ours) return self.clients.openWindow(address);
  await ours.focus();
  return ours.navigate(address);
}

/** A file of the page from the network (or the browser's own cache, for those named by their content), else the stored one. */
async function fileOf(request, path) {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await (await caches.open(SHELL)).match(path);
    if (kept) return kept;
    throw error;
  }
}

/** The network's answer, which is stored; without a network the stored one, with the time it was received. */
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
