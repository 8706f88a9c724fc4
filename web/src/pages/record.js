// Track record: how good the forecasts have been, compared with observations.
import { Unavailable } from "../core/api.js";
import { el } from "../core/dom.js";
import { attribution, nothingYet, pageHead } from "./parts.js";
import { observedCard, fetchNight, fillObserved, firstNight, nightsOf } from "./record/observed.js";
import { daysCard, drawDays } from "./record/days.js";
import { drawLeads, leadsCard } from "./record/leads.js";
import { alarms, shadowCard, summaryCard, summaryParts } from "./record/summary.js";

export const id = "record";

const WINDOWS = ["7", "30", "365"];

let chosenWindow = "30"; // as long as the page is open
let fetching = null; // AbortController of a night on its way

/** The record and the night shown first; `verification` is null while nothing was scored. */
export async function load(context, signal) {
  const { api, station } = context;
  let verification;
  try {
    verification = await api.get("/api/verification", { station, days: 30 }, signal);
  } catch (error) {
    if (error instanceof Unavailable && error.kind === "missing") return { verification: null };
    throw error;
  }
  if (!Array.isArray(verification.days) || !verification.windows?.["30"]?.targets) throw new Unavailable("unreadable", "/api/verification");
  const nights = nightsOf(verification.days);
  const night = firstNight(nights, verification.days);
  const fetched = new Map(night === null ? [] : [[night, await fetchNight(context, night, signal)]]);
  return { verification, nights, night, fetched };
}

export const sourceOf = (data) => String(data.verification?.source ?? "");

export function render(data, context) {
  const { t } = context;
  const { verification } = data;
  const head = pageHead(t.pages.record, t.record.lead);
  if (verification === null) return [head, nothingYet(t.record.nothing)];
  const windows = WINDOWS.filter((name) => verification.windows[name]);
  const chooseWindow = (name) => {
    chosenWindow = name;
    drawWindow(verification, t);
  };
  return [
    head,
    ...alarms(verification.alarms ?? [], t),
    summaryCard(windows, chosenWindow, chooseWindow, t),
    el("div", { class: "pair" }, leadsCard(t), daysCard(verification.days, t)),
    data.night !== null && observedCard(data.nights, data.night, (night) => chooseNight(night, data, context), t),
    shadowCard(verification.windows["30"], t),
    attribution(t, verification.attribution),
  ].filter(Boolean);
}

export function afterRender(data, { t }) {
  if (data.verification === null) return;
  drawWindow(data.verification, t);
  drawDays(data.verification.days, t);
  if (data.night !== null) fillObserved(data.fetched.get(data.night), t);
}

function drawWindow(verification, t) {
  document.getElementById("record-summary-body")?.replaceChildren(...summaryParts(verification, chosenWindow, t));
  drawLeads(verification.windows[chosenWindow], t);
}

async function chooseNight(night, data, context) {
  data.night = night;
  fetching?.abort();
  fetching = new AbortController();
  if (!data.fetched.get(night)?.hours) {
    fillObserved(undefined, context.t);
    try {
      data.fetched.set(night, await fetchNight(context, night, fetching.signal));
    } catch (error) {
      if (error.name !== "AbortError") throw error;
      return; // another night was chosen meanwhile
    }
  }
  fillObserved(data.fetched.get(night), context.t);
}
