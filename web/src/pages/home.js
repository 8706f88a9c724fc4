// Home: what to do today and tomorrow, and the hours it rests on.
import { drawChart } from "../charts/lines.js";
import { el } from "../core/dom.js";
import { chartSpec, hoursCard } from "./home/chart.js";
import { currentCard } from "./home/current.js";
import { advisedDays } from "./home/days.js";
import { hourTable, hoursOf, quantitiesOf } from "./home/hours.js";
import { aboutList, changes, dayCards, notices } from "./home/parts.js";
import { pushCard } from "./home/push.js";
import { plantCard } from "./home/plant.js";
import { attribution, card } from "./parts.js";

export const id = "home";

const SIMULATION = "hot_dry";

/**
 * The forecast is required; what else fails is null and left out with a notice: the plant's advice, the plants to choose
 * from, the last observed hour (none in a simulation), and in `rest`, which the advice need not wait for, the observed hours and the
 * notices (undefined until then).
 */
export async function load({ api, station, plant, simulate }, signal) {
  const simulated = simulate ? SIMULATION : null;
  const optional = (path, params) =>
    api.get(path, params, signal).catch((error) => {
      if (error.name === "AbortError") throw error;
      return null;
    });
  const [answer, advice, plants, current] = await Promise.all([
    api.fetch("/api/forecast", { station, simulate: simulated }, signal),
    optional(`/api/plants/${encodeURIComponent(plant)}/advice`, { station, simulate: simulated }),
    optional("/api/plants"),
    simulate ? null : optional("/api/current", { station }),
  ]);
  const data = { forecast: answer.body, keptSince: answer.keptSince, advice, plants, current };
  data.rest = Promise.all([optional("/api/observations", { station }), optional("/api/alerts", { station })])
    .then(([observations, alerts]) => Object.assign(data, { observations, alerts }));
  return data;
}

/** The kind of data, for the badge. */
export const sourceOf = (data) => data.forecast.source;

/** The plants to choose from. */
export const plantsOf = (data) => data.plants?.plants ?? [];

export function render(data, context) {
  const { t, plant, now } = context;
  const hours = hoursOf(data, quantitiesOf(profileOf(data, plant)), now, t);
  return [
    ...notices(data, now, t),
    currentCard(data, hours, now, t),
    el("section", { class: "days", "aria-label": t.pages.home }, dayCards(advisedDays(data, now, t), data.forecast, now, t)),
    hoursCard(hours, now, t),
    el("div", { class: "pair" },
      card("changes", t.changesTitle, changes(data.alerts, plant, t), calendarLinks(context)),
      plantCard(profileOf(data, plant), t)),
    card("about", t.about, aboutList(data.forecast, t)),
    pushCard(context),
    attribution(t, data.forecast.attribution),
  ];
}

export function afterRender(data, { t, plant, now }) {
  const quantities = quantitiesOf(profileOf(data, plant));
  const hours = hoursOf(data, quantities, now, t);
  drawChart("hours", chartSpec(hours, quantities, t));
  document.getElementById("table").replaceChildren(hourTable(hours, quantities, t));
}

const profileOf = (data, plant) => plantsOf(data).find((one) => one.id === plant) ?? null;

/** The plant's calendar: to subscribe to, so that it follows each night's forecast, and as a file for those who cannot. */
function calendarLinks({ api, station, plant, t }) {
  const file = api.address(`/api/plants/${encodeURIComponent(plant)}/calendar.ics`, { station, lang: t.language });
  return el("p", { class: "links" },
    el("a", { class: "button", href: file.replace(/^https?:/, "webcal:"), "data-action": "subscribe" }, t.subscribe),
    el("a", { href: file, "data-action": "calendar" }, t.calendarFile));
}
