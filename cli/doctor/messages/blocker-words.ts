/** How a reason of `dialing_blockers` is put into words. */
import type { Translated } from "../../language.ts";

export interface BlockerWords {
  readonly meaning: Translated;
  /** null: nothing is to be done, it is how dialling goes. */
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
