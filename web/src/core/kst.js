// Korean time without a library: KST has been UTC+9 without summer time since 1988, so a fixed shift is exact.
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const KST_SHIFT_MS = 9 * HOUR_MS;
const KST_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?\+09:00$/;

/** True for `YYYY-MM-DDTHH:MM[:SS]+09:00`, the only form of time the API uses. */
export function isKst(text) {
  return typeof text === "string" && KST_TIME.test(text) && !Number.isNaN(Date.parse(text));
}

/** The calendar day `YYYY-MM-DD` of a KST time. */
export const dayOf = (time) => time.slice(0, 10);

/** The hour 0…23 of a KST time. */
export const hourOf = (time) => Number(time.slice(11, 13));

/** `HH:MM` of a KST time. */
export const clockOf = (time) => time.slice(11, 16);

/** The KST time, to the second, of a moment in epoch milliseconds. */
export function kstFromMoment(moment) {
  return `${new Date(moment + KST_SHIFT_MS).toISOString().slice(0, 19)}+09:00`;
}

/** Whole days from day `from` to day `to` (both `YYYY-MM-DD`). */
export function daysBetween(from, to) {
  return Math.round((Date.parse(`${to}T00:00Z`) - Date.parse(`${from}T00:00Z`)) / DAY_MS);
}

/** Hours from a KST time to a moment in epoch milliseconds; negative when the time lies ahead of it. */
export const hoursSince = (time, moment) => (moment - Date.parse(time)) / HOUR_MS;

/** A day in words, e.g. `5월 30일 금요일`, `Friday, May 30`. */
export function dayText(day, locale, weekday = "long") {
  const month = weekday === "long" ? "long" : "short";
  return new Intl.DateTimeFormat(locale, { timeZone: "UTC", month, day: "numeric", weekday }).format(
    Date.parse(`${day}T00:00Z`),
  );
}

/** The weekday of a day, e.g. `금`, `Fri`. */
export const weekdayOf = (day, locale) =>
  new Intl.DateTimeFormat(locale, { timeZone: "UTC", weekday: "short" }).format(Date.parse(`${day}T00:00Z`));
