// Models: what is in production, why, and what has challenged it.
import { Unavailable } from "../core/api.js";
import { el } from "../core/dom.js";
import { dayOf } from "../core/kst.js";
import { gateTable } from "./models/gates.js";
import { history } from "./models/history.js";
import { scoreBars } from "./models/scores.js";
import { card, count, facts, fullDay, moment, pageHead, localized, tag } from "./parts.js";

export const id = "models";

export async function load({ api, station }, signal) {
  const models = await api.get("/api/models", { station }, signal);
  if (!Array.isArray(models.targets)) throw new Unavailable("unreadable", "/api/models");
  return { models };
}

export const render = ({ models }, { t }) => [
  pageHead(t.pages.models, t.models.lead),
  el("div", { class: "pair" }, models.targets.map((model) => targetCard(model, t))),
];

const targetCard = (model, t) =>
  card(`models-${model.target}`, t.models.target[model.target] ?? model.target,
    model.problem && el("p", { class: "caveat caveat-bad" }, model.problem),
    ...(model.champion ? champion(model, t) : [none(model, t)]),
    el("h4", {}, t.models.historyTitle),
    ...history(model, t));

/** Without a model the baseline forecasts; a damaged pointer is reported above. */
const none = (model, t) =>
  el("div", { class: "nothing-yet", "data-state": "nothing" },
    !model.problem && el("p", { class: "nothing-title" }, t.models.none.title),
    el("p", {}, t.models.none.text));

function champion({ target, champion: current, versions }, t) {
  const version = versions.find((one) => one.version === current.version);
  return [
    el("p", { class: "champion" }, tag("good", "●", t.models.inProduction), " ", el("code", {}, current.version)),
    el("p", { class: "champion-why" }, localized(current, "reason", t)),
    facts(championFacts(current, version, t)),
    version?.problem && el("p", { class: "caveat" }, version.problem),
    el("h4", {}, t.models.scoresTitle),
    ...(current.scores ? scoreBars(current.scores, target, t) : [el("p", { class: "card-help" }, t.models.unscored)]),
    el("h4", {}, t.models.gatesTitle),
    gateTable(version?.decision, t),
  ].filter(Boolean);
}

function championFacts(current, version, t) {
  const entries = [
    [t.models.since, moment(current.since, t)],
    [t.models.by, t.models.byHand[current.run_id] ?? el("code", {}, current.run_id)],
  ];
  if (version?.trained_from && version.trained_to) {
    const span = [version.trained_from, version.trained_to].map((time) => fullDay(dayOf(time), t));
    entries.push([t.models.trained, t.models.trainedSpan(...span)]);
  }
  if (Number.isFinite(version?.rows)) entries.push([t.models.rows, t.models.rowsText(count(version.rows, t), count(version.hours, t))]);
  if (Number.isFinite(version?.trees)) entries.push([t.models.trees, t.models.treesText(count(version.trees, t))]);
  entries.push([t.models.previous, current.previous ? el("code", {}, current.previous) : t.models.noPrevious]);
  return entries;
}
