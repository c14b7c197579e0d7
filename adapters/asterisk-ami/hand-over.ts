/**
 * Whether an answered call has somewhere to go, before the first call. Asterisk itself matches the extension of
 * ShowDialPlan: patterns count, and includes are followed (tried on 22.10). It cannot show what a `switch =>` finds,
 * which asks a database or another Asterisk once the call is there; so where nothing is found, the listings are
 * searched for one.
 */
import { AdapterError } from "../port.ts";
import type { HandOverFinding } from "../port.ts";
import type { AmiMessage } from "./message.ts";
import type { AmiSession } from "./session.ts";

/** How many contexts are searched for a switch; more than FreePBX includes from one. */
const mostContexts = 200;
const rows = { row: "ListDialplan", complete: "ShowDialPlanComplete" } as const;
const nothing = (message: string): boolean =>
  /^Did not find (?:context|extension)/i.test(message);

/** @throws AdapterError when Asterisk cannot be asked, or does not let this user ask */
export async function findHandOver(
  session: Pick<AmiSession, "list">,
  context: string,
  extension: string,
): Promise<HandOverFinding> {
  const found = await show(session, { Context: context, Extension: extension });
  // A hint alone handles no call.
  if (found.some((row) => row.get("priority") === "1")) return "exists";
  return (await hasSwitch(session, context)) ? "unknown" : "missing";
}

async function hasSwitch(
  session: Pick<AmiSession, "list">,
  context: string,
): Promise<boolean> {
  const seen = new Set<string>();
  const open = [context];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (seen.has(name)) continue;
    if (seen.size >= mostContexts)
      throw new AdapterError(
        "PROTOCOL",
        "Too many contexts include each other",
      );
    seen.add(name);
    for (const row of await show(session, { Context: name })) {
      if (row.get("switch") !== undefined) return true;
      // With hours it is `name,09:00-18:00,…`.
      const included = row.get("includecontext")?.split(/[,|]/)[0];
      if (included !== undefined) open.push(included);
    }
  }
  return false;
}

function show(
  session: Pick<AmiSession, "list">,
  which: Readonly<Record<string, string>>,
): Promise<readonly AmiMessage[]> {
  const headers = { Action: "ShowDialPlan", ...which };
  return session.list({ headers }, rows, nothing);
}
