/** Whether Asterisk has what campaigns and trunks name: contexts, extensions, endpoints. */
import type { AmiSession } from "../../../adapters/asterisk-ami/session.ts";
import { AdapterError } from "../../../adapters/port.ts";
import { wayOutOf } from "../dial-string.ts";
import { type Finding, found, foundFor } from "../finding.ts";
import type { WantedExtension, WantedTrunk } from "../pbx-needs.ts";

type Existence = "exists" | "no-context" | "no-extension";

const listDialplan = { row: "ListDialplan", complete: "ShowDialPlanComplete" };

export async function checkDialplan(
  session: AmiSession,
  wanted: readonly WantedExtension[],
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const { context, extension, user } of wanted) {
    const existence = await lookUp(session, context, extension);
    if (existence === null)
      return [
        ...findings,
        foundFor("asterisk.context", "skipped.after", {
          check: "asterisk.write",
        }),
      ];
    findings.push(
      existence === "exists"
        ? found("asterisk.context.ok", { context, extension })
        : existence === "no-context"
          ? found("asterisk.context.no-context", { context, user })
          : found("asterisk.context.no-extension", {
              ...{ context, extension, user },
            }),
    );
  }
  return findings;
}

/**
 * Patterns and included contexts count. ShowDialPlan is of class reporting.
 * @returns null when the user may not ask
 */
async function lookUp(
  session: AmiSession,
  context: string,
  extension: string | null,
): Promise<Existence | null> {
  const headers = {
    Action: "ShowDialPlan",
    Context: context,
    ...(extension === null ? {} : { Extension: extension }),
  };
  try {
    await session.list({ headers }, listDialplan);
    return "exists";
  } catch (error) {
    if (!(error instanceof AdapterError) || error.code !== "REFUSED")
      throw error;
    if (/did not find context/i.test(error.message)) return "no-context";
    if (/did not find extension/i.test(error.message)) return "no-extension";
    if (/permission denied/i.test(error.message)) return null;
    throw error;
  }
}

export async function checkTrunks(
  session: AmiSession,
  trunks: readonly WantedTrunk[],
  node: string,
): Promise<readonly Finding[]> {
  if (trunks.length === 0) return [found("asterisk.trunks.none", { node })];
  const findings: Finding[] = [];
  for (const trunk of trunks) {
    findings.push(await checkTrunk(session, trunk));
    findings.push(...(await checkRedirect(session, trunk)));
  }
  return findings;
}

/** Numbers as carriers write them into a 302. Fictitious. */
const redirectedTo = ["+5511999990000", "5511999990000", "011999990000"];

/** A carrier's 302 names an unchecked number; Asterisk rings it, or looks it up in the endpoint's context. */
async function checkRedirect(
  session: AmiSession,
  { name: trunk, dialString }: WantedTrunk,
): Promise<readonly Finding[]> {
  const out = wayOutOf(dialString);
  if (out.kind !== "device" || !out.name.toUpperCase().startsWith("PJSIP/"))
    return [];
  const endpoint = out.name.slice("PJSIP/".length);
  const ask = async (field: string): Promise<string> => {
    const reads = `PJSIP_ENDPOINT(${endpoint},${field})`;
    try {
      const headers = { Action: "Getvar" };
      return (await session.ask({ headers, reads })).get("value") ?? "";
    } catch (error) {
      // No such endpoint, or no such field in this version.
      if (error instanceof AdapterError && error.code === "REFUSED") return "";
      throw error;
    }
  };
  const method = await ask("redirect_method");
  if (method.startsWith("uri"))
    return [found("asterisk.trunks.redirects", { trunk, endpoint, method })];
  const context = method === "user" ? await ask("context") : "";
  if (context === "") return [];
  for (const number of redirectedTo)
    if (await dials(session, context, number))
      return [
        found("asterisk.trunks.redirects-to", { trunk, endpoint, context }),
      ];
  return [];
}

/**
 * Whether a number that arrives in a context is dialled further. Without class reporting this is unknown and counts as
 * no.
 */
async function dials(
  session: AmiSession,
  context: string,
  number: string,
): Promise<boolean> {
  const headers = {
    Action: "ShowDialPlan",
    Context: context,
    Extension: number,
  };
  try {
    const rows = await session.list({ headers }, listDialplan);
    return rows.some((row) => row.get("application") === "Dial");
  } catch (error) {
    if (error instanceof AdapterError && error.code === "REFUSED") return false;
    throw error;
  }
}

/** Whether the dialplan keeps a record of answered calls for an engine that was away. */
export async function checkPast(
  session: AmiSession,
): Promise<readonly Finding[]> {
  const existence = await lookUp(session, "dialer-past", "s");
  if (existence === null)
    return [
      foundFor("asterisk.past", "skipped.after", { check: "asterisk.write" }),
    ];
  return [
    existence === "exists"
      ? found("asterisk.past.ok")
      : found("asterisk.past.missing"),
  ];
}

async function checkTrunk(
  session: AmiSession,
  { name: trunk, dialString }: WantedTrunk,
): Promise<Finding> {
  const out = wayOutOf(dialString);
  switch (out.kind) {
    case "device":
      return checkDevice(session, trunk, out.name);
    case "context": {
      const context = out.name;
      const existence = await lookUp(session, context, null);
      if (existence === null)
        return found("asterisk.trunks.untold", { trunk, device: dialString });
      return existence === "exists"
        ? found("asterisk.trunks.context", { trunk, context })
        : found("asterisk.trunks.no-context", { trunk, context });
    }
    case "gateway":
    case "unknown":
      return found("asterisk.trunks.untold", { trunk, device: dialString });
  }
}

/** DEVICE_STATE needs class call or reporting; PJSIPShowEndpoint would need system, which the dialer must not have. */
async function checkDevice(
  session: AmiSession,
  trunk: string,
  device: string,
): Promise<Finding> {
  const answer = await session.ask({
    headers: { Action: "Getvar" },
    reads: `DEVICE_STATE(${device})`,
  });
  const state = answer.get("value") ?? "";
  switch (state) {
    case "":
      return found("asterisk.trunks.untold", { trunk, device });
    case "INVALID":
      return found("asterisk.trunks.no-endpoint", { trunk, device });
    case "UNAVAILABLE":
      return found("asterisk.trunks.unreachable", { trunk, device });
    default:
      return found("asterisk.trunks.ok", { trunk, device, state });
  }
}
