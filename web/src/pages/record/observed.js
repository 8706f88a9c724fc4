// One night's forecast and the observed weather.
import { chartParts, drawChart, lonely, ticks } from "../../charts/lines.js";
import { el } from "../../core/dom.js";
import { clockOf, dateTime, dayOf, dayText, hourOf, kstTime, later } from "../../core/kst.js";
import { fixed } from "../../core/numbers.js";
import { TARGETS, card, folded, groupedFigures, help } from "../parts.js";

const ID = "record-observed";
const LEADS = 48;

/** Origins of the nights' forecasts that the days were scored by, newest first: of the last hour of a day, where there are any. */
export function nightsOf(days) {
  const origins = [...new Set(days.flatMap((day) => day.origins))].sort().reverse();
  const nights = origins.filter((origin) => hourOf(origin) === 23);
  return nights.length > 0 ? nights : origins;
}

/** The newest origin all of whose hours have been scored; the newest of all where there is none; null without any. */
export function firstNight(nights, days) {
  const last = days.at(-1)?.day ?? "";
  return nights.find((origin) => dayOf(later(origin, LEADS)) <= last) ?? nights[0] ?? null;
}

/** A night's hours `[{time, ta: {mean, low, high, observed}, hm: {…}}]`, or null if they cannot be had. */
export async function fetchNight({ api, station, now }, origin, signal) {
  const [start, end] = [dayOf(later(origin, 1)), dayOf(later(origin, LEADS))];
  const today = dayOf(kstTime(now));
  try {
    const [forecast, observations] = await Promise.all([
      api.get("/api/forecast", { station, origin }, signal),
      api.get("/api/observations", { station, start, end: end < today ? end : today }, signal),
    ]);
    return joined(forecast.hourly, observations.hourly);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    return null;
  }
}

function joined(forecast, observed) {
  const at = new Map(observed.time.map((time, index) => [time, index]));
  return forecast.time.map((time, index) => ({
    time,
    ...Object.fromEntries(TARGETS.map(({ target, field }) => [target, {
      mean: forecast[field][index],
      low: forecast[`${field}_p10`][index],
      high: forecast[`${field}_p90`][index],
      observed: observed[field][at.get(time)] ?? null,
    }])),
  }));
}

/** The card: a choice of nights, chart and table. */
export function observedCard(nights, chosen, onChoose, t) {
  const nightName = (origin) => t.record.nightName(dayText(dayOf(later(origin, 1)), t.locale, "short"));
  const select = el("select", {}, nights.map((origin) => el("option", { value: origin, selected: origin === chosen }, nightName(origin))));
  select.addEventListener("change", () => onChoose(select.value));
  return card(ID, t.record.observedTitle,
    help(t.record.observedHelp),
    el("label", { class: "night" }, el("span", {}, t.record.night), select),
    el("p", { class: "card-help", role: "status", id: `${ID}-status` }),
    el("div", { id: `${ID}-figures` },
      chartParts(ID, [["line", t.expected], ["band", t.range], ["ink", t.observed]], t),
      folded(t, el("div", { id: `${ID}-table` }))));
}

/** Draw `hours`; null: show that there are none. */
export function fillObserved(hours, t) {
  document.getElementById(`${ID}-status`).textContent = hours === null ? t.record.observedFailed : "";
  document.getElementById(`${ID}-figures`).hidden = hours === null;
  if (hours === null) return;
  document.getElementById(`${ID}-table`).replaceChildren(table(hours, t));
  const name = (index) => dateTime(hours[index].time, t);
  const values = (index) => TARGETS.map(({ target, name: quantity, unit }) => {
    const { mean, observed } = hours[index][target];
    return [quantity, t[`${quantity}Short`], `${t.expected} ${fixed(mean, 1)}${unit} · ${t.observed} ${fixed(observed, 1)}${unit}`];
  });
  const tickText = (index, step) => (hourOf(hours[index].time) % step === 0 ? clockOf(hours[index].time).slice(0, 2) : null);
  drawChart(ID, {
    key: hours[0].time,
    label: t.record.observedTitle,
    x: hours.map((_, index) => index),
    picked: Math.min(12, hours.length - 1),
    name,
    values,
    marks: hours.flatMap(({ time }, index) =>
      (index > 0 && dayOf(time) === dayOf(hours[index - 1].time) ? [] : [{ at: index, text: dayText(dayOf(time), t.locale, "short") }])),
    xTicks: (pixels) => ticks(hours.length, pixels, [3, 6, 12], tickText),
    panels: TARGETS.map(({ target, name: quantity, unit, colour, bounds }) => {
      const line = (kind) => hours.map((hour) => hour[target][kind]);
      return {
        title: `${t[quantity]}${unit}`,
        height: 7.5,
        bounds,
        series: [{ values: line("mean"), colour }, { values: line("observed"), colour: "--ink", points: lonely(line("observed")) }],
        band: { low: line("low"), high: line("high"), colour },
      };
    }),
  });
}

function table(hours, t) {
  const heads = [t.time, ...TARGETS.flatMap(({ name }) => [`${t[`${name}Short`]} ${t.expected}`, t.observed])];
  const days = [...new Set(hours.map(({ time }) => dayOf(time)))];
  return groupedFigures(t.record.observedTitle, heads, days.map((day) => [
    dayText(day, t.locale, "short"),
    hours.filter(({ time }) => dayOf(time) === day).map((hour) => [clockOf(hour.time), ...TARGETS.flatMap(({ target }) => cells(hour[target]))]),
  ]));
}

const cells = ({ mean, low, high, observed }) => [
  [fixed(mean, 1), " ", el("small", { class: "within" }, `${fixed(low, 1)} – ${fixed(high, 1)}`)],
  fixed(observed, 1),
];
