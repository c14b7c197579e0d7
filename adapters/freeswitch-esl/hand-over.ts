/**
 * Whether an answered call has somewhere to go, before the first call: FreeSWITCH prints the context as XML, and its
 * rules are followed as mod_dialplan_xml follows them.
 *
 * Only conditions on `destination_number` can be evaluated. Any other field is known only once the call is there, so a
 * rule that could otherwise match is `unknown`. Where the dialplan has nothing, a module that may serve another
 * dialplan for each call (mod_xml_curl, mod_lua …) makes the result `unknown`, too. An extension that only prepares or
 * hangs up is no hand-over.
 */
import type { HandOverFinding } from "../port.ts";
import type { EslSession } from "./session.ts";
import { elementsOf, parseXml } from "./xml.ts";
import type { XmlElement } from "./xml.ts";

/** Applications that do nothing for the person: a dialplan that ends after these hands the call to nobody. */
export const preparing: ReadonlySet<string> = new Set([
  "answer",
  "export",
  "info",
  "log",
  "multiset",
  "multiunset",
  "pre_answer",
  "sched_cancel",
  "sched_hangup",
  "sched_transfer",
  "set",
  "set_user",
  "unset",
  "verbose_events",
]);
const ending: ReadonlySet<string> = new Set(["hangup", "respond"]);

/** Modules that can serve the section `dialplan` separately for each call. */
const DYNAMIC =
  /\bmod_(?:xml_(?:curl|ldap|odbc|radius|scgi)|lua|perl|python3?|v8|java|managed)\b/;
const NOTHING = /^can't find anything/i;

/** xml_locate is what esl-allowed-api refuses most often; the doctor reports it. */
type Asked = Pick<EslSession, "api">;

/** A name as it may stand in a command, and as contexts and extensions are named. */
const NAME = /^[A-Za-z0-9_.+*#@-]{1,80}$/;

/**
 * @throws AdapterError when this user may not ask, or there is no answer
 */
export async function findHandOver(
  session: Asked,
  context: string,
  extension: string,
): Promise<HandOverFinding> {
  if (!NAME.test(context) || !NAME.test(extension)) return "unknown";
  const finding = await findStatic(session, context, extension);
  if (finding !== "missing") return finding;
  // `show modules` lists what every loaded module brings, and its name with it.
  return DYNAMIC.test(await session.api("show modules"))
    ? "unknown"
    : "missing";
}

async function findStatic(
  session: Asked,
  context: string,
  extension: string,
): Promise<HandOverFinding> {
  // Where there is no such context, FreeSWITCH looks into the one named global.
  for (const name of [context, "global"]) {
    const text = (
      await session.api(`xml_locate dialplan context name ${name}`)
    ).trim();
    if (NOTHING.test(text)) continue;
    if (!text.startsWith("<")) return "unknown";
    try {
      return handOverIn(parseXml(text), extension);
    } catch {
      return "unknown";
    }
  }
  return "missing";
}

/** @param context the element `<context>` */
export function handOverIn(
  context: XmlElement,
  extension: string,
): HandOverFinding {
  let finding: HandOverFinding = "missing";
  let mayEnd = false;
  for (const rule of context.children) {
    if (rule.name !== "extension") continue;
    const match = judge(rule, extension);
    if (match === "no") continue;
    const goesOn = isTrue(rule.attributes.get("continue"));
    const isServed = serves(rule);
    if (match === "yes" && !goesOn) {
      if (!isServed) return finding;
      return mayEnd ? "unknown" : "exists";
    }
    // It may match, or continues: whether it does something for the person is known only with a call.
    if (isServed) finding = "unknown";
    else if (!goesOn) mayEnd = true;
  }
  return finding;
}

function serves(rule: XmlElement): boolean {
  return [...elementsOf(rule, "action"), ...elementsOf(rule, "anti-action")]
    .map(({ attributes }) => attributes.get("application") ?? "")
    .some((name) => !preparing.has(name) && !ending.has(name));
}

type Match = "yes" | "no" | "maybe";

function judge(rule: XmlElement, extension: string): Match {
  let match: Match = "yes";
  const conditions = rule.children.filter(({ name }) => name === "condition");
  if (conditions.length === 0) return "no";
  for (const condition of conditions) {
    const one = judgeCondition(condition, extension);
    // Actions for the case that it does not match make the rule proceed all the same (mod_dialplan_xml.c).
    const decides = elementsOf(condition, "anti-action").length === 0;
    const stops = !["never", "on-true"].includes(
      condition.attributes.get("break") ?? "",
    );
    if (one === "no" && decides && stops) return "no";
    if (one !== "yes") match = "maybe";
  }
  return match;
}

function judgeCondition(condition: XmlElement, extension: string): Match {
  const { attributes, children } = condition;
  const names = [...attributes.keys()].filter((name) => name !== "break");
  const expression = attributes.get("expression");
  const isPlain =
    names.every((name) => name === "field" || name === "expression") &&
    !children.some(({ name }) => !/^(?:anti-)?action$/.test(name));
  if (names.length === 0 && isPlain) return "yes";
  if (!isPlain || expression === undefined || expression.includes("${"))
    return "maybe";
  if (attributes.get("field") !== "destination_number") return "maybe";
  const pattern = patternOf(expression);
  if (pattern === null) return "maybe";
  return pattern.test(extension) ? "yes" : "no";
}

/** FreeSWITCH has PCRE: what both read alike, which is nearly everything that dialplans have. */
function patternOf(expression: string): RegExp | null {
  const slashed = /^\/(.*)\/(i?)$/.exec(expression);
  const [, source = expression, flags = ""] = slashed ?? [];
  // Possessive and atomic groups, inline flags, POSIX classes, named things.
  if (/[+*?}]\+|\(\?[^:=!]|\[\[:|\\[AZzGKQEhHRX]/.test(source)) return null;
  try {
    return new RegExp(source, flags);
  } catch {
    return null;
  }
}

/** As switch_true. */
function isTrue(value: string | undefined): boolean {
  return /^(?:yes|on|true|t|enabled|active|allow|[1-9]\d*)$/i.test(value ?? "");
}
