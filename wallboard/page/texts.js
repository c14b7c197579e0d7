// Which language the page speaks.
import { en } from "./text-en.js";
import { pt } from "./text-pt.js";

export const languages = { en, pt };

/** "pt" or "en": what the viewer chose before, else the first of the browser's languages that we have. */
export function chooseLanguage(chosen, { languages: wanted, language }) {
  if (chosen !== null && Object.hasOwn(languages, chosen)) return chosen;
  return (
    [...(wanted ?? []), language ?? ""]
      .map((tag) => tag.slice(0, 2).toLowerCase())
      .find((tag) => Object.hasOwn(languages, tag)) ?? "en"
  );
}

export function textsOf(language) {
  return languages[language] ?? en;
}
