/** What the adapter tells of real calls: agents, queue, answering machines, transfers, refusals, logins. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { FAR_END, startAsterisk } from "../../../support/asterisk-lab.ts";
import type { AmiUser, AsteriskLab } from "../../../support/asterisk-lab.ts";
import { waitFor } from "../../../support/wait-for.ts";
import { openLine } from "./real-line.ts";
import type { Account, RealCall, RealLine } from "./real-line.ts";

let lab: AsteriskLab;
let line: RealLine;
const opened: RealLine[] = [];
const placed: RealCall[] = [];

beforeAll(async () => {
  lab = await startAsterisk();
  line = await openLine(lab.ami);
}, 300_000);
afterEach(async () => {
  for (const { id } of placed.splice(0)) await line.adapter.hangup(id);
  for (const { adapter } of opened.splice(0)) await adapter.disconnect();
  await waitFor("all channels to be gone", async () =>
    (await lab.cli("core show channels count")).includes("0 active channels"),
  );
});
afterAll(async () => {
  await line.adapter.disconnect();
  await lab.stop();
});

let numbers = 0;

async function call(
  suffix: string,
  changes: Parameters<RealLine["dial"]>[1] = {},
): Promise<RealCall> {
  numbers += 1;
  const number = `55117${String(numbers).padStart(5, "0")}${suffix}`;
  const made = await line.dial(`PJSIP/${number}@carrier`, changes);
  expect(made.result).toEqual({ status: "accepted" });
  placed.push(made);
  return made;
}

async function open(account: Account): Promise<RealLine> {
  const other = await openLine(account);
  opened.push(other);
  return other;
}

describe("a person who answered", () => {
  it("waits for an agent, hears his phone ring, and talks", async () => {
    const made = await call(FAR_END.talks);
    await made.event("WAITING_AGENT");
    const ringing = await made.event("AGENT_RINGING");
    expect(ringing.agentChannel).toMatch(/^PJSIP\/1001-/);
    const bridged = await made.event("BRIDGED");
    expect(bridged.agentChannel).toBe(ringing.agentChannel);
    await line.adapter.hangup(made.id);
    const ended = await made.event("ENDED");
    expect(ended).toMatchObject({
      complete: true,
      cause: 16,
      source: "SYSTEM",
    });
    const { history } = ended;
    for (const at of [
      history.ringAt,
      history.answerAt,
      history.waitingAgentAt,
      history.bridgeAt,
    ])
      expect(at).not.toBeNull();
  });

  it.each([
    ["the agent's", "1004", FAR_END.talks, "AGENT"],
    ["the person's", "1001", FAR_END.answers, "CALLEE"],
  ])(
    "may see the end of the talk on %s side",
    async (_, extension, suffix, source) => {
      const made = await call(suffix, { extension });
      await made.event("BRIDGED");
      expect(await made.event("ENDED")).toMatchObject({ source, cause: 16 });
    },
  );

  it.each([
    ["is busy", "1003"],
    ["declines", "1005"],
  ])("is not connected with an agent who %s", async (_, extension) => {
    const made = await call(FAR_END.talks, { extension });
    await made.event("WAITING_AGENT");
    const ended = await made.event("ENDED");
    expect(ended.history.bridgeAt).toBeNull();
    expect(ended.history.waitingAgentAt).not.toBeNull();
    expect(made.kinds()).not.toContain("BRIDGED");
  });

  it("leaves when nobody picks up", async () => {
    const made = await call(FAR_END.answers, { extension: "1002" });
    await made.event("AGENT_RINGING");
    const ended = await made.event("ENDED");
    expect(ended.source).toBe("CALLEE");
    expect(ended.history.bridgeAt).toBeNull();
  });

  it("is connected by a queue", async () => {
    const made = await call(FAR_END.talks, { extension: "queue" });
    await made.event("WAITING_AGENT");
    await made.event("AGENT_RINGING");
    const { agentChannel } = await made.event("BRIDGED");
    expect(agentChannel).toMatch(/^PJSIP\/1001-/);
  });

  it("stays the same call when the agent transfers it", async () => {
    const made = await call(FAR_END.talks, { extension: "1009" });
    await made.event("BRIDGED");
    await made.event("NOTED", ({ note }) => note.includes("blind transfer"));
    await made.event("BRIDGED", ({ agentChannel }) =>
      (agentChannel ?? "").startsWith("PJSIP/1001-"),
    );
    expect(await line.adapter.isAlive(made.id)).toBe(true);
    await line.adapter.hangup(made.id);
    expect(await made.event("ENDED")).toMatchObject({ complete: true });
  });

  it("stays the same call when the agent asks a colleague first", async () => {
    const made = await call(FAR_END.talks, { extension: "1001" });
    const { agentChannel } = await made.event("BRIDGED");
    const hand = await lab.connect();
    try {
      await hand.action("Atxfer", [
        ["Channel", agentChannel ?? ""],
        ["Exten", "1004"],
        ["Context", "from-agents"],
      ]);
      await waitFor("the colleague to answer", async () => {
        const colleague = (await lab.agents.calls()).at(-1);
        return (
          colleague?.number === FAR_END.answers &&
          colleague.responses.includes(200)
        );
      });
      await hand.action("Hangup", [["Channel", agentChannel ?? ""]]);
    } finally {
      await hand.close();
    }
    await made.event("NOTED", ({ note }) => note.includes("attended transfer"));
    expect(made.kinds()).not.toContain("ENDED");
    expect(await made.event("ENDED")).toMatchObject({ complete: true });
  });

  it("leaves a disposition in the dialplan", async () => {
    const made = await call(FAR_END.talks, { extension: "message" });
    const hand = await lab.connect();
    try {
      const reading = await hand.next(
        "the dialplan to read a key",
        (m) =>
          m["Event"] === "Newexten" &&
          m["Application"] === "Read" &&
          m["Uniqueid"] === made.id,
      );
      await hand.action("PlayDTMF", [
        ["Channel", reading["Channel"] ?? ""],
        ["Digit", "1"],
        ["Receive", "true"],
      ]);
    } finally {
      await hand.close();
    }
    const { disposition } = await made.event("DISPOSITION");
    expect(disposition).toBe("KEY_1");
  });
});

describe("answering machine detection", () => {
  it.each([
    ["a person", FAR_END.human, "HUMAN", true],
    ["a machine", FAR_END.machine, "MACHINE", false],
    ["silence", FAR_END.quiet, "NOTSURE", true],
    ["a dead line", FAR_END.mute, "NOTSURE", true],
  ] as const)("tells %s", async (_, suffix, verdict, goesOn) => {
    const made = await call(suffix, { extension: "amd" });
    await made.event("AMD_STARTED");
    const { result } = await made.event("AMD_RESULT");
    expect(result).toBe(verdict);
    if (goesOn) await made.event("BRIDGED");
    await line.adapter.hangup(made.id);
    const ended = await made.event("ENDED");
    expect(ended.history.amdResult).toBe(verdict);
    expect(ended.history.bridgeAt !== null).toBe(goesOn);
  });
});

describe("a call that was not answered", () => {
  it.each([
    ["404", 1, 404],
    ["410", 22, 410],
    ["480", 19, 480],
    ["486", 17, 486],
    ["503", 34, 503],
    ["603", 21, 603],
    [FAR_END.declines, 17, 486],
    [FAR_END.refusesPassword, 21, 401],
    ["901", 38, 500],
  ])(
    "to %s ends with cause %i and status %i",
    async (suffix, cause, sipStatus) => {
      const made = await call(suffix);
      const ended = await made.event("ENDED");
      expect(ended).toMatchObject({ cause, sipStatus, timedOut: false });
      expect(ended.history.answerAt).toBeNull();
    },
  );

  it.each([
    [FAR_END.rings, "ringAt"],
    [FAR_END.earlyMedia, "earlyMediaAt"],
    [FAR_END.silent, null],
  ] as const)(
    "to %s is given up by Asterisk in our time",
    async (suffix, seen) => {
      const made = await call(suffix, {
        setupTimeoutSeconds: 1,
        ringTimeoutSeconds: 1,
      });
      const { timedOut, history } = await made.event("ENDED");
      expect(timedOut).toBe(true);
      expect(history.ringAt !== null).toBe(seen === "ringAt");
      expect(history.earlyMediaAt !== null).toBe(seen === "earlyMediaAt");
    },
  );

  it("over a trunk that OPTIONS found dead is a fault of the trunk", async () => {
    const made = await line.dial("PJSIP/5511900000200@watched");
    const { reason } = await made.event("REFUSED");
    expect(reason).toBe("TRUNK_FAULT");
  });
});

describe("two hundred calls at once", () => {
  it("are all told of, and each reaches the carrier once", async () => {
    const before = (await lab.carrier.calls()).length;
    const calls = await Promise.all(
      Array.from({ length: 200 }, (_, n) =>
        call(n % 2 === 0 ? FAR_END.declines : "486"),
      ),
    );
    const ends = await Promise.all(calls.map((made) => made.event("ENDED")));
    expect(ends.every(({ cause, complete }) => cause === 17 && complete)).toBe(
      true,
    );
    expect(ends.filter(({ history }) => history.ringAt !== null)).toHaveLength(
      100,
    );
    const seen = (await lab.carrier.calls()).slice(before);
    expect(seen).toHaveLength(200);
    expect(new Set(seen.map(({ number }) => number)).size).toBe(200);
  });
});

describe("a login that cannot work", () => {
  it.each<[string, AmiUser, RegExp]>([
    [
      "from an address that permit leaves out",
      "elsewhere",
      /secret[^]*permit/i,
    ],
    ["without the right to dial", "readonly", /originate[^]*write =/],
    ["without class system", "nosystem", /system[^]*read =/],
  ])("%s is told in words that say what to do", async (_, user, words) => {
    const { adapter } = await open(lab.account(user));
    const state = adapter.connection();
    expect(state.status).not.toBe("CONNECTED");
    expect("reason" in state && state.reason).toMatch(words);
  });

  it("with a wrong secret names the secret, and never prints it", async () => {
    const { adapter } = await open({ ...lab.ami, secret: "not-the-secret" });
    const state = adapter.connection();
    const reason = "reason" in state ? state.reason : "";
    expect(reason).toMatch(/secret/i);
    expect(reason).not.toContain("not-the-secret");
  });
});

describe("an Asterisk that is restarted in mid-call", () => {
  it("by `core restart now` is told from a cut line, and calls can be made again", async () => {
    const other = await open(lab.ami);
    const made = await call(FAR_END.talks);
    await made.event("BRIDGED");
    const seen = other.connections.length;
    await lab.cli("core restart now");
    const back = await waitFor(
      "the line to come back",
      () =>
        other.connections
          .slice(seen)
          .find(({ state }) => state.status === "CONNECTED"),
      { timeoutMs: 20_000 },
    );
    expect(back.restarted).toBe(true);
    await waitFor(
      "the other line to come back",
      () => line.adapter.connection().status === "CONNECTED",
      { timeoutMs: 20_000 },
    );
    expect(await line.adapter.isAlive(made.id)).toBe(false);
    await lab.cli("pjsip qualify carrier");
    await waitFor("the carrier to be there again", async () =>
      /carrier\/.* Avail /.test(await lab.cli("pjsip show contacts")),
    );
    const next = await call("486");
    expect(await next.event("ENDED")).toMatchObject({ cause: 17 });
  });
});
