/** Values from rows: they arrive as they are, or nothing is written; proved on every byte that the switch received. */
import { expect, test } from "vitest";

import { FAR_END } from "../../support/esl-server.ts";
import type { EslServer } from "../../support/esl-server.ts";
import {
  insertCampaign,
  insertLead,
  insertTrunk,
  leads,
  phone,
  untilFinal,
} from "../../support/running-engine.ts";
import type { Sql } from "../../support/running-engine.ts";
import { waitFor } from "../../support/wait-for.ts";
import { insertGateway, neverRetry, startScene, useTrunk } from "./scene.ts";

/** Every command that a dialer has reason to write, and no more. */
const EXPECTED = [
  /^auth ClueCon$/,
  /^event json [A-Z_ ]+ CUSTOM [a-z: ]+$/,
  /^api (?:status|show channels as json|global_getvar core_uuid)$/,
  /^(?:bgapi status|sendevent CUSTOM)$/,
  /^api (?:show modules|xml_locate dialplan context name [\w.-]+)$/,
  /^api uuid_(?:exists|kill|dump|getvar|setvar) [0-9a-f-]{36}(?: .*)?$/,
  /^bgapi originate \{[^{}[\]]*\}\[leg_progress_timeout=\d+\]sofia\/gateway\/carrier\/\d+ [\w.+*#-]+ XML [\w.-]+$/,
];

function expectOnlyIntendedCommands(server: EslServer): void {
  const text = server.received().toString("utf8");
  const commands = text.split("\n\n").filter((command) => command !== "");
  expect(commands).toHaveLength(server.commands().length);
  for (const command of commands) {
    const [line = "", ...headers] = command.split("\n");
    expect(
      EXPECTED.some((pattern) => pattern.test(line)),
      line,
    ).toBe(true);
    for (const header of headers) {
      expect(header).toMatch(
        /^(?:Job-UUID: (?:[0-9a-f-]{36}:)?[0-9a-f-]{36}|Event-Subclass: dialer::info|Dialer-Check: [0-9a-f-]{36})$/,
      );
    }
  }
  for (const { urls } of server.originates()) expect(urls).toHaveLength(1);
}

const TEXTS = {
  PLAIN: "A-42",
  NAME: "Žofia D'Ávila",
  NAMES: "D'Ávila & 'the' O'Brien",
  WORDS: "  two  blanks; 100% | a=b [c] <d> #e & ☎",
  PERCENT: "%0aapi%20status",
};

test("campaign variables arrive, whatever they are made of", async () => {
  const { sql, server } = await startScene({
    server: { pace: { talkMs: 300 } },
  });
  await neverRetry(sql);
  await insertGateway(sql, "carrier");
  const campaignId = await insertCampaign(sql, {
    status: "DRAFT",
    variables: JSON.stringify(TEXTS),
  });
  await insertLead(sql, campaignId, {
    phone: phone(1_000 + Number(FAR_END.talks)),
  });
  await sql.query("update campaigns set status = 'ACTIVE'");
  const leg = await waitFor("the call with its variables", () =>
    [...server.switch.legs.values()].find(
      (one) => one.variable("DIALER_VAR_PERCENT") !== undefined,
    ),
  );
  await waitFor("all variables", () =>
    Object.keys(TEXTS).every(
      (name) => leg.variable(`DIALER_VAR_${name}`) !== undefined,
    ),
  );
  for (const [name, value] of Object.entries(TEXTS)) {
    expect(leg.variable(`DIALER_VAR_${name}`), name).toBe(value);
  }
  leg.hangup("NORMAL_CLEARING", "far_end");
  await untilFinal(sql, campaignId);
  expectOnlyIntendedCommands(server);
});

const hostile: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "a brace": { A: "x}sofia/gateway/carrier/5511900000000 &park()" },
  "a variable": { A: "${system(id)}" },
  "a line end": { A: "x\nJob-UUID: attacker" },
  "two line ends": { A: "x\n\napi status" },
  "a length": { A: "x\nContent-Length: 400" },
  "a comma": { A: "1,api_hangup_hook=system id" },
  "a backslash": { A: "a\\\\,b" },
};

test("campaign variables that would be commands are never written, and nothing is dialled for them", async () => {
  const { sql, server } = await startScene();
  await neverRetry(sql);
  await insertGateway(sql, "carrier");
  for (const [index, variables] of Object.values(hostile).entries()) {
    const values = { status: "DRAFT", variables: JSON.stringify(variables) };
    const id = await unlessRefused(insertCampaign(sql, values));
    if (id === null) continue;
    await insertLead(sql, id, { phone: numberOf(index) });
  }
  await expectNothingDialled(sql, server);
});

/** What the database lets an administrator write into dial_string. */
const dialStrings = [
  "sofia/gateway/carrier/{number}@127.0.0.1:5092",
  "sofia/gateway/carrier/{number};fs_path=sip:127.0.0.1:5092",
  "sofia/gateway/carrier/{number},sofia/gateway/carrier/5511900000000",
  "sofia/gateway/carrier/{number}|sofia/gateway/carrier/5511900000000",
  "sofia/gateway/carrier/{number} &system(id)",
];

test("dial strings that leave the gateway or add a second destination are never written", async () => {
  const { sql, server } = await startScene();
  await neverRetry(sql);
  for (const [index, dialString] of dialStrings.entries()) {
    const trunk = await unlessRefused(
      insertTrunk(sql, {
        name: `t${String(index)}`,
        dial_string: dialString,
      }),
    );
    if (trunk === null) continue;
    const id = await insertCampaign(sql, { status: "DRAFT" });
    await useTrunk(sql, id, trunk);
    await insertLead(sql, id, { phone: numberOf(index) });
  }
  await expectNothingDialled(sql, server);
});

function numberOf(index: number): string {
  return phone((index + 1) * 1_000 + Number(FAR_END.talks));
}

/** Some the table itself refuses, which is as good. @returns null then */
async function unlessRefused(row: Promise<string>): Promise<string | null> {
  try {
    return await row;
  } catch (error) {
    expect((error as { code?: unknown }).code).toBe("23514");
    return null;
  }
}

/** Every lead is given up without a call, and a harmless one that follows is the only one made. */
async function expectNothingDialled(
  sql: Sql,
  server: EslServer,
): Promise<void> {
  await sql.query("update campaigns set status = 'ACTIVE'");
  await waitFor("all to be given up", async () => {
    const open = await leads(sql, "status in ('NEW', 'IN_PROGRESS', 'RETRY')");
    return open.length === 0;
  });
  expect(server.originates()).toEqual([]);
  const trunk = await insertGateway(sql, "harmless");
  const id = await insertCampaign(sql, { status: "DRAFT" });
  await useTrunk(sql, id, trunk);
  await insertLead(sql, id, {
    phone: phone(90_000 + Number(FAR_END.busy)),
  });
  await sql.query("update campaigns set status = 'ACTIVE'");
  await untilFinal(sql, id);
  expect(server.originates()).toHaveLength(1);
  expectOnlyIntendedCommands(server);
}
