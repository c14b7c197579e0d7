/** One Asterisk with the pages of docs/asterisk/ for all tests of a file, and calls into its dialplan. */
import { afterAll, afterEach, beforeAll } from "vitest";

import { startAsterisk } from "../../support/asterisk-lab.ts";
import type {
  AmiClient,
  AmiMessage,
  AsteriskLab,
} from "../../support/asterisk-lab.ts";
import { waitFor } from "../../support/wait-for.ts";
import { numberFor, placeCall } from "./place-call.ts";
import type { CallPlan, PlacedCall } from "./place-call.ts";

const SHORT_SOUNDS = { DIALER_SORRY: "beep", DIALER_MESSAGE: "beep" };

/** All of it inside a test only. */
export interface Dialplan {
  readonly lab: () => AsteriskLab;
  readonly client: () => AmiClient;
  /** An answered call to that extension; hung up after the test. */
  readonly dial: (
    exten: string,
    suffix: string,
    plan?: CallPlan,
  ) => Promise<PlacedCall>;
}

export function shareDialplan(): Dialplan {
  let lab: AsteriskLab | null = null;
  let client: AmiClient | null = null;
  const placed: PlacedCall[] = [];
  const inTest = <T>(one: T | null): T => {
    if (one === null) throw new Error("call this inside a test");
    return one;
  };
  beforeAll(async () => {
    lab = await startAsterisk();
    client = await lab.connect();
  });
  afterEach(async () => {
    for (const { id } of placed.splice(0))
      await inTest(client).action("Hangup", [["Channel", id]]);
    await waitFor("all channels to be gone", async () =>
      (await inTest(lab).cli("core show channels count")).includes(
        "0 active channels",
      ),
    );
  });
  afterAll(async () => {
    await client?.close();
    await lab?.stop();
  });
  return {
    lab: () => inTest(lab),
    client: () => inTest(client),
    dial: async (exten, suffix, plan = {}) => {
      const channel = `PJSIP/${numberFor(suffix)}@carrier`;
      // Short sounds: what is played is not what these tests are about.
      const variables = { ...SHORT_SOUNDS, ...plan.variables };
      const whole = { ...plan, exten, variables };
      const call = await placeCall(inTest(client), channel, whole);
      placed.push(call);
      return call;
    },
  };
}

export function userEvent(call: PlacedCall, name: string): Promise<AmiMessage> {
  return call.event("UserEvent", (m) => m["UserEvent"] === name);
}

/** Two legs in one bridge, the customer's own among them. */
export async function bridged(call: PlacedCall): Promise<AmiMessage> {
  const own = await call.event("BridgeEnter");
  return call.event(
    "BridgeEnter",
    (m) =>
      m["BridgeUniqueid"] === own["BridgeUniqueid"] &&
      m["BridgeNumChannels"] === "2",
    { anyLeg: true },
  );
}
