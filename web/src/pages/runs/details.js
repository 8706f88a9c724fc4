// One run: its steps on a common time axis, and the result of each station.
import { el } from "../../core/dom.js";
import { moment, localized, tag } from "../parts.js";
import { stationName } from "../../core/stations.js";
import { duration } from "./duration.js";
import { reasonsText } from "./reasons.js";

const MARKS = { succeeded: ["good", "✓"], ok: ["good", "✓"], degraded: ["warn", "!"], failed: ["bad", "✕"], running: ["plain", "…"] };

/** An outcome as a mark and a word. */
export const outcomeTag = (outcome, texts) => {
  const [kind, mark] = MARKS[outcome] ?? ["plain", "?"];
  return tag(kind, mark, texts[outcome] ?? outcome);
};

/** The details of `run` (of /api/runs/{run_id}) as elements. */
export const runDetails = (run, t) => [
  el("h4", {}, t.runs.stepsTitle),
  run.steps.length > 0 ? timeline(run, t) : el("p", { class: "card-help" }, t.runs.noSteps),
  run.facts.length > 0 && el("h4", {}, t.runs.factsTitle),
  ...run.facts.map((fact) => stationFacts(fact, t)),
  el("p", { class: "small-print" }, `${t.runs.runId} `, el("code", {}, run.run_id)),
].filter(Boolean);

function timeline(run, t) {
  const start = Date.parse(run.started_at);
  const spans = run.steps.map((step) => {
    const from = Math.max((Date.parse(step.started_at) - start) / 1000, 0);
    return { step, from, took: step.seconds };
  });
  const whole = Math.max(run.seconds ?? 0, ...spans.map(({ from, took }) => from + took), 0.1);
  return el("ol", { class: "steps" }, spans.map((span) => stepRow(span, whole, t)));
}

function stepRow({ step, from, took }, whole, t) {
  const track = el("span", { class: "step-fill" });
  track.style.left = `${(from / whole) * 100}%`;
  track.style.width = `${Math.min(took / whole, 1 - from / whole) * 100}%`;
  const name = stepName(step, t);
  const inside = step.station || step.target;
  return el("li", { class: `step step-${step.status}${inside ? " step-inside" : ""}`, "data-step": step.name },
    el("span", { class: "visually-hidden" }, t.runs.stepText(name, duration(from, t), duration(took, t), t.runs.status[step.status])),
    el("span", { class: "step-name", "aria-hidden": "true" }, step.status === "failed" && el("b", { class: "step-mark" }, "✕ "), name),
    el("span", { class: "step-track", "aria-hidden": "true" }, track),
    el("span", { class: "step-took", "aria-hidden": "true" }, duration(took, t)));
}

function stepName({ name, station, target }, t) {
  const word = Object.hasOwn(t.runs.step, name) ? t.runs.step[name] : name;
  const of = [station && placeName(station, t), target && (target === "ta" ? t.temperature : target === "hm" ? t.humidity : target)].filter(Boolean);
  return of.length > 0 ? `${word} (${of.join(" · ")})` : word;
}

/** A station's name and number. */
export const placeName = (station, t) => stationName(station, t.language) ?? t.stationNumber(station);

function stationFacts(fact, t) {
  const { ingest, models, forecast } = fact;
  return el("div", { class: "station-facts", "data-station": fact.station },
    el("p", { class: "station-head" }, el("strong", {}, placeName(fact.station, t)), " ", outcomeTag(fact.status, t.runs.stationStatus)),
    fact.message && el("p", { class: "caveat" }, reasonsText(fact.message, t)),
    el("dl", { class: "facts facts-lines" },
      ingest && line(t.runs.ingest, t.runs.ingestStatus[ingest.status] ?? ingest.status, ingestText(ingest, t)),
      ...models.map((model) => line(t.runs.model[model.target] ?? model.target, model.promoted ? t.runs.modelPromoted : t.runs.modelKept, localized(model, "reason", t))),
      forecast && line(t.runs.forecast, t.runs.forecastStatus[forecast.status] ?? forecast.status, forecast.origin && t.runs.forecastFrom(moment(forecast.origin, t)))));
}

const ingestText = ({ hours_new: fresh, hours_corrected: corrected, values_masked: masked }, t) =>
  t.runs.ingestText(...[fresh, corrected, masked].map((number) => number ?? "–"));

const line = (name, word, more) =>
  el("div", {}, el("dt", {}, name), el("dd", {}, el("strong", {}, word), more && el("span", { class: "fact-more" }, more)));
