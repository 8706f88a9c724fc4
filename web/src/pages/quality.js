// Data quality: how fresh and how complete the observations are, what is missing, which values were rejected.
import { Unavailable } from "../core/api.js";
import { el } from "../core/dom.js";
import { dayOf } from "../core/kst.js";
import { sourceText } from "../text.js";
import { attribution, card, completeness, count, facts, figures, fullDay, moment, nothingYet, pageHead, tag } from "./parts.js";
import { maskedValues, missingRanges } from "./quality/gaps.js";
import { sparseVariables, usualVariables, variableBars } from "./quality/variables.js";

export const id = "quality";

/** The newest report; null while nothing was observed. */
export async function load({ api, station }, signal) {
  let report;
  try {
    report = await api.get("/api/quality", { station }, signal);
  } catch (error) {
    if (error instanceof Unavailable && error.kind === "missing") return { report: null };
    throw error;
  }
  if (typeof report.variables !== "object" || !Array.isArray(report.masked) || !report.lake) throw new Unavailable("unreadable", "/api/quality");
  return { report };
}

export const sourceOf = (data) => String(data.report?.source ?? "");

export function render({ report }, { t }) {
  const head = pageHead(t.pages.quality, t.quality.lead);
  if (report === null) return [head, nothingYet(t.quality.nothing)];
  return [
    head,
    freshCard(report, t),
    completeCard(report, t),
    el("div", { class: "pair" },
      card("quality-missing", t.quality.missingTitle, ...missingRanges(report.missing, t)),
      card("quality-masked", t.quality.maskedTitle, ...maskedValues(report, t))),
    lakeCard(report.lake, t),
    attribution(t, report.attribution),
  ];
}

function freshCard(report, t) {
  const { freshness } = report;
  const span = [report.from, report.to].map((time) => fullDay(dayOf(time), t));
  const missing = report.hours_expected - report.hours_present;
  return card("quality-fresh", t.quality.freshTitle,
    el("p", { class: "statement" }, freshTag(freshness.hours_behind, t)),
    facts([
      [t.quality.last, freshness.last_observation ? moment(freshness.last_observation, t) : "–"],
      [t.quality.expected, moment(freshness.expected, t)],
      [t.quality.hours, missing === 0 ? t.quality.allThere : t.quality.hoursText(count(report.hours_present, t), count(report.hours_expected, t))],
      [t.quality.span, `${span[0]} – ${span[1]}`],
      [t.quality.report, `${moment(report.created_at, t)} · ${t.quality.kind[report.kind] ?? report.kind}`],
      [t.quality.source, sourceText(t, String(report.source)).about],
    ]));
}

function freshTag(behind, t) {
  if (behind === null) return tag("bad", "!", t.quality.never);
  return behind === 0 ? tag("good", "✓", t.quality.onTime) : tag("warn", "!", t.quality.behind(count(behind, t)));
}

function completeCard(report, t) {
  const span = [report.from, report.to].map((time) => fullDay(dayOf(time), t));
  return card("quality-complete", t.quality.completeTitle,
    el("p", { class: "card-help" }, t.quality.completeHelp(...span)),
    variableBars(usualVariables(report.variables), t),
    el("h4", {}, t.quality.sparseTitle),
    el("p", { class: "card-help" }, t.quality.sparseHelp),
    variableBars(sparseVariables(report.variables), t));
}

function lakeCard(lake, t) {
  const masked = Object.values(lake.masked).reduce((sum, number) => sum + number, 0);
  const years = Object.entries(lake.years).sort(([a], [b]) => b.localeCompare(a));
  const share = (year, name) => (Number.isFinite(year.completeness[name]) ? completeness(year.completeness[name]) : "–");
  return card("quality-lake", t.quality.lakeTitle,
    lake.first && el("p", { class: "statement-more" }, t.quality.lakeSpan(fullDay(dayOf(lake.first), t), fullDay(dayOf(lake.last), t))),
    el("p", { class: "card-help" }, [t.quality.lakeText(count(lake.hours_present, t), count(lake.hours_expected, t)), masked > 0 && t.quality.lakeMasked(count(masked, t))].filter(Boolean).join(" · ")),
    years.length > 0 && figures(t.quality.yearsCaption, [t.quality.year, t.quality.present, t.temperature, t.humidity],
      years.map(([year, held]) => [
        year,
        t.quality.yearHours(count(held.hours_present, t), count(held.hours_expected, t)),
        share(held, "ta"),
        share(held, "hm"),
      ])));
}
