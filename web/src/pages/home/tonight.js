// The coming night where the plant stands.
import { el } from "../../core/dom.js";
import { clockOf, dayOf, hourOf } from "../../core/kst.js";
import { fixed } from "../../core/numbers.js";
import { card, localized } from "../parts.js";
import { adviceFor, placeOf } from "./advice.js";
import { relativeDay } from "./days.js";
import { unbroken } from "./verdict.js";

const CHILLY = 10; // °C: from here down people ask how cold it may get

/** The card; null where nothing is known of the night. */
export function tonightCard(data, { t, now, chosen }) {
  const night = adviceFor(data, chosen, now)?.tonight;
  if (!night) return null;
  const place = placeOf(chosen, data);
  const active = night.conditions.filter((condition) => condition.active);
  const made = card("tonight", t.tonight,
    el("p", { class: "tonight-low" }, el("b", {}, t.around(degrees(night.temperature_min))), " ", el("span", { class: "soft" }, coldest(night, t))),
    el("p", { class: "tonight-advice" }, unbroken(localized(night, "advice", t))),
    active.length > 0 && el("ul", { class: "reasons", "aria-label": t.why }, active.map((one) => el("li", {}, unbroken(localized(one, "reason", t))))));
  made.classList.add("tonight", `mood-${night.mood}`);
  made.dataset.mood = night.mood;
  made.querySelector("h3").append(" ", el("small", { class: "soft" }, [spanOf(night, data.forecast, now, t), place && t.placeAir[place]].filter(Boolean).join(" · ")));
  return made;
}

/** `−1 °C`, in whole degrees. */
export const degrees = (value) => `${fixed(value, 0)}\u00a0°C`;

function coldest({ temperature_min: expected, temperature_min_p10: likely }, t) {
  const [low, lower] = [expected, likely].map((value) => fixed(value, 0));
  return likely < CHILLY && low !== lower ? t.ifCold(degrees(likely)) : "";
}

/** `18–09시`; once it is past midnight only its end. */
function spanOf({ start, end }, forecast, now, t) {
  const [from, until] = [start, end].map((time) => clockOf(time).slice(0, 2));
  const running = hourOf(start) < 12 && relativeDay(dayOf(start), forecast, now, t) === t.relative.today;
  return running ? t.untilHour(until) : t.fromTo(from, until);
}
