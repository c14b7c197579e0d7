/**
 * What the page receives: the facts and their evaluation. Everything is evaluated here, so that the page only shows it.
 * Pure.
 */
import { judgeAbandon } from "../dialing/abandon-policy.ts";
import type { AbandonLevel } from "../dialing/abandon-policy.ts";
import { causeOf, findAlerts, nodeFault } from "./alerts.ts";
import type { Alert } from "./alerts.ts";
import type {
  BoardCampaign,
  BoardTrunk,
  CallCounts,
  CallSeries,
  WallboardFacts,
} from "./source.ts";

/** [dialled, answered, people, abandoned] */
type ShortCounts = readonly [number, number, number, number];

/** A series as it travels. */
export interface ShortSeries {
  readonly stepMinutes: number;
  readonly from: Date;
  readonly counts: readonly ShortCounts[];
}

type Judged<T> = T & { readonly abandonLevel: AbandonLevel };

/** A trunk, and whether its PBX is connected: if not, the figures are old. */
type ShownTrunk = BoardTrunk & { readonly isReachable: boolean };

interface ShownCampaign extends Omit<BoardCampaign, "lastFiveMinutes"> {
  readonly lastHour: Judged<CallCounts>;
  readonly day: Judged<CallCounts>;
  /** The campaign is ACTIVE and has no call, and a fault must be corrected before it gets one. */
  readonly isHeld: boolean;
}

export interface WallboardPicture extends Omit<
  WallboardFacts,
  | "campaigns"
  | "trunks"
  | "windows"
  | "day"
  | "hourSeries"
  | "daySeries"
  | "engine"
> {
  readonly engine: Omit<
    NonNullable<WallboardFacts["engine"]>,
    "pbxReason"
  > | null;
  readonly campaigns: readonly ShownCampaign[];
  readonly trunks: readonly ShownTrunk[];
  readonly windows: readonly Judged<WallboardFacts["windows"][number]>[];
  readonly day: Judged<WallboardFacts["day"]>;
  readonly hourSeries: ShortSeries;
  readonly daySeries: ShortSeries;
  /** Sum of the trunks': the one figure of calls per second. */
  readonly callsPerSecond: number;
  /** PBXs without a connection now. While there are any, the board is not marked as live. */
  readonly awayNodes: readonly string[];
  readonly alerts: readonly Alert[];
}

export function drawPicture(facts: WallboardFacts): WallboardPicture {
  const judge = <T extends CallCounts>(counts: T): Judged<T> => ({
    ...counts,
    abandonLevel: judgeAbandon(counts, facts.abandonPolicy),
  });
  const awayNodes = facts.nodes
    .filter((node) => nodeFault(node) !== null)
    .map(({ name }) => name);
  return {
    ...facts,
    engine: facts.engine && {
      version: facts.engine.version,
      node: facts.engine.node,
      standby: facts.engine.standby,
      uptimeSeconds: facts.engine.uptimeSeconds,
    },
    campaigns: facts.campaigns.map((campaign) => {
      const { lastFiveMinutes: _five, ...shown } = campaign;
      return {
        ...shown,
        lastHour: judge(campaign.lastHour),
        day: judge(campaign.day),
        isHeld: causeOf(campaign) !== null,
      };
    }),
    trunks: facts.trunks.map((trunk) => ({
      ...trunk,
      isReachable: !awayNodes.includes(trunk.voiceNode),
    })),
    windows: facts.windows.map(judge),
    day: judge(facts.day),
    hourSeries: shorten(facts.hourSeries),
    daySeries: shorten(facts.daySeries),
    callsPerSecond: facts.trunks.reduce(
      (sum, { callsPerSecond }) => sum + callsPerSecond,
      0,
    ),
    awayNodes,
    alerts: findAlerts(facts),
  };
}

export function shorten({ counts, ...series }: CallSeries): ShortSeries {
  return {
    ...series,
    counts: counts.map(({ dialled, answered, people, abandoned }) => [
      dialled,
      answered,
      people,
      abandoned,
    ]),
  };
}
