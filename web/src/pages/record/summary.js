// The track record as text and in a few figures; alarms; the model that was not chosen.
import { el } from "../../core/dom.js";
import { card, choice, errorText, moment, localized, share } from "../parts.js";

const BLOCKS = ["leads_1_24", "leads_25_48"];
const TARGETS = [["ta", "temperature"], ["hm", "humidity"]];

// Below half a per cent nobody would feel the difference.
const SAME = 0.005;
// The 80 % range counts as off when it misses its aim by more than half an hour in ten.
const COVERAGE_AIM = 0.8;
const COVERAGE_SLACK = 0.05;
// Of fewer days the scores say more about the weather than about the forecast.
const DAYS_TO_TRUST = 7;

/** `better`, `same`, `worse` or `unknown`. */
export const skillKind = (skill) =>
  skill === null || skill === undefined ? "unknown" : Math.abs(skill) < SAME ? "same" : skill > 0 ? "better" : "worse";

/** The card with the choice of the window; its body is filled by `fillSummary`. */
export const summaryCard = (windows, chosen, onChoose, t) =>
  el("section", { class: "card figure-card summary", id: "record-summary", "aria-label": t.pages.record },
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
  const targets = TARGETS.filter(([target]) => window.targets[target]);
  return [
    el("div", { class: "statements" }, targets.map(([target], order) => sentence(target, window.targets[target], name, order, t))),
    el("div", { class: "scores" }, targets.map(([target, word]) => score(target, word, window.targets[target], t))),
    ...caveats(window, verification.source, t),
    el("p", { class: "small-print" }, t.record.meaning),
  ];
}

function sentence(target, record, name, order, t) {
  const block = [...BLOCKS].reverse().find((one) => record[one]) ?? BLOCKS[0];
  const scores = record[block] ?? record.leads_1_48;
  return el("p", { class: order === 0 ? "statement" : "statement-more", "data-target": target },
    `${t.record.off[target](t.record.windowText[name], t.models.blocks[block], errorText(scores.rmse, target, t))} `,
    el("span", { class: `skill-${skillKind(scores.skill)}` }, skillSentence(t.record.skill, scores.skill)));
}

function skillSentence(texts, skill) {
  const kind = skillKind(skill);
  return typeof texts[kind] === "function" ? texts[kind](share(Math.abs(skill))) : texts[kind];
}

/** A target's scores: the first and the second 24 hours beside each other, and how often the range held. */
function score(target, word, record, t) {
  const blocks = BLOCKS.filter((block) => record[block]);
  const row = (head, kind, cellOf) => el("tr", { class: `score-${kind}` },
    el("th", { scope: "row" }, head), blocks.map((block) => el("td", {}, cellOf(record[block]))));
  return el("div", { class: `score score-${target}`, "data-target": target },
    el("table", {},
      el("caption", {}, t[word]),
      el("thead", {}, el("tr", {}, el("td", {}), blocks.map((block) => el("th", { scope: "col" }, t.models.blocks[block])))),
      el("tbody", {},
        row(t.record.errorName, "error", (scores) => bigError(scores.rmse, target, t)),
        row(t.record.against, "skill", (scores) => skillTag(scores.skill, t)),
        row(t.record.biasName, "bias", (scores) => biasText(scores.bias, target, t)))),
    range(record.leads_1_48.coverage_80, t));
}

/** The number large, its unit small; where there is no room the unit goes below. */
function bigError(rmse, target, t) {
  const [number, unit] = errorText(rmse, target, t).split("\u00a0");
  return [el("b", {}, number), " ", el("span", { class: "unit" }, unit)];
}

const MARKS = { better: "▲", same: "=", worse: "▼", unknown: "" };

const skillTag = (skill, t) =>
  el("span", { class: `skill-tag skill-${skillKind(skill)}` },
    el("span", { "aria-hidden": "true" }, MARKS[skillKind(skill)]), ` ${skillSentence(t.record.skillShort, skill)}`);

function biasText(bias, target, t) {
  const texts = t.record.bias[target];
  if (Math.abs(bias) < 0.05) return texts.none;
  return texts[bias > 0 ? "high" : "low"](errorText(Math.abs(bias), target, t));
}

/** How often the 80 % range held, as ten dots. */
function range(coverage, t) {
  const off = coverage - COVERAGE_AIM;
  const verdict = Math.abs(off) <= COVERAGE_SLACK + 1e-9 ? t.record.insideAsMeant : off < 0 ? t.record.insideNarrow : t.record.insideWide;
  return el("div", { class: "range" },
    el("p", { class: "range-name" }, t.record.inside),
    el("div", { class: "dots", "aria-hidden": "true" }, Array.from({ length: 10 }, (_, index) => dot(coverage * 10 - index, index))),
    el("p", { class: "range-text" }, `${t.record.insideText(hitsOfTen(coverage))} `, el("span", {}, verdict)));
}

function dot(filled, index) {
  const inner = el("span", { class: "dot-fill" });
  inner.style.width = `${Math.min(Math.max(filled, 0), 1) * 100}%`;
  return el("span", { class: index === 8 ? "dot dot-after-aim" : "dot" }, inner);
}

/** Hits out of ten to a tenth; all ten only when nothing was missed. */
export function hitsOfTen(coverage) {
  if (coverage === 1) return "10";
  return Math.min(coverage * 10, 9.9).toFixed(1);
}

function caveats(window, source, t) {
  const { days, days_verified: verified } = window;
  const texts = [];
  if (verified < Math.min(DAYS_TO_TRUST, days)) texts.push(["caveat", t.record.few(verified, days)]);
  else if (verified < days) texts.push(["card-help", t.record.partly(verified, days)]);
  if (Object.hasOwn(t.record.made, source)) texts.push(["card-help", t.record.made[source]]);
  return texts.map(([kind, text]) => el("p", { class: kind, "data-caveat": "" }, text));
}

/** Open alarms: a week's forecasts were no better than "same as yesterday". */
export const alarms = (open, t) =>
  open.map((alarm) => el("section", { class: "notice notice-warn alarm", "data-alarm": alarm.target },
    el("div", {},
      el("h3", {}, t.record.alarmTitle),
      el("p", {}, localized(alarm, "words", t)),
      el("p", { class: "alarm-since" }, t.record.alarmSince(moment(alarm.opened_at, t))))));

/** What the runner-up would have done, of the same window; null where no shadow was cast. */
export function shadowCard(window, t) {
  const lines = TARGETS.flatMap(([target, word]) => {
    const shadow = window.targets[target]?.shadow;
    if (!shadow) return [];
    const { gain, rmse, shadow_rmse: shadowRmse } = shadow.leads_1_48;
    const kind = skillKind(gain) === "unknown" ? "same" : skillKind(gain);
    const figures = [errorText(shadowRmse, target, t, 2), errorText(rmse, target, t, 2)];
    return [t.record.shadow[kind](t[word], shadow.days, ...figures, share(Math.abs(gain ?? 0)))];
  });
  if (lines.length === 0) return null;
  return card("record-shadow", t.record.shadowTitle,
    el("p", { class: "card-help" }, t.record.shadowHelp),
    el("ul", { class: "lines" }, lines.map((line) => el("li", {}, line))));
}
