// Observed and forecast hours as one path, an object an hour, named the way the reader counts days. No DOM here.
import { dayText, dayOf, hourOf, kstFromMoment } from "../core/kst.js";
import { roundedHonestly } from "../core/numbers.js";
import { hourOfNow, relativeDay } from "./days.js";

const HOURS_BEFORE = 48; // as many observed hours as forecast ones

/** What is shown by the hour, in the order shown. `bounds` are physical: an axis never leaves them. */
export const QUANTITIES = [
  { name: "temperature", field: "temperature_2m", unit: " °C", decimals: 1, colour: "--temperature" },
  { name: "humidity", field: "relative_humidity_2m", unit: " %", decimals: 0, colour: "--humidity", bounds: [0, 100] },
];

/** The air's dryness, shown for plants that have a limit of it. */
export const DRYNESS = { name: "dryness", field: "vapour_pressure_deficit", unit: " kPa", decimals: 2, colour: "--dryness", bounds: [0, Infinity] };

/** The quantities with the limits of a plant (of `/api/plants`; null: unknown, no limits). */
export function quantitiesOf(plant) {
  const limits = plant?.limits ?? [];
  const limitsOf = (quantity) => limits.filter((limit) => limit.variable === quantity.field);
  const shown = limitsOf(DRYNESS).length > 0 ? [...QUANTITIES, DRYNESS] : QUANTITIES;
  return shown.map((quantity) => ({ ...quantity, limits: limitsOf(quantity) }));
}

/**
 * `[{time, day, hour, dayName, observed, isNow, temperature: {value, low, high, reached}, humidity: {…}, dryness?: {…}}]`:
 * the observed hours before the forecast's first, then the forecast's. Hours nothing is known of are null valued.
 */
export function hoursOf({ forecast, observations, advice }, quantities, now, t) {
  const nowHour = hourOfNow(forecast, now);
  const common = (time) => {
    const day = dayOf(time);
    return { time, day, hour: hourOf(time), dayName: dayName(day, forecast, now, t), isNow: nowHour !== null && time.startsWith(nowHour) };
  };
  const first = forecast.hourly.time[0];
  const before = [];
  (observations === undefined ? hoursBefore(first) : observations?.hourly.time ?? []).forEach((time, index) => {
    if (Date.parse(time) >= Date.parse(first)) return;
    const hour = { ...common(time), observed: true };
    for (const quantity of quantities) {
      const value = quantity.name === "dryness" ? null : observations?.hourly[quantity.field]?.[index] ?? null;
      hour[quantity.name] = { value, low: null, high: null, reached: reaches(value, quantity) };
    }
    before.push(hour);
  });
  const advised = new Map((advice?.hourly?.time ?? []).map((time, index) => [time, index]));
  const ahead = forecast.hourly.time.map((time, index) => {
    const at = advised.get(time);
    const hour = { ...common(time), observed: false };
    for (const quantity of quantities) {
      const [value, low, high] = quantity.name === "dryness"
        ? [advice?.hourly?.[quantity.field]?.[at] ?? null, null, null]
        : ["", "_p10", "_p90"].map((suffix) => forecast.hourly[quantity.field + suffix][index]);
      hour[quantity.name] = { value, low, high, reached: reaches(value, quantity) };
    }
    return hour;
  });
  return [...before.slice(-HOURS_BEFORE), ...ahead];
}

/** While the observations are on their way their place is kept, so that nothing moves when they come. */
const hoursBefore = (first) =>
  Array.from({ length: HOURS_BEFORE }, (_, index) => `${kstFromMoment(Date.parse(first) - (HOURS_BEFORE - index) * 3_600_000).slice(0, 13)}:00:00+09:00`);

const reaches = (value, { limits }) =>
  value !== null && limits.some((limit) => (limit.comparison === "at_least" ? value >= limit.threshold : value <= limit.threshold));

function dayName(day, forecast, now, t) {
  const relative = relativeDay(day, forecast, now);
  return (Object.hasOwn(t.relative, relative ?? "") && t.relative[relative]) || dayText(day, t.locale, "short");
}

/** `24.9`, without unit; a dash where there is no value. */
export const number = (value, quantity) =>
  value === null ? "–" : roundedHonestly(value, quantity.decimals, (quantity.limits ?? []).map((limit) => limit.threshold));

/** `24.9 °C`. */
export const withUnit = (value, quantity) => (value === null ? "–" : `${number(value, quantity)}${quantity.unit.replace(" ", "\u00a0")}`);

/** `23.1 – 26.2`, without unit, unbroken at a line's end. */
export const rangeText = (low, high, quantity) =>
  low === null || high === null ? "–" : `${number(low, quantity)}\u00a0–\u00a0${number(high, quantity)}`;

/** An hour in a sentence, for screen readers. */
export function hourText(hour, quantities, t) {
  const parts = quantities.map((quantity) => {
    const { value, low, high } = hour[quantity.name];
    if (value === null) return `${t[quantity.name]} ${t.noValue}`;
    const range = low === null || high === null
      ? ""
      : `, ${t.rangeSpan(number(low, quantity), number(high, quantity), quantity.unit)}`;
    return `${t[quantity.name]} ${withUnit(value, quantity)}${range}`;
  });
  return [`${hour.dayName} ${t.hour(hour.hour)}, ${hour.observed ? t.observed : t.expected}`, ...parts].join(". ");
}
