/** One snapshot on the wire, by the real client, to a strict Supabase on this machine. */
import { afterEach, expect, test } from "vitest";

import { failureCode } from "../../../realtime/careful-fetch.ts";
import { createSnapshotSender } from "../../../realtime/snapshot-sender.ts";
import { startFakeSupabase } from "../../support/fake-supabase.ts";
import type { FakeSupabase } from "../../support/fake-supabase.ts";

const open: FakeSupabase[] = [];
afterEach(async () => {
  for (const supabase of open.splice(0)) await supabase.close();
});

async function start(keys: "new" | "legacy" = "new") {
  const supabase = await startFakeSupabase({ keys });
  open.push(supabase);
  return { supabase, send: createSnapshotSender(supabase, 300) };
}

const topic = "dialer:campaign:5b0e7c1e-4d0a-4a57-9d57-0d5b8f1f0001";

test.each(["new", "legacy"] as const)(
  "with a %s key a snapshot reaches its private topic, and the key is in no URL",
  async (keys) => {
    const { supabase, send } = await start(keys);
    await send(topic, { status: "ACTIVE", liveCalls: { RINGING: 2 } });
    await send(topic, { status: "COMPLETED" });
    expect(supabase.strays).toEqual([]);
    expect(supabase.broadcasts).toMatchObject([
      {
        topic,
        event: "snapshot",
        payload: { status: "ACTIVE", liveCalls: { RINGING: 2 } },
      },
      { topic, event: "snapshot", payload: { status: "COMPLETED" } },
    ]);
    expect(supabase.urls.join(" ")).not.toContain(supabase.secretKey);
  },
);

test.each([
  [401, "HTTP_401"],
  [403, "HTTP_403"],
  [404, "HTTP_404"],
  [429, "HTTP_429"],
  [500, "HTTP_500"],
  [503, "HTTP_503"],
  ["hang", "TIMEOUT"],
  ["cut", "ECONNRESET"],
] as const)(
  "answered with %s it fails as %s, in time and without the key in the error",
  async (answer, code) => {
    const { supabase, send } = await start();
    supabase.answer(answer);
    const startedMs = performance.now();
    const failure = await send(topic, {}).then(
      () => null,
      (error: unknown) => error,
    );
    expect(failureCode(failure)).toMatch(
      answer === "cut" ? /^(ECONNRESET|UND_ERR_SOCKET)$/ : code,
    );
    // Three tenths of a second, and what this machine adds; a hanging answer would be waited for without end.
    expect(performance.now() - startedMs).toBeLessThan(10_000);
    expect(String(failure)).not.toContain(supabase.secretKey);
    supabase.answer(202);
    await send(topic, {});
    expect(supabase.broadcasts).toHaveLength(1);
  },
);

test("a server that is not there fails as ECONNREFUSED", async () => {
  const { supabase, send } = await start();
  await supabase.close();
  await expect(send(topic, {}).catch(failureCode)).resolves.toBe(
    "ECONNREFUSED",
  );
});
