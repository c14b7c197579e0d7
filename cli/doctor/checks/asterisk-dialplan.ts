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
  for (const trunk of trunks) findings.push(await checkTrunk(session, trunk));
  return findings;
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
