// The sky and the probability of precipitation, of the hours for which a published forecast has them.
import { svg } from "../../core/dom.js";

const SUN = ["sky-sun", "M12 7a5 5 0 1 0 .01 0ZM12 1.8v2M12 20.2v2M1.8 12h2M20.2 12h2M4.8 4.8l1.4 1.4M17.8 17.8l1.4 1.4M4.8 19.2l1.4-1.4M17.8 6.2l1.4-1.4"];
const MOON = ["sky-moon", "M19.5 14.5A8 8 0 1 1 10 4.5a6.5 6.5 0 0 0 9.5 10Z"];
const SMALL_SUN = ["sky-sun", "M9 5.5a3.7 3.7 0 1 0 .01 0ZM9 1.4v1.6M1.2 9.2h1.6M3.5 3.7l1.1 1.1M14.5 3.7l-1.1 1.1"];
const SMALL_MOON = ["sky-moon", "M14.5 8.5A5.5 5.5 0 1 1 8 2a4.6 4.6 0 0 0 6.5 6.5Z"];
const CLOUD = ["sky-cloud", "M7.5 20.5a4.3 4.3 0 0 1-.3-8.6 5.8 5.8 0 0 1 11.1 1.3 3.7 3.7 0 0 1-.5 7.3Z"];

// By the KMA's codes; 2 is no longer in use.
const SHAPES = {
  1: (night) => [night ? MOON : SUN],
  3: (night) => [night ? SMALL_MOON : SMALL_SUN, CLOUD],
  4: () => [CLOUD],
};

/** A picture of an hour's sky with its name for screen readers; null where it is not known. */
export function skyIcon({ sky, night }, t) {
  const shapes = SHAPES[sky]?.(night);
  return shapes ? svg("svg", { class: "sky", viewBox: "0 0 24 24", role: "img", "aria-label": t.sky[sky] },
    shapes.map(([kind, d]) => svg("path", { class: kind, d }))) : null;
}

/** Sky and probability of an hour in words, as far as known: `["맑음", "강수확률 20 %"]`. */
export const skyTexts = ({ sky, rain }, t) => [t.sky[sky], rain === null ? null : t.rain(rainText(rain))].filter(Boolean);

export const rainText = (rain) => `${Math.round(rain)}\u00a0%`;
