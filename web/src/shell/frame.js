// The frame around every page: badge, choices, navigation, footer; and what is shown when a page has no data.
import { el } from "../core/dom.js";
import { dateTime, kstTime } from "../core/kst.js";
import { stationName } from "../core/stations.js";
import { face, localized } from "../pages/parts.js";
import { canLocate } from "./nearest.js";

const byId = (id) => document.getElementById(id);

export function renderFrame(state, t) {
  document.documentElement.lang = state.language;
  document.documentElement.classList.toggle("simulating", state.simulate);
  document.title = state.page.id === "home" ? t.title : `${t.pages[state.page.id]} · Plantcast`;
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = t[element.dataset.text];
  const button = byId("language");
  button.textContent = t.switchLanguage;
  button.lang = state.language === "ko" ? "en" : "ko";
  button.setAttribute("aria-label", t.switchLanguageLabel);
  renderNavigation(state, t);
  renderBadge(state, t);
  renderStations(state, t);
  const atHome = state.page.id === "home";
  byId("share").hidden = !(atHome && state.shown !== null && !state.simulate);
  byId("simulate").hidden = !atHome;
  byId("simulate").setAttribute("aria-checked", String(state.simulate));
  byId("simulation").hidden = !(atHome && state.simulate);
  if (state.config === null) return;
  byId("docs").href = `${state.config.apiUrl}/docs`;
  byId("health").href = `${state.config.apiUrl}/health`;
  byId("links").hidden = false;
  byId("version").textContent = state.config.version && `v${state.config.version}`;
}

function renderNavigation(state, t) {
  byId("pages").setAttribute("aria-label", t.pagesLabel);
  for (const link of byId("pages").children) {
    const { page } = link.dataset;
    link.lastElementChild.textContent = t.pages[page];
    if (page === state.page.id) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

/** What kind of data this is: the answer's own source counts, until it is there config.json's or the page's own. */
function renderBadge(state, t) {
  const shown = state.shown?.page.sourceOf?.(state.shown.data);
  const deployed = state.config?.source ?? document.documentElement.dataset.source;
  const text = t.source[state.simulate ? "simulation" : shown ?? deployed]?.badge;
  byId("badge").hidden = !text;
  byId("badge").setAttribute("aria-label", t.badgeLabel);
  byId("badge").textContent = text ?? "";
}

function renderStations(state, t) {
  const stations = state.config?.stations ?? [];
  const several = stations.length > 1;
  byId("station-choice").hidden = !several;
  byId("nearest").hidden = !(several && canLocate());
  byId("station-name").hidden = several;
  byId("station-name").textContent = state.station === null ? "" : nameOfStation(state, t);
  offer(byId("station"), stations.map((id) => [id, stationName(id, t.language) ?? t.stationNumber(id)]), state.station);
}

/** Fill a choice with `[value, text]`. */
function offer(select, options, chosen) {
  select.replaceChildren(...options.map(([value, text]) => el("option", { value }, text)));
  select.value = chosen;
}

/** The name of the chosen station: the answer's own, else from this page's list. */
function nameOfStation(state, t) {
  const place = state.shown?.data.forecast?.station;
  const name = place?.id === state.station ? localized(place, "name", t) : stationName(state.station, t.language);
  return name ?? t.stationNumber(state.station);
}

/**
 * Above the page: what pressing a button came to, a `link` that names what is not known here, and content older than the last
 * attempt to fetch it.
 */
export function renderNotices(state, link, t) {
  const { shown, failure, message } = state;
  const when = (epochMs) => dateTime(kstTime(epochMs), t);
  const say = (name, text) => el("div", { class: "notice", "data-notice": name }, el("p", {}, text));
  const warn = (name, text) => el("div", { class: "notice notice-warn", "data-notice": name }, el("p", {}, text), retryButton(t));
  return [
    message && say(message, t.message[message]),
    isWrong(link, state) && say("link", t.message.link),
    shown && failure && warn("unrefreshed", t.refreshFailed(when(shown.at))),
    shown && !failure && shown.keptSince !== null && warn("kept", t.keptCopy(when(shown.keptSince))),
  ].filter(Boolean);
}

const isWrong = ({ plant, station }, { plants, config }) =>
  (station !== null && config !== null && !config.stations.includes(station))
  || (plant !== null && plants.length > 0 && !plants.some(({ id }) => id === plant));

/** Loading, or why there is nothing to show. */
export function statePanel(state, t) {
  if (state.failure === null) {
    return [el("div", { class: "card state", "data-state": "loading" },
      el("div", { class: "spinner", "aria-hidden": "true" }), el("p", {}, t.loading))];
  }
  const { title, text } = t.failure[state.failure.kind];
  return [el("div", { class: "card state", "data-state": state.failure.kind },
    face("unknown"),
    el("h2", {}, title),
    el("p", {}, text),
    state.failure.detail && el("details", { class: "state-detail" }, el("summary", {}, t.failureDetail), el("p", {}, state.failure.detail)),
    retryButton(t))];
}

const retryButton = (t) => el("button", { type: "button", class: "button", "data-action": "retry" }, t.retry);
