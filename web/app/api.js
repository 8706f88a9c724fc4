// Reading config.json and the forecast, and telling apart the ways it can fail.
import { isKst } from "./kst.js";

// Longer than a cold start of the API behind its gateway (which itself gives up at 29 s); shorter than patience.
const TIMEOUT_MS = 15_000;

const SERIES = [
  "temperature_2m", "temperature_2m_p10", "temperature_2m_p90",
  "relative_humidity_2m", "relative_humidity_2m_p10", "relative_humidity_2m_p90",
];

/**
 * Why there is no forecast. `kind`: `offline` (no answer), `timeout`, `missing` (none issued yet), `refused` (the API
 * answered with an error), `unreadable` (the answer is not a forecast), `misconfigured` (config.json).
 */
export class ForecastUnavailable extends Error {
  constructor(kind, detail = "") {
    super(detail || kind);
    this.kind = kind;
    this.detail = detail;
  }
}

/** Read `config.json` beside the page; `apiUrl` comes back absolute and without a trailing slash. */
export async function readConfig() {
  const { response, body } = await fetchJson(new URL("config.json", document.baseURI), {});
  if (!response.ok) throw new ForecastUnavailable("misconfigured", `config.json: HTTP ${response.status}`);
  const apiUrl = httpUrl(body?.apiUrl);
  if (apiUrl === null) throw new ForecastUnavailable("misconfigured", "config.json: apiUrl");
  const stations = Array.isArray(body.stations) ? body.stations.map(String) : [];
  return { apiUrl, source: String(body.source ?? ""), stations, version: String(body.version ?? "") };
}

/** Fetch a station's forecast. Returns `{forecast, now}`: `now` is the server's clock where it may be read, else ours. */
export async function fetchForecast(apiUrl, station, signal) {
  const query = station ? `?station=${encodeURIComponent(station)}` : "";
  const { response, body } = await fetchJson(`${apiUrl}/api/forecast${query}`, { signal });
  if (response.status === 404) throw new ForecastUnavailable("missing", detailOf(body));
  if (!response.ok) {
    throw new ForecastUnavailable("refused", `HTTP ${response.status} ${detailOf(body)}`.trim());
  }
  const problem = contractProblem(body);
  if (problem) throw new ForecastUnavailable("unreadable", problem);
  // Across origins `Date` is readable only where the API exposes it.
  const served = Date.parse(response.headers.get("Date") ?? "");
  return { forecast: body, now: Number.isNaN(served) ? Date.now() : served };
}

async function fetchJson(url, { signal }) {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await fetch(url, {
      signal: signal ? anySignal(signal, timeout) : timeout,
      cache: "no-cache",
      credentials: "omit",
      headers: { Accept: "application/json" },
    });
    const text = await response.text();
    return { response, body: parsed(text, response) };
  } catch (error) {
    if (error instanceof ForecastUnavailable || error.name === "AbortError") throw error;
    throw new ForecastUnavailable(error.name === "TimeoutError" ? "timeout" : "offline");
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
    if (response.ok) throw new ForecastUnavailable("unreadable", "JSON");
    return null; // an error page of something on the way: its status says enough
  }
}

/** What an error answer says in words: problem details (RFC 9457, with our `remedy`) or FastAPI's own shape. */
function detailOf(body) {
  const detail = body?.detail ?? body?.title ?? body?.message;
  const said = [detail, body?.remedy].filter((part) => typeof part === "string");
  return said.join(" ").slice(0, 300);
}

/** The first way in which `body` breaks docs/contracts.md as far as this page needs it, or "". */
export function contractProblem(body) {
  if (!isKst(body?.origin)) return "origin";
  if (!isKst(body.issued_at)) return "issued_at";
  const times = body.hourly?.time;
  if (!Array.isArray(times) || times.length === 0 || !times.every(isKst)) return "hourly.time";
  const broken = SERIES.find((name) => !isSeries(body.hourly[name], times.length));
  if (broken) return `hourly.${broken}`;
  if (!Array.isArray(body.days) || body.days.length === 0) return "days";
  return body.days.every(isDay) ? "" : "days[]";
}

const isSeries = (values, length) =>
  Array.isArray(values) && values.length === length && values.every((value) => value === null || Number.isFinite(value));

const isDay = (day) =>
  /^\d{4}-\d{2}-\d{2}$/.test(day?.date) &&
  ["temperature_min", "temperature_max", "humidity_min", "humidity_max"].every((name) => Number.isFinite(day[name])) &&
  ["water", "ok"].includes(day.plant?.state);

function httpUrl(text) {
  try {
    const url = new URL(text, document.baseURI);
    return typeof text === "string" && text && /^https?:$/.test(url.protocol) ? url.href.replace(/\/+$/, "") : null;
  } catch {
    return null;
  }
}
