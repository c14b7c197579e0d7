/** A key that a statement does not name, or a column that no wrapper fills, would be a silent null in Postgres. */
import { describe, expect, it } from "vitest";

import type { Queryable, Transaction } from "../../../database/pools.ts";
import { Lease } from "../../../database/lease.ts";
import { readPass, takeLeads } from "../../../database/scheduling.ts";
import { writePass } from "../../../database/scheduling-writes.ts";
import { loadSql } from "../../../database/sql.ts";
import type { Statement } from "../../../database/sql.ts";
import { partitionStart } from "../../../dialing/pass-facts.ts";
import type { CampaignToPass, PassFacts } from "../../../dialing/pass-facts.ts";

const id = "00000000-0000-4000-8000-000000000001";
const at = "2026-12-01T12:00:00.000Z";

/** Runs a wrapper on a connection that answers with this row. @returns the statement that it sent */
async function sentBy(
  wrapper: (connection: Transaction) => Promise<unknown>,
  row: object,
): Promise<Statement> {
  const sent: Statement[] = [];
  const connection: Pick<Queryable, "query"> = {
    query: (query: Statement) => {
      sent.push(query);
      return Promise.resolve({ rows: [row] });
    },
  } as never;
  await wrapper(connection as Transaction);
  const [only, ...others] = sent;
  if (only === undefined || others.length > 0)
    throw new Error(`${String(sent.length)} statements were sent, not one`);
  return only;
}

/** Of each JSON parameter of a statement, the columns that it reads, in order of their names. */
function columnsOf(name: string): Record<string, string[]> {
  const readers = loadSql(name).matchAll(
    /jsonb_to_record(?:set)?\(\$(\d+)::jsonb\) as (?:\w+ )?\(([^()]*)\)/g,
  );
  return Object.fromEntries(
    [...readers].map(([, place = "", list = ""]) => [
      place,
      list
        .split(",")
        .map((column) => column.trim().split(" ", 1)[0] ?? "")
        .sort(),
    ]),
  );
}

/** Of each parameter that is JSON, the keys of its object, or of its first row, in order. */
function keysOf({ values }: Statement): Record<string, string[]> {
  return Object.fromEntries(
    values.flatMap((value, index) => {
      if (typeof value !== "string" || !/^[[{]/.test(value)) return [];
      const given = JSON.parse(value) as object | object[];
      const object = Array.isArray(given) ? (given as object[])[0] : given;
      return [[String(index + 1), Object.keys(object ?? {}).sort()]];
    }),
  );
}

const trunk = {
  ...{ id, name: "trunk", node: "default", dialString: "mock/{number}" },
  ...{ callerId: null, cpsLimit: 5, maxChannels: 10, limitGroup: null },
  ...{ priority: 100, weight: 1, numberPattern: null, isActive: true },
  ...{ health: "HEALTHY", disabledUntilMs: null, isAllowed: true },
  ...{ isProbed: false, isDemoted: false },
} satisfies CampaignToPass["trunks"][number];

const campaign: CampaignToPass = {
  ...{ id, accountId: id, accountFlaw: null, destinationFlaw: null },
  ...{ hasTrunkLimit: false, allowedCountries: null, allowedCallerIds: null },
  ...{ accountConcurrentCalls: null, accountCallsPerSecond: 5 },
  ...{ accountDialsPerDay: 100, priority: 100, maxConcurrentCalls: 10 },
  ...{ maxAttempts: 3, maxDials: 10, callerId: null },
  ...{ timezone: "America/Sao_Paulo", startTime: "08:00", endTime: "20:00" },
  ...{ workDays: [1, 2, 3, 4, 5], autoComplete: true, isTestCall: false },
  ...{ validUntilMs: null, defaultCountry: "BR" },
  ...{ accountTimezone: "America/Sao_Paulo", minGapSeconds: 0 },
  ...{ maxDialsPerPhonePerDay: 0, nowMs: Date.parse(at), trunks: [trunk] },
};

const facts: PassFacts = {
  liveOfCampaign: 0,
  account: { live: 0, queued: 0, sentLately: 0, dialsToday: 0 },
  ...{ trunks: {}, nodes: {}, rivals: [], windows: [], partitions: [] },
};

const partition = {
  ...{ zone: "", listId: id, priority: 100, dueMs: 0 },
  ...{ listPriority: 100, listActive: true },
};

const lease = new Lease(
  {
    ...{ engineId: id, node: "default", adapter: "mock", durationMs: 5_000 },
    ...{ version: "1.0.0", host: "host", heartbeatStaleMs: 10_000 },
    maxConcurrentOriginates: 10,
  },
  () => 0,
);
const heartbeatAnswer = {
  ...{ holds: true, epoch: "1", takeable: false, adapter_mismatch: false },
  ...{
    leader_receives_events: true,
    pbx_connection_id: null,
    successor: false,
  },
  dead_engines: [],
};

const lead = {
  ...{ hasMore: false, timezone: null, dialTimezone: null, attempts: 0 },
  ...{ dials: 0, lastOutcome: null, calledBack: false, movingFrom: null },
  ...{ partition: 0, id, phoneId: null, phone: "1", phoneE164: null },
  dueAt: at,
};

const cases: readonly [
  string,
  number,
  (connection: Transaction) => Promise<unknown>,
  object,
][] = [
  [
    "leadership/heartbeat",
    1,
    (connection) =>
      lease.heartbeat(connection, {
        ...{ pbxConnected: true, pbxPause: null, pbxCallsPerSecond: null },
        ...{ pbxFreeCalls: null, pbxFreeCallsAgeMs: null, workerPoolIds: [] },
        ...{ wantsLease: true, canTakeOver: false, pbxConnectionId: null },
        heardConnectionId: null,
      }),
    heartbeatAnswer,
  ],
  [
    "scheduling/read_pass",
    1,
    (connection) => readPass(connection, campaign, new Date(at), 10),
    facts,
  ],
  [
    "scheduling/take_leads",
    1,
    (connection) =>
      takeLeads(connection, id, [{ partition, after: partitionStart }], 1, []),
    lead,
  ],
  [
    "scheduling/write_pass",
    4,
    (connection) =>
      writePass(connection, campaign, {
        attempts: [
          {
            ...{
              id,
              lead_id: id,
              attempt_number: 1,
              previous_attempt_id: null,
            },
            ...{ phone_e164: "+5511970000001", lead_phone_id: null },
            ...{ dial_timezone: "America/Sao_Paulo", trunk_id: id },
            ...{ voice_node: "default", caller_id: null, slot_at: at },
            deadline_at: at,
          },
        ],
        setAside: [
          {
            ...{ id, status: null, reason: "DNC", next_attempt_at: null },
            ...{ keeps_move: false, tries_next: false, phone_id: null },
          },
        ],
        slots: [{ trunk_id: id, next_slot_at: at, given: {} }],
        nextPassAt: new Date(at),
        ...{ waitingForTrunks: [], waitingForNodes: [], blockers: [] },
        ...{ opens: {}, hasNext: true },
      }),
    { ids: [id] },
  ],
];

describe.each(cases)("%s", (name, parameters, wrapper, answer) => {
  it("is sent exactly the columns that it reads", async () => {
    const sent = await sentBy(wrapper, answer);
    expect(sent.name).toBe(name);
    const columns = columnsOf(name);
    expect(Object.keys(columns)).toHaveLength(parameters);
    expect(keysOf(sent)).toEqual(columns);
  });
});
