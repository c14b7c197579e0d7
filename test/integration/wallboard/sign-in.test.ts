/** People sign in at the wallboard by e-mail and password: through a real engine, in a real browser. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";

import { launchBrowser, openPage } from "../../support/browser.ts";
import { startFakeSupabase } from "../../support/fake-supabase.ts";
import {
  insertCampaign,
  insertTrunk,
  startRig,
} from "../../support/running-engine.ts";
import { waitFor } from "../../support/wait-for.ts";

const anna = "7d0a3f52-0d3f-4a52-9d6b-0f6a5a3c1e11";
const email = "anna@example.com";
const password = "fictitious-password";
let browser: Browser;

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

async function start() {
  const supabase = await startFakeSupabase();
  onTestFinished(() => supabase.close());
  const rig = await startRig({
    env: {
      STATUS_TOKEN: "a-token-of-the-tests",
      SUPABASE_URL: supabase.url,
      SUPABASE_SECRET_KEY: supabase.secretKey,
    },
  });
  await insertTrunk(rig.sql);
  await rig.database.asUser({ sub: anna }, (client) =>
    insertCampaign(client, { name: "Annas campaign", status: "PAUSED" }),
  );
  const watched = await openPage(browser);
  const { page } = watched;
  onTestFinished(async () => {
    await watched.close();
    expect(
      watched.requests.filter((url) => !url.startsWith(`${rig.httpUrl}/`)),
    ).toEqual([]);
    expect(watched.requests.filter((url) => url.includes(password))).toEqual(
      [],
    );
    expect(watched.complaints).toEqual([]);
    expect(supabase.strays).toEqual([]);
  });
  await page.goto(rig.httpUrl);
  await page.locator("#email:focus").waitFor();
  return { supabase, page, rig };
}

async function signIn(page: Page, as = email, by = password): Promise<void> {
  await page.locator("#email").fill(as);
  await page.locator("#password").fill(by);
  await page.locator("#password").press("Enter");
}

const live = (page: Page) =>
  page.getByRole("status").first().getByText("Live", { exact: true }).waitFor();
const stopped = (page: Page) =>
  page.getByRole("button", { name: "1 stopped campaign" }).waitFor();

test("a person signs in, sees the own account, is still signed in after a reload, and signs out", async () => {
  const { supabase, page } = await start();
  supabase.addUser({ email, password, claims: { sub: anna } });
  await signIn(page);
  await live(page);
  await stopped(page);
  await page.reload();
  await stopped(page);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.locator("#email:focus").waitFor();
  expect(await page.content()).not.toContain("Annas campaign");
  expect(await page.evaluate("JSON.stringify(sessionStorage)")).toBe("{}");
  await waitFor("the end at Supabase", () => supabase.signIns.signOuts === 1);
  await page
    .getByRole("button", { name: "Use an access code instead" })
    .click();
  await page.locator("#token").fill("a-token-of-the-tests");
  await page.locator("#token").press("Enter");
  await live(page);
});

test("what does not work is told in words", async () => {
  const { supabase, page } = await start();
  const alert = page.getByRole("alert");
  supabase.addUser({ email: "new@example.com", password, isConfirmed: false });
  await signIn(page);
  await alert.getByText("E-mail or password is wrong.").waitFor();
  expect(await page.locator("#password").inputValue()).toBe("");
  await signIn(page, "new@example.com");
  await alert.getByText("This e-mail address is not confirmed yet.").waitFor();
  const cases = [
    [429, { error_code: "over_request_rate_limit" }, "Too many tries."],
    [
      400,
      { code: "user_banned", message: "User is banned" },
      "This user is blocked.",
    ],
    [502, "bad gateway", "Sign-in does not answer now."],
    [
      422,
      { error_code: "email_provider_disabled" },
      "Sign-in by e-mail does not work here.",
    ],
    [
      401,
      { message: "Invalid API key" },
      "Sign-in by e-mail does not work here.",
    ],
    [
      400,
      {
        error: "invalid_grant",
        error_description: "Invalid login credentials",
      },
      "E-mail or password is wrong.",
    ],
    [
      400,
      { error: "invalid_grant", error_description: "Email not confirmed" },
      "This e-mail address is not confirmed yet.",
    ],
  ] as const;
  for (const [status, body, words] of cases) {
    supabase.signInAnswers({ status, body });
    await signIn(page);
    await alert.getByText(words).waitFor();
  }
  await page.getByRole("button", { name: "Português" }).click();
  await alert.getByText("Este e-mail ainda não foi confirmado.").waitFor();
});

test("a session is renewed while the board is open, and its end is told", async () => {
  const { supabase, page } = await start();
  supabase.addUser({ email, password, claims: { sub: anna }, seconds: 62 });
  await signIn(page);
  await live(page);
  await waitFor("a renewal", () => supabase.signIns.renewals >= 2);
  await live(page);
  await stopped(page);
  supabase.endSessions();
  await page
    .getByRole("alert")
    .getByText("Your session has ended. Sign in again.")
    .waitFor();
});

test("passwords are guessed no faster than tokens, and a body that is none is refused in words", async () => {
  const { rig } = await start();
  const post = (body: string, headers = {}) =>
    fetch(`${rig.httpUrl}/wallboard/sign-in`, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...headers },
      body,
    });
  expect((await post("{")).status).toBe(400);
  expect((await post("{}")).status).toBe(400);
  const foreign = await post("{}", { Origin: "https://elsewhere.example" });
  expect(foreign.status).toBe(403);
  const form = await post("email=a", {
    "Content-Type": "application/x-www-form-urlencoded",
  });
  expect(form.status).toBe(400);
  const statuses: number[] = [];
  for (let n = 0; n < 14; n++)
    statuses.push(
      (await post(JSON.stringify({ email, password: `guess ${String(n)}` })))
        .status,
    );
  expect(statuses[0]).toBe(401);
  expect(statuses.at(-1)).toBe(429);
});

test("where Supabase is not configured there is no such field, and no such route", async () => {
  const { httpUrl } = await startRig({
    env: { STATUS_TOKEN: "a-token-of-the-tests" },
  });
  const { page, close } = await openPage(browser);
  onTestFinished(close);
  await page.goto(httpUrl);
  await page.locator("#token:focus").waitFor();
  expect(await page.locator("#email").isVisible()).toBe(false);
  expect(await page.locator("#other-way").isVisible()).toBe(false);
  const response = await fetch(`${httpUrl}/wallboard/sign-in`, {
    method: "POST",
  });
  expect(response.status).toBe(404);
});
