/** Who may receive a campaign's snapshots: the policy of docs/realtime.md, asked as Realtime asks when a user joins. */
import { readFile } from "node:fs/promises";
import { createClient } from "@supabase/supabase-js";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";

import {
  createTestDatabase,
  type TestDatabase,
} from "../../support/database.ts";
import { insertCampaign } from "../../support/dialing-rows.ts";
import { fakeRealtime } from "../../support/fake-realtime-socket.ts";
import { waitFor } from "../../support/wait-for.ts";
import { topicOf } from "../../../realtime/snapshot-sender.ts";
import { withClient } from "../../support/prepared-server.ts";

const anna = "7d0a3f52-0d3f-4a52-9d6b-0f6a5a3c1e11";
const berta = "11111111-2222-4333-8444-555555555555";

let database: TestDatabase;
let campaign: string;
let page: string;

beforeAll(async () => {
  database = await createTestDatabase();
  page = await readFile(
    new URL("../../../docs/realtime.md", import.meta.url),
    "utf8",
  );
  const policy = /```sql administrator\n(create policy[^`]+)```/.exec(page);
  // On the platform `postgres` may do this, by an extension that the stand-in has not.
  await withClient(database.superUrl, (client) =>
    client.query(policy?.[1] ?? "no policy on the page"),
  );
  campaign = await database.asUser({ sub: anna }, (client) =>
    insertCampaign(client),
  );
});
afterAll(() => database.drop());

/** Realtime writes a message of the topic, looks whether the user sees it, and takes it back. */
function mayReceive(
  topic: string,
  claims: Record<string, unknown>,
  extension = "broadcast",
): Promise<boolean> {
  return withClient(database.superUrl, async (client) => {
    await client.query("begin");
    await client.query(
      "insert into realtime.messages (topic, extension, private) values ($1, $2, true)",
      [topic, extension],
    );
    await client.query(
      `select set_config('role', $1, true), set_config('request.jwt.claims', $2, true), set_config('realtime.topic', $3, true)`,
      [claims["role"], JSON.stringify(claims), topic],
    );
    const { rowCount } = await client.query(
      "select from realtime.messages where topic = $1",
      [topic],
    );
    await client.query("rollback");
    return rowCount === 1;
  });
}

const user = (sub: string, more = {}) => ({
  sub,
  role: "authenticated",
  ...more,
});
const topic = () => `dialer:campaign:${campaign}`;

test("the campaign's account receives its snapshots, by user id or by the claim of the account", async () => {
  expect(await mayReceive(topic(), user(anna))).toBe(true);
  const colleague = user(berta, { app_metadata: { account_id: anna } });
  expect(await mayReceive(topic(), colleague)).toBe(true);
});

test("nobody else does: no other account, no anonymous one, no other topic or kind of message", async () => {
  expect(await mayReceive(topic(), user(berta))).toBe(false);
  expect(await mayReceive(topic(), { role: "anon" }).catch(() => false)).toBe(
    false,
  );
  expect(await mayReceive(topic(), user(anna), "presence")).toBe(false);
  for (const other of [
    "dialer:campaign:",
    "dialer:campaign:x",
    "dialer:campaign:00000000-0000-4000-8000-000000000000",
    `${topic()} `,
    `x${topic()}`,
  ])
    expect(await mayReceive(other, user(anna)), other).toBe(false);
});

/** The page's own code, with the client that it would make. */
async function loadExample(
  supabase: unknown,
): Promise<
  (
    campaignId: string,
    onSnapshot: (snapshot: unknown) => void,
    onTrouble: (...trouble: unknown[]) => void,
  ) => Promise<() => Promise<unknown>>
> {
  const code = /```js\n([\s\S]*?)\n```/.exec(page)?.[1] ?? "";
  expect(code).toContain("createClient(SUPABASE_URL");
  const withClient = code
    .replace(/^import .*$/m, "const createClient = () => globalThis.example;")
    .replace(/createClient\(SUPABASE_URL.*\)/, "createClient()");
  Object.assign(globalThis, { example: supabase });
  const { followCampaign } = (await import(
    /* @vite-ignore */ `data:text/javascript,${encodeURIComponent(withClient)}//${String(Math.random())}`
  )) as { followCampaign: Awaited<ReturnType<typeof loadExample>> };
  return followCampaign;
}

test("the page's code receives what the engine sends to its own campaign, and is told when it may not", async () => {
  const joins: string[] = [];
  const realtime = fakeRealtime(({ topic, isPrivate, token }) => {
    joins.push(`${topic} ${String(isPrivate)}`);
    return mayReceive(topic, user(token));
  });
  const follow = async (sub: string) => {
    const client = createClient("http://127.0.0.1:1", "sb_publishable_x", {
      accessToken: () => Promise.resolve(sub),
      realtime: { transport: realtime.transport },
    });
    const got: unknown[] = [];
    const trouble: unknown[] = [];
    const followCampaign = await loadExample(client);
    const end = await followCampaign(
      campaign,
      (snapshot) => got.push(snapshot),
      (status) => trouble.push(status),
    );
    onTestFinished(async () => {
      await end();
      await client.realtime.disconnect();
    });
    return { got, trouble };
  };
  const annas = await follow(anna);
  const bertas = await follow(berta);
  await waitFor("Berta to be told", () => bertas.trouble.length > 0);
  expect(bertas.trouble[0]).toBe("CHANNEL_ERROR");
  const snapshot = { campaignId: campaign, status: "ACTIVE" };
  await waitFor("Anna to receive", () => {
    realtime.broadcast(topicOf(campaign), "another", {});
    realtime.broadcast(topicOf(campaign), "snapshot", snapshot);
    return annas.got.length > 0;
  });
  expect(annas.got[0]).toEqual(snapshot);
  expect(annas.trouble).toEqual([]);
  expect(bertas.got).toEqual([]);
  expect(new Set(joins)).toEqual(new Set([`${topic()} true`]));
});

test("a user may not send on it", async () => {
  const sending = database.asUser({ sub: anna }, (client) =>
    client.query(
      "insert into realtime.messages (topic, extension, private) values ($1, 'broadcast', true)",
      [topic()],
    ),
  );
  await expect(sending).rejects.toThrow("row-level security");
});
