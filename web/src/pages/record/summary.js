// The track record in sentences and a few figures; alarms; the runner-up model.
import { el } from "../../core/dom.js";
import { percent, roundedHonestly } from "../../core/numbers.js";
import { TARGETS, card, choice, errorText, help, localized, skillText } from "../parts.js";

export const BLOCKS = ["leads_1_24", "leads_25_48"];

// Below half a per cent nobody would feel the difference.
const SAME = 0.005;
// The 80 % range counts as off when it misses its aim by more than half an hour in ten.
const COVERAGE_AIM = 0.8;
const COVERAGE_SLACK = 0.05;
// With fewer days the scores say more about the weather than about the forecast.
const DAYS_TO_TRUST = 7;

/** `unknown`, `same`, `better` or `worse`. */
export const skillKind = (skill) => (skill === null ? "unknown" : Math.abs(skill) < SAME ? "same" : skill > 0 ? "better" : "worse");

/** 1 − our RMSE / that of the published forecast over the same hours: positive where ours is better. */
export const gainOf = ({ rmse, ours }) => (rmse > 0 ? 1 - ours / rmse : null);

/** The card with the choice of the window; its body is filled with `summaryParts`. */
export const summaryCard = (windows, chosen, onChoose, t) =>
  el("section", { class: "card summary", id: "record-summary", "aria-label": t.pages.record },
    choice({
      name: "record-window",
      label: t.record.windowLabel,
      options: windows.map((name) => [name, t.record.windows[name]]),
      chosen,
      onChoose,
    }),
    el("div", { id: "record-summary-body", "aria-live": "polite" }));

/** The window's figures as elements. */
export function summaryParts(verification, name, t) {
  const window = verification.windows[name];
  const targets = TARGETS.filter(({ target }) => window.targets[target]);
  return [
    el("div", { class: "statements" }, targets.map((one) => sentence(one, window.targets[one.target], name, t))),
    el("div", { class: "scores" }, targets.map((one) => score(one, window.targets[one.target], t))),
    ...caveats(window, verification.source, t),
    el("p", { class: "small-print" }, t.record.meaning),
  ];
}

function sentence({ target, name: quantity }, record, window, t) {
  const block = BLOCKS.findLast((one) => record[one]);
  const { rmse, skill } = record[block];
  return el("p", { class: "statement", "data-target": target },
    `${t.record.off(t.record.windows[window], t.blocks[block], t[quantity], errorText(rmse, target, t))} `,
    el("span", { class: `skill-${skillKind(skill)}` }, t.record.skill[skillKind(skill)](percent(Math.abs(skill)))));
}

/** A target's scores: the first and the second 24 hours beside each other, and how often the range held. */
function score({ target, name }, record, t) {
  const blocks = BLOCKS.filter((block) => record[block]);
  const row = (head, cellOf) => el("tr", {}, el("th", { scope: "row" }, head), blocks.map((block) => el("td", {}, cellOf(record[block], block))));
  return el("div", { class: `score score-${name}`, "data-target": target },
    el("table", {},
      el("caption", {}, t[name]),
      el("thead", {}, el("tr", {}, el("td", {}), blocks.map((block) => el("th", { scope: "col" }, t.blocks[block])))),
      el("tbody", {},
        row(t.record.errorName, ({ rmse }) => el("b", {}, errorText(rmse, target, t))),
        row(t.record.against, ({ skill }) => skillMark(skill)),
        record.published && row(t.record.againstPublished, (_, block) => skillMark(record.published[block] ? gainOf(record.published[block]) : null)),
        row(t.record.biasName, ({ bias }) => biasText(bias, target, t)))),
    el("p", { class: "range-text" }, rangeText(record.leads_1_48.coverage_80, t)));
}

const skillMark = (skill) => el("b", { class: `skill-${skillKind(skill)}` }, skillText(skill));

function biasText(bias, target, t) {
  if (Math.abs(bias) < 0.05) return t.record.bias.none;
  return t.record.bias[bias > 0 ? "high" : "low"](errorText(Math.abs(bias), target, t));
}

/** How often the 80 % range held. */
function rangeText(coverage, t) {
  const off = coverage - COVERAGE_AIM;
  const width = Math.abs(off) <= COVERAGE_SLACK + 1e-9 ? "insideAsMeant" : off < 0 ? "insideNarrow" : "insideWide";
  return `${t.range}: ${t.record.insideText(roundedHonestly(coverage * 10, 1, [10]))} ${t.record[width]}`;
}

function caveats({ days, days_verified: verified }, source, t) {
  const caveat = (kind, text) => el("p", { class: kind, "data-caveat": "" }, text);
  const few = verified < Math.min(DAYS_TO_TRUST, days);
  return [
    few && caveat("caveat", t.record.few(verified, days)),
    !few && verified < days && caveat("card-help", t.record.partly(verified, days)),
    t.record.made[source] && caveat("card-help", t.record.made[source]),
  ].filter(Boolean);
}

/** Alarms: the last week's forecasts were no better than "same as yesterday". */
export const alarms = (lost, t) =>
  lost.map((alarm) => el("section", { class: "notice notice-warn", "data-alarm": alarm.target },
    el("h3", {}, t.record.alarmTitle),
    el("p", {}, localized(alarm, "text", t))));

/** What the runner-up would have forecast in the same window; null where there is none. */
export function shadowCard(window, t) {
  const lines = TARGETS.flatMap(({ target, name }) => {
    const shadow = window.targets[target]?.shadow;
    if (!shadow) return [];
    const { gain, rmse, shadow_rmse: shadowRmse } = shadow.leads_1_48;
    const kind = skillKind(gain ?? 0);
    const errors = [errorText(shadowRmse, target, t, 2), errorText(rmse, target, t, 2)];
    return [t.record.shadow[kind](t[name], shadow.days, ...errors, percent(Math.abs(gain ?? 0)))];
  });
  return lines.length > 0 && card("record-shadow", t.record.shadowTitle,
    help(t.record.shadowHelp),
    el("ul", { class: "lines" }, lines.map((line) => el("li", {}, line))));
}
