/**
 * What a supervisor must not overlook, derived from what the wallboard shows: one alert per cause, however many
 * campaigns are affected. Pure.
 */
import { judgeAbandon } from "../dialing/abandon-policy.ts";
import { hasCollapsed } from "../dialing/answer-rate.ts";
import { pbxReasonCode } from "./pbx-reasons.ts";
import { faultReasons, pbxFaults, trunkFaults } from "./reasons.ts";
import type {
  BoardCampaign,
  BoardNode,
  CallCounts,
  WallboardFacts,
} from "./source.ts";

export interface Alert {
  readonly code:
    | "NO_ENGINE"
    | "NO_LEASE"
    | "PBX_DOWN"
    | "ABANDON_OVER"
    | "ABANDON_NEAR"
    | "TRUNK_OUT"
    | "CAMPAIGNS_PAUSED"
    | "CAMPAIGNS_WAIT"
    | "ANSWERS_FELL"
    | "TRUNK_FULL";
  /** BAD: something is broken, or a limit is exceeded. WARN: it may soon be. */
  readonly severity: "BAD" | "WARN";
  /** What `subjects` names: PBXs, trunks or campaigns; ALL: the whole board, then there are none. */
  readonly about: "PBX" | "TRUNK" | "CAMPAIGN" | "ALL";
  /** The first three by name. */
  readonly subjects: readonly string[];
  readonly subjectCount: number;
  /** Campaigns that do not dial because of it; for alerts about PBXs and trunks. */
  readonly waitingCampaigns: number;
  /** Codes: of `dialing_blockers`, outcomes, or `pbxReasonCodes`; or what somebody wrote into a row. */
  readonly reasons: readonly string[];
  /** The engine's own sentence, in English; operators only. */
  readonly detail: string | null;
  readonly until: Date | null;
  /** A share of calls: `part` of `all`, and what it was before; where the alert is about one. */
  readonly figures: {
    readonly part: number;
    readonly all: number;
    readonly limit: number;
  } | null;
}

const mostNames = 3;
/** A trunk that is full for a moment is no problem. */
const fullSeconds = 30;

/** The gravest first: PBXs, the abandon rate, trunks, campaigns, what only warns. */
export function findAlerts(facts: WallboardFacts): Alert[] {
  const found = [
    ...aboutNodes(facts),
    ...aboutAbandon(facts),
    ...aboutTrunks(facts),
    ...aboutPaused(facts),
    ...aboutWaiting(facts),
    ...aboutAnswers(facts),
    ...aboutFullTrunks(facts),
  ];
  return [
    ...found.filter(({ severity }) => severity === "BAD"),
    ...found.filter(({ severity }) => severity === "WARN"),
  ];
}

type NodeCode = "NO_ENGINE" | "NO_LEASE" | "PBX_DOWN";

/** The first thing that is wrong with a PBX, or null. */
export function nodeFault(node: BoardNode): NodeCode | null {
  if (!node.hasEngine) return "NO_ENGINE";
  if (!node.hasLease) return "NO_LEASE";
  return node.pbxConnected ? null : "PBX_DOWN";
}

function aboutNodes({ nodes, engine, campaigns }: WallboardFacts): Alert[] {
  const waiting = campaigns.map(({ blockers }) => blockers);
  return (["NO_ENGINE", "NO_LEASE", "PBX_DOWN"] as const).flatMap((code) => {
    const own = nodes.filter((node) => nodeFault(node) === code);
    if (own.length === 0) return [];
    const names = own.map(({ name }) => name);
    const detail =
      code === "PBX_DOWN" && engine !== null && names.includes(engine.node)
        ? engine.pbxReason
        : null;
    return alert(code, "BAD", "PBX", names, {
      waitingCampaigns: waiting.filter((blockers) =>
        blockers.some(({ reason }) => pbxFaults[code].has(reason)),
      ).length,
      reasons: detail === null ? [] : [pbxReasonCode(detail)],
      detail,
    });
  });
}

/** The gravest alone: of the day of all campaigns together, their last hour, and each campaign's day. */
function aboutAbandon(facts: WallboardFacts): Alert[] {
  const { abandonPolicy: policy, campaigns, day, windows } = facts;
  const hour = windows.at(-1) ?? day;
  const levelOf = (counts: CallCounts) => judgeAbandon(counts, policy);
  for (const level of ["OVER", "NEAR"] as const) {
    const all = [day, hour].find((counts) => levelOf(counts) === level);
    const own = campaigns.filter((one) => levelOf(one.day) === level);
    const counts = all ?? own[0]?.day;
    if (counts === undefined) continue;
    return alert(
      `ABANDON_${level}`,
      level === "OVER" ? "BAD" : "WARN",
      all === undefined ? "CAMPAIGN" : "ALL",
      all === undefined ? own.map(({ name }) => name) : [],
      {
        figures: {
          part: counts.abandoned,
          all: counts.people,
          limit: level === "OVER" ? policy.cap : policy.target,
        },
      },
    );
  }
  return [];
}

/** Trunks that are out for the same reason share one alert. */
function aboutTrunks({ trunks, campaigns }: WallboardFacts): Alert[] {
  const out = trunks.filter(
    ({ isActive, health, disabledUntil }) =>
      isActive && (health === "OUT" || disabledUntil !== null),
  );
  const waiting = campaigns.filter(
    (campaign) => causeOf(campaign)?.kind === "TRUNK",
  ).length;
  const groups = Map.groupBy(out, ({ disabledReason }) => disabledReason ?? "");
  return [...groups].flatMap(([reason, own]) => {
    const untils = own.flatMap(({ disabledUntil }) =>
      disabledUntil === null ? [] : [disabledUntil],
    );
    return alert(
      "TRUNK_OUT",
      "BAD",
      "TRUNK",
      own.map(({ name }) => name),
      {
        // With several causes it is not known here which one affects a campaign.
        waitingCampaigns: groups.size === 1 ? waiting : 0,
        reasons: reason === "" ? [] : [reason],
        until:
          untils.toSorted((a, b) => a.getTime() - b.getTime()).at(0) ?? null,
      },
    );
  });
}

function aboutPaused({ campaigns }: WallboardFacts): Alert[] {
  const paused = campaigns.filter(
    ({ status, pauseReason }) => status === "PAUSED" && pauseReason !== null,
  );
  const groups = Map.groupBy(paused, ({ pauseReason }) => pauseReason ?? "");
  return [...groups].flatMap(([reason, own]) =>
    alert(
      "CAMPAIGNS_PAUSED",
      "BAD",
      "CAMPAIGN",
      own.map(({ name }) => name),
      { reasons: [reason] },
    ),
  );
}

/** Campaigns that alerts about PBXs and trunks explain are counted there. */
function aboutWaiting(facts: WallboardFacts): Alert[] {
  const hasNodeAlert = facts.nodes.some((node) => nodeFault(node) !== null);
  const hasTrunkAlert = aboutTrunks(facts).length > 0;
  const waiting = facts.campaigns.flatMap((campaign) => {
    const cause = causeOf(campaign);
    if (cause === null) return [];
    if (cause.kind === "PBX" && hasNodeAlert) return [];
    if (cause.kind === "TRUNK" && hasTrunkAlert) return [];
    return [{ name: campaign.name, reason: cause.reason }];
  });
  return [...Map.groupBy(waiting, ({ reason }) => reason)].flatMap(
    ([reason, own]) =>
      alert(
        "CAMPAIGNS_WAIT",
        "BAD",
        "CAMPAIGN",
        own.map(({ name }) => name),
        { reasons: [reason] },
      ),
  );
}

/** The gravest fault that keeps an active campaign without calls from dialling, or null if there is none. */
export function causeOf(campaign: BoardCampaign): {
  readonly kind: "PBX" | "TRUNK" | "OTHER";
  readonly reason: string;
} | null {
  const live = Object.values(campaign.liveCalls).some((calls) => calls > 0);
  if (campaign.status !== "ACTIVE" || live) return null;
  const reasons = new Set(campaign.blockers.map(({ reason }) => reason));
  const reason = faultReasons.find((one) => reasons.has(one));
  if (reason === undefined) return null;
  const isPbx = Object.values(pbxFaults).some((faults) => faults.has(reason));
  return {
    kind: isPbx ? "PBX" : trunkFaults.has(reason) ? "TRUNK" : "OTHER",
    reason,
  };
}

function aboutAnswers({ campaigns, windows }: WallboardFacts): Alert[] {
  const judged = [
    ...campaigns.map(({ name, lastFiveMinutes, lastHour }) => ({
      name,
      recent: lastFiveMinutes,
      hour: lastHour,
    })),
  ].filter(({ recent, hour }) => hasCollapsed(recent, before(hour, recent)));
  const recent = windows.find(({ minutes }) => minutes === 5);
  const hour = windows.at(-1);
  if (recent === undefined || hour === undefined) return [];
  const isAll = hasCollapsed(recent, before(hour, recent));
  const [first] = judged;
  if (!isAll && first === undefined) return [];
  const now = isAll ? recent : (first?.recent ?? recent);
  const was = isAll
    ? before(hour, recent)
    : before(first?.hour ?? hour, first?.recent ?? recent);
  return alert(
    "ANSWERS_FELL",
    "BAD",
    isAll ? "ALL" : "CAMPAIGN",
    isAll ? [] : judged.map(({ name }) => name),
    {
      figures: {
        part: now.answered,
        all: now.dialled,
        limit: was.answered / was.dialled,
      },
    },
  );
}

function before(hour: CallCounts, recent: CallCounts) {
  return {
    dialled: hour.dialled - recent.dialled,
    answered: hour.answered - recent.answered,
  };
}

function aboutFullTrunks({ trunks }: WallboardFacts): Alert[] {
  const full = trunks.filter(
    ({ fullForSeconds }) => fullForSeconds >= fullSeconds,
  );
  if (full.length === 0) return [];
  return alert(
    "TRUNK_FULL",
    "WARN",
    "TRUNK",
    full.map(({ name }) => name),
    {},
  );
}

function alert(
  code: Alert["code"],
  severity: Alert["severity"],
  about: Alert["about"],
  names: readonly string[],
  more: Partial<Alert>,
): Alert[] {
  return [
    {
      code,
      severity,
      about,
      subjects: names.slice(0, mostNames),
      subjectCount: names.length,
      waitingCampaigns: 0,
      reasons: [],
      detail: null,
      until: null,
      figures: null,
      ...more,
    },
  ];
}
