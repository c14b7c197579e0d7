/** What the dialer's own tables say about trunks, calls and campaigns. */
import type { VoiceConfig } from "../../../config/reading.ts";
import type {
  CallFacts,
  CampaignFacts,
  EventFacts,
  NodeFacts,
  TrunkFacts,
} from "../dialing-queries.ts";
import { pbxOf } from "../dial-string.ts";
import { type Finding, found } from "../finding.ts";
import { blockerWords, otherBlocker } from "../messages/blockers.ts";

/** Fewer calls than this allow no conclusion. */
const enoughCalls = 5;

/** Reasons that name a reached limit, which is not a fault but may explain why few calls are made. */
const limitReasons = new Set([
  "CPS",
  "TRUNK_CHANNELS",
  "MAX_CONCURRENT_ORIGINATES",
  "SWITCH_CPS",
  "SWITCH_SESSIONS",
]);

export function judgeNode(
  node: string,
  facts: NodeFacts | null,
): readonly Finding[] {
  const count = facts?.engines ?? 0;
  if (facts === null || count === 0)
    return [found("dialing.engine.none", { node })];
  const { adapter, refusedAdapter, leaseHeld, pbxConnected } = facts;
  if (leaseHeld)
    return [
      pbxConnected
        ? found("dialing.engine.ok", { node, count })
        : found("dialing.engine.pbx", { node }),
    ];
  return [
    refusedAdapter === null
      ? found("dialing.engine.lease", { node, count })
      : found("dialing.engine.adapter", {
          ...{ node, adapter: adapter ?? "–", other: refusedAdapter },
        }),
  ];
}

/** @param voice null: the engine's PBX is not known, so only the rows themselves are checked */
export function judgeTrunks(
  trunks: readonly TrunkFacts[],
  voice: Pick<VoiceConfig, "adapter" | "node"> | null,
): readonly Finding[] {
  const active = trunks.filter(({ isActive }) => isActive);
  if (active.length === 0) return [found("dialing.trunks.none")];
  const findings = active.flatMap((trunk) => [
    ...judgePlace(trunk, voice),
    ...judgeHealth(trunk),
  ]);
  return findings.length > 0
    ? findings
    : [found("dialing.trunks.ok", { count: active.length })];
}

function judgePlace(
  { name: trunk, voiceNode, dialString }: TrunkFacts,
  voice: Pick<VoiceConfig, "adapter" | "node"> | null,
): readonly Finding[] {
  if (voice === null) return [];
  const { adapter, node } = voice;
  if (voiceNode !== node)
    return [
      found("dialing.trunks.other-node", { trunk, other: voiceNode, node }),
    ];
  const pbx = pbxOf(dialString);
  return pbx === adapter
    ? []
    : [
        found("dialing.trunks.other-adapter", {
          ...{ trunk, pbx: pbx ?? "–", adapter },
        }),
      ];
}

function judgeHealth(trunk: TrunkFacts): readonly Finding[] {
  if (trunk.health !== "OUT" && !trunk.isDisabled) return [];
  const reason = trunk.disabledReason ?? trunk.lastFault ?? "–";
  return [found("dialing.trunks.out", { trunk: trunk.name, reason })];
}

/** Checks for too few calls because a limit is too tight or lost. */
export function judgeRate(
  trunks: readonly TrunkFacts[],
  campaigns: readonly CampaignFacts[],
): readonly Finding[] {
  const active = trunks.filter(({ isActive }) => isActive);
  const limits = active
    .map(
      ({ name, cpsLimit, maxChannels }) =>
        `${name} cps_limit ${String(cpsLimit)}, max_channels ${String(maxChannels)}`,
    )
    .join("; ");
  const findings = [
    ...active
      .filter(({ bucketMissing }) => bucketMissing)
      .map(({ name }) => found("dialing.rate.no-bucket", { trunk: name })),
    ...campaigns
      .flatMap(({ blockers }) => blockers)
      .filter(({ reason }) => limitReasons.has(reason))
      .map(({ reason, campaigns: count, example }) =>
        found("dialing.rate.tight", { reason, count, example, limits }),
      ),
  ];
  return findings.length > 0 ? findings : [found("dialing.rate.ok")];
}

export function judgeCalls({ live, stuck }: CallFacts): readonly Finding[] {
  return [
    stuck > 0
      ? found("dialing.calls.stuck", { live, stuck })
      : found("dialing.calls.ok", { live }),
  ];
}

export function judgeTimers({
  overdue,
  latestSeconds,
}: CallFacts): readonly Finding[] {
  return [
    overdue > 0
      ? found("dialing.timers.overdue", { overdue, seconds: latestSeconds })
      : found("dialing.timers.ok"),
  ];
}

export function judgeEvents({
  ended,
  received,
  orphaned,
}: EventFacts): readonly Finding[] {
  if (ended === 0) return [found("dialing.events.none")];
  const silent = ended - received;
  // One or two may have been cut off by a restart.
  if (silent * 2 > ended)
    return [found("dialing.events.silent", { silent, ended })];
  const findings = [found("dialing.events.ok", { received, ended })];
  if (orphaned > 0)
    findings.push(found("dialing.events.orphaned", { orphaned, ended }));
  return findings;
}

/** Only calls with machine detection can be judged: a dialplan without it need not send any event. */
export function judgeCorrelation({
  answeredForAmd: answered,
  amdResults: results,
}: EventFacts): readonly Finding[] {
  if (answered < enoughCalls) return [found("dialing.correlation.none")];
  return [
    results === 0
      ? found("dialing.correlation.lost", { answered })
      : found("dialing.correlation.ok", { answered, results }),
  ];
}

export function judgeCampaigns(
  campaigns: readonly CampaignFacts[],
): readonly Finding[] {
  const active = campaigns.find(({ status }) => status === "ACTIVE");
  const others = campaigns
    .filter(({ status }) => status !== "ACTIVE")
    .map(({ status, campaigns: count }) => `${status}: ${String(count)}`)
    .join(", ");
  const state =
    active === undefined
      ? found("dialing.campaigns.none", { others: others || "–" })
      : found("dialing.campaigns.ok", { count: active.campaigns });
  const blockers = campaigns.flatMap((facts) => facts.blockers);
  return [state, ...blockers.map(describeBlocker)];
}

function describeBlocker({
  reason,
  campaigns: count,
  example,
}: CampaignFacts["blockers"][number]): Finding {
  const { meaning, advice } = blockerWords.get(reason) ?? otherBlocker;
  const values = { count, example, reason, meaning };
  return advice === null
    ? found("dialing.campaigns.waits", values)
    : found("dialing.campaigns.blocked", { ...values, advice });
}
