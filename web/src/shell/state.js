// What the reader chose, and the result.
import { remembered } from "../core/memory.js";
import { LANGUAGES } from "../text.js";

export const DEFAULT_PLANT = "default";

export const state = {
  language: remembered("language", LANGUAGES, "ko"),
  page: null, // module of the page shown
  config: null,
  api: null,
  station: null,
  plant: DEFAULT_PLANT,
  plants: [], // profiles to choose from
  simulate: false, // never remembered: a simulation must not outlive the reader's attention
  loading: false,
  failure: null, // Unavailable of the last attempt
  shown: null, // {page, data, at, keptSince}: what is on the page and when it was received
};
