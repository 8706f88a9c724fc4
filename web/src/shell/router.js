// What the address names. A hash, as a website bucket knows no other addresses than its files:
// `#/?plant=cactus&station=108`, `#/record?station=108`, `#/info/runs`.
import * as home from "../pages/home.js";
import * as info from "../pages/info.js";
import * as record from "../pages/record.js";

export const PAGES = [home, record, info];

const FORMER = /^#\/(?=(models|runs|quality)(\?|$))/; // pages before they became sections of `info`

/** The page (home for none and for nonsense), the section of it, and the link's plant and station, null where not named. */
export function readAddress() {
  if (FORMER.test(location.hash)) history.replaceState(null, "", location.hash.replace(FORMER, "#/info/"));
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
  const [name, section = null] = path.split("/");
  const named = new URLSearchParams(query);
  return {
    page: PAGES.find((page) => page.id === name) ?? home,
    section,
    link: { plant: named.get("plant"), station: named.get("station") },
  };
}

/** The address of a page with what it shows; a plant is named on the home page only. */
export function addressOf(page, { section = null, plant = null, station = null } = {}) {
  const named = Object.entries({ plant: page === home ? plant : null, station }).filter(([, value]) => value !== null);
  const path = [page === home ? "" : page.id, section].filter((part) => part !== null).join("/");
  return `#/${path}${named.length > 0 ? `?${new URLSearchParams(named)}` : ""}`;
}

/** Make the address say what is shown, without a step in the history. */
export const replaceAddress = (page, shown) => history.replaceState(null, "", addressOf(page, shown));
