// One night's forecast and, over it, the observed weather.
import { Unavailable } from "../../core/api.js";
import { el } from "../../core/dom.js";
import { clockOf, dayText, dayOf, hourOf, kstFromMoment } from "../../core/kst.js";
import { fixed } from "../../core/numbers.js";
import { card, errorText, folded, groupedFigures } from "../parts.js";
import { chartFrame, drawChart, lonely, pickedParts, ticks } from "./chart.js";

const ID = "record-observed";
const HOUR_MS = 3_600_000;
const LEADS = 48;
const QUANTITIES = [
  { target: "ta", column: "temperature_2m", word: "temperature", short: "temperatureShort", unit: "\u00a0°C", colour: "--temperature", bounds: undefined },
  { target: "hm", column: "relative_humidity_2m", word: "humidity", short: "humidityShort", unit: "\u00a0%", colour: "--humidity", bounds: [0, 100] },
];

const later = (time, hours) => kstFromMoment(Date.parse(time) + hours * HOUR_MS);

/** Origins of the forecasts that the days were scored by, newest first. */
export const nightsOf = (days) => [...new Set(days.flatMap((day) => day.origins))].sort().reverse();

/** The newest origin all of whose hours have been scored; the newest of all where there is none. */
export function firstNight(nights, days) {
  const last = days.at(-1)?.day ?? "";
  return nights.find((origin) => dayOf(later(origin, LEADS)) <= last) ?? nights[0] ?? null;
}

/** A night's `{forecast, observations}`; null when one of them is no longer kept, `{failed: true}` when it did not come. */
export async function fetchNight({ api, station, now }, origin, signal) {
  const today = dayOf(kstFromMoment(now()));
  const [start, end] = [dayOf(later(origin, 1)), dayOf(later(origin, LEADS))];
  try {
    const [forecast, observations] = await Promise.all([
      api.get("/api/forecast", { station, origin }, signal),
      api.get("/api/observations", { station, start, end: end < today ? end : today }, signal),
    ]);
    return { hours: joined(forecast.hourly, observations.hourly) };
  } catch (error) {
    if (error.name === "AbortError") throw error;
    return error instanceof Unavailable && error.kind === "missing" ? null : { failed: true };
  }
}

/** Hour by hour what was forecast and what was observed (null where nothing was). */
function joined(forecast, observed) {
  const at = new Map(observed.time.map((time, index) => [time, index]));
  return forecast.time.map((time, index) => ({
    time,
    ...Object.fromEntries(QUANTITIES.map(({ target, column }) => [target, {
      mean: forecast[column][index],
      low: forecast[`${column}_p10`][index],
      high: forecast[`${column}_p90`][index],
      observed: at.has(time) ? observed[column][at.get(time)] : null,
    }])),
  }));
}

/** The card: a choice of nights, and a body that `fillObserved` fills. */
export function observedCard(nights, chosen, onChoose, t) {
  const select = el("select", { id: `${ID}-night` },
    nights.map((origin) => el("option", { value: origin, selected: origin === chosen }, nightName(origin, t))));
  select.addEventListener("change", () => onChoose(select.value));
  return card(ID, t.record.observedTitle,
    el("p", { class: "card-help" }, t.record.observedHelp),
    el("label", { class: "night" }, el("span", {}, t.record.night), select),
    el("div", { id: `${ID}-body` }));
}

const nightName = (origin, t) => t.record.nightName(dayText(dayOf(later(origin, 1)), t.locale, "short"));

/** Fill the card's body with `night` (undefined: on its way). */
export function fillObserved(night, t) {
  const body = document.getElementById(`${ID}-body`);
  if (body === null) return;
  if (!night?.hours) {
    const text = night === undefined ? t.record.observedLoading : night === null ? t.record.observedMissing : t.record.observedFailed;
    body.replaceChildren(el("p", { class: "card-help", role: "status" }, text));
    return;
  }
  const { hours } = night;
  body.replaceChildren(
    ...verdicts(hours, t),
    ...chartFrame(ID, t, [["forecast", t.record.forecast], ["band", t.record.range], ["observed", t.record.observed]]),
    table(hours, t));
  draw(hours, t);
}

function verdicts(hours, t) {
  const texts = QUANTITIES.flatMap(({ target }) => {
    const known = hours.map((hour) => hour[target]).filter(({ observed }) => observed !== null);
    if (known.length === 0) return [];
    const rmse = Math.sqrt(known.reduce((sum, { mean, observed }) => sum + (mean - observed) ** 2, 0) / known.length);
    const inside = known.filter(({ low, high, observed }) => low <= observed && observed <= high).length;
    return [t.record.observedScore[target](errorText(rmse, target, t), inside, known.length)];
  });
  return (texts.length > 0 ? texts : [t.record.observedNotYet]).map((text) => el("p", { class: "observed-text" }, text));
}

const value = (number, { unit }) => (number === null || number === undefined ? "–" : `${fixed(number, 1)}${unit}`);

const when = (time, t) => `${dayText(dayOf(time), t.locale, "short")} ${clockOf(time)}`;

function draw(hours, t) {
  const marks = hours.flatMap(({ time }, index) =>
    index === 0 || dayOf(time) !== dayOf(hours[index - 1].time) ? [{ at: index, text: dayText(dayOf(time), t.locale, "short") }] : []);
  const texts = (index) => QUANTITIES.map((quantity) => {
    const { mean, observed } = hours[index][quantity.target];
    return t.record.observedText(t[quantity.word], value(mean, quantity), value(observed, quantity));
  });
  const parts = (index) => QUANTITIES.map((quantity) => {
    const { mean, observed } = hours[index][quantity.target];
    return [quantity.target, t[quantity.short], `${t.record.forecast} ${value(mean, quantity)} · ${t.record.observed} ${value(observed, quantity)}`];
  });
  drawChart(ID, (index) => pickedParts(when(hours[index].time, t), parts(index)), {
    label: t.record.observedLabel,
    x: hours.map((_, index) => index),
    picked: Math.min(12, hours.length - 1),
    marks,
    valueText: (index) => `${when(hours[index].time, t)}. ${texts(index).join("; ")}`,
    xTicks: (pixels) => ticks(hours.length, pixels, [3, 6, 12], (index, step) => (hourOf(hours[index].time) % step === 0 ? clockOf(hours[index].time).slice(0, 2) : null)),
    panels: QUANTITIES.map((quantity) => ({
      title: `${t[quantity.word]} (${quantity.unit.trim()})`,
      height: 7.5,
      bounds: quantity.bounds,
      series: [
        { values: hours.map((hour) => hour[quantity.target].mean), colour: quantity.colour },
        { values: hours.map((hour) => hour[quantity.target].observed), colour: "--ink", points: lonely(hours.map((hour) => hour[quantity.target].observed)) },
      ],
      band: {
        low: hours.map((hour) => hour[quantity.target].low),
        high: hours.map((hour) => hour[quantity.target].high),
        colour: quantity.colour,
      },
    })),
  });
}

function table(hours, t) {
  const heads = [t.record.time, ...QUANTITIES.flatMap(({ short }) => [`${t[short]} ${t.record.forecast}`, t.record.observed])];
  const days = [...new Set(hours.map(({ time }) => dayOf(time)))];
  return folded(t, groupedFigures(t.record.observedCaption, heads, days.map((day) => [
    dayText(day, t.locale, "short"),
    hours.filter(({ time }) => dayOf(time) === day).map((hour) => [clockOf(hour.time), ...QUANTITIES.flatMap(({ target }) => cells(hour[target]))]),
  ])));
}

const cells = ({ mean, low, high, observed }) => [
  [fixed(mean, 1), " ", el("small", { class: "within" }, `${fixed(low, 1)} – ${fixed(high, 1)}`)],
  fixed(observed, 1),
];
