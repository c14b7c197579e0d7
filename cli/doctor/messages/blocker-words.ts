/** The form of a message for a reason of `dialing_blockers`. */
import type { Translated } from "../../language.ts";

export interface BlockerWords {
  readonly meaning: Translated;
  /** null: nothing is to be done, it is normal in dialling. */
  readonly advice: Translated | null;
}

export function words(
  meaning: readonly [en: string, portuguese: string],
  advice?: readonly [en: string, portuguese: string],
): BlockerWords {
  const translated = ([en, portuguese]: readonly [
    string,
    string,
  ]): Translated => ({ en, "pt-BR": portuguese });
  return {
    meaning: translated(meaning),
    advice: advice === undefined ? null : translated(advice),
  };
}
