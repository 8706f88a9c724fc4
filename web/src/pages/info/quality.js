// Section of the data quality: how fresh and how complete the observations are, what is missing, which values were rejected.
import { el } from "../../core/dom.js";
import { dateTime, dayOf, fullDay } from "../../core/kst.js";
import { count } from "../../core/numbers.js";
import { TARGETS, completeness, facts, figures, help, part, tag } from "../parts.js";
import { maskedValues, missingRanges } from "./gaps.js";
import { variableBars, variablesThat } from "./variables.js";

/** The newest report; null while nothing was observed. */
export const load = async ({ api, station }, signal) => ({ report: await api.find("/api/quality", { station }, signal) });

/** How fresh the observations are, and how complete those of the two targets. */
export const line = ({ report }, { t }) => (report === null ? t.quality.nothing.title : [
  freshTag(report.freshness.hours_behind, t),
  TARGETS.map(({ target, name }) => el("span", {}, `${t[name]} ${completeness(report.variables[target].completeness)}`)),
]);

export const render = ({ report }, { t }) => (report === null ? el("p", { "data-state": "nothing" }, t.quality.nothing.text) : [
  help(t.quality.lead),
  freshFacts(report, t),
  completePart(report, t),
  el("div", { class: "pair" },
    part("quality-missing", t.quality.missingTitle, missingRanges(report.missing, t)),
    part("quality-masked", t.quality.maskedTitle, maskedValues(report, t))),
  lakePart(report.lake, t),
]);

const spanText = (from, to, t) => `${fullDay(dayOf(from), t)} – ${fullDay(dayOf(to), t)}`;

const freshFacts = (report, t) =>
  facts([
    [t.quality.last, report.freshness.last_observation ? dateTime(report.freshness.last_observation, t) : "–"],
    [t.quality.expected, dateTime(report.freshness.expected, t)],
    [t.quality.hours, t.quality.hoursText(count(report.hours_present, t), count(report.hours_expected, t))],
    [t.quality.span, spanText(report.from, report.to, t)],
    [t.quality.report, `${dateTime(report.created_at, t)} · ${t.quality.kind[report.kind]}`],
    [t.quality.source, t.source[report.source]?.about ?? report.source],
  ]);

function freshTag(behind, t) {
  if (behind === null) return tag("bad", "!", t.quality.never);
  return behind === 0 ? tag("good", "✓", t.quality.onTime) : tag("warn", "!", t.quality.behind(count(behind, t)));
}

const completePart = (report, t) =>
  part("quality-complete", t.quality.completeTitle,
    help(t.quality.completeHelp(spanText(report.from, report.to, t))),
    variableBars(variablesThat(false, report.variables), t),
    el("h5", {}, t.quality.sparseTitle),
    help(t.quality.sparseHelp),
    variableBars(variablesThat(true, report.variables), t));

function lakePart(lake, t) {
  const masked = Object.values(lake.masked).reduce((sum, number) => sum + number, 0);
  const years = Object.entries(lake.years).reverse();
  return part("quality-lake", t.quality.lakeTitle,
    lake.first && el("p", {}, spanText(lake.first, lake.last, t)),
    help(t.quality.hoursText(count(lake.hours_present, t), count(lake.hours_expected, t))),
    masked > 0 && help(t.quality.lakeMasked(count(masked, t))),
    years.length > 0 && figures(t.quality.yearsCaption, [t.quality.year, t.quality.present, t.temperature, t.humidity],
      years.map(([year, { hours_present: present, hours_expected: expected, completeness: shares }]) =>
        [year, `${count(present, t)} / ${count(expected, t)}`, completeness(shares.ta), completeness(shares.hm)])));
}
