// The answer to the question of the day: water, and what else to do before tonight and tomorrow.
import { el, svg } from "../../core/dom.js";
import { face, localized } from "../parts.js";
import { adviceFor, moodToday, nameOf, placeOf, plantsShown } from "./advice.js";
import { relativeDay } from "./days.js";

/** The card; without advice to act on it says why, as silence must not look like "nothing to do". */
export function verdictCard(data, context) {
  const { t, now, chosen } = context;
  const plants = plantsShown(context);
  const advice = adviceFor(data, chosen, now);
  const mood = moodToday(advice, data.forecast, now);
  const answer = advice?.water?.answer ?? null;
  const several = plants.length > 1;
  const own = answer === null ? "" : withoutStop(localized(advice.water, "text", t));
  const place = placeOf(chosen, data);
  // The sign of the headline, which is about all of them.
  const answers = plants.map((plant) => adviceFor(data, plant, now)?.water?.answer ?? null);
  const sign = ["yes", "check"].find((one) => answers.includes(one)) ?? answer;
  return el("section", { class: `card verdict mood-${mood}`, id: "verdict", "aria-label": t.pages.home, "data-mood": mood, "data-water": String(answer) },
    el("h2", {}, el("span", { class: "verdict-icon" }, icon(sign)), el("span", {}, several ? summary(plants, data, now, t) : own || t.waterUnknown)),
    face(mood, t.face[mood]),
    el("div", { class: "verdict-text" },
      el("p", { class: "verdict-plant" },
        el("strong", {}, nameOf(chosen, data, t)), place && el("span", { class: "soft" }, ` · ${t.place[place]}`),
        several && own && `: ${own}`),
      el("p", { class: "verdict-reason" }, unbroken(answer === null ? whyUnknown(data, advice, t) : localized(advice.water, "reason", t)))),
    advice && el("ul", { class: "verdict-next" }, next(plants, data, now, t)));
}

const withoutStop = (text) => text.replace(/\.$/, "");

function whyUnknown(data, advice, t) {
  if (advice !== null) return t.waterSaved;
  return data.advice === null ? t.noAdviceNow : t.staleAdvice;
}

/** All plants in one line: those to water, those whose soil to feel, and the rest. */
function summary(plants, data, now, t) {
  const names = { yes: [], check: [], no: [], null: [] };
  for (const plant of plants) names[adviceFor(data, plant, now)?.water?.answer ?? null].push(nameOf(plant, data, t));
  const { yes, check, no, null: unknown } = names;
  if (no.length === plants.length) return t.allFine;
  if (unknown.length === plants.length) return t.waterUnknown;
  // What harms them tonight or today follows in the lines below: they are not "fine".
  const harmed = plants.some((plant) => adviceFor(data, plant, now)?.water?.answer === "no" && isHarmed(adviceFor(data, plant, now)));
  const rest = no.length > 0 && (harmed ? t.othersNoWater : t.othersFine);
  const parts = [yes.length > 0 && t.waterThese(yes), check.length > 0 && t.feelThese(check), rest];
  return parts.filter(Boolean).flatMap((part, order) => [order > 0 && " · ", el("span", { class: "verdict-part" }, part)]);
}

const isHarmed = ({ tonight, days }) => [tonight, days[0]].some((part) => part && part.mood !== "happy");

/** Tonight and tomorrow: what to do, for which of the plants; one line where both are the same. */
function next(plants, data, now, t) {
  const advised = plants.map((plant) => ({ name: nameOf(plant, data, t), advice: adviceFor(data, plant, now) })).filter(({ advice }) => advice !== null);
  const isTomorrow = ({ date }) => relativeDay(date, data.forecast, now, t) === t.relative.tomorrow;
  const tonight = toDo(advised.map(({ name, advice }) => [name, advice.tonight]), t);
  const tomorrow = toDo(advised.map(({ name, advice }) => [name, advice.days.find(isTomorrow)]), t);
  const same = tonight.length > 0 && tonight.join() === tomorrow.join();
  const lines = same ? [[t.tonightAndTomorrow, tonight]] : [[t.tonight, tonight], [t.relative.tomorrow, tomorrow]];
  return lines.filter(([, texts]) => texts.length > 0).map(([when, texts]) =>
    el("li", {}, el("b", {}, when), el("span", {}, texts.map((text) => el("span", { class: "verdict-line" }, unbroken(text))))));
}

/** Sentences for `[name, night or day]`, those with nothing to do left out unless all have nothing. */
function toDo(parts, t) {
  const known = parts.filter(([, part]) => part);
  const busy = known.filter(([, { mood }]) => mood !== "happy");
  const names = new Map();
  for (const [name, part] of busy.length > 0 ? busy : known.slice(0, 1)) {
    const text = localized(part, "advice", t);
    names.set(text, [...(names.get(text) ?? []), name]);
  }
  return [...names].map(([text, of]) => (busy.length > 0 && parts.length > 1 ? `${t.someOf(of)}: ${text}` : text));
}

/** A value and its unit stay on one line, and a minus is one. */
export const unbroken = (text) => text.replace(/(\d) (?=[°%k])/g, "$1\u00a0").replace(/(^|\s)-(?=\d)/g, "$1\u2212");

function icon(answer) {
  const drop = svg("path", { d: "M12 2.5 C13.5 6.5 19 10.5 19 15 A7 7 0 0 1 5 15 C5 10.5 10.5 6.5 12 2.5 Z" });
  const tick = [svg("circle", { cx: 12, cy: 12, r: 10 }), svg("path", { class: "tick", d: "M7.5 12.5 l3 3 l6 -6.5" })];
  const question = [svg("circle", { cx: 12, cy: 12, r: 10 }), svg("path", { class: "tick", d: "M9 9.4 a3 3 0 1 1 4.4 2.6 c-1 .6 -1.4 1 -1.4 2 M12 17.2 v.1" })];
  return svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, { yes: drop, no: tick }[answer] ?? question);
}
