// Reads config.json and the API; every failure is an `Unavailable` of a known kind.

// Longer than a cold start of the API behind its gateway (which itself gives up at 29 s); shorter than patience.
const TIMEOUT_MS = 15_000;

// The service worker marks a cached answer with the time it was received (worker.js).
const KEPT_SINCE = "Plantcast-Kept-Since";

/**
 * Why there is nothing to show. `kind`: `offline` (no answer), `timeout`, `missing` (nothing there yet), `refused` (the API
 * answered with an error), `unreadable` (the answer has an unknown form), `misconfigured` (config.json).
 */
export class Unavailable extends Error {
  constructor(kind, detail = "") {
    super(detail || kind);
    this.kind = kind;
    this.detail = detail;
  }
}

/** Read `config.json` beside the page: `{apiUrl, source, stations, version}`. */
export async function readConfig() {
  const { response, body } = await fetchJson(new URL("config.json", document.baseURI));
  if (!response.ok) throw new Unavailable("misconfigured", "config.json");
  if (!body?.apiUrl) throw new Unavailable("misconfigured", "config.json: apiUrl");
  return { ...body, apiUrl: new URL(body.apiUrl, document.baseURI).href.replace(/\/+$/, "") };
}

/** The API at `url`. */
export class Api {
  constructor(url) {
    this.url = url;
  }

  /** The address of `path` with `params` (null and undefined ones are left out, a list's values follow each other). */
  address(path, params = {}) {
    const all = Object.entries(params).flatMap(([name, value]) => [value].flat().map((one) => [name, one]));
    const known = all.filter(([, value]) => value !== null && value !== undefined);
    return known.length > 0 ? `${this.url}${path}?${new URLSearchParams(known)}` : `${this.url}${path}`;
  }

  /** Get JSON: `{body, keptSince}`, the latter when a cached answer was received (epoch ms), null for a fresh one. */
  async fetch(path, params, signal) {
    const { response, body } = await fetchJson(this.address(path, params), signal);
    if (response.status === 404) throw new Unavailable("missing", detailOf(body));
    if (!response.ok) throw new Unavailable("refused", detailOf(body));
    const keptSince = response.headers.get(KEPT_SINCE);
    return { body, keptSince: keptSince && Date.parse(keptSince) };
  }

  /** Get JSON. */
  async get(path, params, signal) {
    return (await this.fetch(path, params, signal)).body;
  }

  /** Post JSON; return the JSON of the answer, null for one without. */
  async post(path, document) {
    const headers = { Accept: "application/json", "Content-Type": "application/json" };
    const { response, body } = await fetchJson(this.address(path), undefined, { method: "POST", headers, body: JSON.stringify(document) });
    if (!response.ok) throw new Unavailable("refused", detailOf(body));
    return body;
  }

  /** Get JSON; null when there is none. */
  async find(path, params, signal) {
    try {
      return await this.get(path, params, signal);
    } catch (error) {
      if (error.kind === "missing") return null;
      throw error;
    }
  }
}

async function fetchJson(url, signal, options = {}) {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await fetch(url, {
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      cache: "no-cache", // revalidates; an unchanged answer costs a 304
      credentials: "omit",
      headers: { Accept: "application/json" },
      ...options,
    });
    const text = await response.text();
    return { response, body: response.status === 204 ? null : parsed(text, response) };
  } catch (error) {
    if (error instanceof Unavailable || error.name === "AbortError") throw error;
    throw new Unavailable(error.name === "TimeoutError" ? "timeout" : "offline");
  }
}

function parsed(text, response) {
  try {
    return JSON.parse(text);
  } catch {
    if (response.ok) throw new Unavailable("unreadable", "JSON");
    return null; // an error page of a proxy: its status says enough
  }
}

/** The text of an error answer: problem details (RFC 9457, with our `remedy`), or the gateway's `message`. */
const detailOf = (body) => [body?.detail ?? body?.message, body?.remedy].filter(Boolean).join(" ");
