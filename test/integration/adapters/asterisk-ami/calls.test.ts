/** What the adapter emits for real calls: answering machines, refusals, many at once; and logins and restarts. */
import { describe, expect, it } from "vitest";

import { FAR_END } from "../../../support/asterisk-lab.ts";
import type { AmiUser } from "../../../support/asterisk-lab.ts";
import { waitFor } from "../../../support/wait-for.ts";
import { shareRealCalls } from "./real-calls.ts";

const { call, callBy, lab, line, open } = shareRealCalls();

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
    await line().adapter.hangup(made.id);
    const ended = await made.event("ENDED");
    expect(ended.history.amdResult).toBe(verdict);
    expect(ended.history.bridgeAt !== null).toBe(goesOn);
  });
});

describe("a call that was not answered, or broke", () => {
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
        // Asterisk hears of the ringing before, on a busy machine too.
        setupTimeoutSeconds: 3,
        ringTimeoutSeconds: 3,
      });
      const { timedOut, history } = await made.event("ENDED");
      expect(timedOut).toBe(true);
      expect(history.ringAt !== null).toBe(seen === "ringAt");
      expect(history.earlyMediaAt !== null).toBe(seen === "earlyMediaAt");
    },
  );

  it("answered, and broken off for a Q.850 reason, has that cause and no SIP status", async () => {
    const made = await call(FAR_END.answersAndBreaks, {
      extension: "message",
    });
    expect(await made.event("ENDED")).toMatchObject({
      cause: 38,
      sipStatus: null,
    });
  });

  it("over a trunk that OPTIONS found dead is a fault of the trunk", async () => {
    const made = await line().dial("PJSIP/5511900000200@watched");
    const { reason } = await made.event("REFUSED");
    expect(reason).toBe("TRUNK_FAULT");
  });
});

describe("a call through a dialplan that plays something itself", () => {
  /** Which of its events comes first is chance. */
  const TIMES = 8;

  it.each([
    ["after a trunk that congests", "from-internal-sorry", "503", 34, []],
    ["before a number that is busy", "from-internal-early", "486", 17, []],
    [
      "before somebody declines",
      "from-internal-early",
      FAR_END.declines,
      17,
      ["RINGING"],
    ],
  ])(
    "%s has from the carrier only what the carrier sent",
    async (_, context, suffix, cause, heard) => {
      const calls = await Promise.all(
        Array.from({ length: TIMES }, () =>
          callBy(`Local/#@${context}/n`, suffix),
        ),
      );
      for (const made of calls) {
        expect(await made.event("ENDED")).toMatchObject({ cause });
        expect(made.kinds()).toEqual([...heard, "ENDED"]);
      }
    },
  );
});

describe("two hundred calls at once", () => {
  it("are all emitted, and each reaches the carrier once", async () => {
    const before = (await lab().carrier.calls()).length;
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
    const seen = (await lab().carrier.calls()).slice(before);
    expect(seen).toHaveLength(200);
    expect(new Set(seen.map(({ number }) => number)).size).toBe(200);
  });
});

describe("a hundred calls that end at once", () => {
  it("are never reported as gone before their end was emitted", async () => {
    const calls = await Promise.all(
      Array.from({ length: 100 }, () =>
        call(FAR_END.talksAtOnce, { extension: "1001" }),
      ),
    );
    await Promise.all(calls.map((made) => made.event("BRIDGED")));
    const ending = lab().cli("channel request hangup all");
    const goneTooSoon: string[] = [];
    let left = calls;
    await waitFor("all of them to be gone", async () => {
      const asked = left.map(async (made) => {
        if (await line().adapter.isAlive(made.id)) return [made];
        if (!made.kinds().includes("ENDED")) goneTooSoon.push(made.id);
        return [];
      });
      left = (await Promise.all(asked)).flat();
      return left.length === 0;
    });
    await ending;
    // Asterisk itself said so of 23 to 78 out of 120 (22.10): its answers overtake its events.
    expect(goneTooSoon).toEqual([]);
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
    const { adapter } = await open(lab().account(user));
    const state = adapter.connection();
    expect(state.status).not.toBe("CONNECTED");
    expect("reason" in state && state.reason).toMatch(words);
  });

  it("with a wrong secret names the secret, and never prints it", async () => {
    const { adapter } = await open({ ...lab().ami, secret: "not-the-secret" });
    const state = adapter.connection();
    const reason = "reason" in state ? state.reason : "";
    expect(reason).toMatch(/secret/i);
    expect(reason).not.toContain("not-the-secret");
  });
});

describe("an Asterisk that is restarted in mid-call", () => {
  it("by `core restart now` is distinguished from a cut connection, and calls can be made again", async () => {
    const other = await open(lab().ami);
    const made = await call(FAR_END.talks);
    await made.event("BRIDGED");
    const seen = other.connections.length;
    await lab().cli("core restart now");
    const back = await waitFor("the line to come back", () => {
      // It may say first that it goes down, on the old line.
      const since = other.connections.slice(seen);
      const gone = since.findIndex(({ state }) => state.status !== "CONNECTED");
      if (gone === -1) return undefined;
      return since
        .slice(gone)
        .find(({ state }) => state.status === "CONNECTED");
    });
    expect(back.restarted).toBe(true);
    await waitFor(
      "the other line to come back",
      () => line().adapter.connection().status === "CONNECTED",
    );
    expect(await line().adapter.isAlive(made.id)).toBe(false);
    await lab().cli("pjsip qualify carrier");
    await waitFor("the carrier to be there again", async () =>
      /carrier\/.* Avail /.test(await lab().cli("pjsip show contacts")),
    );
    const next = await call("486");
    expect(await next.event("ENDED")).toMatchObject({ cause: 17 });
  });
});
