// Days of frost, cold, heat and dry air: how many were forecast before they began, how many missed, how many alarms were false.
import { el } from "../../core/dom.js";
import { card, figures, help } from "../parts.js";

const ID = "record-decisions";

/** The card; null where no window has any decision. What it shows is the window last drawn. */
export const decisionsCard = ({ windows }, t) =>
  Object.values(windows).some(({ decisions }) => Object.keys(decisions).length > 0) && card(ID, t.record.decisionsTitle,
    help(t.record.decisionsHelp),
    el("div", { id: `${ID}-body`, "aria-live": "polite" }));

/** Draw `window` of the track record. */
export function drawDecisions({ decisions }, t) {
  const names = Object.keys(t.record.decisions).filter((name) => decisions[name]);
  const heads = [t.record.decisionHead, t.record.hits, t.record.misses, t.record.falseAlarms, t.record.correctRejections];
  document.getElementById(`${ID}-body`)?.replaceChildren(...(names.length === 0 ? [el("p", {}, t.record.decisionsNone)] : [
    el("ul", { class: "lines" }, names.map((name) => el("li", { "data-decision": name }, sentence(name, decisions[name], t)))),
    el("div", { class: "table" }, figures(t.record.decisionsCaption, heads, names.flatMap((name) => rows(name, decisions[name], t)))),
  ]));
}

/** `0 °C 이하로 내려간 12일 중 11일을 맞혔고, 1일을 놓쳤어요. 빗나간 예보는 2일이에요.` */
function sentence(name, tally, t) {
  const { hits, misses, false_alarms: falseAlarms } = tally;
  return [
    hits + misses === 0
      ? t.record.decisions[name].none(tally.days)
      : [el("strong", {}, t.record.decisions[name].happened(hits + misses)), ` ${t.record.caught(hits, misses)}`],
    ` ${t.record.falseAlarmed(falseAlarms)}`,
  ];
}

/** Our days; beneath them those of the KMA, and ours on the same days where these are fewer. */
function rows(name, tally, t) {
  const cells = ({ hits, misses, false_alarms: falseAlarms, correct_rejections: rejections }) => [hits, misses, falseAlarms, rejections].map(String);
  const { published } = tally;
  const named = (who, days) => [t.record.decisions[name].short, el("span", { class: "within" }, t.record.decidedDays(who, days))];
  return [
    [named(t.record.ours, tally.days), ...cells(tally)],
    published && published.days < tally.days && [named(t.record.oursSameDays, published.days), ...cells(published.ours)],
    published && [named(t.record.theirs, published.days), ...cells(published)],
  ].filter(Boolean);
}
