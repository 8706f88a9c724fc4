// Track record: how good the forecasts have been, compared with observations.
import { el } from "../core/dom.js";
import { attribution, nothingYet, pageHead } from "./parts.js";
import { daysCard, drawDays } from "./record/days.js";
import { decisionsCard, drawDecisions } from "./record/decisions.js";
import { drawLeads, leadsCard } from "./record/leads.js";
import { drawPublished, publishedCard } from "./record/published.js";
import { fetchNight, fillObserved, firstNight, nightsOf, observedCard } from "./record/observed.js";
import { alarms, shadowCard, summaryCard, summaryParts } from "./record/summary.js";

export const id = "record";

const WINDOWS = ["7", "30", "365"];

let chosenWindow = "30"; // as long as the page is open

/** The record and the night shown first. */
export async function load(context, signal) {
  const verification = await context.api.get("/api/verification", { station: context.station, days: 30 }, signal);
  const nights = nightsOf(verification.days);
  const night = firstNight(nights, verification.days);
  return { verification, nights, night, shown: night && await fetchNight(context, night, signal) };
}

export const sourceOf = (data) => data.verification.source;

const isEmpty = ({ windows }) => Object.keys(windows).length === 0; // nothing was scored yet

export function render(data, context) {
  const { t } = context;
  const { verification, night } = data;
  const head = pageHead(t.pages.record, t.record.lead);
  if (isEmpty(verification)) return [head, nothingYet(t.record.nothing)];
  const windows = WINDOWS.filter((name) => verification.windows[name]);
  const chooseWindow = (name) => {
    chosenWindow = name;
    drawWindow(verification, t);
  };
  return [
    head,
    ...alarms(verification.alarms, t),
    summaryCard(windows, chosenWindow, chooseWindow, t),
    decisionsCard(verification, t),
    publishedCard(verification, t),
    el("div", { class: "pair" }, leadsCard(t), daysCard(verification.days, t)),
    night && observedCard(data.nights, night, (chosen) => chooseNight(chosen, data, context), t),
    shadowCard(verification.windows["30"], t),
    attribution(t, verification.attribution),
  ];
}

export function afterRender({ verification, night, shown }, { t }) {
  if (isEmpty(verification)) return;
  drawWindow(verification, t);
  drawDays(verification.days, t);
  if (night) fillObserved(shown, t);
}

function drawWindow(verification, t) {
  document.getElementById("record-summary-body").replaceChildren(...summaryParts(verification, chosenWindow, t));
  drawDecisions(verification.windows[chosenWindow], t);
  drawPublished(verification.windows[chosenWindow], verification.days, t);
  drawLeads(verification.windows[chosenWindow], t);
}

async function chooseNight(night, data, context) {
  Object.assign(data, { night, shown: undefined });
  const shown = await fetchNight(context, night);
  if (data.night !== night) return; // another night was chosen meanwhile
  data.shown = shown;
  if (document.getElementById("record-observed") !== null) fillObserved(shown, context.t);
}
