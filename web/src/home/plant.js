// What the chosen plant likes and stands, with its sources.
import { el } from "../core/dom.js";
import { DRYNESS, QUANTITIES } from "./hours.js";

const ALL = [...QUANTITIES, DRYNESS];

/** The card of a profile of `/api/plants`; nothing when it is not known. */
export function plantCard(profile, t) {
  if (profile === null) return null;
  const rows = ALL.flatMap((quantity) => rowsOf(profile, quantity, t));
  return el("section", { class: "card plant", "aria-labelledby": "plant-title" },
    el("h2", { id: "plant-title" }, t.aboutPlant),
    el("p", {}, el("strong", {}, String(profile[`name_${t.language}`])), profile.scientific_name && el("em", { class: "soft", lang: "la" }, ` ${profile.scientific_name}`)),
    el("dl", {}, rows),
    el("details", {}, el("summary", {}, t.sources),
      el("ul", { class: "sources" }, profile.sources.map((source) => el("li", {}, sourceOf(source))))));
}

function rowsOf(profile, quantity, t) {
  const name = quantity.name === "dryness" ? quantity.field : quantity.name;
  const range = profile.comfortable?.[name];
  const limits = profile.limits.filter((limit) => limit.variable === quantity.field);
  if (!range && limits.length === 0) return [];
  return [
    el("div", {}, el("dt", {}, t[quantity.name]),
      el("dd", {},
        range && el("span", {}, `${t.comfortable} ${t.between(range[0], range[1], quantity.unit)}`),
        limits.map((limit) => el("span", { class: "soft" }, `${t.limitKind[limit.kind]} ${t.limitText[limit.comparison](limit.threshold, quantity.unit)}`)))),
  ];
}

// An address from the data is followed only when it is one of the web.
const sourceOf = ({ title, url }) =>
  /^https?:\/\//.test(url ?? "") ? el("a", { href: url, rel: "noreferrer" }, String(title)) : String(title);
