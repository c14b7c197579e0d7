/** A real Asterisk is asked whether answered calls have somewhere to go: exact names, patterns, includes. */
import { pino } from "pino";
import { afterAll, beforeAll, expect, it } from "vitest";

import { AsteriskAmiAdapter } from "../../../adapters/asterisk-ami/adapter.ts";
import { startAsterisk } from "../../support/asterisk-lab.ts";
import type { AmiUser, AsteriskLab } from "../../support/asterisk-lab.ts";

let lab: AsteriskLab;
let adapter: AsteriskAmiAdapter;

const made = [
  "extension 7123,1,NoOp into lab-base",
  "extension s,1,NoOp into lab-further",
  "extension hinted,hint,PJSIP/1001 into lab-further",
  "include lab-base into lab-includes",
  "include lab-further into lab-includes",
  "extension _X,1,NoOp into lab-loop",
  "include lab-loop into lab-loop",
];

beforeAll(async () => {
  lab = await startAsterisk();
  for (const what of made) await lab.cli(`dialplan add ${what}`);
  adapter = connectTo("dialer");
  await adapter.connect({
    onCallEvent: () => undefined,
    onConnection: () => undefined,
  });
});
afterAll(async () => {
  await adapter.disconnect();
  await lab.stop();
});

function connectTo(user: AmiUser): AsteriskAmiAdapter {
  const { host, port, user: name, secret } = lab.account(user);
  return new AsteriskAmiAdapter({
    host,
    port,
    user: name,
    secret,
    context: "from-dialer",
    installationId: "lab-hand-over",
    log: pino({ level: "silent" }),
  });
}

it.each([
  [null, "s", "exists"],
  [null, "amd", "exists"],
  [null, "1001", "exists"],
  [null, "10011", "missing"],
  [null, "nosuch", "missing"],
  ["from-dialer", "queue", "exists"],
  ["nosuch", "s", "missing"],
  ["lab-includes", "7123", "exists"],
  ["lab-includes", "s", "exists"],
  ["lab-includes", "7124", "missing"],
  ["lab-includes", "hinted", "missing"],
  ["lab-loop", "5", "exists"],
  ["lab-loop", "55", "missing"],
] as const)(
  "context %s, extension %s: %s",
  async (context, extension, finding) => {
    expect(await adapter.handOverExists(context, extension)).toBe(finding);
  },
);

it("cannot tell without a line", async () => {
  expect(await connectTo("dialer").handOverExists(null, "s")).toBe("unknown");
});
