// The reader's plants side by side: each with its face, how dry its soil is, and the button after watering.
import { el, svg } from "../../core/dom.js";
import { dayOf, dayText, daysBetween, kstTime } from "../../core/kst.js";
import { isFull, keepPlant, wateredAt } from "../../core/shelf.js";
import { bar, card, face } from "../parts.js";
import { adviceFor, moodToday, nameOf, placeOf, plantsShown } from "./advice.js";
import { relativeDay } from "./days.js";
import { editPlant } from "./editor.js";

const UNDO_MS = 12_000;
let undo = null; // {key, before}: the plant as it was before the last watering, for some seconds
let shown = null; // {data, context}: what is on the page

export function shelfCard(data, context) {
  shown = { data, context };
  const { t } = context;
  const plants = plantsShown(context);
  const add = el("button", { type: "button", class: "button", "data-action": "add", disabled: isFull() }, t.addPlant);
  add.addEventListener("click", () => editPlant(null, data, context));
  return card("shelf", t.myPlants,
    el("ul", { class: "shelf" }, plants.map((plant) => plantItem(plant, plants, data, context))),
    el("p", { class: "shelf-add" }, add, plants.every((plant) => plant.temporary) && el("span", { class: "soft" }, t.shelfHint)));
}

function plantItem(plant, plants, data, context) {
  const { t, now, chosen } = context;
  const advice = adviceFor(data, plant, now);
  const name = nameOf(plant, data, t);
  const place = placeOf(plant, data);
  const mood = moodToday(advice, data.forecast, now);
  const choose = el("button", { type: "button", class: "shelf-choose", "aria-pressed": plants.length > 1 && String(plant.key === chosen.key) },
    faceOf(plant.key, mood, t),
    el("span", {}, el("strong", {}, name), place && el("small", { class: "soft" }, t.place[place])));
  choose.addEventListener("click", () => context.showPlant(plant));
  const settings = el("button", { type: "button", class: "shelf-settings", "aria-label": plant.temporary ? t.keepThis(name) : t.settingsOf(name), "data-action": "edit" }, gear());
  settings.addEventListener("click", () => editPlant(plant, data, context));
  return el("li", { class: "shelf-plant", "data-key": plant.key, "data-profile": plant.profile, "data-chosen": plants.length > 1 && plant.key === chosen.key && "true" },
    choose, settings, soilOf(plant, advice, data, context), waterButton(plant, name, context));
}

/** How dry the soil is, in a bar and in words. */
function soilOf(plant, advice, data, context) {
  const { t, now } = context;
  const soil = advice?.soil ?? null;
  const text = el("p", { class: "soil-text" }, soilText(plant, soil, advice, data.forecast, now, t));
  const dried = soil?.drying ?? null;
  return el("div", { class: "soil" }, bar(dried === null ? 0 : dried / 100, dried === null ? "bar-unknown" : dried >= 100 ? "soil-dry" : "soil-bar"), text);
}

function soilText(plant, soil, advice, forecast, now, t) {
  if (plant.watered.length === 0 && !soil) return t.tellWatered;
  if (soil === null) return advice === null ? t.soilUnknown : t.wateredSaved;
  const since = relativeDay(dayOf(soil.since), forecast, now, t) || t.daysAgo(Math.max(daysBetween(dayOf(soil.since), dayOf(kstTime(now))), 0));
  const wet = (soil.rain ? t.rained : t.watered)(t.withinText(since));
  if (soil.drying === null) return wet;
  if (soil.drying >= 100) return [t.dryNow, wet].join(" · ");
  const due = relativeDay(soil.due, forecast, now, t) || dayText(soil.due, t.locale, "short");
  return [t.dried(Math.round(soil.drying)), t.dueOn(t.withinText(due))].join(" · ");
}

/** Records a watering now; for some seconds it takes that back. */
function waterButton(plant, name, context) {
  const { t } = context;
  const undoing = undo?.key === plant.key;
  const button = el("button", { type: "button", class: undoing ? "button shelf-undo" : "button", "data-action": undoing ? "undo" : "water", "aria-label": (undoing ? t.undoFor : t.wateredFor)(name) },
    undoing ? t.undo : t.wateredNow);
  button.addEventListener("click", () => (undoing ? takeBack(context) : water(plant, name, context)));
  return button;
}

async function water(plant, name, context) {
  keepPlant(wateredAt(plant, Date.now()));
  undo = { key: plant.key, before: plant };
  const mine = undo;
  setTimeout(() => {
    if (undo !== mine) return;
    undo = null;
    if (document.querySelector(".shelf-undo")) shown.context.redraw();
  }, UNDO_MS);
  await update(context);
  context.announce(context.t.wateredTold(name));
}

async function takeBack(context) {
  keepPlant(undo.before);
  undo = null;
  await update(context);
  context.announce(context.t.undone);
}

/** Show the change at once, and what the API makes of it when it has answered. */
function update(context) {
  context.redraw();
  return context.reload();
}

/** Every plant's face in small, beside the chart whose hour they follow. */
export function faces(data, context) {
  const { t, now } = context;
  const plants = plantsShown(context);
  return el("ul", { class: "faces", "aria-hidden": "true" }, plants.map((plant) => el("li", {},
    faceOf(plant.key, moodToday(adviceFor(data, plant, now), data.forecast, now), t),
    el("span", {}, nameOf(plant, data, t)))));
}

/** Show every plant as it is at a KST time; null: now. */
export function onHour(time) {
  if (!shown) return;
  const { data, context: { t, now, ...context } } = shown;
  for (const plant of plantsShown(context)) {
    const advice = adviceFor(data, plant, now);
    const mood = time === null ? moodToday(advice, data.forecast, now) : moodAt(advice, time);
    for (const image of document.querySelectorAll(`[data-face-of="${CSS.escape(plant.key)}"]`)) {
      if (image.dataset.mood === mood) continue;
      Object.assign(image, { src: `faces/${mood}.svg`, alt: image.alt && t.face[mood] });
      image.dataset.mood = mood;
    }
  }
}

/** The mood of an hour; of one before the advice it is not known. */
function moodAt(advice, time) {
  const index = advice?.hourly.time.findIndex((one) => Date.parse(one) === Date.parse(time)) ?? -1;
  return advice?.hourly.mood[index] ?? "unknown";
}

function faceOf(key, mood, t) {
  const image = face(mood, t.face[mood]);
  Object.assign(image.dataset, { faceOf: key, mood });
  return image;
}

const gear = () => svg("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" },
  svg("path", { d: "M4 7 h9 M17 7 h3 M15 5 v4 M4 12 h3 M11 12 h9 M9 10 v4 M4 17 h9 M17 17 h3 M15 15 v4" }));
