/** The verdict of answering machine detection, as mod_amd and a dialplan name it. */
import type { AmdResult } from "../port.ts";
import type { EslEvent } from "./event.ts";

const amdWords: ReadonlyMap<string, AmdResult> = new Map([
  ["HUMAN", "HUMAN"],
  ["PERSON", "HUMAN"],
  ["MACHINE", "MACHINE"],
  ["FAX", "FAX"],
  ["NOTSURE", "NOTSURE"],
  ["UNSURE", "NOTSURE"],
  ["UNKNOWN", "UNKNOWN"],
]);

/** The verdict of mod_amd, which every later event of the channel carries; null when there is none. */
export function amdResultOf(event: EslEvent): AmdResult | null {
  return amdWordOf(event.get("variable_amd_result"));
}

export function amdWordOf(word: string | undefined): AmdResult | null {
  return amdWords.get((word ?? "").toUpperCase()) ?? null;
}
