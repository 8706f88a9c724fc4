// One run: its steps on a common time axis, and the result of each station.
import { el } from "../../core/dom.js";
import { dateTime } from "../../core/kst.js";
import { stationName } from "../../core/stations.js";
import { TARGETS, facts, localized, tag } from "../parts.js";

const MARKS = { succeeded: ["good", "✓"], ok: ["good", "✓"], degraded: ["warn", "!"], failed: ["bad", "✕"], running: ["plain", "…"] };

/** An outcome as a mark and a text. */
export const outcomeTag = (outcome, t) => tag(...MARKS[outcome], t.outcome[outcome]);

const CODE = /[a-z]+(?:_[a-z]+)+/g;

/** A message with the codes in it (`observations_incomplete`) as text; the sentence around it brings its own full stop. */
export const reasonsText = (text, t) => text.replace(CODE, (code) => (t.degradedReason[code] ?? code).replace(/\.$/, ""));

/** The details of `run` (of /api/runs/{run_id}) as elements. */
export const runDetails = (run, t) => [
  el("h5", {}, t.runs.stepsTitle),
  run.steps.length > 0 ? timeline(run, t) : el("p", { class: "card-help" }, t.runs.noSteps),
  ...run.facts.map((fact) => stationResult(fact, t)),
  el("p", { class: "small-print" }, `${t.runs.runId} `, el("code", {}, run.run_id)),
];

function timeline(run, t) {
  const start = Date.parse(run.started_at);
  const spans = run.steps.map((step) => ({ step, from: Math.max((Date.parse(step.started_at) - start) / 1000, 0) }));
  const whole = Math.max(run.seconds, ...spans.map(({ step, from }) => from + step.seconds), 0.1);
  return el("ol", { class: "steps" }, spans.map(({ step, from }) => stepRow(step, from, whole, t)));
}

function stepRow(step, from, whole, t) {
  const track = el("span", { class: "step-fill" });
  track.style.left = `${(from / whole) * 100}%`;
  track.style.width = `${Math.min(step.seconds / whole, 1 - from / whole) * 100}%`;
  const name = stepName(step, t);
  const took = duration(step.seconds, t);
  return el("li", { class: `step step-${step.status}`, "data-step": step.name },
    el("span", { class: "visually-hidden" }, t.runs.stepText(name, duration(from, t), took, t.outcome[step.status])),
    el("span", { class: "step-name", "aria-hidden": "true" }, step.status === "failed" && "✕ ", name),
    el("span", { class: "step-track", "aria-hidden": "true" }, track),
    el("span", { class: "step-took", "aria-hidden": "true" }, took));
}

function stepName({ name, station, target }, t) {
  const quantity = TARGETS.find((one) => one.target === target);
  const of = [station && placeName(station, t), quantity && t[quantity.name]].filter(Boolean);
  const text = t.runs.step[name] ?? name;
  return of.length > 0 ? `${text} (${of.join(" · ")})` : text;
}

const placeName = (station, t) => stationName(station, t.language) ?? t.stationNumber(station);

const stationResult = ({ station, status, message, ingest, models, forecast }, t) =>
  el("div", { class: "station-facts", "data-station": station },
    el("p", {}, el("strong", {}, placeName(station, t)), " ", outcomeTag(status, t)),
    message && el("p", { class: "caveat" }, reasonsText(message, t)),
    facts([
      ingest && [t.runs.ingest, result(t.runs.ingestStatus[ingest.status], ingestText(ingest, t))],
      ...models.map((model) => [t.models.target[model.target], result(t.models[model.promoted ? "promoted" : "kept"], localized(model, "reason", t))]),
      forecast && [t.expected, result(t.runs.forecastStatus[forecast.status], forecast.origin && t.runs.forecastFrom(dateTime(forecast.origin, t)))],
    ], "facts-lines"));

const ingestText = (ingest, t) =>
  t.runs.ingestText(...["hours_new", "hours_corrected", "values_masked"].map((name) => ingest[name] ?? "–"));

const result = (text, more) => [el("strong", {}, text), more && el("span", { class: "fact-more" }, more)];

/** How long something took: `4.6초`, `38초`, `1분 12초`, `2시간 5분`. */
export function duration(seconds, t) {
  if (seconds < 0.05) return t.runs.instant;
  if (seconds < 9.95) return t.runs.seconds(seconds.toFixed(1));
  const whole = Math.round(seconds);
  if (whole < 60) return t.runs.seconds(whole);
  if (whole < 3600) return t.runs.minutes(Math.floor(whole / 60), whole % 60);
  const minutes = Math.round(seconds / 60);
  return t.runs.hours(Math.floor(minutes / 60), minutes % 60);
}
