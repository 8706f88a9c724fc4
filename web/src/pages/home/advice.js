// The advice for every plant on the shelf, and what of it may still be acted on.
import { remember, remembered } from "../../core/memory.js";
import { MAX_PLANTS, careText } from "../../core/shelf.js";
import { localized } from "../parts.js";
import { daysToShow, isStale } from "./days.js";

const PATH = "/api/advice";
const LAST = "asked"; // what was last answered, for times without a connection

/** The plants shown: those on the shelf, and before them one that only a link names. */
export const plantsShown = ({ shelf, chosen }) =>
  (shelf.some(({ key }) => key === chosen.key) ? shelf : [chosen, ...shelf]).slice(0, MAX_PLANTS);

/**
 * `{issued, asked: Map of plants, plants: Map of PlantAdvice}`, both by the plants' keys; null where the API gives none. `profiles`
 * is a promise of `/api/plants` (null: unknown). Without a connection the last answer for these plants is returned.
 */
export async function loadAdvice(context, profiles, simulate, signal) {
  const shown = plantsShown(context);
  const replay = context.config.source === "replay"; // its clock stands before any watering of the reader's
  const wanted = { station: context.station, simulate, plants: shown.map((plant) => (replay ? { ...plant, watered: [] } : plant)) };
  try {
    return await ask(context, wanted, signal);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    const tried = ["offline", "timeout"].includes(error.kind) ? lastAnswered(wanted) : await answerable(wanted, profiles);
    return tried && ask(context, tried, signal).catch((again) => {
      if (again.name === "AbortError") throw again;
      return null;
    });
  }
}

async function ask({ api, now }, { station, simulate, plants }, signal) {
  const { plants: advised, ...issued } = await api.get(PATH, { plant: plants.map((plant) => careText(plant, now)), station, simulate }, signal);
  if (simulate === null) remember(LAST, JSON.stringify({ station, simulate, plants }));
  const byKey = (values) => new Map(plants.map(({ key }, order) => [key, values[order]]));
  return { issued, asked: byKey(plants), plants: byKey(advised) };
}

/** What was asked last, of the same station; null for nothing. */
function lastAnswered({ station, simulate }) {
  const last = JSON.parse(remembered(LAST, null, "null"));
  return last?.station === station && simulate === null ? last : null;
}

/** One plant that the deployment does not know, or one time that it refuses, must not hide all: ask for the others, without times. */
async function answerable(wanted, profiles) {
  const known = (await profiles)?.plants.map(({ id }) => id);
  const plants = wanted.plants.filter(({ profile }) => known?.includes(profile)).map((plant) => ({ ...plant, watered: [] }));
  const same = plants.length === wanted.plants.length && wanted.plants.every(({ watered }) => watered.length === 0);
  return same || plants.length === 0 ? null : { ...wanted, plants };
}

/**
 * The PlantAdvice of a plant; null where there is none to act on. Water and soil are left out when the reader has changed what they
 * rest on since, and all is where it stands elsewhere by now.
 */
export function adviceFor({ advice, forecast }, plant, now) {
  if (!advice || [forecast, advice.issued].some((issued) => isStale(issued, now))) return null;
  const [found, asked] = [advice.plants.get(plant.key), advice.asked.get(plant.key)];
  if (!found || PLACE.some((name) => asked[name] !== plant[name])) return null;
  return asked.watered.join() === plant.watered.join() ? found : { ...found, water: null, soil: null };
}

const PLACE = ["profile", "place", "roomTemperature", "balconyOffset"];

/** The plant's face: what the rest of today brings; thirsty also where it needs water. */
export function moodToday(advice, forecast, now) {
  if (advice === null) return "unknown";
  const mood = daysToShow(advice.days, forecast, now)[0]?.mood ?? "unknown";
  return mood === "happy" && advice.water?.answer === "yes" ? "thirsty" : mood;
}

/** What the reader calls a plant. */
export function nameOf(plant, data, t) {
  const profile = data.plants?.plants.find(({ id }) => id === plant.profile) ?? data.advice?.plants.get(plant.key)?.profile;
  return plant.name || (profile && localized(profile, "name", t)) || plant.profile;
}

/** Where a plant stands: as its owner says, else as the API takes it. */
export const placeOf = (plant, data) => plant.place ?? data.plants?.plants.find(({ id }) => id === plant.profile)?.place ?? null;
