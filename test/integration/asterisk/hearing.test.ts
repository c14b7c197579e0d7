/** Events that do not arrive from a real Asterisk stop the dialling before the first call. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { AsteriskAmiAdapter } from "../../../adapters/asterisk-ami/adapter.ts";
import {
  agentEvents,
  callEvents,
} from "../../../adapters/asterisk-ami/event-check.ts";
import type { CallEvent } from "../../../adapters/port.ts";
import { FAR_END, startAsterisk } from "../../support/asterisk-lab.ts";
import type { AmiUser, AsteriskLab } from "../../support/asterisk-lab.ts";
import { QUICK_TIMINGS } from "../../support/engine-process.ts";
import { leads, startRig } from "../../support/running-engine.ts";
import { waitFor } from "../../support/wait-for.ts";
import { adapterFor } from "../adapters/asterisk-ami/real-line.ts";
import { dial, phoneFor, setTheScene } from "./campaign-scene.ts";

let lab: AsteriskLab;

beforeAll(async () => {
  lab = await startAsterisk();
});
afterAll(() => lab.stop());

/** Connects once as that user. @returns the call events that were received, and the state of the connection */
async function connectAs(user: AmiUser) {
  const events: CallEvent[] = [];
  const adapter: AsteriskAmiAdapter = adapterFor(
    lab.account(user),
    "hearing-test",
  );
  await adapter.connect({
    onCallEvent: (event) => events.push(event),
    onConnection: () => undefined,
  });
  const state = adapter.connection();
  const took = adapter.lastAnswerAgeMs();
  await adapter.disconnect();
  return { state, events, took };
}

describe("a real Asterisk proves by its own call", () => {
  it("that the user of docs/asterisk/manager.conf receives everything, without using a trunk", async () => {
    const { state, events } = await connectAs("dialer");
    expect(state).toMatchObject({ status: "CONNECTED" });
    expect(state).not.toHaveProperty("remarks");
    expect(events).toEqual([]);
    await waitFor("nothing to be left", async () =>
      (await lab.cli("core show channels count")).includes("0 active channels"),
    );
    expect(await lab.carrier.calls()).toEqual([]);
    expect(await lab.agents.calls()).toEqual([]);
  });

  it.each([
    ["nocall", /read = line of manager\.conf lacks call/],
    ["noagent", /read = line of manager\.conf lacks agent/],
    ["nosystem", /lacks system in its read/],
    ["without-UserEvent", /does not receive UserEvents/],
  ] as const)("that %s does not", async (user, words) => {
    const { state } = await connectAs(user);
    expect(state).toMatchObject({
      status: "DISCONNECTED",
      reason: expect.stringMatching(words),
    });
  });

  it("which one event an eventfilter keeps back, whichever it is", async () => {
    const events = [...callEvents, ...agentEvents];
    const states = [];
    for (const event of events) {
      const { state } = await connectAs(`without-${event}`);
      states.push({ event, state });
    }
    for (const { event, state } of states) {
      expect(state).toMatchObject({
        status: "DISCONNECTED",
        reason: expect.stringMatching(
          new RegExp(`does not receive ${event}: an eventfilter line`),
        ),
      });
    }
  });

  it("though ten engines ask at once", async () => {
    const states = await Promise.all(
      Array.from({ length: 10 }, () => connectAs("dialer")),
    );
    expect(states.map(({ state }) => state.status)).toEqual(
      Array(10).fill("CONNECTED"),
    );
  });
});

it("30 leads make no call as long as the user receives no call events", async () => {
  const { sql, httpUrl } = await startRig({
    awaitLease: false,
    env: QUICK_TIMINGS,
    adapter: (installationId) =>
      adapterFor(lab.account("nocall"), installationId),
  });
  await setTheScene(sql);
  const phones = Array.from({ length: 30 }, () => phoneFor(FAR_END.answers));
  const campaign = await dial(sql, phones);
  await waitFor("the blocker", async () => {
    const { rows } = await sql.query<{ reason: string }>(
      "select * from dialing_blockers where campaign_id = $1",
      [campaign],
    );
    return rows.some(({ reason }) => reason === "PBX_DISCONNECTED");
  });
  await waitFor("the reason in /health", async () => {
    const health = await (await fetch(`${httpUrl}/status`)).text();
    return health.includes("read = line of manager.conf lacks call");
  });
  expect((await leads(sql)).every(({ dials }) => dials === 0)).toBe(true);
  expect(await lab.carrier.calls()).toEqual([]);
});

describe("without our context in the dialplan", () => {
  beforeAll(async () => {
    for (const extension of ["far", "near", "queue", "busy"])
      await lab.cli(`dialplan remove extension ${extension}@dialer-check`);
  });

  it("dialling is possible, with a remark on what to add", async () => {
    const { state } = await connectAs("dialer");
    expect(state).toMatchObject({
      status: "CONNECTED",
      remarks: [expect.stringMatching(/no context dialer-check/)],
    });
  });

  it("but never by a user who receives no call events", async () => {
    const { state } = await connectAs("nocall");
    expect(state).toMatchObject({
      reason: expect.stringMatching(/lacks call/),
    });
  });
});
