// What the reader chose, and the result.
import { remembered } from "../core/memory.js";
import { LANGUAGES } from "../text.js";

/** The first of the browser's languages that there are texts in; else English. */
function languageOfBrowser() {
  const spoken = navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase());
  return spoken.find((language) => LANGUAGES.includes(language)) ?? "en";
}

export const state = {
  language: remembered("language", LANGUAGES, languageOfBrowser()),
  page: null, // module of the page shown
  target: null, // section to scroll to once it is drawn
  config: null,
  api: null,
  station: null,
  plants: [], // profiles there are
  simulate: false, // never remembered: a simulation must not outlive the reader's attention
  loading: false,
  failure: null, // Unavailable of the last attempt
  message: null, // name in `t.message` of what the reader's last press of a button came to
  shown: null, // {page, data, at, keptSince}: what is on the page and when it was received
};
