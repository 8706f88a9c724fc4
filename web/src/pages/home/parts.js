// The home page's days, notices and lists.
import { el } from "../../core/dom.js";
import { dateTime, dayOf, dayText, hourOf, hoursSince } from "../../core/kst.js";
import { fixed } from "../../core/numbers.js";
import { TARGETS, face, facts, localized } from "../parts.js";
import { guidanceOf, guidanceText } from "./current.js";
import { daysToShow, isOnReadersClock, isStale, relativeDay } from "./days.js";
import { rainText, skyIcon } from "./sky.js";
import { unbroken } from "./verdict.js";

const DAYLIGHT = [6, 19]; // hours
const NOTES_SHOWN = 2;

/** Today and tomorrow in short: the weather outside, and what it means for the plant (`advice` null: not known). */
export function dayCards(data, advice, now, t) {
  const { forecast } = data;
  const shown = daysToShow(forecast.days, forecast, now).slice(0, 2);
  const names = shown.map((day) => relativeDay(day.date, forecast, now, t));
  const advised = (date) => advice?.days.find((day) => day.date === date) ?? null;
  const cards = shown.map((day, order) => dayCard(day, advised(day.date), names[order], data, t));
  return names.join() === t.relative.today ? [...cards, el("p", { class: "card day-none" }, t.noTomorrow)] : cards;
}

function dayCard(day, advised, name, data, t) {
  const mood = advised?.mood ?? "unknown";
  const [[low, high], [dry, damp]] = TARGETS.map((quantity) => extremes(day, quantity, data));
  const { sky, rain } = skyOf(day.date, data.forecast);
  const active = (advised?.conditions ?? []).filter((condition) => condition.active);
  return el("article", { class: `card day mood-${mood}`, "data-date": day.date, "data-mood": mood, "data-water": String(advised?.needs_water ?? null) },
    el("h3", { class: "day-when" }, name && el("strong", {}, name), " ", el("span", {}, dayText(day.date, t.locale, "short"))),
    el("p", { class: "day-temperatures" }, skyIcon({ sky, night: false }, t), t.lowAndHigh(`${fixed(low, 0)}°`, `${fixed(high, 0)}°`)),
    el("p", { class: "soft" }, [`${t.humidity} ${fixed(dry, 0)}–${fixed(damp, 0)}\u00a0%`, rain !== null && t.rain(rainText(rain))].filter(Boolean).join(" · ")),
    advised && el("p", { class: "day-advice" }, face(mood), el("span", {}, unbroken(localized(advised, "advice", t)))),
    active.length > 0 && el("ul", { class: "reasons", "aria-label": t.why }, active.map((one) => el("li", {}, unbroken(localized(one, "reason", t))))));
}

/** Lowest and highest value of a day outside: the forecast's, and those observed of it so far. */
function extremes(day, { name, field }, { observations, current }) {
  const seen = (observations?.hourly?.time ?? []).flatMap((time, index) => (dayOf(time) === day.date ? [observations.hourly[field][index]] : []));
  const last = current && dayOf(current.time) === day.date ? [current[field]] : [];
  const values = [day[`${name}_min`], day[`${name}_max`], ...seen, ...last].filter((value) => Number.isFinite(value));
  return values.length > 0 ? [Math.min(...values), Math.max(...values)] : [null, null];
}

/** A day's most frequent sky by daylight (the cloudier of two) and highest probability of precipitation; null where not known. */
function skyOf(date, { hourly }) {
  const of = (field, from, to) => hourly.time.flatMap((time, index) =>
    (dayOf(time) === date && hourOf(time) >= from && hourOf(time) < to ? [hourly[field]?.[index] ?? null] : [])).filter((value) => value !== null);
  const codes = of("sky", ...DAYLIGHT);
  const times = (code) => codes.filter((one) => one === code).length;
  const rains = of("precipitation_probability", 0, 24);
  return {
    sky: [...new Set(codes)].sort((one, other) => times(other) - times(one) || other - one)[0] ?? null,
    rain: rains.length > 0 ? Math.max(...rains) : null,
  };
}

/** What the reader should know before trusting the numbers: an old or degraded forecast, missing parts. */
export function notices({ forecast, advice, observations }, now, t) {
  const notice = (name, warns, text) => el("div", { class: warns ? "notice notice-warn" : "notice", "data-notice": name }, el("p", {}, text));
  const stale = isStale(forecast, now);
  const age = isOnReadersClock(forecast, now) ? t.stale(t.age(hoursSince(forecast.issued_at, now))) : t.staleAdvice;
  return [
    stale && notice("stale", true, age),
    forecast.status === "degraded" && notice("degraded", false, [t.degraded, reasonsText(forecast, t)].join(" ")),
    advice === null && notice("no-advice", true, t.noAdvice),
    observations === null && notice("no-observations", false, t.noObservations),
  ];
}

/** The API's own remarks on a plant's advice: a short list is shown, a long one folded. */
export function notesOf(advice, t) {
  const notes = advice?.[`notes_${t.language}`] ?? [];
  if (notes.length === 0) return null;
  const list = el("ul", { class: "notes" }, notes.map((note) => el("li", {}, unbroken(note))));
  return el("div", { class: "advice-notes", id: "notes" },
    notes.length <= NOTES_SHOWN ? list : el("details", {}, el("summary", {}, t.notes(notes.length)), list));
}

const reasonsText = (forecast, t) => forecast.degraded_reasons.map((code) => t.degradedReason[code] ?? code).join(" ");

/** The latest notices of the chosen plant. `alerts` is null when the API failed, undefined before it answered. */
export function changes(alerts, plant, t) {
  if (!alerts) return el("p", { class: "soft" }, alerts === null ? t.noAlerts : t.loading);
  const recent = alerts.notices.filter((notice) => notice.profile === plant).slice(0, 4);
  if (recent.length === 0) return el("p", { class: "soft" }, t.noChanges);
  return el("ul", { class: "changes" }, recent.map(({ mood, status, created_at: created }) =>
    el("li", {},
      face(mood),
      el("span", {},
        el("span", { class: "soft" }, `${dateTime(created, t)} · ${t.noticeStatus[status] ?? status}`),
        el("strong", {}, t.face[mood])))));
}

/** Where the forecast comes from. */
export function aboutList(forecast, t) {
  const hours = forecast.history_hours;
  return facts([
    [t.data, t.source[forecast.source]?.about ?? forecast.source],
    [t.issued, dateTime(forecast.issued_at, t)],
    ...guidanceOf(forecast).map((source) => [t.guidanceUsed, guidanceText(source, t)]),
    [t.origin, dateTime(forecast.origin, t)],
    [t.history, hours < 48 ? t.historyHours(hours) : t.historyDays(Math.floor(hours / 24))],
    [t.modelsUsed, `${t.temperature}: ${modelText(forecast.models.ta, t)} · ${t.humidity}: ${modelText(forecast.models.hm, t)}`],
    [t.state, [t.outcome[forecast.status], reasonsText(forecast, t)].filter(Boolean).join(". ")],
  ]);
}

const modelText = ({ kind }, t) => t.kind[kind] ?? kind;
