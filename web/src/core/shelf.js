// The reader's plants, stored in this browser only. What is stored is checked: anything may have become of it.
import { HOUR_MS, kstTime } from "./kst.js";
import { remember, remembered } from "./memory.js";

export const MAX_PLANTS = 20; // that the API answers at once
export const PLACES = ["indoor", "balcony", "outdoor"];
export const ROOM_TEMPERATURES = [5, 35]; // °C,
export const BALCONY_OFFSETS = [-5, 15]; // K, and
const MAX_WATERED = 6; // what the API takes,
const WATERED_WITHIN_DAYS = 119;
export const NAME_LENGTH = 40;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/; // KST

const newKey = () => `${Date.now().toString(36)}${Math.random().toString(36).slice(2, 6)}`;

/** A plant as it usually stands: `place` null is the profile's own. */
export const newPlant = (profile) =>
  ({ key: newKey(), profile, name: "", place: null, roomTemperature: null, balconyOffset: null, watered: [] });

// A first visitor's, or one that a link names: not stored until the reader says so.
const temporary = (profile) => ({ ...newPlant(profile), key: `link-${profile}`, temporary: true });
const FIRST = { ...temporary("default"), key: "first" };
let shelf = null; // of this visit, also where storage is forbidden

/** The stored plants; one of unknown kind where there are none. */
export function plantsOnShelf() {
  shelf ??= stored();
  return shelf.length > 0 ? shelf : [FIRST];
}

/** The plant shown in detail: the one of the link's profile (temporary, if it is not on the shelf), else the one last chosen. */
export function chosenPlant(profile = null) {
  const plants = plantsOnShelf();
  const last = plants.find(({ key }) => key === remembered("chosen", null, null)) ?? plants[0];
  if (profile === null || last.profile === profile) return last;
  return plants.find((plant) => plant.profile === profile) ?? temporary(profile);
}

export const choosePlant = (key) => remember("chosen", key ?? "");

/** Put a plant on the shelf, in the place of the one with its key if there is one. */
export function keepPlant({ temporary: _, ...plant }) {
  const kept = plantsOnShelf().filter((one) => !one.temporary);
  const place = kept.findIndex(({ key }) => key === plant.key);
  keep(place < 0 ? [...kept, plant] : kept.with(place, plant));
}

export const removePlant = (key) => keep(plantsOnShelf().filter((plant) => plant.key !== key && !plant.temporary));

export const isFull = () => plantsOnShelf().length >= MAX_PLANTS;

function keep(plants) {
  shelf = plants.slice(0, MAX_PLANTS);
  remember("shelf", JSON.stringify(shelf));
}

/** The plant watered at `epochMs` (to the minute). */
export const wateredAt = (plant, epochMs) =>
  ({ ...plant, watered: [...new Set([...plant.watered, kstTime(epochMs).slice(0, 16)])].sort().slice(-MAX_WATERED) });

/** What the API takes of a plant, by its parameters' names; null where it is not known. The plant's name stays on this device. */
export function careOf({ place, roomTemperature, balconyOffset, watered }, now) {
  const from = kstTime(now - (WATERED_WITHIN_DAYS * 24 - 1) * HOUR_MS);
  // By the hour, so that a clock a few minutes fast names no time to come.
  const times = watered.filter((time) => time > from && time <= kstTime(now)).map((time) => `${time.slice(0, 13)}:00`);
  return {
    place,
    room_temperature: place === "indoor" ? roomTemperature : null,
    balcony_offset: place === "balcony" ? balconyOffset : null,
    watered: times.length > 0 ? times.join(",") : null,
  };
}

/** The same as one text: `monstera;place=indoor;watered=2026-11-25T08:00`. */
export const careText = (plant, now) =>
  [plant.profile, ...Object.entries(careOf(plant, now)).filter(([, value]) => value !== null).map(([name, value]) => `${name}=${value}`)].join(";");

function stored() {
  try {
    const found = JSON.parse(remembered("shelf", null, "[]"));
    const plants = Array.isArray(found) ? found.map(checked).filter(Boolean) : [];
    return [...new Map(plants.map((plant) => [plant.key, plant])).values()].slice(0, MAX_PLANTS);
  } catch {
    return [];
  }
}

/** A stored plant with what is wrong of it left out; null for none. */
function checked(found, order) {
  if (typeof found?.profile !== "string" || !/^[\w-]{1,64}$/.test(found.profile)) return null;
  const within = (value, [low, high]) => (typeof value === "number" && value >= low && value <= high ? value : null);
  return {
    key: typeof found.key === "string" && found.key ? found.key : `${found.profile}-${order}`,
    profile: found.profile,
    name: typeof found.name === "string" ? found.name.slice(0, NAME_LENGTH) : "",
    place: PLACES.includes(found.place) ? found.place : null,
    roomTemperature: within(found.roomTemperature, ROOM_TEMPERATURES),
    balconyOffset: within(found.balconyOffset, BALCONY_OFFSETS),
    watered: (Array.isArray(found.watered) ? found.watered : []).filter(isTime).sort().slice(-MAX_WATERED),
  };
}

const isTime = (text) => typeof text === "string" && TIME.test(text) && Number.isFinite(Date.parse(`${text}+09:00`));
