/** Assembles what the wallboard shows, from rows of the database, cached counts, and the engine itself. */
import type { VoiceAdapter } from "../adapters/port.ts";
import type { Config } from "../config/reading.ts";
import { readCallHistory, readWallboard } from "./queries.ts";
import type { ReadAs, WallboardRows } from "./queries.ts";
import { defaultAbandonPolicy } from "../dialing/abandon-policy.ts";
import type {
  BoardCampaign,
  BoardEngine,
  BoardTrunk,
  CallCounts,
  CampaignDay,
  OpenReader,
  Viewer,
  WallboardFacts,
  WallboardReader,
} from "./source.ts";
import { monotonicMs } from "../timing.ts";
import { DayCalls } from "./day-calls.ts";
import type { Engine } from "../engine/engine.ts";
import {
  addCounts,
  noCalls,
  plotSeconds,
  RecentCalls,
} from "./recent-calls.ts";
import { TrunkGauge } from "./trunk-gauge.ts";

export interface WallboardOptions {
  readonly engine: Engine;
  readonly adapter: VoiceAdapter;
  readonly config: Config;
  readonly version: string;
}

/** More would be more than a page can show and a second can carry. */
const mostCampaigns = 1_000;

export function createWallboardReaders(options: WallboardOptions): OpenReader {
  return (viewer) => new Reader(options, viewer);
}

class Reader implements WallboardReader {
  readonly #options: WallboardOptions;
  readonly #viewer: Viewer;
  readonly #readAs: ReadAs;
  readonly #recent = new RecentCalls();
  readonly #day: DayCalls;
  readonly #gauge: TrunkGauge;
  #shown: ReadonlySet<string> = new Set();
  #at = new Date(0);
  /** The database's clock less ours, in milliseconds. */
  #skewMs = 0;

  constructor(options: WallboardOptions, viewer: Viewer) {
    this.#options = options;
    this.#viewer = viewer;
    this.#readAs = viewer.kind === "account" ? viewer : { kind: "operator" };
    const { database } = options.engine;
    this.#day = new DayCalls(
      (from, to) => readCallHistory(database, this.#readAs, from, to),
      monotonicMs,
    );
    this.#gauge = new TrunkGauge(viewer.kind !== "account", monotonicMs);
  }

  async read(): Promise<WallboardFacts> {
    const since = this.#recent.since(Date.now() + this.#skewMs);
    const rows = await readWallboard(
      this.#options.engine.database,
      this.#readAs,
      since,
    );
    this.#skewMs = rows.at.getTime() - Date.now();
    this.#at = rows.at;
    this.#recent.note(since, rows.ended, rows.started, rows.at);
    // If it takes too long, the last count stays; the board goes on without a new one.
    await this.#day.refresh(rows.at).catch(() => undefined);
    return this.#compose(rows);
  }

  campaignDay(campaignId: string): CampaignDay | null {
    if (!this.#shown.has(campaignId)) return null;
    return {
      id: campaignId,
      series: { stepMinutes: 15, ...this.#day.series(this.#at, campaignId) },
      outcomes: this.#day.outcomes(this.#at, campaignId),
      hoursRead: this.#day.hoursRead(this.#at),
    };
  }

  #compose(rows: WallboardRows): WallboardFacts {
    const trunks = rows.trunks.map((trunk) => this.#composeTrunk(trunk));
    const { hourAndDay, campaigns } = this.#composeCampaigns(rows);
    return {
      at: rows.at,
      engine: this.#viewer.kind === "operator" ? this.#describeEngine() : null,
      abandonPolicy: defaultAbandonPolicy,
      campaigns,
      hasMoreCampaigns: rows.campaigns.length > mostCampaigns,
      states: Object.fromEntries(
        rows.states.map(({ state, attempts }) => [state, attempts]),
      ),
      trunks,
      nodes: rows.nodes,
      windows: this.#recent.windows(),
      day: { ...hourAndDay, hoursRead: this.#day.hoursRead(rows.at) },
      perSecond: this.#perSecond(rows),
      cpsLimit: this.#gauge.cpsLimitOf(rows.trunks),
      hourSeries: { stepMinutes: 1, ...this.#recent.minutes() },
      daySeries: { stepMinutes: 15, ...this.#day.series(rows.at) },
    };
  }

  #composeCampaigns(rows: WallboardRows): {
    readonly campaigns: BoardCampaign[];
    readonly hourAndDay: CallCounts;
  } {
    const shown = rows.campaigns.slice(0, mostCampaigns);
    this.#shown = new Set(shown.map(({ id }) => id));
    const hours = this.#recent.byCampaign(60);
    const minutes = this.#recent.byCampaign(5);
    const { all, byCampaign } = this.#dayCounts(rows.at);
    const blockers = Map.groupBy(rows.blockers, ({ campaignId }) => campaignId);
    const progresses = new Map(
      rows.progress.map((one) => [one.campaignId, one]),
    );
    const campaigns = shown.map((campaign): BoardCampaign => {
      const { id } = campaign;
      const progress = progresses.get(id);
      return {
        ...campaign,
        blockers: (blockers.get(id) ?? []).map(({ reason, count, nextAt }) => ({
          reason,
          count,
          nextAt,
        })),
        lastFiveMinutes: minutes.get(id) ?? noCalls,
        lastHour: hours.get(id) ?? noCalls,
        day: byCampaign.get(id) ?? noCalls,
        progress: progress
          ? {
              leads: progress.leads,
              percentDone: progress.percentDone,
              leadsDone: progress.leadsDone,
            }
          : null,
      };
    });
    return { campaigns, hourAndDay: all };
  }

  /** What is older than the hour comes by quarters; together they are the day, with no call counted twice. */
  #dayCounts(now: Date): {
    readonly all: CallCounts;
    readonly byCampaign: ReadonlyMap<string, CallCounts>;
  } {
    const byCampaign = new Map(
      [...this.#day.byCampaign(now, this.#recent.fromMs)].map(
        ([id, counts]) => [id, { ...counts }] as const,
      ),
    );
    for (const slice of this.#recent.slices) {
      const sum = byCampaign.get(slice.campaignId) ?? { ...noCalls };
      byCampaign.set(slice.campaignId, sum);
      addCounts(sum, slice);
    }
    const all = { ...noCalls };
    for (const counts of byCampaign.values()) addCounts(all, counts);
    return { all, byCampaign };
  }

  #composeTrunk(row: WallboardRows["trunks"][number]): BoardTrunk {
    const { recentSeconds: _seconds, limitGroup: _group, ...trunk } = row;
    return { ...trunk, fullForSeconds: this.#gauge.fullForSeconds(trunk) };
  }

  /** Operators see what was actually sent; an account sees when its own calls were committed to be sent. */
  #perSecond({ trunks }: WallboardRows): number[] {
    if (this.#readAs.kind === "account") return this.#recent.perSecond();
    return Array.from({ length: plotSeconds }, (_, index) => {
      const ago = plotSeconds - 1 - index;
      return trunks.reduce(
        (sum, trunk) => sum + (trunk.recentSeconds[ago] ?? 0),
        0,
      );
    });
  }

  #describeEngine(): BoardEngine {
    const { engine, adapter, config, version } = this.#options;
    const state = adapter.connection();
    return {
      version,
      node: config.voice.node,
      standby: !engine.isLeader,
      uptimeSeconds: Math.round(engine.uptimeMs / 1_000),
      pbxReason: state.status === "CONNECTED" ? null : state.reason,
    };
  }
}
