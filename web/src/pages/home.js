// Home: what to do today and tomorrow, and the hours it rests on.
import { Unavailable } from "../core/api.js";
import { el } from "../core/dom.js";
import { HourChart } from "../home/chart.js";
import { adviceProblem, forecastProblem, observationsProblem } from "../home/contract.js";
import { advisedDays } from "../home/days.js";
import { hoursOf, quantitiesOf } from "../home/hours.js";
import { aboutList, changes, dayCards, hourTable, notices, readout, spokenSummary } from "../home/parts.js";
import { plantCard } from "../home/plant.js";

export const id = "home";

const SIMULATION = "hot_dry";

/**
 * The forecast must come; what else is missing (null) is left out, and said: the plant's advice (the cards then say that there
 * is none), the plants to choose from, and in `rest`, as the advice need not wait for them, the observed hours and what changed
 * lately (undefined until then).
 */
export async function load({ api, station, plant, simulate }, signal) {
  const simulated = simulate ? SIMULATION : null;
  const optional = (path, params, problem) =>
    api.get(path, params, signal).then((body) => (problem(body) ? null : body), (error) => {
      if (error.name === "AbortError") throw error;
      return null;
    });
  const [answer, advice, plants] = await Promise.all([
    api.fetch("/api/forecast", { station, simulate: simulated }, signal),
    optional(`/api/plants/${encodeURIComponent(plant)}/advice`, { station, simulate: simulated }, adviceProblem),
    optional("/api/plants", {}, (body) => (Array.isArray(body.plants) ? "" : "plants")),
  ]);
  const problem = forecastProblem(answer.body);
  if (problem) throw new Unavailable("unreadable", problem);
  const data = { forecast: answer.body, keptSince: answer.keptSince, advice, plants };
  data.rest = Promise.all([
    optional("/api/observations", { station }, observationsProblem),
    optional("/api/alerts", { station }, (body) => (Array.isArray(body.notices) ? "" : "notices")),
  ]).then(([observations, alerts]) => Object.assign(data, { observations, alerts }));
  return data;
}

/** The kind of data, for the badge. */
export const sourceOf = (data) => String(data.forecast.source ?? "");

/** The plants to choose from. */
export const plantsOf = (data) => data.plants?.plants ?? [];

export function render(data, context) {
  const { t, plant } = context;
  const now = context.now();
  const days = advisedDays(data, now, t);
  return [
    ...notices(data, now, t),
    el("section", { class: "days", "aria-label": t.pages.home }, dayCards(days, data.forecast, now, t)),
    hoursCard(t),
    el("div", { class: "pair" },
      el("section", { class: "card", "aria-labelledby": "changes-title" },
        el("h2", { id: "changes-title" }, t.changesTitle),
        changes(data.alerts, plant, t),
        calendarLinks(context)),
      plantCard(profileOf(data, plant), t)),
    el("section", { class: "card about", "aria-labelledby": "about-title" },
      el("h2", { id: "about-title" }, t.about),
      el("dl", {}, aboutList(data.forecast, t))),
    el("p", { class: "attribution" }, el("span", {}, t.attribution), ": ", el("span", { id: "attribution" }, String(data.forecast.attribution ?? ""))),
  ];
}

let chart = null;

export function afterRender(data, context) {
  const { t, plant } = context;
  const quantities = quantitiesOf(profileOf(data, plant));
  const hours = hoursOf(data, quantities, context.now(), t);
  const place = document.getElementById("chart");
  if (chart === null) {
    chart = new HourChart(place, (hour) => document.getElementById("readout")?.replaceChildren(...readout(hour, chart.quantities, chart.words)));
  } else {
    place.replaceWith(chart.chart.element); // the same element keeps the picked hour and the keyboard's place
  }
  Object.assign(chart, { quantities, words: t });
  chart.update(hours, quantities, t);
  document.getElementById("table").replaceChildren(...hourTable(hours, quantities, t));
}

/** One sentence for screen readers. */
export const spoken = (data, context, station) => spokenSummary(advisedDays(data, context.now(), context.t), data.forecast, context.now(), context.t, station);

const profileOf = (data, plant) => (data.plants?.plants ?? []).find((one) => one.id === plant) ?? null;

const hoursCard = (t) =>
  el("section", { class: "card hours", "aria-labelledby": "hours-title" },
    el("div", { class: "hours-head" },
      el("h2", { id: "hours-title" }, t.hourByHour),
      el("ul", { class: "legend" },
        el("li", { class: "legend-observed" }, t.observed),
        el("li", { class: "legend-line" }, t.expected),
        el("li", { class: "legend-band" }, el("span", {}, t.range), " ", el("small", {}, t.rangeMeaning)),
        el("li", { class: "legend-limit" }, t.limit))),
    el("div", { class: "readout", id: "readout" }),
    el("div", { id: "chart", "aria-describedby": "chart-help" }),
    el("p", { class: "chart-help", id: "chart-help" }, t.chartHelp),
    el("details", { class: "table" },
      el("summary", {}, t.tableTitle),
      el("table", { id: "table" })));

/** The plant's calendar: to subscribe to, so that it follows each night's forecast, and as a file for those who cannot. */
function calendarLinks({ api, station, plant, t }) {
  const file = api.address(`/api/plants/${encodeURIComponent(plant)}/calendar.ics`, { station, lang: t.language });
  return el("p", { class: "links" },
    el("a", { class: "button", href: file.replace(/^https?:/, "webcal:"), "data-action": "subscribe" }, t.subscribe),
    el("a", { href: file, "data-action": "calendar" }, t.calendarFile));
}
