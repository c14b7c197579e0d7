/** `/status` says by how much the PBX's clock differs, says it anew after a step, and no more once it is right. */
import { expect, test } from "vitest";

import { response, timestamp } from "../../support/fake-ami-server.ts";
import { waitFor } from "../../support/wait-for.ts";
import { startFakeRig } from "../asterisk/fake-rig.ts";
import { startScene } from "../freeswitch/scene.ts";

interface Status {
  readonly pbx: {
    readonly clockOffsetMs: number | null;
    readonly clockWarning: string | null;
  };
}

interface Clock {
  readonly httpUrl: string;
  readonly set: (aheadMs: number) => void;
}

async function startAsterisk(): Promise<Clock> {
  const { server, httpUrl } = await startFakeRig();
  const set = (aheadMs: number) => {
    server.answer("Ping", (action) =>
      response(action, "Success", { Timestamp: timestamp(aheadMs) }),
    );
  };
  return { httpUrl, set };
}

async function startFreeswitch(): Promise<Clock> {
  const { server, httpUrl } = await startScene();
  const set = (aheadMs: number) => {
    server.switch.clockAheadMs = aheadMs;
    server.heartbeat();
  };
  return { httpUrl, set };
}

test.each([
  ["Asterisk", startAsterisk],
  ["FreeSWITCH", startFreeswitch],
])("%s: shown, renewed after each step, and gone", async (_, start) => {
  const { httpUrl, set } = await start();
  const untilSaid = (words: RegExp | null, aheadMs: number) =>
    waitFor(`${String(words)} to be said`, async () => {
      const answer = await fetch(`${httpUrl}/status`);
      const { pbx } = (await answer.json()) as Status;
      const isNear =
        Math.abs((pbx.clockOffsetMs ?? Infinity) - aheadMs) < 1_500;
      const isSaid =
        words === null
          ? pbx.clockWarning === null
          : pbx.clockWarning !== null && words.test(pbx.clockWarning);
      return isNear && isSaid;
    });
  set(0);
  await untilSaid(null, 0);
  set(-3_600_000);
  await untilSaid(/behind/, -3_600_000);
  set(3_600_000);
  await untilSaid(/ahead of/, 3_600_000);
  set(-5_000);
  await untilSaid(/^The PBX's clock is .* behind/, -5_000);
  set(0);
  await untilSaid(null, 0);
  expect(await (await fetch(`${httpUrl}/health`)).json()).toMatchObject({
    status: "healthy",
  });
});
