// What the chosen plant likes and tolerates, with its sources.
import { el } from "../../core/dom.js";
import { TARGETS, card, facts, localized } from "../parts.js";
import { DRYNESS } from "./hours.js";

/** The card of a profile of `/api/plants`; nothing when it is unknown. */
export const plantCard = (profile, t) =>
  profile && card("plant-card", t.aboutPlant,
    el("p", {}, el("strong", {}, localized(profile, "name", t)), profile.scientific_name && el("em", { class: "soft", lang: "la" }, ` ${profile.scientific_name}`)),
    facts([...TARGETS, DRYNESS].map((quantity) => preferences(profile, quantity, t))),
    el("details", {}, el("summary", {}, t.sources),
      el("ul", { class: "sources" }, profile.sources.map(({ title, url }) =>
        el("li", {}, url ? el("a", { href: url, rel: "noreferrer" }, title) : title)))));

function preferences(profile, { name, field, unit }, t) {
  const range = profile.comfortable?.[name === "dryness" ? field : name];
  const limits = profile.limits.filter((limit) => limit.variable === field);
  if (!range && limits.length === 0) return null;
  return [t[name], [
    range && el("p", {}, `${t.comfortable} ${range[0]}–${range[1]}${unit}`),
    limits.map(({ kind, comparison, threshold }) =>
      el("p", { class: "soft" }, `${t.limitKind[kind]} ${t.limitText[comparison](threshold, unit)}`)),
  ].flat()];
}
