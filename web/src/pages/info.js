// About the forecast: models, runs of the pipeline, quality of the observations. Each is one line until it is opened.
import { Unavailable } from "../core/api.js";
import { el } from "../core/dom.js";
import * as models from "./info/models.js";
import * as quality from "./info/quality.js";
import * as runs from "./info/runs.js";
import { attribution, pageHead } from "./parts.js";

export const id = "info";

const SECTIONS = { models, runs, quality };

/** Data of each section; an `Unavailable` in place of one that failed. Rejects when all did. */
export async function load(context, signal) {
  const loaded = await Promise.all(Object.values(SECTIONS).map((section) => section.load(context, signal).catch((error) => {
    if (error instanceof Unavailable) return error;
    throw error;
  })));
  if (loaded.every((data) => data instanceof Unavailable)) throw loaded[0];
  return Object.fromEntries(Object.keys(SECTIONS).map((name, order) => [name, loaded[order]]));
}

const reportOf = ({ quality: data }) => (data instanceof Unavailable ? null : data.report);

export const sourceOf = (data) => reportOf(data)?.source;

export const render = (data, context) => [
  pageHead(context.t.pages.info, context.t.infoLead),
  el("div", { class: "card sections" }, Object.keys(SECTIONS).map((name) => section(name, data[name], context))),
  reportOf(data) && attribution(context.t, reportOf(data).attribution),
];

function section(name, data, context) {
  const { t, section: addressed, onSection } = context;
  const { line, render: content } = SECTIONS[name];
  const failed = data instanceof Unavailable;
  const summary = el("summary", {},
    el("h3", {}, t[name].title),
    el("span", { class: "section-line" }, failed ? t.failure[data.kind].title : line(data, context)));
  const fold = el("details", { class: "section", id: `info-${name}`, open: addressed === name },
    summary,
    el("div", { class: "section-body" }, failed ? failure(data, t) : content(data, context)));
  summary.addEventListener("click", () => onSection(fold.open ? null : name)); // `open` changes after the click
  return fold;
}

const failure = (error, t) => [
  el("p", {}, t.failure[error.kind].text),
  error.detail && el("p", { class: "state-detail" }, error.detail),
  el("button", { type: "button", class: "button", "data-action": "retry" }, t.retry),
];
