// Runs of the pipeline: how each went, how long it took, and what it did.
import { Unavailable } from "../core/api.js";
import { el } from "../core/dom.js";
import { dayText, dayOf } from "../core/kst.js";
import { bar, card, moment, nothingYet, pageHead, localized } from "./parts.js";
import { outcomeTag, runDetails } from "./runs/details.js";
import { duration, median } from "./runs/duration.js";
import { reasonsText } from "./runs/reasons.js";

export const id = "runs";

const AT_FIRST = 20;
const AT_MOST = 100;
const OUTCOMES = ["succeeded", "degraded", "failed", "running"];

export async function load({ api }, signal) {
  return { runs: await fetchRuns(api, AT_FIRST, signal), requested: AT_FIRST, details: new Map() };
}

async function fetchRuns(api, limit, signal) {
  const { runs } = await api.get("/api/runs", { limit }, signal);
  if (!Array.isArray(runs)) throw new Unavailable("unreadable", "/api/runs");
  return runs;
}

export function render(data, context) {
  const { t } = context;
  const head = pageHead(t.pages.runs, t.runs.lead);
  if (data.runs.length === 0) return [head, nothingYet(t.runs.nothing)];
  return [head, summary(data.runs, t), list(data, context)];
}

// From how many finished runs on "usually" is shown.
const ENOUGH_RUNS = 3;

function summary(runs, t) {
  const whole = runs.flatMap((run) => (run.outcome === "succeeded" || run.outcome === "degraded" ? [run.seconds] : []));
  const usual = whole.length >= ENOUGH_RUNS ? median(whole) : null; // a first run trains on nothing yet: one says little
  const counts = OUTCOMES.map((outcome) => [outcome, runs.filter((run) => run.outcome === outcome).length]).filter(([, count]) => count > 0);
  return el("section", { class: "card figure-card runs-summary", id: "runs-summary", "aria-label": t.runs.summaryTitle },
    el("p", { class: "statement-more" }, t.runs.counts(runs.length)),
    el("ul", { class: "tallies" }, counts.map(([outcome, count]) =>
      el("li", { "data-outcome": outcome }, el("b", {}, String(count)), " ", outcomeTag(outcome, t.runs.outcome)))),
    usual !== null && el("p", { class: "card-help" }, t.runs.usual(duration(usual, t))));
}

function list(data, context) {
  const { t } = context;
  const longest = Math.max(...data.runs.map((run) => run.seconds ?? 0), 0.1);
  return card("runs-list", t.runs.listTitle,
    el("ol", { class: "runs" }, data.runs.map((run) => el("li", {}, entry(run, longest, data, context)))),
    data.runs.length === data.requested && data.requested < AT_MOST && moreButton(data, context));
}

function entry(run, longest, { details }, context) {
  const { t } = context;
  const body = el("div", { class: "run-body" });
  const fold = el("details", { class: `run run-${run.outcome}`, "data-run": run.run_id },
    el("summary", {},
      outcomeTag(run.outcome, t.runs.outcome),
      el("span", { class: "run-when" }, moment(run.started_at, t)),
      el("span", { class: "run-took" }, took(run, context)),
      bar((run.seconds ?? 0) / longest, "run-bar"),
      el("span", { class: "run-message" }, message(run, t))),
    body);
  fold.addEventListener("toggle", () => fold.open && body.childElementCount === 0 && open(run, body, details, context));
  return fold;
}

function took(run, { t, now }) {
  if (run.seconds !== null) return duration(run.seconds, t);
  return t.runs.runningFor(duration(Math.max((now() - Date.parse(run.started_at)) / 1000, 0), t));
}

/** The run's message; its day where that differs from the day it ran on, or where there is no message yet. */
function message(run, t) {
  const texts = reasonsText(localized(run, "message", t), t);
  const namesDay = run.as_of && (texts === "" || run.as_of !== dayOf(run.started_at));
  return [
    namesDay && t.runs.day(dayText(run.as_of, t.locale, "short")),
    run.retrain === false && t.runs.noTraining,
    texts,
  ].filter(Boolean).join(" · ");
}

/** Fetch a run's steps once; a run still going is fetched again each time. */
async function open(run, body, details, context) {
  const { api, t } = context;
  body.replaceChildren(el("p", { class: "card-help", role: "status" }, t.runs.detailsLoading));
  try {
    if (!details.has(run.run_id)) {
      const whole = await api.get(`/api/runs/${encodeURIComponent(run.run_id)}`);
      if (!Array.isArray(whole.steps) || !Array.isArray(whole.facts)) throw new Unavailable("unreadable", "/api/runs");
      if (whole.outcome !== "running") details.set(run.run_id, whole);
      body.replaceChildren(...runDetails(whole, t));
      return;
    }
    body.replaceChildren(...runDetails(details.get(run.run_id), t));
  } catch {
    const again = el("button", { type: "button", class: "button" }, t.runs.again);
    again.addEventListener("click", () => open(run, body, details, context));
    body.replaceChildren(el("p", { class: "card-help", role: "status" }, t.runs.detailsFailed), again);
  }
}

function moreButton(data, { api, t, redraw }) {
  const button = el("button", { type: "button", class: "button", "data-action": "more" }, t.runs.more);
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      data.runs = await fetchRuns(api, AT_MOST);
      data.requested = AT_MOST;
      redraw();
    } catch {
      button.disabled = false;
      button.after(el("p", { class: "card-help", role: "status" }, t.runs.moreFailed));
    }
  });
  return button;
}
