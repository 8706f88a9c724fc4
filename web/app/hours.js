// The hourly path as one object an hour, named the way the reader counts days. No DOM here.
import { DRY_LIMIT, HEAT_LIMIT, isDry, isHot, relativeDay, roundedHonestly } from "./advice.js";
import { dayInWords, dayOf, hourOf } from "./kst.js";

/** The two things shown by the hour, in the order shown. `bounds` are physical: an axis never leaves them. */
export const QUANTITIES = [
  { name: "temperature", field: "temperature_2m", unit: " °C", decimals: 1, limit: HEAT_LIMIT, reaches: isHot, bounds: [-Infinity, Infinity] },
  { name: "humidity", field: "relative_humidity_2m", unit: " %", decimals: 0, limit: DRY_LIMIT, reaches: isDry, bounds: [0, 100] },
];

/** `[{time, day, hour, dayName, temperature: {mean, low, high, reached}, humidity: {…}}]`, one for each hour of the path. */
export function hoursOf(forecast, now, t) {
  const labels = Object.fromEntries(forecast.days.map((day) => [day.date, day.label]));
  return forecast.hourly.time.map((time, index) => {
    const day = dayOf(time);
    const hour = { time, day, hour: hourOf(time), dayName: dayName({ date: day, label: labels[day] }, forecast, now, t) };
    for (const { name, field, reaches } of QUANTITIES) {
      const mean = forecast.hourly[field][index];
      const [low, high] = [forecast.hourly[`${field}_p10`][index], forecast.hourly[`${field}_p90`][index]];
      hour[name] = { mean, low, high, reached: reaches(mean) };
    }
    return hour;
  });
}

function dayName(day, forecast, now, t) {
  const relative = relativeDay(day, forecast, now);
  return (Object.hasOwn(t.relative, relative ?? "") && t.relative[relative]) || dayInWords(day.date, t.locale, "short");
}

/** `24.9`, without unit; a dash where there is no value. */
export const number = (value, quantity) =>
  value === null ? "–" : roundedHonestly(value, quantity.decimals, quantity.limit);

/** `24.9 °C`. */
export const withUnit = (value, quantity) =>
  value === null ? "–" : `${number(value, quantity)}${quantity.unit}`;

/** `23.1 – 26.2`, without unit, unbroken at a line's end. */
export const rangeText = (low, high, quantity) =>
  low === null || high === null ? "–" : `${number(low, quantity)}\u00a0–\u00a0${number(high, quantity)}`;

/** An hour in a sentence, for screen readers. */
export function hourInWords(hour, t) {
  const parts = QUANTITIES.map((quantity) => {
    const { mean, low, high } = hour[quantity.name];
    if (mean === null) return `${t[quantity.name]} ${t.noValue}`;
    const range = low === null || high === null
      ? ""
      : `, ${t.rangeWords(number(low, quantity), number(high, quantity), quantity.unit)}`;
    return `${t[quantity.name]} ${withUnit(mean, quantity)}${range}`;
  });
  return [`${hour.dayName} ${t.hour(hour.hour)}`, ...parts].join(". ");
}
