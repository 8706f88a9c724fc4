// Models: what is in production, why, and what has challenged it.
import { el } from "../core/dom.js";
import { dateTime, dayOf, fullDay } from "../core/kst.js";
import { count } from "../core/numbers.js";
import { gateTable } from "./models/gates.js";
import { history } from "./models/history.js";
import { scoreBars } from "./models/scores.js";
import { card, facts, help, localized, pageHead, tag } from "./parts.js";

export const id = "models";

export const load = ({ api, station }, signal) => api.get("/api/models", { station }, signal);

export const render = ({ targets }, { t }) => [
  pageHead(t.pages.models, t.models.lead),
  el("div", { class: "pair" }, targets.map((model) => targetCard(model, t))),
];

const targetCard = (model, t) =>
  card(`models-${model.target}`, t.models.target[model.target],
    model.problem && el("p", { class: "caveat" }, model.problem),
    model.champion ? champion(model, t) : none(model, t),
    el("h4", {}, t.models.historyTitle),
    history(model, t));

/** Without a model the baseline forecasts; a damaged pointer is reported above. */
const none = ({ problem }, t) =>
  el("div", { class: "nothing-yet", "data-state": "nothing" },
    !problem && el("p", {}, el("strong", {}, t.models.none.title)),
    el("p", {}, t.models.none.text));

function champion({ target, champion: current, versions }, t) {
  const version = versions.find((one) => one.version === current.version);
  return [
    el("p", { class: "champion" }, tag("good", "●", t.models.inProduction), " ", el("code", {}, current.version)),
    el("p", { class: "champion-why" }, localized(current, "reason", t)),
    facts(championFacts(current, version, t)),
    version?.problem && el("p", { class: "caveat" }, version.problem),
    el("h4", {}, t.models.scoresTitle),
    current.scores ? scoreBars(current.scores, target, t) : help(t.models.unscored),
    el("h4", {}, t.models.gatesTitle),
    gateTable(version?.decision, t),
  ].flat();
}

const championFacts = (current, version, t) => [
  [t.models.since, dateTime(current.since, t)],
  [t.models.by, t.models.byHand[current.run_id] ?? el("code", {}, current.run_id)],
  version?.trained_to && [t.models.trained, [version.trained_from, version.trained_to].map((time) => fullDay(dayOf(time), t)).join(" – ")],
  Number.isFinite(version?.rows) && [t.models.rows, t.models.rowsText(count(version.rows, t), count(version.hours, t))],
  Number.isFinite(version?.trees) && [t.models.trees, t.models.treesText(count(version.trees, t))],
  [t.models.previous, current.previous ? el("code", {}, current.previous) : t.models.noPrevious],
];
