/** What a check found: a code and the values of its message. The text is chosen when it is printed. */
import { type CheckId, checkTitles } from "./check-titles.ts";
import type { Parameters, Value } from "../language.ts";
import type { Message, PlaceholdersOf, Status } from "./message-table.ts";
import {
  type Code,
  type GeneralCode,
  generalMessages,
  messages,
} from "./messages.ts";

export interface Finding {
  readonly check: CheckId;
  readonly code: Code | GeneralCode;
  readonly parameters: Parameters;
}

/** The values that a message needs: an argument where it has any. */
type Values<Texts extends readonly string[]> = [
  PlaceholdersOf<Texts[number]>,
] extends [never]
  ? []
  : [Readonly<Record<PlaceholdersOf<Texts[number]>, Value>>];

/** A finding of the check that the code begins with. */
export function found<C extends Code>(
  code: C,
  ...values: Values<(typeof messages)[C]["en"]>
): Finding {
  const check = code.slice(0, code.lastIndexOf("."));
  if (!isCheckId(check)) throw new Error(`${code} belongs to no check`);
  return { check, code, parameters: values[0] ?? {} };
}

/** A finding that any check may have: skipped, out of time, failed. */
export function foundFor<C extends GeneralCode>(
  check: CheckId,
  code: C,
  ...values: Values<(typeof generalMessages)[C]["en"]>
): Finding {
  return { check, code, parameters: values[0] ?? {} };
}

export function messageOf({ code }: Finding): Message {
  return isGeneral(code) ? generalMessages[code] : messages[code];
}

export function statusOf(finding: Finding): Status {
  return messageOf(finding).status;
}

function isGeneral(code: Code | GeneralCode): code is GeneralCode {
  return Object.hasOwn(generalMessages, code);
}

function isCheckId(text: string): text is CheckId {
  return Object.hasOwn(checkTitles, text);
}
