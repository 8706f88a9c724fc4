// Which page the address names. A hash, as a website bucket knows no other addresses than its files.
import * as home from "../pages/home.js";
import * as models from "../pages/models.js";
import * as quality from "../pages/quality.js";
import * as record from "../pages/record.js";
import * as runs from "../pages/runs.js";

export const PAGES = [home, record, models, runs, quality];

/** The page the address names; home for none and for nonsense. */
export function pageOfAddress() {
  const name = location.hash.replace(/^#\/?/, "").split("/")[0];
  return PAGES.find((page) => page.id === name) ?? home;
}
