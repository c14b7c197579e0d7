/** The wallboard of a running engine in a real browser: calls, alerts, accounts, a restart. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";

import { launchBrowser, openPage } from "../../support/browser.ts";
import { startFakeSupabase } from "../../support/fake-supabase.ts";
import {
  attempts,
  insertCampaign,
  insertLeads,
  insertTrunk,
  startEngine,
  startRig,
  testDatabase,
  untilAttempts,
  untilStatus,
  setAccountRow,
  whereIs,
} from "../../support/running-engine.ts";
import { startTcpProxy } from "../../support/tcp-proxy.ts";
import { PATIENCE_MS } from "../../support/wait-for.ts";

const statusToken = "a-token-of-the-tests";
let browser: Browser;

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

/** Signed in with `token`. At the end of the test: nothing was asked elsewhere, nothing was refused by the policy. */
async function signIn(origin: string, token: string | null): Promise<Page> {
  const { page, requests, complaints, close } = await openPage(browser);
  onTestFinished(async () => {
    await close();
    expect(requests.filter((url) => !url.startsWith(`${origin}/`))).toEqual([]);
    expect(complaints).toEqual([]);
  });
  await page.goto(origin);
  if (token !== null) await giveToken(page, token);
  await live(page);
  return page;
}

/** Where people sign in by e-mail, the field for tokens is behind a button. */
async function giveToken(page: Page, token: string): Promise<void> {
  await page.locator("#sign-in input:visible").first().waitFor();
  if (!(await page.locator("#token").isVisible()))
    await page.locator("#other-way").click();
  await page.locator("#token").fill(token);
  await page.locator("#token").press("Enter");
}

const live = (page: Page) =>
  page.getByRole("status").first().getByText("Live", { exact: true }).waitFor();

/** People answer and talk until the test is over. */
const longCalls = { ringMs: 50, talkMs: 600_000 };

test("a campaign is followed from its first call to its end", async () => {
  const { sql, httpUrl } = await startRig({
    env: { STATUS_TOKEN: statusToken },
    // Talks of three seconds and more, or the short-call breaker would stop it.
    scenario: { ringMs: 100, talkMs: 3_500 },
  });
  const page = await signIn(httpUrl, statusToken);
  await page.getByText("Nothing is dialled now").waitFor();
  await insertTrunk(sql, { name: "carrier-a", cps_limit: 5 });
  const campaign = await insertCampaign(sql, { name: "May renewals" });
  // More than anybody can wait for: what is shown while it dials stays until it has been seen.
  await insertLeads(sql, campaign, 3_000);
  const row = page.getByRole("row", { name: /May renewals/ });
  await row.getByText("active", { exact: true }).waitFor();
  await row.getByText(/^[1-9]\d* of 10$/).waitFor();
  const trunk = page.getByRole("row", { name: /carrier-a/ });
  await trunk.getByText(/^[1-9]\d* of 5$/).waitFor();
  const cps = page.locator("#tiles .tile").nth(2);
  await cps.getByText(/^[1-5]$/).waitFor();
  await cps.getByText("limit 5").waitFor();
  await untilAttempts(sql, 5, "answer_at is not null");
  await sql.query("update campaigns set status = 'PAUSED'");
  // Those that were queued already have a call's row, and are called yet.
  await sql.query(
    `delete from leads where status in ('NEW', 'RETRY')
       and not exists (select from call_attempts where lead_id = leads.id)`,
  );
  await sql.query("update campaigns set status = 'ACTIVE'");
  await untilStatus(sql, campaign, "COMPLETED");
  const calls = String((await attempts(sql, "answer_at is not null")).length);
  await page.getByRole("button", { name: "1 stopped campaign" }).click();
  await row.getByText("completed").waitFor();
  await row.getByText("100.0%").first().waitFor();
  await row.getByRole("cell", { name: calls, exact: true }).first().waitFor();
  // The abandoned ones; live calls are told in such words, too.
  const abandoned = row.locator("td:nth-child(7)");
  await abandoned.getByText(`0 of ${calls}`).waitFor();
  const rates = page.getByRole("region", { name: "Answered and abandoned" });
  expect(await rates.getByRole("row").nth(2).innerText()).toMatch(
    new RegExp(`5.min\\s+${calls}\\s+100\\.0%\\s+${calls}\\s+0 of ${calls}`),
  );
  expect(await page.getByRole("contentinfo").innerText()).toMatch(
    /^Engine \S+ on default, dialling$/,
  );
});

test("a PBX that is away, a trunk that is out and a campaign that does not dial are alerts, and go by themselves", async () => {
  const { sql, pbx, httpUrl } = await startRig();
  const page = await signIn(httpUrl, null);
  const alerts = page.getByRole("region", { name: "Alerts" });
  await alerts.getByText("Nothing to report.").waitFor();
  const trunk = await insertTrunk(sql, { name: "carrier-a" });
  pbx.setLine(false);
  await alerts.getByText("PBX default is away").waitFor();
  await page.getByText("figures stand still").waitFor();
  pbx.setLine(true);
  await alerts.getByText("Nothing to report.").waitFor();
  await sql.query(
    "update trunk_config set disabled_until = now() + interval '5 minutes', disabled_reason = 'by hand' where id = $1",
    [trunk],
  );
  await alerts.getByText("Trunk carrier-a is out of service").waitFor();
  await alerts.getByText(/^by hand; until /).waitFor();
  const campaign = await insertCampaign(sql, { name: "Stuck" });
  await insertLeads(sql, campaign, 2);
  await alerts.getByText("1 campaign waits").waitFor();
  const stuck = page.getByRole("row", { name: /Stuck/ });
  await stuck.getByText("waiting", { exact: true }).waitFor();
  await stuck.getByText("trunk taken out after faults").waitFor();
  await sql.query("update trunk_config set disabled_until = null");
  await alerts.getByText("Nothing to report.").waitFor();
});

test("a user sees the own account's campaigns and calls only, and nothing of the engine", async () => {
  const supabase = await startFakeSupabase();
  onTestFinished(() => supabase.close());
  const rig = await startRig({
    env: {
      STATUS_TOKEN: statusToken,
      SUPABASE_URL: supabase.url,
      SUPABASE_SECRET_KEY: supabase.secretKey,
    },
    scenario: longCalls,
  });
  const anna = "7d0a3f52-0d3f-4a52-9d6b-0f6a5a3c1e11";
  const berta = "11111111-2222-4333-8444-555555555555";
  await setAccountRow(rig.sql, berta);
  await insertTrunk(rig.sql, { name: "shared" });
  await insertTrunk(rig.sql, { name: "annas-own", account_id: anna });
  await rig.database.asUser({ sub: anna }, async (client) => {
    const campaign = await insertCampaign(client, { name: "Annas campaign" });
    await insertLeads(client, campaign, 3);
  });
  await untilAttempts(rig.sql, 3, "answer_at is not null");
  const annas = await signIn(rig.httpUrl, supabase.token({ sub: anna }));
  const row = annas.getByRole("row", { name: /Annas campaign/ });
  await row.getByText("3 of 10").waitFor();
  await annas.getByText("answered3").waitFor();
  await annas.getByText("annas-own").waitFor();
  await annas.getByText("count your account's calls only").waitFor();
  expect(await annas.getByRole("contentinfo").innerText()).toBe("");
  const bertas = await signIn(rig.httpUrl, supabase.token({ sub: berta }));
  await bertas.getByText("Nothing is dialled now").waitFor();
  await bertas.getByText("No live calls.").waitFor();
  await bertas.getByRole("rowheader", { name: "shared" }).waitFor();
  const text = await bertas.locator("body").innerText();
  expect(text).not.toMatch(/Annas|annas-own/);
  expect(text).toMatch(/0 of 100/);
  await row.getByText("3 of 10").waitFor();
  const operators = await signIn(rig.httpUrl, statusToken);
  await operators.getByRole("row", { name: /Annas campaign/ }).waitFor();
});

test("an expired or forged user token is refused in words", async () => {
  const supabase = await startFakeSupabase();
  onTestFinished(() => supabase.close());
  const { httpUrl } = await startRig({
    env: {
      SUPABASE_URL: supabase.url,
      SUPABASE_SECRET_KEY: supabase.secretKey,
      STATUS_TOKEN: statusToken,
    },
  });
  const { page, close } = await openPage(browser);
  onTestFinished(close);
  await page.goto(httpUrl);
  await page.locator("#other-way").click();
  await page.getByText("or the access token of your user").waitFor();
  const answerTo = async (token: string) => {
    await page.locator("#token").fill(token);
    const answer = page.waitForResponse(/stream$/);
    await page.locator("#token").press("Enter");
    return (await answer).status();
  };
  for (const token of [supabase.forged(), supabase.token({ exp: 1 })]) {
    expect(await answerTo(token)).toBe(401);
    await page.getByText("This access code was not accepted.").waitFor();
  }
  // On a slow machine it may have run out before it is looked at.
  let status = 0;
  for (const seconds of [5, 15, 60]) {
    const exp = Math.floor(Date.now() / 1_000) + seconds;
    status = await answerTo(supabase.token({ exp }));
    if (status === 200) break;
  }
  expect(status).toBe(200);
  await page.getByText("Your access has run out.").waitFor();
});

test("it says that the engine is gone, and goes on when it is back", async () => {
  const database = await testDatabase();
  // Longer than any test waits: a stop that takes so long has waited for the stream.
  const first = await startEngine(database, {
    env: { SHUTDOWN_TIMEOUT_MS: "80000" },
  });
  const door = await startTcpProxy(whereIs(first));
  onTestFinished(() => door.close());
  const page = await signIn(`http://${door.host}:${String(door.port)}`, null);
  await insertCampaign(database.pool, { name: "Goes on", status: "PAUSED" });
  await page.getByRole("button", { name: "1 stopped campaign" }).click();
  await page.getByRole("row", { name: /Goes on/ }).waitFor();
  const stoppedMs = performance.now();
  await first.stop();
  expect(performance.now() - stoppedMs).toBeLessThan(PATIENCE_MS);
  await page.getByRole("status").getByText("Connection lost").waitFor();
  expect(await page.getByRole("row", { name: /Goes on/ }).count()).toBe(1);
  door.aim(whereIs(await startEngine(database)));
  await database.pool.query("update campaigns set name = 'Came back'");
  await page.getByRole("row", { name: /Came back/ }).waitFor();
  await live(page);
});
