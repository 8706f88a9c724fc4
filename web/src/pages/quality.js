// Data quality: how fresh and how complete the observations are, what is missing, which values were rejected.
import { el } from "../core/dom.js";
import { dateTime, dayOf, fullDay } from "../core/kst.js";
import { count } from "../core/numbers.js";
import { attribution, card, completeness, facts, figures, help, nothingYet, pageHead, tag } from "./parts.js";
import { maskedValues, missingRanges } from "./quality/gaps.js";
import { variableBars, variablesThat } from "./quality/variables.js";

export const id = "quality";

/** The newest report; null while nothing was observed. */
export const load = async ({ api, station }, signal) => ({ report: await api.find("/api/quality", { station }, signal) });

export const sourceOf = ({ report }) => report?.source;

export function render({ report }, { t }) {
  const head = pageHead(t.pages.quality, t.quality.lead);
  if (report === null) return [head, nothingYet(t.quality.nothing)];
  return [
    head,
    freshCard(report, t),
    completeCard(report, t),
    el("div", { class: "pair" },
      card("quality-missing", t.quality.missingTitle, missingRanges(report.missing, t)),
      card("quality-masked", t.quality.maskedTitle, maskedValues(report, t))),
    lakeCard(report.lake, t),
    attribution(t, report.attribution),
  ];
}

const spanText = (from, to, t) => `${fullDay(dayOf(from), t)} – ${fullDay(dayOf(to), t)}`;

const freshCard = (report, t) =>
  card("quality-fresh", t.quality.freshTitle,
    el("p", {}, freshTag(report.freshness.hours_behind, t)),
    facts([
      [t.quality.last, report.freshness.last_observation ? dateTime(report.freshness.last_observation, t) : "–"],
      [t.quality.expected, dateTime(report.freshness.expected, t)],
      [t.quality.hours, t.quality.hoursText(count(report.hours_present, t), count(report.hours_expected, t))],
      [t.quality.span, spanText(report.from, report.to, t)],
      [t.quality.report, `${dateTime(report.created_at, t)} · ${t.quality.kind[report.kind]}`],
      [t.quality.source, t.source[report.source]?.about ?? report.source],
    ]));

function freshTag(behind, t) {
  if (behind === null) return tag("bad", "!", t.quality.never);
  return behind === 0 ? tag("good", "✓", t.quality.onTime) : tag("warn", "!", t.quality.behind(count(behind, t)));
}

const completeCard = (report, t) =>
  card("quality-complete", t.quality.completeTitle,
    help(t.quality.completeHelp(spanText(report.from, report.to, t))),
    variableBars(variablesThat(false, report.variables), t),
    el("h4", {}, t.quality.sparseTitle),
    help(t.quality.sparseHelp),
    variableBars(variablesThat(true, report.variables), t));

function lakeCard(lake, t) {
  const masked = Object.values(lake.masked).reduce((sum, number) => sum + number, 0);
  const years = Object.entries(lake.years).reverse();
  return card("quality-lake", t.quality.lakeTitle,
    lake.first && el("p", {}, spanText(lake.first, lake.last, t)),
    help(t.quality.hoursText(count(lake.hours_present, t), count(lake.hours_expected, t))),
    masked > 0 && help(t.quality.lakeMasked(count(masked, t))),
    years.length > 0 && figures(t.quality.yearsCaption, [t.quality.year, t.quality.present, t.temperature, t.humidity],
      years.map(([year, { hours_present: present, hours_expected: expected, completeness: shares }]) =>
        [year, `${count(present, t)} / ${count(expected, t)}`, completeness(shares.ta), completeness(shares.hm)])));
}
