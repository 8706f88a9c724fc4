// Section of the models: what is in production, why, and what has challenged it.
import { el } from "../../core/dom.js";
import { dateTime, dayOf, fullDay } from "../../core/kst.js";
import { count } from "../../core/numbers.js";
import { gateTable } from "./gates.js";
import { history } from "./history.js";
import { scoreBars } from "./scores.js";
import { TARGETS, facts, help, localized, part, tag } from "../parts.js";

export const load = ({ api, station }, signal) => api.get("/api/models", { station }, signal);

/** `기온: 학습 모델(2025년 5월 28일부터)`, `습도: 기준 모델(평년 편차)`. */
export const line = ({ targets }, { t }) => targets.map(({ target, champion: current }) => {
  const name = t[TARGETS.find((one) => one.target === target).name];
  return el("span", {}, `${name}: ${current ? t.models.lineOf(fullDay(dayOf(current.since), t)) : t.kind.damped_anomaly}`);
});

export const render = ({ targets }, { t }) => [
  help(t.models.lead),
  el("div", { class: "pair" }, targets.map((model) => targetPart(model, t))),
];

const targetPart = (model, t) =>
  part(`models-${model.target}`, t.models.target[model.target],
    model.problem && el("p", { class: "caveat" }, model.problem),
    model.champion ? champion(model, t) : none(model, t),
    el("h5", {}, t.models.historyTitle),
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
    el("h5", {}, t.models.scoresTitle),
    current.scores ? scoreBars(current.scores, target, t) : help(t.models.unscored),
    el("h5", {}, t.models.gatesTitle),
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
