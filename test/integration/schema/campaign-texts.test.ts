/** The tables take the texts that the adapters take, and refuse the others in words that say which and why. */
import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { OriginateRequest } from "../../../adapters/port.ts";
import { checkOriginateRequest } from "../../../adapters/calls/request-check.ts";
import { createTestDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const id = "00000000-0000-4000-8000-000000000001";
const good: OriginateRequest = {
  attemptId: id,
  campaignId: id,
  leadId: id,
  dialString: "PJSIP/5511900000000@carrier",
  callerId: null,
  context: null,
  extension: "s",
  setupTimeoutSeconds: 20,
  ringTimeoutSeconds: 25,
  maxCallDurationSeconds: 60,
  variables: {},
};

const isScalar = (value: unknown) =>
  ["string", "number", "boolean"].includes(typeof value);

function adapterTakes(given: Partial<OriginateRequest>): boolean {
  return checkOriginateRequest({ ...good, ...given }).length === 0;
}

function engineTakes(variables: Readonly<Record<string, unknown>>): boolean {
  return (
    Object.values(variables).every(isScalar) &&
    adapterTakes({
      variables: Object.fromEntries(
        Object.entries(variables).map(([name, value]) => [name, String(value)]),
      ),
    })
  );
}

async function tableTakes(
  column: string,
  value: unknown,
  cast: string,
): Promise<boolean> {
  try {
    await database.pool.query(
      `insert into campaigns (name, ${column}) values ('texts', $1::${cast})`,
      [value],
    );
    return true;
  } catch (error) {
    // 22P05, 22P02: characters that no text of Postgres holds.
    expect(error).toBeInstanceOf(pg.DatabaseError);
    expect(["23514", "22P05", "22P02"]).toContain(
      (error as pg.DatabaseError).code,
    );
    return false;
  }
}

/** Every character that some rule may be about, and their neighbours. */
const anyCharacter = fc.oneof(
  fc.constantFrom(
    ...Array.from(
      " aZ09_-.,;{}[]\"'\\|&\t\n\r\u0001\u001f\u007f\u0080\u0085\u009f\u00a0\u00adç",
    ),
    "\u2027",
    "\u2028",
    "\u2029",
    "\u202a",
    "\u202e",
    "\u2066",
    "\u200b",
    "\ufeff",
    "\u{1f600}",
    "\u0000",
  ),
  fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
);
const anyText = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.string({
      unit: fc.constantFrom("a", "ç", "1"),
      maxLength: 20,
    }),
  },
  fc.string({ unit: anyCharacter, maxLength: 3 }),
  fc.constantFrom(
    "x".repeat(255),
    "x".repeat(256),
    "\u{1f600}".repeat(127),
    "\u{1f600}".repeat(128),
  ),
);
const anyName = fc.oneof(
  { weight: 5, arbitrary: fc.stringMatching(/^[A-Za-z][A-Za-z0-9_]{0,5}$/) },
  fc.constantFrom(
    "",
    "1A",
    "A B",
    "A-B",
    "Ç",
    "A".repeat(63),
    "A".repeat(64),
    "A\n",
    "__proto",
  ),
);
const anyValue = fc.oneof(
  { weight: 6, arbitrary: anyText },
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.boolean(),
  fc.constantFrom(null, [1], { a: 1 }),
);
const anyVariables = fc.oneof(
  { weight: 6, arbitrary: fc.dictionary(anyName, anyValue, { maxKeys: 3 }) },
  fc
    .tuple(
      fc.integer({ min: 62, max: 67 }),
      fc.constantFrom("", "x".repeat(240), "ç".repeat(200)),
    )
    .map(([count, text]) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, n) => [`V${n}`, text]),
      ),
    ),
);

describe("variables", () => {
  it("are taken by the table when, and only when, the engine takes them", async () => {
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(anyVariables, async (variables) => {
        const own = engineTakes(variables);
        taken += own ? 1 : 0;
        expect(
          await tableTakes("variables", JSON.stringify(variables), "jsonb"),
        ).toBe(own);
      }),
      { numRuns: 600, seed: 23 },
    );
    expect(taken).toBeGreaterThan(100);
  });

  it.each([
    [
      '{"GREETING": "Hello\\u2028world"}',
      "variables.GREETING holds a line or paragraph separator at character 6",
    ],
    [
      '{"A": "1", "GREETING": "Hello, world"}',
      'variables.GREETING holds "," at character 6',
    ],
    [
      '{"GREETING": "a\\nb"}',
      "variables.GREETING holds a control character at character 2",
    ],
    ['{"bad name": "x"}', "variables, name 1: a name is a letter"],
    ['{"LIST": [1]}', "variables.LIST is a list"],
    ['{"NOTHING": null}', "variables.NOTHING is null"],
    [
      `{"LONG": "${"x".repeat(256)}"}`,
      "variables.LONG has more than 255 characters",
    ],
    ["[1]", "variables must be an object"],
    [
      JSON.stringify(
        Object.fromEntries(Array.from({ length: 65 }, (_, n) => [`V${n}`, 1])),
      ),
      "more than 64 names",
    ],
  ])("such as %s are refused, with the place", async (variables, words) => {
    await expect(
      database.pool.query(
        "insert into campaigns (name, variables) values ('v', $1)",
        [variables],
      ),
    ).rejects.toMatchObject({
      code: "23514",
      column: "variables",
      constraint: "campaigns_variables_are_named_scalars",
      message: expect.stringContaining(words) as string,
      hint: expect.stringContaining("at most 64") as string,
    });
  });

  it("of a campaign that is there are checked when they change", async () => {
    await database.pool.query(
      "insert into campaigns (name) values ('changes')",
    );
    await expect(
      database.pool.query(
        `update campaigns set variables = '{"A": "x\u2029"}' where name = 'changes'`,
      ),
    ).rejects.toMatchObject({ column: "variables" });
  });
});

it.each([
  ["dialplan_context", "context"],
  ["dialplan_extension", "extension"],
  ["caller_id", "callerId"],
] as const)(
  "%s is taken only if the adapters take it",
  async (column, field) => {
    const text = fc.oneof(
      fc.stringMatching(/^[A-Za-z0-9_.+-]{1,6}$/),
      fc.stringMatching(/^\+?[0-9]{1,17}$/),
      fc.constantFrom(
        "a".repeat(79),
        "a".repeat(80),
        "_a",
        ".a",
        "-a",
        "a\n",
        "a b",
        "ç",
        "a\u2028",
      ),
    );
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        if (await tableTakes(column, value, "text"))
          expect(adapterTakes({ [field]: value })).toBe(true);
      }),
      { numRuns: 150, seed: 24 },
    );
  },
);

it.each([
  ["{e164}/x", false],
  ["nothing{number}", false],
  ["PJSIP/{number}@ç", false],
  ["PJSIP/{number}%40x", false],
  [`PJSIP/{number}@${"x".repeat(178)}`, true],
  [`PJSIP/{number}@${"x".repeat(179)}`, false],
  ["Local/{number}@from-internal/n", true],
  ["sofia/gateway/x/0{national}", true],
])("the dial string %s is taken: %s", async (dialString, isTaken) => {
  const filled = dialString
    .replace("{e164}", "+123456789012345")
    .replace(/\{number\}|\{national\}/, "123456789012345");
  expect(adapterTakes({ dialString: filled })).toBe(isTaken);
  const insert = database.pool.query(
    "insert into trunk_config (name, dial_string) values (md5($1), $1)",
    [dialString],
  );
  if (isTaken) await insert;
  else await expect(insert).rejects.toMatchObject({ code: "23514" });
});
