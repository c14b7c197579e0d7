/** What FreeSWITCH is asked after the login. No question changes anything or dials anybody. */
import { randomUUID } from "node:crypto";
import { wayOutOf } from "../dial-string.ts";
import type { EslClient } from "../esl-client.ts";
import { type Finding, found } from "../finding.ts";
import type { WantedExtension, WantedTrunk } from "../pbx-needs.ts";

/** How FreeSWITCH refuses a command: the user may not run it, or no module provides it. */
const refused = /^-ERR (?:permission denied|.*command not found)/i;

/** The events without which calls are not followed. */
const events = [
  "BACKGROUND_JOB",
  "CHANNEL_CREATE",
  "CHANNEL_PROGRESS",
  "CHANNEL_PROGRESS_MEDIA",
  "CHANNEL_ANSWER",
  "CHANNEL_BRIDGE",
  "CHANNEL_HANGUP_COMPLETE",
  "HEARTBEAT",
] as const;

export async function checkEslVersion(
  client: EslClient,
): Promise<readonly Finding[]> {
  const version = (await client.api("version")).replaceAll(/\s+/g, " ");
  if (!version.startsWith("-"))
    return [found("freeswitch.version.ok", { version: version.slice(0, 100) })];
  // The engine's own user may not ask for the version, but for the status, which contains it.
  const told = /^FreeSWITCH \((Version [^)]{1,80})\)/m.exec(
    await client.api("status"),
  )?.[1];
  return told === undefined
    ? [found("freeswitch.version.untold", { reason: version.slice(0, 100) })]
    : [found("freeswitch.version.ok", { version: told })];
}

/**
 * Each command that the engine uses, in a form that has no effect: for a call that does not exist, or without its
 * arguments. A refused command answers differently than with its own error.
 */
export async function checkEslRights(
  client: EslClient,
): Promise<readonly Finding[]> {
  const nobody = randomUUID();
  const harmless = {
    status: "status",
    show: "show channels count",
    uuid_exists: `uuid_exists ${nobody}`,
    uuid_dump: `uuid_dump ${nobody} json`,
    uuid_kill: `uuid_kill ${nobody}`,
    originate: "originate",
  };
  const findings: Finding[] = [];
  const allowed: string[] = [];
  for (const [command, question] of Object.entries(harmless)) {
    const answer = await client.api(question);
    if (refused.test(answer))
      findings.push(
        found("freeswitch.rights.missing", { command, reason: answer }),
      );
    else allowed.push(command);
  }
  for (const event of events) {
    const reason = await client.subscribe(event);
    if (reason.startsWith("-ERR"))
      findings.push(found("freeswitch.rights.no-events", { event, reason }));
  }
  return findings.length > 0
    ? findings
    : [found("freeswitch.rights.ok", { commands: allowed.join(", ") })];
}

/** `0 session(s) per Sec out of max 30, peak 1, …` and `1000 session(s) max`. */
export async function checkLimits(
  client: EslClient,
  trunks: readonly WantedTrunk[],
): Promise<readonly Finding[]> {
  const status = await client.api("status");
  const rate = Number(/per Sec out of max (\d+)/i.exec(status)?.[1] ?? "NaN");
  const sessions = /(\d+) session\(s\) max/i.exec(status)?.[1];
  if (Number.isNaN(rate) || sessions === undefined)
    return [found("freeswitch.limits.untold")];
  const cps = trunks.reduce((sum, trunk) => sum + trunk.cps, 0);
  // Both legs of a bridged call count, and the limit lets one session less start (measured: 30 lets 29 pass).
  return [
    cps * 2 >= rate
      ? found("freeswitch.limits.tight", { cps, rate })
      : found("freeswitch.limits.ok", { cps, rate, sessions }),
  ];
}

/** Checks FreeSWITCH's own XML only: a context that a program serves is not in it. */
export async function checkContexts(
  client: EslClient,
  wanted: readonly WantedExtension[],
): Promise<readonly Finding[]> {
  const users = new Map(wanted.map(({ context, user }) => [context, user]));
  const findings: Finding[] = [];
  for (const [context, user] of users) {
    const xml = await client.api(`xml_locate dialplan context name ${context}`);
    const isThere = xml.includes(`<context name="${context}"`);
    const reason = xml.slice(0, 100);
    if (isThere) findings.push(found("freeswitch.context.ok", { context }));
    else if (refused.test(xml) || xml.startsWith("-USAGE"))
      findings.push(found("freeswitch.context.untold", { context, reason }));
    else findings.push(found("freeswitch.context.missing", { context, user }));
  }
  return findings;
}

export async function checkGateways(
  client: EslClient,
  trunks: readonly WantedTrunk[],
  node: string,
): Promise<readonly Finding[]> {
  if (trunks.length === 0) return [found("freeswitch.trunks.none", { node })];
  const findings: Finding[] = [];
  for (const trunk of trunks) {
    findings.push(await checkGateway(client, trunk));
    const { name, anonymousCampaign: campaign } = trunk;
    if (typeof campaign === "string")
      findings.push(
        found("freeswitch.trunks.no-caller-id", { trunk: name, campaign }),
      );
  }
  return findings;
}

async function checkGateway(
  client: EslClient,
  { name: trunk, dialString }: WantedTrunk,
): Promise<Finding> {
  const out = wayOutOf(dialString);
  if (out.kind !== "gateway")
    return found("freeswitch.trunks.untold", { trunk, reason: dialString });
  const gateway = out.name;
  const text = await client.api(`sofia status gateway ${gateway}`);
  if (refused.test(text))
    return found("freeswitch.trunks.denied", { trunk, gateway, reason: text });
  if (/invalid gateway/i.test(text))
    return found("freeswitch.trunks.unknown", { trunk, gateway });
  const field = (name: string): string =>
    new RegExp(`^${name}\\s+(.+)$`, "m").exec(text)?.[1]?.trim() ?? "";
  // Status is reachability (OPTIONS), State the registration.
  const status = field("Status");
  const state = [status, field("State")].filter(Boolean).join(", ");
  if (status === "") {
    const reason = text.slice(0, 100);
    return found("freeswitch.trunks.untold", { trunk, reason });
  }
  return /^UP/i.test(status) &&
    !/FAIL|DOWN|TRYING|UNREG|EXPIRED|TIMEOUT/i.test(state)
    ? found("freeswitch.trunks.ok", { trunk, gateway, state })
    : found("freeswitch.trunks.down", { trunk, gateway, state });
}
