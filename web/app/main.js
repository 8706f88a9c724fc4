// The page's one piece of state, when it loads, and where each part is put.
import { indexOfNow } from "./advice.js";
import { ForecastUnavailable, fetchForecast, readConfig } from "./api.js";
import { HourChart } from "./chart.js";
import { el } from "./dom.js";
import { hoursOf } from "./hours.js";
import { remember, remembered } from "./memory.js";
import { stationName } from "./stations.js";
import { LANGUAGES, TEXTS, sourceText } from "./text.js";
import * as view from "./view.js";

// A page left open on a kitchen tablet: new forecasts come once a night, so a look every half hour is plenty.
const REFRESH_MS = 30 * 60 * 1000;

const state = {
  language: remembered("language", LANGUAGES, "ko"),
  config: null,
  station: null,
  loading: false,
  failure: null, // ForecastUnavailable of the last attempt
  received: null, // {forecast, now, at}: `now` the server's clock and `at` ours when it came
};
let loading = null; // AbortController of the attempt under way

const byId = (id) => document.getElementById(id);
const chart = new HourChart(byId("chart"), (hour, isNow) => byId("readout").replaceChildren(...view.readout(hour, isNow, words())));

const words = () => TEXTS[state.language];
const serverNow = () => state.received.now + (Date.now() - state.received.at);

/** Load the forecast of the chosen station; a failure keeps what is shown, if it is of the same station. */
async function load() {
  loading?.abort();
  const attempt = new AbortController();
  loading = attempt;
  Object.assign(state, { loading: true, failure: null });
  if (state.received === null) {
    render();
    announce(words().loading);
  }
  try {
    state.config ??= await readConfig();
    state.station ??= remembered("station", state.config.stations, state.config.stations[0] ?? null);
    renderFrame(words()); // the kind of data and the choice of stations need not wait for the forecast
    const answer = await fetchForecast(state.config.apiUrl, state.station, attempt.signal);
    state.received = { ...answer, at: Date.now() };
  } catch (error) {
    if (loading !== attempt) return; // another station was chosen meanwhile
    state.failure = error instanceof ForecastUnavailable ? error : new ForecastUnavailable("unreadable", String(error));
  }
  if (loading !== attempt) return;
  state.loading = false;
  render();
  announce(outcomeInWords());
}

function render() {
  const t = words();
  renderFrame(t);
  const shown = state.received !== null;
  byId("forecast").hidden = !shown;
  byId("state").hidden = shown;
  if (!shown) {
    byId("notices").replaceChildren();
    byId("state").replaceChildren(...view.statePanel(state, t));
    return;
  }
  const { forecast, at } = state.received;
  const now = serverNow();
  const hours = hoursOf(forecast, now, t);
  byId("notices").replaceChildren(...view.notices(forecast, now, t, state.failure ? at : null));
  byId("days").replaceChildren(...view.dayCards(forecast, now, t));
  byId("table").replaceChildren(...view.hourTable(hours, t));
  byId("about-list").replaceChildren(...view.aboutList(forecast, t));
  byId("attribution").textContent = String(forecast.attribution ?? "");
  chart.update(hours, indexOfNow(forecast, now), t);
}

function renderFrame(t) {
  document.documentElement.lang = state.language;
  document.title = t.title;
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = t[element.dataset.text];
  const button = byId("language");
  button.textContent = t.switchLanguage;
  button.lang = state.language === "ko" ? "en" : "ko";
  button.setAttribute("aria-label", t.switchLanguageLabel);
  renderBadge(t);
  renderStations(t);
  if (state.config === null) return;
  byId("docs").href = `${state.config.apiUrl}/docs`;
  byId("health").href = `${state.config.apiUrl}/health`;
  byId("links").hidden = false;
  byId("version").textContent = state.config.version && `v${state.config.version}`;
}

/** What kind of data this is: the forecast's own word counts, config.json's until it is there. */
function renderBadge(t) {
  const source = state.received?.forecast.source ?? state.config?.source ?? "";
  const text = source && sourceText(t, String(source)).badge;
  byId("badge").hidden = !text;
  byId("badge").textContent = text;
}

function renderStations(t) {
  const stations = state.config?.stations ?? [];
  const several = stations.length > 1;
  byId("station-choice").hidden = !several;
  byId("station-name").hidden = several;
  byId("station-name").textContent = state.station || state.received ? nameOf(state.station, t) : "";
  if (!several) return;
  const options = stations.map((id) => el("option", { value: id, selected: id === state.station }, nameOf(id, t)));
  byId("station").replaceChildren(...options);
}

function nameOf(id, t) {
  const told = state.received?.forecast.station;
  const name = told && (id === null || String(told.id) === id) ? told[`name_${state.language}`] : null;
  return String(name || stationName(id, state.language) || t.stationNumber(id ?? ""));
}

/** Tell screen readers. */
const announce = (sentence) => {
  byId("announcement").textContent = sentence;
};

function outcomeInWords() {
  const t = words();
  if (state.failure) {
    const { title, text } = t.failure[state.failure.kind];
    return `${title}. ${text}`;
  }
  return view.spokenSummary(state.received.forecast, serverNow(), t, nameOf(state.station, t));
}

byId("language").addEventListener("click", () => {
  state.language = state.language === "ko" ? "en" : "ko";
  remember("language", state.language);
  render();
  announce(state.received || state.failure ? outcomeInWords() : words().loading);
});

byId("station").addEventListener("change", (event) => {
  state.station = event.target.value;
  remember("station", state.station);
  state.received = null;
  load();
});

byId("main").addEventListener("click", (event) => {
  if (!event.target.closest("[data-action=retry]")) return;
  // The button goes away with the message: keep the keyboard's place on the page.
  byId("main").focus();
  load();
});

const refreshWhenOld = () => {
  const age = state.received ? Date.now() - state.received.at : Infinity;
  if (!document.hidden && !state.loading && age > REFRESH_MS) load();
};
document.addEventListener("visibilitychange", refreshWhenOld);
window.addEventListener("online", () => state.failure && load());
setInterval(refreshWhenOld, REFRESH_MS / 6);

load();
