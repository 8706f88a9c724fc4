// Reading config.json and the API, and telling apart the ways it can fail.

// Longer than a cold start of the API behind its gateway (which itself gives up at 29 s); shorter than patience.
const TIMEOUT_MS = 15_000;

// The service worker marks an answer it had kept with the time it was received (worker.js).
const KEPT_SINCE = "Plantcast-Kept-Since";

/**
 * Why there is nothing to show. `kind`: `offline` (no answer), `timeout`, `missing` (nothing there yet), `refused` (the API
 * answered with an error), `unreadable` (the answer is not what the contract says), `misconfigured` (config.json).
 */
export class Unavailable extends Error {
  constructor(kind, detail = "") {
    super(detail || kind);
    this.kind = kind;
    this.detail = detail;
  }
}

/** Read `config.json` beside the page; `apiUrl` comes back absolute and without a trailing slash. */
export async function readConfig() {
  const { response, body } = await fetchJson(new URL("config.json", document.baseURI));
  if (!response.ok) throw new Unavailable("misconfigured", `config.json: HTTP ${response.status}`);
  const apiUrl = httpUrl(body?.apiUrl);
  if (apiUrl === null) throw new Unavailable("misconfigured", "config.json: apiUrl");
  const stations = Array.isArray(body.stations) ? body.stations.map(String) : [];
  return { apiUrl, source: String(body.source ?? ""), stations, version: String(body.version ?? "") };
}

/** The API at `url`. */
export class Api {
  /** `onClock(moment)` hears the server's clock, epoch ms, with each fresh answer that lets it be read. */
  constructor(url, onClock = () => {}) {
    this.url = url;
    this.onClock = onClock;
  }

  /** The address of `path` with `params` (null and undefined ones are left out). */
  address(path, params = {}) {
    const known = Object.entries(params).filter(([, value]) => value !== null && value !== undefined);
    return known.length > 0 ? `${this.url}${path}?${new URLSearchParams(known)}` : `${this.url}${path}`;
  }

  /**
   * Get JSON: `{body, keptSince}`: the moment (epoch ms) at which an answer kept for offline use was received, null
   * for a fresh one.
   */
  async fetch(path, params, signal) {
    const { response, body } = await fetchJson(this.address(path, params), signal);
    if (response.status === 404) throw new Unavailable("missing", detailOf(body));
    if (!response.ok) throw new Unavailable("refused", `HTTP ${response.status} ${detailOf(body)}`.trim());
    if (body === null || typeof body !== "object") throw new Unavailable("unreadable", path);
    const kept = Date.parse(response.headers.get(KEPT_SINCE) ?? "");
    if (!Number.isNaN(kept)) return { body, keptSince: kept };
    // Across origins `Date` is readable only where the API exposes it.
    const served = Date.parse(response.headers.get("Date") ?? "");
    if (!Number.isNaN(served)) this.onClock(served);
    return { body, keptSince: null };
  }

  /** Get JSON. */
  async get(path, params, signal) {
    return (await this.fetch(path, params, signal)).body;
  }
}

async function fetchJson(url, signal) {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await fetch(url, {
      signal: signal ? anySignal(signal, timeout) : timeout,
      cache: "no-cache", // asks whether it changed; an unchanged answer costs a 304
      credentials: "omit",
      headers: { Accept: "application/json" },
    });
    const text = await response.text();
    return { response, body: parsed(text, response) };
  } catch (error) {
    if (error instanceof Unavailable || error.name === "AbortError") throw error;
    throw new Unavailable(error.name === "TimeoutError" ? "timeout" : "offline");
  }
}

// AbortSignal.any, which browsers before 2024 lack.
function anySignal(...signals) {
  const controller = new AbortController();
  for (const signal of signals) {
    if (signal.aborted) controller.abort(signal.reason);
    signal.addEventListener("abort", () => controller.abort(signal.reason), { once: true });
  }
  return controller.signal;
}

function parsed(text, response) {
  try {
    return JSON.parse(text);
  } catch {
    if (response.ok) throw new Unavailable("unreadable", "JSON");
    return null; // an error page of something on the way: its status says enough
  }
}

/** The text of an error answer: problem details (RFC 9457, with our `remedy`) or FastAPI's own shape. */
function detailOf(body) {
  const detail = body?.detail ?? body?.title ?? body?.message;
  const parts = [detail, body?.remedy].filter((part) => typeof part === "string");
  return parts.join(" ").slice(0, 300);
}

function httpUrl(text) {
  try {
    const url = new URL(text, document.baseURI);
    return typeof text === "string" && text && /^https?:$/.test(url.protocol) ? url.href.replace(/\/+$/, "") : null;
  } catch {
    return null;
  }
}
