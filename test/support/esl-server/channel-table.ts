/** What `show channels` reads: an SQL table that FreeSWITCH writes some time after the fact (recorded: 4 to 268 ms). */
import type { Leg } from "./leg.ts";
import { recordedMessages } from "./recordings.ts";
import type { ScriptedSwitch } from "./switch.ts";
import { stamp } from "./event-times.ts";

type Row = Readonly<Record<string, string>>;

export class ChannelTable {
  readonly #owner: ScriptedSwitch;
  readonly #rows = new Map<string, Row>();
  readonly #columns: readonly string[];

  constructor(owner: ScriptedSwitch) {
    this.#owner = owner;
    const body = recordedMessages("show-channels-correlation-columns").find(
      ({ body: text }) => text.startsWith('{"row_count":1'),
    )?.body;
    const { rows } = JSON.parse(body ?? '{"rows":[{}]}') as { rows: Row[] };
    this.#columns = Object.keys(rows[0] ?? {});
    owner.listeners.add((headers) => {
      const uuid = new Map(headers).get("Unique-ID");
      if (uuid !== undefined) this.#noteLater(uuid);
    });
  }

  /** As `show channels as json` prints it. */
  json(): string {
    const rows = [...this.#rows.values()];
    if (rows.length === 0) return '{"row_count": 0}\n';
    return JSON.stringify({ row_count: rows.length, rows });
  }

  count(): number {
    return this.#rows.size;
  }

  clear(): void {
    this.#rows.clear();
  }

  #noteLater(uuid: string): void {
    const { tableLagMs } = this.#owner.options.pace;
    const lagMs = this.#owner.between(tableLagMs * 0.1, tableLagMs);
    this.#owner.after(lagMs, () => {
      const leg = this.#owner.legs.get(uuid);
      if (leg === undefined) this.#rows.delete(uuid);
      else this.#rows.set(uuid, this.#rowOf(leg));
    });
  }

  #rowOf(leg: Leg): Row {
    const { created, progress } = leg.times;
    const known: Readonly<Record<string, string>> = {
      uuid: leg.uuid,
      direction: leg.kind === "far" ? "inbound" : "outbound",
      created: stamp(created),
      created_epoch: String(Math.floor(created / 1_000_000)),
      name: leg.channelName,
      state: leg.isAnswered ? "CS_EXECUTE" : "CS_CONSUME_MEDIA",
      cid_num: leg.callerNumber,
      dest: leg.number,
      application: leg.application,
      context: leg.context,
      hostname: "fslab",
      presence_data: leg.variable("presence_data") ?? "",
      accountcode: leg.variable("accountcode") ?? "",
      callstate: leg.isAnswered ? "ACTIVE" : progress > 0 ? "RINGING" : "DOWN",
      call_uuid: leg.uuid,
      initial_dest: leg.number,
      initial_context: leg.context,
    };
    return Object.fromEntries(
      this.#columns.map((column) => [column, known[column] ?? ""]),
    );
  }
}
