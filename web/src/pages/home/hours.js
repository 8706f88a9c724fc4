// Observed and forecast hours as one path, an object an hour, and their table.
import { el } from "../../core/dom.js";
import { HOUR_MS, dayOf, dayText, hourOf, kstTime, later } from "../../core/kst.js";
import { roundedHonestly } from "../../core/numbers.js";
import { isNight } from "../../core/sun.js";
import { TARGETS, groupedFigures } from "../parts.js";
import { isOnReadersClock, relativeDay } from "./days.js";
import { rainText, skyIcon, skyTexts } from "./sky.js";

const HOURS_BEFORE = 12;

/** The air's dryness, for plants that have a limit of it. It comes with the advice: no target, so neither range nor past. */
export const DRYNESS = { name: "dryness", field: "vapour_pressure_deficit", unit: " kPa", decimals: 2, colour: "--dryness", bounds: [0, Infinity] };

/** The quantities with the limits of a plant (of `/api/plants`; null: unknown, no limits). */
export function quantitiesOf(plant) {
  const limitsOf = ({ field }) => (plant?.limits ?? []).filter((limit) => limit.variable === field);
  const shown = limitsOf(DRYNESS).length > 0 ? [...TARGETS, DRYNESS] : TARGETS;
  return shown.map((quantity) => ({ ...quantity, limits: limitsOf(quantity) }));
}

/**
 * `[{time, day, dayName, place, night, observed, isNow, temperature: {value, low, high, inside, reached}, humidity: {…}, dryness?: {…},
 * sky, rain}]`: from twelve hours before the present one to the forecast's end, observed where there is an observation. Unknown values
 * are null; `inside` is the value where the plant stands, null outdoors; `reached`: is a limit of the plant reached there? `place` has
 * latitude and longitude; `sky` is the KMA's code, `rain` the probability of precipitation in per cent.
 */
export function hoursOf({ forecast, observations, chosen }, quantities, now, t) {
  const { time: ahead } = forecast.hourly;
  // A clock that cannot date the forecast, or an hour that it does not reach: as at the forecast's first hour.
  const present = ahead.find((time) => isOnReadersClock(forecast, now) && time.startsWith(kstTime(now).slice(0, 13))) ?? null;
  const start = later(present ?? ahead[0], -HOURS_BEFORE);
  // While the observations are on their way their place is kept, so that nothing moves when they arrive.
  const before = observations === null ? [] : Array.from({ length: HOURS_BEFORE }, (_, index) => later(start, index));
  const times = [...before.filter((time) => Date.parse(time) < Date.parse(ahead[0])), ...ahead.filter((time) => Date.parse(time) >= Date.parse(start))];
  const [observedAt, placedAt, forecastAt] = [observations, chosen, forecast].map((part) => lookup(part?.hourly));
  const isIndoors = ["indoor", "balcony"].includes(chosen?.place?.place);
  const hour = (time) => {
    const epochMs = Date.parse(time);
    const isKnown = epochMs <= (present ? now : Date.parse(ahead[0]) - HOUR_MS) && TARGETS.some(({ field }) => observedAt(field, time) !== null);
    const observed = epochMs < Date.parse(ahead[0]) || isKnown;
    const values = quantities.map((quantity) => {
      const value = (observed ? observedAt : quantity.target ? forecastAt : placedAt)(quantity.field, time);
      const [low, high] = ["_p10", "_p90"].map((suffix) => (observed ? null : forecastAt(quantity.field + suffix, time)));
      const inside = isIndoors && quantity.target && !observed ? placedAt(quantity.field, time) : null;
      return [quantity.name, { value, low, high, inside, reached: reaches(isIndoors && quantity.target ? inside : value, quantity) }];
    });
    const day = dayOf(time);
    const dayName = relativeDay(day, forecast, now, t) || dayText(day, t.locale, "short");
    const [sky, rain] = ["sky", "precipitation_probability"].map((field) => (observed ? null : forecastAt(field, time)));
    const night = isNight(epochMs, forecast);
    return { time, day, dayName, place: forecast, night, observed, isNow: time === present, sky, rain, ...Object.fromEntries(values) };
  };
  return times.map(hour);
}

/** The value of a field at a time, null where there is none. */
function lookup(hourly) {
  const places = new Map(hourly?.time.map((time, index) => [Date.parse(time), index]));
  return (field, time) => hourly?.[field]?.[places.get(Date.parse(time))] ?? null;
}

/** The place of the present hour among the hours, else that of the first one forecast. */
export function presentOf(hours) {
  const now = hours.findIndex((hour) => hour.isNow);
  return now >= 0 ? now : hours.findIndex((hour) => !hour.observed);
}

/** Does the plant stand where the air is not that outside? */
export const standsInside = (hours) => hours.some(({ temperature }) => temperature.inside !== null);

const reaches = (value, { limits }) =>
  value !== null && limits.some((limit) => (limit.comparison === "at_least" ? value >= limit.threshold : value <= limit.threshold));

/** `24.9`, without unit; a dash where there is no value. */
export const number = (value, { decimals, limits = [] }) =>
  value === null ? "–" : roundedHonestly(value, decimals, limits.map((limit) => limit.threshold));

/** `24.9 °C`. */
export const withUnit = (value, quantity) => (value === null ? "–" : `${number(value, quantity)}${quantity.unit.replace(" ", "\u00a0")}`);

/** `23.1 – 26.2`, without unit; a dash where there is no range. */
export const rangeText = (low, high, quantity) =>
  low === null || high === null ? "–" : `${number(low, quantity)}\u00a0–\u00a0${number(high, quantity)}`;

/** The table of the hours from the present one, grouped by day: with ranges, or where the plant stands inside with the air there. */
export function hourTable(hours, quantities, t) {
  const inside = standsInside(hours);
  const heads = quantities.flatMap(({ name, unit, target }) => [`${t[`${name}Short`]}${unit}`, ...(target ? [inside ? t.whereItStands : t.range] : [])]);
  const listed = hours.slice(presentOf(hours));
  const days = [...new Set(listed.map((hour) => hour.day))];
  const time = listed.some((hour) => skyTexts(hour, t).length > 0) ? `${t.time} · ${t.skyHead}` : t.time;
  return groupedFigures(inside ? t.tableCaptionInside : t.tableCaption, [time, ...heads], days.map((day) => {
    const own = listed.filter((hour) => hour.day === day);
    return [dayHeading(own[0], t), own.map((hour) => tableRow(hour, quantities, inside, t))];
  }));
}

function dayHeading({ day, dayName }, t) {
  const date = dayText(day, t.locale, "short");
  return dayName === date ? date : `${dayName} · ${date}`;
}

const tableRow = (hour, quantities, inside, t) => [
  [t.hour(hourOf(hour.time)), hour.observed && el("span", { class: "table-kind" }, ` ${t.observed}`),
    el("span", { class: "table-sky" }, skyIcon(hour, t), hour.rain !== null && ` ${rainText(hour.rain)}`)],
  ...quantities.flatMap((quantity) => {
    const { value, low, high, reached, inside: placed } = hour[quantity.name];
    const marked = (text) => (reached ? el("b", { class: "is-reached" }, "● ", text) : text);
    const text = number(value, quantity);
    if (!quantity.target) return [marked(text)];
    return inside ? [text, marked(number(placed, quantity))] : [marked(text), rangeText(low, high, quantity)];
  }),
];
