// Korean time without a library: KST has been UTC+9 without summer time since 1988, so a fixed shift is exact.
export const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const KST_SHIFT_MS = 9 * HOUR_MS;

/** The calendar day `YYYY-MM-DD` of a KST time `YYYY-MM-DDTHH:MM[:SS]+09:00`. */
export const dayOf = (time) => time.slice(0, 10);

/** The hour 0…23 of a KST time. */
export const hourOf = (time) => Number(time.slice(11, 13));

/** `HH:MM` of a KST time. */
export const clockOf = (time) => time.slice(11, 16);

/** The KST time, to the second, of epoch milliseconds. */
export const kstTime = (epochMs) => `${new Date(epochMs + KST_SHIFT_MS).toISOString().slice(0, 19)}+09:00`;

/** A KST time some hours later (or earlier). */
export const later = (time, hours) => kstTime(Date.parse(time) + hours * HOUR_MS);

/** Whole days from day `from` to day `to` (both `YYYY-MM-DD`). */
export const daysBetween = (from, to) => Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS);

/** Hours from a KST time to `now` (epoch ms); negative for a time in the future. */
export const hoursSince = (time, now) => (now - Date.parse(time)) / HOUR_MS;

const formatted = (day, locale, options) => new Intl.DateTimeFormat(locale, { timeZone: "UTC", ...options }).format(Date.parse(day));

/** `5월 30일 금요일`, `Friday, May 30`; short: `5월 30일 (금)`. */
export const dayText = (day, locale, weekday = "long") => formatted(day, locale, { month: weekday, day: "numeric", weekday });

/** `5월 30일 (금) 02:01`. */
export const dateTime = (time, t) => `${dayText(dayOf(time), t.locale, "short")} ${clockOf(time)}`;

/** A day with its year, not broken over lines. */
export const fullDay = (day, t) => formatted(day, t.locale, { dateStyle: t.language === "ko" ? "long" : "medium" }).replaceAll(" ", "\u00a0");

/** `5/30`. */
export const monthDay = (day) => `${Number(day.slice(5, 7))}/${Number(day.slice(8, 10))}`;
