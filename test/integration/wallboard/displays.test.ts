/** Screens with a token of their own: read-only, for the board alone, revocable, and good after a restart. */
import type { Browser, Page } from "playwright-core";
import type pg from "pg";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";

import { launchBrowser, openPage } from "../../support/browser.ts";
import {
  insertCampaign,
  setAccountRow,
  startEngine,
  startRig,
  testDatabase,
  whereIs,
} from "../../support/running-engine.ts";
import { startTcpProxy } from "../../support/tcp-proxy.ts";

const anna = "7d0a3f52-0d3f-4a52-9d6b-0f6a5a3c1e11";
const berta = "11111111-2222-4333-8444-555555555555";
const env = { STATUS_TOKEN: "a-token-of-the-tests" };
let browser: Browser;

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

interface Made {
  readonly display_id: string;
  readonly token: string;
}

async function make(
  sql: Pick<pg.Pool, "query">,
  ...given: unknown[]
): Promise<Made> {
  const { rows } = await sql.query<Made>(
    `select * from create_wallboard_display(${given.map((_, n) => `$${String(n + 1)}`).join(", ")})`,
    given,
  );
  return rows[0]!;
}

const bearer = (token: string) => ({
  headers: { Authorization: `Bearer ${token}` },
});

async function openScreen(httpUrl: string, token: string): Promise<Page> {
  const watched = await openPage(browser);
  onTestFinished(async () => {
    await watched.close();
    expect(watched.requests.filter((url) => url.includes(token))).toEqual([]);
    expect(watched.complaints).toEqual([]);
  });
  await watched.page.goto(`${httpUrl}/?tv&lang=pt#display=${token}`);
  return watched.page;
}

const live = (page: Page) =>
  page
    .getByRole("status")
    .first()
    .getByText("Ao vivo", { exact: true })
    .waitFor();

test("a screen opens by its address, keeps out of it what it knows, and comes up again after a restart of engine and browser", async () => {
  const database = await testDatabase();
  const first = await startEngine(database, { env });
  const door = await startTcpProxy(whereIs(first));
  onTestFinished(() => door.close());
  const address = `http://${door.host}:${String(door.port)}`;
  await insertCampaign(database.pool, { name: "For all to see" });
  const { token, display_id } = await make(database.pool, "TV in the hall");
  const page = await openScreen(address, token);
  await live(page);
  await page.getByRole("button", { name: "For all to see" }).waitFor();
  expect(page.url()).toBe(`${address}/?tv&lang=pt`);
  expect(await page.locator("#engine").textContent()).toBe("");
  await first.stop();
  await page.getByText("Conexão perdida").waitFor();
  door.aim(whereIs(await startEngine(database, { env })));
  await live(page);
  await page.reload();
  await live(page);
  const { rows } = await database.pool.query(
    "select token_hash, last_used_at is not null as used from wallboard_displays where id = $1",
    [display_id],
  );
  expect(rows).toEqual([
    {
      token_hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      used: true,
    },
  ]);
  expect(JSON.stringify(rows)).not.toContain(token.slice("display_".length));
});

test("its token opens the board and nothing else, until it is revoked or has run out", async () => {
  const { sql, httpUrl } = await startRig({ env });
  const made = await make(sql, "TV");
  const status = async (path: string, token = made.token) => {
    const response = await fetch(`${httpUrl}${path}`, bearer(token));
    await response.body?.cancel();
    return response.status;
  };
  expect(await status("/wallboard/stream")).toBe(200);
  for (const path of ["/status", "/metrics"])
    expect(await status(path), path).toBe(401);
  const health = await fetch(`${httpUrl}/health`, bearer(made.token));
  expect(health.status).toBe(200);
  const other = `display_${"0".repeat(64)}`;
  expect(await status("/wallboard/stream", other)).toBe(401);
  await sql.query("select revoke_wallboard_display($1)", [made.display_id]);
  expect(await status("/wallboard/stream")).toBe(401);
  const short = await make(sql, "for a moment", null, "1 hour");
  await sql.query(
    "update wallboard_displays set created_at = now() - interval '2 hours', expires_at = now() - interval '1 second' where id = $1",
    [short.display_id],
  );
  expect(await status("/wallboard/stream", short.token)).toBe(401);
});

test("one for an account shows that account alone", async () => {
  const rig = await startRig({ env });
  for (const account of [anna, berta]) await setAccountRow(rig.sql, account);
  for (const [sub, name] of [
    [anna, "Annas campaign"],
    [berta, "Bertas campaign"],
  ] as const)
    await rig.database.asUser({ sub }, (client) =>
      insertCampaign(client, { name }),
    );
  const { token } = await make(rig.sql, "TV of Berta", berta);
  const page = await openScreen(rig.httpUrl, token);
  await page.getByRole("button", { name: "Bertas campaign" }).waitFor();
  expect(await page.content()).not.toContain("Annas campaign");
});

test("a revoked screen goes dark and says why", async () => {
  const { sql, httpUrl } = await startRig({ env });
  const { token, display_id } = await make(sql, "TV");
  const page = await openScreen(httpUrl, token);
  await live(page);
  await sql.query("select revoke_wallboard_display($1)", [display_id]);
  await page
    .getByRole("alert")
    .getByText("O acesso desta tela foi retirado ou venceu.")
    .waitFor();
  expect(await page.locator("#board").isVisible()).toBe(false);
  expect(await page.evaluate("localStorage.length")).toBe(0);
});

test("only administrators make and revoke them, with what is wrong in words", async () => {
  const database = await testDatabase();
  const { pool } = database;
  for (const role of [{ sub: anna }, "anon"] as const)
    for (const sql of [
      "select create_wallboard_display('mine')",
      "select revoke_wallboard_display(gen_random_uuid())",
      "select * from wallboard_displays",
      "select * from trunk_calls_per_second",
    ])
      await expect(
        database.asUser(role, (client) => client.query(sql)),
      ).rejects.toMatchObject({ code: "42501" });
  await database.asUser("service_role", async (client) => {
    const { rows } = await client.query<Made>(
      "select * from create_wallboard_display('of the service')",
    );
    expect(rows[0]?.token).toMatch(/^display_[0-9a-f]{64}$/);
    await client.query("select name, last_used_at from wallboard_displays");
    await client.query("select revoke_wallboard_display($1)", [
      rows[0]?.display_id,
    ]);
  });
  await expect(
    database.asUser("service_role", (client) =>
      client.query("select token_hash from wallboard_displays"),
    ),
  ).rejects.toMatchObject({ code: "42501" });
  await expect(make(pool, "  ")).rejects.toThrow("needs a name");
  await expect(make(pool, "TV", null, "-1 day")).rejects.toThrow(
    "at most five years",
  );
  await expect(make(pool, "TV", null, "10 years")).rejects.toThrow(
    "at most five years",
  );
  await expect(
    pool.query("select revoke_wallboard_display(gen_random_uuid())"),
  ).rejects.toThrow("there is no display");
});
