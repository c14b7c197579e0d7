/**
 * The lab itself: a real Asterisk with the configuration of docs/asterisk/ does what those pages say, and the far
 * ends behave as the other tests take for granted.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import {
  FAR_END,
  startAsterisk,
  worstSecond,
} from "../../support/asterisk-lab.ts";
import type {
  AmiClient,
  AmiMessage,
  AsteriskLab,
  SeenCall,
} from "../../support/asterisk-lab.ts";
import { waitFor } from "../../support/wait-for.ts";
import { numberFor, placeCall } from "./place-call.ts";
import type { CallPlan, PlacedCall } from "./place-call.ts";

let lab: AsteriskLab;
let client: AmiClient;

beforeAll(async () => {
  lab = await startAsterisk();
  client = await lab.connect();
});
afterAll(async () => {
  await client.close();
  await lab.stop();
});

interface Dialled extends PlacedCall {
  readonly number: string;
}

async function dial(suffix: string, plan: CallPlan = {}): Promise<Dialled> {
  const number = numberFor(suffix);
  const call = await placeCall(client, `PJSIP/${number}@carrier`, plan);
  return { ...call, number };
}

async function seenAtCarrier(number: string): Promise<SeenCall> {
  const calls = await lab.carrier.calls();
  const [call, ...more] = calls.filter((seen) => seen.number === number);
  expect(more).toEqual([]);
  if (call === undefined) throw new Error(`The carrier never saw ${number}`);
  return call;
}

const isRinging = (message: AmiMessage): boolean =>
  message["DialStatus"] === "RINGING";

describe("the carrier", () => {
  it.each([
    ["403", 21],
    ["404", 1],
    ["408", 18],
    ["410", 22],
    ["480", 19],
    ["484", 28],
    ["486", 17],
    ["488", 58],
    ["500", 38],
    ["502", 27],
    ["503", 34],
    ["504", 102],
    ["600", 17],
    ["603", 21],
    ["604", 1],
    ["606", 58],
    ["607", 127],
  ])("refuses with %s at once, which is cause %i", async (status, cause) => {
    const call = await dial(status);
    const hangup = await call.event("Hangup");
    expect(hangup).toMatchObject({
      Cause: String(cause),
      TechCause: status,
    });
    expect((await call.result())["Reason"]).toBe("0");
    expect(call.has("DialState")).toBe(false);
    const seen = await seenAtCarrier(call.number);
    expect(seen).toMatchObject({ invites: 1, responses: [Number(status)] });
  });

  it.each([
    [FAR_END.declines, 17, [180, 486]],
    [FAR_END.rejects, 21, [180, 603]],
  ])("lets %s ring before it refuses", async (suffix, cause, responses) => {
    const call = await dial(suffix);
    await call.event("DialState", isRinging);
    const hangup = await call.event("Hangup");
    expect(hangup["Cause"]).toBe(String(cause));
    expect((await call.result())["Reason"]).toBe("0");
    expect((await seenAtCarrier(call.number)).responses).toEqual(responses);
  });

  it("gives no more than early media, then gives up", async () => {
    const call = await dial(FAR_END.earlyMediaThenUnavailable);
    await call.event("DialState", (m) => m["DialStatus"] === "PROGRESS");
    expect(await call.event("Hangup")).toMatchObject({ Cause: "19" });
    expect(call.has("DialState", isRinging)).toBe(false);
    const { responses } = await seenAtCarrier(call.number);
    expect(responses).toEqual([183, 480]);
  });

  it.each([
    [FAR_END.rings, "RINGING", [180, 487]],
    [FAR_END.earlyMedia, "PROGRESS", [183, 487]],
  ])(
    "keeps %s waiting until Asterisk's time is up",
    async (suffix, status, responses) => {
      const call = await dial(suffix, { timeoutMs: 3_000 });
      await call.event("DialState", (m) => m["DialStatus"] === status);
      expect(await call.event("Hangup")).toMatchObject({ Cause: "19" });
      expect((await call.result())["Reason"]).toBe("3");
      await waitFor(
        "the CANCEL",
        async () => (await seenAtCarrier(call.number)).end,
      );
      const seen = await seenAtCarrier(call.number);
      expect(seen).toMatchObject({ responses, end: "CANCEL received" });
    },
  );

  it("never says a word, and hears the INVITE again and again", async () => {
    const call = await dial(FAR_END.silent, { timeoutMs: 1_500 });
    expect(await call.event("Hangup")).toMatchObject({ Cause: "19" });
    expect((await call.result())["Reason"]).toBe("3");
    expect(call.has("DialState")).toBe(false);
    const seen = await seenAtCarrier(call.number);
    expect(seen.responses).toEqual([]);
    expect(seen.invites).toBeGreaterThan(1);
  });

  it("puts a Q.850 reason into a refusal, which Asterisk 22 does not prefer to the status", async () => {
    const call = await dial("917");
    expect(await call.event("Hangup")).toMatchObject({
      Cause: "38",
      TechCause: "500",
    });
  });

  it("puts a Q.850 reason into a BYE, which becomes the cause", async () => {
    const call = await dial(FAR_END.answersAndBreaks, { exten: "message" });
    expect(await call.event("Hangup")).toMatchObject({ Cause: "38" });
  });

  it("refuses a password after it was tried once, and a caller without one", async () => {
    const wrong = await dial(FAR_END.refusesPassword);
    expect(await wrong.event("Hangup")).toMatchObject({ Cause: "21" });
    const seen = await seenAtCarrier(wrong.number);
    expect(seen).toMatchObject({ invites: 2, responses: [401] });
    const number = numberFor(FAR_END.refusesPassword);
    const none = await placeCall(client, `PJSIP/${number}@stranger`);
    expect(await none.event("Hangup")).toMatchObject({
      Cause: "21",
      TechCause: "401",
    });
  });

  it("is not asked when OPTIONS have found nobody, or when there is no such trunk", async () => {
    for (const trunk of ["watched", "nowhere"]) {
      const call = await placeCall(client, `PJSIP/5511900000200@${trunk}`);
      expect((await call.result())["Reason"]).toBe("0");
      expect([call.has("Newchannel"), call.has("Hangup")]).toEqual([
        false,
        false,
      ]);
    }
  });

  it("cannot be told from a silent one when it is dead and nobody watches it", async () => {
    const call = await placeCall(client, "PJSIP/5511900000200@dead", {
      timeoutMs: 1_000,
    });
    expect((await call.result())["Reason"]).toBe("3");
    expect(await call.event("Hangup")).toMatchObject({ Cause: "19" });
  });

  it("hangs up by itself, or waits for our BYE", async () => {
    const theirs = await dial(FAR_END.answers, { exten: "1001" });
    const ours = await dial(FAR_END.talksAtOnce, { exten: "1004" });
    await theirs.event("Hangup");
    await ours.event("Hangup");
    expect(ours.has("DialState", isRinging)).toBe(false);
    expect((await seenAtCarrier(theirs.number)).end).toBe("BYE sent");
    await waitFor(
      "our BYE",
      async () => (await seenAtCarrier(ours.number)).end === "BYE received",
    );
  });

  it("answers after early media, and may be gone at once after an answer", async () => {
    const early = await dial(FAR_END.earlyMediaThenAnswers, {
      exten: "message",
    });
    const brief = await dial(FAR_END.answersAndIsGone);
    expect((await early.result())["Reason"]).toBe("4");
    expect((await brief.result())["Reason"]).toBe("4");
    expect(await brief.event("Hangup")).toMatchObject({ Cause: "16" });
    await client.action("Hangup", [["Channel", early.id]]);
    expect((await seenAtCarrier(early.number)).responses).toEqual([183, 200]);
  });

  it("is reached by way of a dialplan too, where the cause is the trunk leg's", async () => {
    const number = numberFor("404");
    const call = await placeCall(client, `Local/${number}@from-internal/n`);
    expect((await call.result())["Reason"]).toBe("0");
    const trunkLeg = await call.event(
      "Hangup",
      (m) => (m["Channel"] ?? "").startsWith("PJSIP/"),
      { anyLeg: true },
    );
    expect(trunkLeg).toMatchObject({ Cause: "1", Linkedid: call.id });
  });

  it("takes two hundred calls at once, and notes each no sooner than it was sent", async () => {
    const before = (await lab.carrier.calls()).length;
    const sentAt = new Map<string, number>();
    const calls = await Promise.all(
      Array.from({ length: 200 }, () => {
        const sent = Date.now();
        const call = dial(FAR_END.rings, { timeoutMs: 60_000 });
        return call.then((made) => {
          sentAt.set(made.number, sent);
          return made;
        });
      }),
    );
    await Promise.all(calls.map((call) => call.event("DialState", isRinging)));
    const allRinging = Date.now();
    const live = await lab.cli("core show channels count");
    expect(live).toContain("200 active channels");
    await Promise.all(
      calls.map((call) => client.action("Hangup", [["Channel", call.id]])),
    );
    await Promise.all(calls.map((call) => call.result()));
    const seen = (await lab.carrier.calls()).slice(before);
    expect(seen.map(({ number }) => number).sort()).toEqual(
      [...sentAt.keys()].sort(),
    );
    // What the rate is judged by: its times lie between ours, to the millisecond.
    const wrong = seen.filter(
      ({ number, at }) =>
        at < (sentAt.get(number) ?? Infinity) - 1 || at > allRinging + 1,
    );
    expect(wrong).toEqual([]);
    expect(worstSecond(seen)).toBeGreaterThan(20);
  });
});
