// Home: whether to water today, what to do before tonight and tomorrow, and the hours that rests on.
import { drawChart } from "../charts/lines.js";
import { el } from "../core/dom.js";
import { adviceFor, loadAdvice } from "./home/advice.js";
import { calendarLinks } from "./home/calendar.js";
import { chartSpec, hoursCard } from "./home/chart.js";
import { currentCard } from "./home/current.js";
import { hourTable, hoursOf, quantitiesOf } from "./home/hours.js";
import { aboutList, changes, dayCards, notesOf, notices } from "./home/parts.js";
import { plantCard } from "./home/plant.js";
import { pushCard } from "./home/push.js";
import { faces, shelfCard } from "./home/shelf.js";
import { tonightCard } from "./home/tonight.js";
import { verdictCard } from "./home/verdict.js";
import { attribution, card } from "./parts.js";

export const id = "home";

const SIMULATION = "hot_dry";

/**
 * The forecast is required; what else fails is null and left out with a notice: the plants' advice (see loadAdvice), the plants there
 * are, the last observed hour (none in a simulation), and in `rest`, which the advice need not wait for, the observed hours and the
 * notices (undefined until then).
 */
export async function load(context, signal) {
  const { api, station, simulate } = context;
  const simulated = simulate ? SIMULATION : null;
  const optional = (path, params) =>
    api.get(path, params, signal).catch((error) => {
      if (error.name === "AbortError") throw error;
      return null;
    });
  const profiles = optional("/api/plants");
  const [answer, advice, plants, current] = await Promise.all([
    api.fetch("/api/forecast", { station, simulate: simulated }, signal),
    loadAdvice(context, profiles, simulated, signal),
    profiles,
    simulate ? null : optional("/api/current", { station }),
  ]);
  const data = { forecast: answer.body, keptSince: answer.keptSince, advice, plants, current };
  data.rest = Promise.all([optional("/api/observations", { station }), optional("/api/alerts", { station })])
    .then(([observations, alerts]) => Object.assign(data, { observations, alerts }));
  return data;
}

/** The kind of data, for the badge. */
export const sourceOf = (data) => data.forecast.source;

/** The profiles there are. */
export const plantsOf = (data) => data.plants?.plants ?? [];

export function render(data, context) {
  const { t, chosen, now } = context;
  const advice = adviceFor(data, chosen, now);
  data.chosen = data.advice?.plants.get(chosen.key) ?? null;
  const hours = hoursOf(data, quantitiesOf(profileOf(data, chosen)), now, t);
  const hourly = hoursCard(hours, now, t);
  hourly.querySelector("#hours-picked").before(faces(data, context));
  return [
    ...notices(data, now, t),
    el("div", { class: "first" }, verdictCard(data, context), tonightCard(data, context)),
    shelfCard(data, context),
    el("section", { class: "days", "aria-label": t.daysLabel }, dayCards(data, advice, now, t)),
    notesOf(advice, t),
    currentCard(data, hours, now, t),
    hourly,
    el("div", { class: "pair" },
      card("changes", t.changesTitle, changes(data.alerts, chosen.profile, t)),
      plantCard(profileOf(data, chosen), t)),
    el("div", { class: "pair" },
      card("calendar", t.calendarTitle, calendarLinks(context)),
      pushCard(context)),
    card("about", t.about, aboutList(data.forecast, t)),
    attribution(t, data.forecast.attribution),
  ];
}

export function afterRender(data, { t, chosen, now }) {
  const quantities = quantitiesOf(profileOf(data, chosen));
  const hours = hoursOf(data, quantities, now, t);
  drawChart("hours", chartSpec(hours, quantities, t));
  document.getElementById("table").replaceChildren(hourTable(hours, quantities, t));
}

const profileOf = (data, { profile }) => plantsOf(data).find(({ id }) => id === profile) ?? null;
