// Messages name reasons by their codes (`observations_incomplete`); here they become words.
import { degradedText } from "../../text.js";

const CODE = /[a-z]+(?:_[a-z]+)+/g;

/** `text` with every known code in words; the sentence around it brings its own full stop. */
export const reasonsText = (text, t) =>
  text.replace(CODE, (code) => (Object.hasOwn(t.runs.reason, code) ? t.runs.reason[code] : degradedText(t, code).replace(/\.$/, "")));
