/** What an operator must not overlook, from what the wallboard shows. Pure. */
import type {
  BoardCampaign,
  BoardNode,
  BoardTrunk,
  WallboardFacts,
} from "./wallboard-source.ts";

export interface Alert {
  readonly code:
    | "NO_ENGINE"
    | "NO_LEASE"
    | "PBX_DOWN"
    | "TRUNK_OUT"
    | "CAMPAIGN_PAUSED"
    | "NOT_DIALLING";
  /** Name of the PBX, trunk or campaign. */
  readonly subject: string;
  /** Codes of `dialing_blockers`, or the engine's own words. */
  readonly reasons: readonly string[];
  readonly until: Date | null;
}

/** Nothing to do is no fault: the campaign waits for people, hours or leads. */
const quiet = new Set([
  "NO_LEADS",
  "NO_LEAD_DUE",
  "OUTSIDE_WINDOW",
  "LIST_INACTIVE",
  "DNC",
  "INVALID_NUMBER",
  "MAX_ATTEMPTS",
  "MAX_DIALS",
  "PHONE_BUSY",
  "PHONE_GAP",
  "PHONE_DAILY_MAX",
  "PASS_LIMIT",
  "CPS",
]);

/** The gravest first: PBXs, trunks, campaigns. */
export function findAlerts(facts: WallboardFacts): Alert[] {
  return [
    ...facts.nodes.flatMap((node) => aboutNode(node, facts)),
    ...facts.trunks.flatMap(aboutTrunk),
    ...facts.campaigns.flatMap(aboutCampaign),
  ];
}

function aboutNode(node: BoardNode, { engine }: WallboardFacts): Alert[] {
  const about = { subject: node.name, reasons: [], until: null };
  if (!node.hasEngine) return [{ ...about, code: "NO_ENGINE" }];
  if (!node.hasLease) return [{ ...about, code: "NO_LEASE" }];
  if (node.pbxConnected) return [];
  const why = engine?.node === node.name ? engine.pbxReason : null;
  return [{ ...about, code: "PBX_DOWN", reasons: why === null ? [] : [why] }];
}

function aboutTrunk(trunk: BoardTrunk): Alert[] {
  if (!trunk.isActive) return [];
  if (trunk.health !== "OUT" && trunk.disabledUntil === null) return [];
  const { disabledReason, disabledUntil } = trunk;
  return [
    {
      code: "TRUNK_OUT",
      subject: trunk.name,
      reasons: disabledReason === null ? [] : [disabledReason],
      until: disabledUntil,
    },
  ];
}

function aboutCampaign(campaign: BoardCampaign): Alert[] {
  const about = { subject: campaign.name, until: null };
  if (campaign.status === "PAUSED" && campaign.pauseReason !== null)
    return [
      { ...about, code: "CAMPAIGN_PAUSED", reasons: [campaign.pauseReason] },
    ];
  const live = Object.values(campaign.liveCalls).some((calls) => calls > 0);
  if (campaign.status !== "ACTIVE" || live) return [];
  const reasons = campaign.blockers
    .map(({ reason }) => reason)
    .filter((reason) => !quiet.has(reason));
  return reasons.length === 0
    ? []
    : [{ ...about, code: "NOT_DIALLING", reasons }];
}
