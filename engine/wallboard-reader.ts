/** Puts together what the wallboard shows: rows of the database, what is remembered of them, and the engine itself. */
import type { VoiceAdapter } from "../adapters/port.ts";
import type { Config } from "../config.ts";
import { readCampaignProgress, readWallboard } from "../database/wallboard.ts";
import type { ReadAs, WallboardRows } from "../database/wallboard.ts";
import type {
  BoardCampaign,
  BoardEngine,
  CallCounts,
  OpenReader,
  Viewer,
  WallboardFacts,
  WallboardReader,
} from "../health/wallboard-source.ts";
import { monotonicMs } from "./clock.ts";
import type { Engine } from "./engine.ts";
import { ProgressCounts } from "./progress-counts.ts";
import { RecentCalls, noCalls } from "./recent-calls.ts";

export interface WallboardOptions {
  readonly engine: Engine;
  readonly adapter: VoiceAdapter;
  readonly config: Config;
  readonly version: string;
}

export function createWallboardReaders(options: WallboardOptions): OpenReader {
  return (viewer) => new Reader(options, viewer);
}

class Reader implements WallboardReader {
  readonly #options: WallboardOptions;
  readonly #readAs: ReadAs;
  readonly #recent = new RecentCalls();
  readonly #progress: ProgressCounts;
  /** The database's clock less ours, in milliseconds. */
  #skewMs = 0;

  constructor(options: WallboardOptions, viewer: Viewer) {
    this.#options = options;
    this.#readAs = viewer;
    this.#progress = new ProgressCounts(
      (id) => readCampaignProgress(options.engine.database, this.#readAs, id),
      monotonicMs,
    );
  }

  async read(): Promise<WallboardFacts> {
    const since = this.#recent.since(Date.now() + this.#skewMs);
    const rows = await readWallboard(
      this.#options.engine.database,
      this.#readAs,
      since,
    );
    this.#skewMs = rows.at.getTime() - Date.now();
    this.#recent.note(since, rows.ended, rows.started, rows.at);
    // A count that takes too long leaves the last one standing; the board goes on without.
    await this.#progress
      .refresh(rows.campaigns.map(({ id }) => id))
      .catch(() => undefined);
    return this.#compose(rows);
  }

  #compose(rows: WallboardRows): WallboardFacts {
    const hours = this.#recent.hours();
    return {
      at: rows.at,
      engine: this.#readAs.kind === "operator" ? this.#describeEngine() : null,
      campaigns: rows.campaigns.map((campaign) =>
        this.#composeCampaign(
          campaign,
          rows,
          hours.get(campaign.id) ?? noCalls,
        ),
      ),
      states: Object.fromEntries(
        rows.states.map(({ state, attempts }) => [state, attempts]),
      ),
      trunks: rows.trunks,
      nodes: rows.nodes,
      windows: this.#recent.windows(),
      perSecond: this.#recent.perSecond(),
    };
  }

  #composeCampaign(
    campaign: WallboardRows["campaigns"][number],
    { blockers }: WallboardRows,
    lastHour: CallCounts,
  ): BoardCampaign {
    const progress = this.#progress.of(campaign.id);
    return {
      ...campaign,
      blockers: blockers
        .filter(({ campaignId }) => campaignId === campaign.id)
        .map(({ reason, count, nextAt }) => ({ reason, count, nextAt })),
      lastHour,
      progress: progress && {
        leads: progress.leads,
        percentDone: progress.percentDone,
        leadsDone: progress.leadsDone,
      },
    };
  }

  #describeEngine(): BoardEngine {
    const { engine, adapter, config, version } = this.#options;
    const state = adapter.connection();
    return {
      version,
      node: config.voice.node,
      standby: !engine.isHolder,
      uptimeSeconds: Math.round(engine.uptimeMs / 1_000),
      pbxReason: state.status === "CONNECTED" ? null : state.reason,
    };
  }
}
