/** What the judge must find in calls and their outcomes, each planted in a good round. */
import {
  again,
  attempt,
  call,
  CAMPAIGN,
  goodRound,
  lead,
  phone,
  T0,
} from "./round-evidence.ts";
import type { Planted } from "./round-evidence.ts";

const good = goodRound();

export const plantedCalls: readonly Planted[] = [
  [
    "TWICE",
    "an Originate with an id that came before",
    {
      calls: [
        ...good.calls,
        call(0, {
          at: T0 + 9_000,
          repeated: true,
          outcome: null,
          endedBy: null,
          endedAt: null,
        }),
      ],
    },
  ],
  [
    "TWICE",
    "one call too many of a number, where the carrier knows numbers only",
    {
      calls: [
        ...good.calls.map((c) => ({ ...c, attemptId: null })),
        call(1, { attemptId: null, at: T0 + 9_000, endedAt: T0 + 9_100 }),
      ],
    },
  ],
  [
    "STRANGER",
    "a number of no lead",
    { calls: [...good.calls, call(77, { attemptId: null })] },
  ],
  [
    "UNKNOWN_CALL",
    "an id that is no attempt's",
    {
      calls: [
        ...good.calls,
        call(1, {
          attemptId: "attempt-77",
          at: T0 + 9_000,
          endedAt: T0 + 9_100,
        }),
      ],
    },
  ],
  [
    "UNKNOWN_CALL",
    "a call that went out, whose attempt says that the switch turned it away",
    {
      rows: {
        attempts: [
          attempt(0, {
            originateAt: null,
            outcome: "SWITCH_REFUSED",
            counts: false,
          }),
          attempt(1),
          attempt(2),
        ],
      },
    },
  ],
  [
    "UNKNOWN_CALL",
    "a call whose attempt says that nothing was sent",
    {
      rows: {
        attempts: [
          attempt(0, {
            originateAt: null,
            outcome: "CANCELLED",
            counts: false,
          }),
          attempt(1),
          attempt(2),
        ],
        leads: [lead(0, { attempts: 0, dials: 0 }), lead(1), lead(2)],
      },
    },
  ],
  [
    "NOT_AT_CARRIER",
    "a busy line that nobody called",
    { calls: good.calls.slice(1) },
  ],
  ["TOO_SOON", "a retry before its delay", again(1_000)],
  [
    "TOO_SOON",
    "a call to somebody who had answered",
    again(5_000, {
      attempts: [
        attempt(0, { outcome: "ANSWERED" }),
        attempt(0, {
          id: "attempt-9",
          queuedAt: T0 + 5_000,
          originateAt: T0 + 5_200,
          endAt: T0 + 5_400,
        }),
        attempt(1),
        attempt(2),
      ],
    }),
  ],
  [
    "TOO_SOON",
    "a move to another trunk after the phone had rung",
    {
      ...again(100, {
        attempts: [
          ...good.rows.attempts,
          attempt(0, {
            id: "attempt-9",
            previousAttemptId: "attempt-0",
            originateAt: T0 + 300,
            endAt: T0 + 400,
          }),
        ],
      }),
      calls: [
        call(0, { rangAt: T0 + 100 }),
        call(1),
        call(2),
        call(0, { attemptId: "attempt-9", at: T0 + 300, endedAt: T0 + 390 }),
      ],
    },
  ],
  [
    "TWO_LIVE",
    "a phone in two calls",
    {
      ...again(3_000),
      calls: [
        call(0, { endedAt: T0 + 9_000 }),
        call(1),
        call(2),
        call(0, {
          attemptId: "attempt-9",
          at: T0 + 3_200,
          endedAt: T0 + 3_300,
        }),
      ],
    },
  ],
  [
    "PERSON_TWICE",
    "a lead on two of its numbers",
    {
      calls: [
        call(0, { endedAt: T0 + 9_000 }),
        call(1),
        call(2),
        call(0, {
          attemptId: "attempt-9",
          number: phone(9).slice(1),
          at: T0 + 3_200,
          endedAt: T0 + 3_300,
        }),
      ],
      rows: {
        attempts: [
          ...good.rows.attempts,
          attempt(0, {
            id: "attempt-9",
            phone: phone(9),
            originateAt: T0 + 3_190,
            endAt: T0 + 3_400,
          }),
        ],
        leads: [
          lead(0, { furtherPhones: [phone(9)], attempts: 2, dials: 2 }),
          lead(1),
          lead(2),
        ],
      },
    },
  ],
  [
    "ATTEMPTS",
    "a second call where one is allowed",
    again(3_000, {
      campaigns: good.rows.campaigns.map((row) => ({ ...row, maxAttempts: 1 })),
    }),
  ],
  [
    "GAP",
    "a second call three seconds after the first rang, in a gap of ten",
    again(3_000, {
      minGapSeconds: 10,
      attempts: [
        attempt(0, { hasRung: true, state: "NO_ANSWER", outcome: "NO_ANSWER" }),
        attempt(1),
        attempt(2),
        attempt(0, { id: "attempt-9", originateAt: T0 + 3_190 }),
      ],
    }),
  ],
  [
    "OUTCOME",
    "busy that was no answer",
    { calls: [call(0, { outcome: "NO_ANSWER" }), call(1), call(2)] },
  ],
  [
    "OUTCOME",
    "ORPHANED though an engine listened",
    {
      rows: {
        attempts: [attempt(0, { outcome: "ORPHANED" }), attempt(1), attempt(2)],
      },
    },
  ],
  [
    "OUTCOME",
    "CANCELLED of a call that was over when the campaign was cancelled",
    {
      commands: [
        {
          ...{ what: "CANCEL", campaignId: CAMPAIGN },
          ...{ from: T0 + 9_000, to: T0 + 9_020 },
        },
      ],
      rows: {
        attempts: [
          attempt(0, { outcome: "CANCELLED" }),
          attempt(1),
          attempt(2),
        ],
      },
    },
  ],
  [
    "CUT",
    "a talk that the engine ended",
    {
      calls: [
        call(0, {
          outcome: "ANSWERED",
          answeredAt: T0 + 100,
          endedBy: "COMMAND",
        }),
        call(1),
        call(2),
      ],
      rows: {
        attempts: [attempt(0, { outcome: "ANSWERED" }), attempt(1), attempt(2)],
      },
    },
  ],
  [
    "COUNTERS",
    "one dial too few",
    { rows: { leads: [lead(0, { dials: 0 }), lead(1), lead(2)] } },
  ],
  [
    "COUNTERS",
    "one attempt too many",
    { rows: { leads: [lead(0, { attempts: 2 }), lead(1), lead(2)] } },
  ],
  [
    "COUNTERS",
    "a campaign's kept count that is one too few",
    {
      rows: {
        counts: [
          {
            campaignId: CAMPAIGN,
            kept: { leads: 2, dials: 3 },
            counted: { leads: 3, dials: 3 },
          },
        ],
      },
    },
  ],
];
