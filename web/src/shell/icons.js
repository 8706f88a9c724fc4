// Small pictures of the navigation, drawn here.
import { svg } from "../core/dom.js";

const PATHS = {
  home: "M12 21 V11 M12 11 C12 6 8 4 4 4 C4 9 7 11 12 11 Z M12 13 C12 9 15 7 20 7 C20 11 17 13 12 13 Z",
  record: "M4 19 H20 M6 16 L10 10 L14 13 L19 6",
  models: "M5 7 h14 v4 h-14 Z M7 11 v8 h10 v-8 M10 15 h4",
  runs: "M12 4 a8 8 0 1 0 .01 0 M12 8 v4 l3 2",
  quality: "M5 12 l4 4 L19 6",
};

/** The picture of a page, for the eye only. */
export const icon = (id) => svg("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("path", { d: PATHS[id] }));
