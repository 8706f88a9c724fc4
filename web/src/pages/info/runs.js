// Section of the runs of the pipeline: how each went, how long it took, and what it did.
import { el } from "../../core/dom.js";
import { dateTime, dayOf, dayText } from "../../core/kst.js";
import { bar, help, localized } from "../parts.js";
import { duration, outcomeTag, reasonsText, runDetails } from "./details.js";

const SHOWN = 30;
const OUTCOMES = ["succeeded", "degraded", "failed", "running"];

export async function load({ api }, signal) {
  const { runs } = await api.get("/api/runs", { limit: SHOWN }, signal);
  return { runs, details: new Map() };
}

/** How the last run went, when it began and how long it took. */
export const line = ({ runs: [last] }, context) =>
  (last ? [
    outcomeTag(last.outcome, context.t),
    el("span", {}, dateTime(last.started_at, context.t)),
    el("span", {}, took(last, context)),
  ] : context.t.runs.nothing.title);

export function render(data, context) {
  const { t } = context;
  const { runs } = data;
  if (runs.length === 0) return el("p", { "data-state": "nothing" }, t.runs.nothing.text);
  const longest = Math.max(...runs.map((run) => run.seconds), 0.1);
  return [
    help(t.runs.lead),
    tallies(runs, t),
    el("ol", { class: "runs" }, runs.map((run) => el("li", {}, entry(run, longest, data, context)))),
  ];
}

function tallies(runs, t) {
  const counts = OUTCOMES.map((outcome) => [outcome, runs.filter((run) => run.outcome === outcome).length]);
  return el("ul", { class: "tallies", "aria-label": t.runs.counts(runs.length) },
    el("li", {}, t.runs.counts(runs.length)),
    counts.filter(([, number]) => number > 0).map(([outcome, number]) =>
      el("li", { "data-outcome": outcome }, el("b", {}, String(number)), " ", outcomeTag(outcome, t))));
}

function entry(run, longest, { details }, context) {
  const { t } = context;
  const body = el("div", { class: "run-body" });
  const fold = el("details", { class: `run run-${run.outcome}`, "data-run": run.run_id },
    el("summary", {},
      outcomeTag(run.outcome, t),
      el("strong", { class: "run-when" }, dateTime(run.started_at, t)),
      el("strong", { class: "run-took" }, took(run, context)),
      bar(run.seconds / longest, "run-bar"),
      el("span", { class: "run-message" }, message(run, t))),
    body);
  fold.addEventListener("toggle", () => fold.open && body.childElementCount === 0 && open(run, body, details, context));
  return fold;
}

const took = (run, { t, now }) =>
  run.seconds === null ? t.runs.runningFor(duration((now - Date.parse(run.started_at)) / 1000, t)) : duration(run.seconds, t);

/** The run's message; its day where that differs from the day it ran on, or where there is no message yet. */
function message(run, t) {
  const text = reasonsText(localized(run, "message", t), t);
  const namesDay = run.as_of && (text === "" || run.as_of !== dayOf(run.started_at));
  return [
    namesDay && t.runs.day(dayText(run.as_of, t.locale, "short")),
    run.retrain === false && t.runs.noTraining,
    text,
  ].filter(Boolean).join(" · ");
}

/** Fetch a run's steps once; those of a run still going each time. */
async function open(run, body, details, { api, t }) {
  body.replaceChildren(el("p", { class: "card-help", role: "status" }, t.loading));
  try {
    const whole = details.get(run.run_id) ?? await api.get(`/api/runs/${encodeURIComponent(run.run_id)}`);
    if (whole.outcome !== "running") details.set(run.run_id, whole);
    body.replaceChildren(...runDetails(whole, t));
  } catch {
    body.replaceChildren(help(t.runs.detailsFailed));
  }
}
