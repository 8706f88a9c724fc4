// All texts, in Korean and English: those of the frame and of the home page at the top, each other page's under its name.
// Both languages have the same keys (a browser test compares them).
import * as chart from "./text/chart.js";
import * as frame from "./text/frame.js";
import * as home from "./text/home.js";
import * as models from "./text/models.js";
import * as push from "./text/push.js";
import * as quality from "./text/quality.js";
import * as record from "./text/record.js";
import * as runs from "./text/runs.js";

export const LANGUAGES = ["ko", "en"];

const merged = (language) => ({
  ...frame[language],
  ...home[language],
  ...chart[language],
  record: record[language],
  models: models[language],
  runs: runs[language],
  quality: quality[language],
  push: push[language],
});

export const TEXTS = { ko: merged("ko"), en: merged("en") };
