// When things load, and where they are put.
import { Api, Unavailable, readConfig } from "./core/api.js";
import { remember, remembered } from "./core/memory.js";
import { choosePlant, chosenPlant, plantsOnShelf } from "./core/shelf.js";
import { renderFrame, renderNotices, statePanel } from "./shell/frame.js";
import { nearestStation } from "./shell/nearest.js";
import { addressOf, readAddress, replaceAddress } from "./shell/router.js";
import { share } from "./shell/share.js";
import { state } from "./shell/state.js";
import { TEXTS } from "./text.js";

// A page left open on a kitchen tablet: observations and forecasts come every hour.
const REFRESH_MS = 10 * 60 * 1000;

const byId = (id) => document.getElementById(id);
const texts = () => TEXTS[state.language];
let attempt = null; // AbortController of the loading under way

const context = () => ({
  api: state.api,
  config: state.config,
  station: state.station,
  shelf: plantsOnShelf(),
  chosen: chosenPlant(linkedPlant()),
  showPlant,
  reload: () => load(),
  redraw: render,
  announce,
  simulate: state.simulate,
  link: readAddress().link,
  section: readAddress().section,
  onSection: (section) => replaceAddress(state.page, { section, station: readAddress().link.station }),
  t: texts(),
  now: Date.now(),
});

/** Load the page's data; a failure keeps what is shown, if it is of the same page and station. */
async function load({ keep = true } = {}) {
  attempt?.abort();
  const mine = new AbortController();
  attempt = mine;
  const { page } = state;
  if (!keep || state.shown?.page !== page) state.shown = null;
  Object.assign(state, { loading: true, failure: null });
  byId("main").setAttribute("aria-busy", "true");
  if (state.shown === null) {
    render();
    announce(texts().loading);
  }
  try {
    await configure();
    findStation();
    renderFrame(state, texts()); // the kind of data and the choice of stations need not wait for the page
    const data = await page.load(context(), mine.signal);
    if (attempt !== mine) return; // something else was chosen meanwhile
    state.shown = { page, data, at: Date.now(), keptSince: data.keptSince ?? null };
    const plants = page.plantsOf?.(data) ?? [];
    if (plants.length > 0) state.plants = plants;
    settle();
    awaitRest(data);
  } catch (error) {
    if (attempt !== mine) return;
    // Any other error comes from drawing an answer of an unexpected form.
    state.failure = error instanceof Unavailable ? error : new Unavailable("unreadable", String(error));
    if (state.failure.kind === "unreadable") state.shown = null;
    settle();
  }
}

function settle() {
  state.loading = false;
  byId("main").removeAttribute("aria-busy");
  render();
  announce(outcomeText());
}

/** Draw again once the parts that a page did not wait for have arrived. */
function awaitRest(data) {
  byId("content").setAttribute("aria-busy", String(Boolean(data.rest)));
  data.rest?.then(() => {
    if (state.shown?.data !== data) return;
    byId("content").setAttribute("aria-busy", "false");
    render();
  }, () => {}); // aborted by another load
}

async function configure() {
  if (state.config !== null) return;
  state.config = await readConfig();
  state.api = new Api(state.config.apiUrl);
}

/** The link's station where it is known, else the one shown so far, else the remembered one. */
function findStation() {
  const { stations } = state.config;
  const wished = [readAddress().link.station, state.station, remembered("station", stations, stations[0])];
  state.station = wished.find((one) => stations.includes(one)) ?? null;
}

function linkedPlant() {
  const { plant } = readAddress().link;
  return plant !== null && isKnown(plant) ? plant : null;
}

/** Show a plant of the shelf in detail. */
function showPlant({ key, profile }) {
  choosePlant(key);
  replaceAddress(state.page, { plant: profile, station: state.station });
  render();
}

const isKnown = (plant) => state.plants.length === 0 || state.plants.some(({ id }) => id === plant);

const chosen = () => ({ plant: chosenPlant(linkedPlant()).profile, station: state.station });

function chooseStation(station) {
  state.station = station;
  state.message = null;
  remember("station", station);
  replaceAddress(state.page, { section: readAddress().section, ...chosen() });
  load({ keep: false });
}

function render() {
  const t = texts();
  renderFrame(state, t);
  byId("notices").replaceChildren(...renderNotices(state, readAddress().link, t));
  const { shown } = state;
  byId("state").hidden = shown !== null;
  byId("content").hidden = shown === null;
  if (shown === null) {
    byId("content").replaceChildren();
    byId("state").replaceChildren(...statePanel(state, t));
    return;
  }
  const content = byId("content");
  const opened = [...content.querySelectorAll("details")].map((details) => details.open);
  const place = placeOfFocus(content);
  const kept = content.dataset.shown === shown.page.id;
  content.dataset.shown = shown.page.id;
  content.replaceChildren(...shown.page.render(shown.data, context()).flat().filter(Boolean));
  if (kept) content.querySelectorAll("details").forEach((details, order) => { details.open ||= opened[order] ?? false; });
  shown.page.afterRender?.(shown.data, context());
  if (state.target) document.getElementById(`${shown.page.id}-${state.target}`)?.scrollIntoView();
  state.target = null;
  if (kept && place !== null) content.querySelectorAll(FOCUSABLE)[place]?.focus({ preventScroll: true });
}

const FOCUSABLE = "a[href], button, select, input, summary, [tabindex]";

/** The index of the focused element among the focusable ones, or null: a page drawn again has them in the same order. */
function placeOfFocus(content) {
  const at = [...content.querySelectorAll(FOCUSABLE)].indexOf(document.activeElement);
  return at >= 0 ? at : null;
}

/** Tell screen readers. */
const announce = (sentence) => {
  byId("announcement").textContent = sentence;
};

function outcomeText() {
  const t = texts();
  if (state.failure) {
    const { title, text } = t.failure[state.failure.kind];
    return `${title}. ${text}`;
  }
  return t.pages[state.shown.page.id];
}

function turnPage() {
  const { page, section } = readAddress();
  Object.assign(state, { page, target: section, message: null });
  if (state.simulate && page.id !== "home") state.simulate = false;
  load();
}

function tell(message) {
  state.message = message;
  render();
  if (message !== null) announce(texts().message[message]);
}

byId("language").addEventListener("click", () => {
  state.language = state.language === "ko" ? "en" : "ko";
  remember("language", state.language);
  render();
  announce(state.shown || state.failure ? outcomeText() : texts().loading);
});

byId("station").addEventListener("change", (event) => chooseStation(event.target.value));

byId("nearest").addEventListener("click", async ({ currentTarget: button }) => {
  button.disabled = true;
  try {
    chooseStation(await nearestStation(state.api, state.config.stations));
  } catch (error) {
    tell(error.code === GeolocationPositionError.PERMISSION_DENIED ? "nearestDenied" : "nearestFailed");
  } finally {
    button.disabled = false;
  }
});

byId("share").addEventListener("click", async () => {
  const url = new URL(addressOf(state.page, chosen()), location.href).href;
  const message = await share(document.title, document.querySelector("#content h2")?.textContent ?? "", url);
  if (message === "copyByHand") replaceAddress(state.page, chosen());
  tell(message);
});

for (const button of [byId("simulate"), byId("simulate-end")]) {
  button.addEventListener("click", () => {
    state.simulate = !state.simulate;
    load({ keep: false }); // never a real forecast under the simulation's sign, or the reverse
    byId("main").focus();
    window.scrollTo(0, 0);
  });
}

byId("main").addEventListener("click", (event) => {
  if (!event.target.closest("[data-action=retry]")) return;
  // The button goes away with the message: keep the keyboard's place on the page.
  byId("main").focus();
  load();
});

// The main part, not a page of its own: the address's hash is the router's.
byId("skip").addEventListener("click", (event) => {
  event.preventDefault();
  byId("main").focus();
});

window.addEventListener("hashchange", () => {
  turnPage();
  window.scrollTo(0, 0);
});

const refreshWhenOld = () => {
  const age = state.shown ? Date.now() - state.shown.at : Infinity;
  if (!document.hidden && !state.loading && age > REFRESH_MS) load();
};
document.addEventListener("visibilitychange", refreshWhenOld);
window.addEventListener("online", () => (state.failure || state.shown?.keptSince) && load());
setInterval(refreshWhenOld, REFRESH_MS / 6);

// Keeps the page and its last answers for times without a connection. There is none on plain http but loopback.
if ("serviceWorker" in navigator) {
  window.addEventListener("load", () => navigator.serviceWorker.register("sw.js").catch(() => {}));
}

turnPage();
