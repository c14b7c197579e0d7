/** The page in a real browser, on facts that are always the same: sign-in, languages, keyboard, colours, phones. */
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import {
  afterAll,
  afterEach,
  beforeAll,
  expect,
  onTestFinished,
  test,
} from "vitest";

import { createMetrics } from "../../../metrics.ts";
import { startHealthServer } from "../../../start-http.ts";
import type { HealthServer, HealthServerOptions } from "../../../start-http.ts";
import type { WallboardFacts } from "../../../wallboard/source.ts";
import { createLogger } from "../../../logging.ts";
import { launchBrowser, openPage } from "../../support/browser.ts";
import type { WatchedPage } from "../../support/browser.ts";
import {
  busyMoment,
  emptyMoment,
  readerOf,
  troubledMoment,
} from "../../support/wallboard-facts.ts";
import { waitFor } from "../../support/wait-for.ts";

const token = "a-token-of-the-tests";
let browser: Browser;
let server: HealthServer;
let origin: string;
let reads = 0;
let facts: WallboardFacts | Error = busyMoment();
const pages: WatchedPage[] = [];

const served = (): HealthServerOptions => ({
  port: 0,
  statusToken: token,
  source: {
    health: () => Promise.reject(new Error("not asked here")),
    status: () => Promise.resolve({}),
  },
  registry: createMetrics().registry,
  log: createLogger({ level: "silent", phoneNumbers: false }),
  wallboard: {
    open: () =>
      readerOf(() => {
        reads += 1;
        return facts;
      }),
    verifyUser: null,
    verifyDisplay: null,
    sessions: null,
    intervalMs: 50,
  },
});

beforeAll(async () => {
  browser = await launchBrowser();
  server = await startHealthServer(served());
  origin = `http://127.0.0.1:${String(server.port)}`;
});
afterAll(async () => {
  await browser.close();
  await server.close();
});
/** Whatever a test did: nothing was asked of another origin, nothing failed, nothing was refused by the policy. */
afterEach(async () => {
  facts = busyMoment();
  for (const { requests, complaints, close } of pages.splice(0)) {
    expect(requests.length).toBeGreaterThan(5);
    expect(requests.filter((url) => !url.startsWith(`${origin}/`))).toEqual([]);
    expect(requests.filter((url) => url.includes(token))).toEqual([]);
    expect(complaints).toEqual([]);
    await close();
  }
});

async function open(
  options: BrowserContextOptions = {},
  query = "",
): Promise<Page> {
  const watched = await openPage(browser, options);
  pages.push(watched);
  await watched.page.goto(`${origin}/${query}`);
  return watched.page;
}

async function openBoard(
  options: BrowserContextOptions = {},
  query = "",
): Promise<Page> {
  const page = await open(options, query);
  await page.locator("#token").fill(token);
  await page.locator("#token").press("Enter");
  await page.locator("#tiles .tile").first().waitFor();
  return page;
}

/** The smallest contrast of any visible text with what is behind it, as WCAG 2 reckons it. */
const leastContrast = `(() => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b]
    .map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const [r, g, b, alpha = 1] = parse(getComputedStyle(at).backgroundColor);
      if (alpha > 0) return [r, g, b];
    }
    return [255, 255, 255];
  };
  let least = { contrast: 99 };
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim() !== "");
    if (!own || element.checkVisibility?.() === false) continue;
    const [a, b] = [light(parse(getComputedStyle(element).color)), light(behind(element))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < least.contrast) least = { contrast, text: element.textContent };
  }
  return least;
})()`;

test("a wrong token is refused in words, the right one shows the board, and signing out leaves nothing behind", async () => {
  const page = await open();
  await page.locator("#token").fill("not-the-token");
  await page.getByRole("button", { name: "Sign in" }).click();
  const error = page.getByRole("alert");
  await error.getByText("This access code was not accepted.").waitFor();
  expect(await page.locator("#board").isVisible()).toBe(false);
  await page.locator("#token").fill(token);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("row", { name: /May renewals/ }).waitFor();
  expect(await page.locator("#token").inputValue()).toBe("");
  await page.reload();
  await page.getByRole("row", { name: /May renewals/ }).waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  expect(await page.content()).not.toContain("May renewals");
  expect(await page.evaluate("JSON.stringify(sessionStorage)")).toBe("{}");
  expect(await page.evaluate("document.cookie")).toBe("");
});

test("from elsewhere an engine without STATUS_TOKEN says what to do", async () => {
  const open = await startHealthServer({
    ...served(),
    statusToken: null,
  });
  onTestFinished(() => open.close());
  const { page, close } = await openPage(browser, {
    extraHTTPHeaders: { "x-forwarded-for": "192.0.2.1" },
  });
  onTestFinished(close);
  await page.goto(`http://127.0.0.1:${String(open.port)}`);
  const error = page.getByRole("alert");
  await error.getByText("Set that variable to sign in from here.").waitFor();
});

test("it shows figures, campaigns, trunks, states, rates and alerts as a screen reader reads them", async () => {
  const page = await openBoard({ timezoneId: "America/Sao_Paulo" });
  const alerts = page.getByRole("region", { name: "Alerts" });
  expect(await alerts.getByRole("listitem").allTextContents()).toEqual([
    "Trunk carrier-c is out of service" + "carrier congested; until 11:08 AM",
    "1 campaign was paused by the dialer: Survey of the north" +
      "answered calls end at once: the hand-over is broken",
  ]);
  expect(await page.locator("#alerts").getAttribute("aria-live")).toBe(
    "polite",
  );
  const tiles = page.locator("#tiles .tile");
  expect(await tiles.first().innerText()).toMatch(
    /^Abandoned, last 24 hours\s+1\.2%\s+within the limit: 218 of 18,572\s+last hour 1\.0%\s+aim below 2%, never over 3%$/,
  );
  expect(await tiles.nth(2).innerText()).toMatch(
    /^Calls per second\s+5\s+limit 7$/,
  );
  const campaigns = page.getByRole("region", { name: "Campaigns" });
  const row = campaigns.getByRole("row", { name: /May renewals/ });
  expect(await row.getByRole("cell").allInnerTexts()).toEqual([
    "active",
    "26 of 40",
    "6,120",
    "1,981",
    "36.0%",
    "1.1%",
    expect.stringMatching(/62\.4%\s+48,200 leads/),
    "calls per second used up (214)",
  ]);
  const trunks = page.getByRole("region", { name: "Trunks" });
  expect(
    await trunks.getByRole("row", { name: /carrier-a/ }).innerText(),
  ).toMatch(/healthy\s+4 of 5\s+26 of 30/);
  const rates = page.getByRole("region", { name: "Answered and abandoned" });
  expect(await rates.getByRole("row").nth(2).innerText()).toMatch(
    /5.min\s+628\s+36\.0%\s+204\s+1\.0%/,
  );
  expect(await rates.getByRole("row").nth(1).innerText()).toMatch(/0 of 40$/);
  const states = page.getByRole("list", { name: "Calls by state" });
  expect(await states.getByRole("listitem").allInnerTexts()).toEqual([
    "queued3",
    "ringing15",
    "early media1",
    "answered17",
  ]);
  for (const role of ["banner", "main", "contentinfo"] as const)
    expect(await page.getByRole(role).count(), role).toBe(1);
});

test("nothing is told again that did not change", async () => {
  const page = await openBoard();
  await page.evaluate(`(() => {
    window.changes = 0;
    new MutationObserver((all) => (window.changes += all.length)).observe(
      document.getElementById("alerts"), { subtree: true, childList: true, characterData: true });
  })()`);
  const busy = busyMoment();
  facts = { ...busy, states: { RINGING: 99 } };
  await page.getByText("ringing99").waitFor();
  expect(await page.evaluate("window.changes")).toBe(0);
  facts = { ...busy, trunks: [] };
  await page.getByText("Trunk carrier-c is out of service").waitFor({
    state: "detached",
  });
  expect(await page.evaluate("window.changes")).toBeGreaterThan(0);
});

test("it speaks the browser's language, and the other one when asked, also next time", async () => {
  const page = await openBoard({ locale: "pt-BR" });
  expect(await page.locator("html").getAttribute("lang")).toBe("pt-BR");
  await page.getByRole("heading", { name: "Campanhas" }).waitFor();
  await page.getByText("Tronco carrier-c fora de serviço").waitFor();
  await page.getByText("36,4%").first().waitFor();
  const portuguese = page.getByRole("button", { name: "Português" });
  expect(await portuguese.getAttribute("aria-pressed")).toBe("true");
  await page.getByRole("button", { name: "English" }).click();
  await page.getByRole("heading", { name: "Campaigns" }).waitFor();
  expect(await page.locator("html").getAttribute("lang")).toBe("en");
  expect(await page.title()).toBe("Wallboard");
  await page.reload();
  await page.getByRole("heading", { name: "Campaigns" }).waitFor();
});

test("the keyboard alone leads through sign-in, languages and out again, and the focus is always seen", async () => {
  const page = await open();
  await page.locator("#token:focus").waitFor();
  const focused = () =>
    page.evaluate<string>(
      `(() => { const e = document.activeElement; const { outlineStyle, outlineWidth } = getComputedStyle(e);
        return (e.id || e.textContent.replace(/\\s+/g, " ").trim()) + (outlineStyle === "solid" ? " " + outlineWidth : " unseen"); })()`,
    );
  const walk = async (key: string, steps: number) => {
    const path = [await focused()];
    while (path.length <= steps) {
      await page.keyboard.press(key);
      path.push(await focused());
    }
    return path;
  };
  expect(await walk("Shift+Tab", 3)).toEqual([
    "token 3px",
    "EN English 3px",
    "PT Português 3px",
    "Skip to the board 3px",
  ]);
  expect(await walk("Tab", 4)).toEqual([
    "Skip to the board 3px",
    "PT Português 3px",
    "EN English 3px",
    "token 3px",
    "submit 3px",
  ]);
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.type(token);
  await page.keyboard.press("Enter");
  await page.locator("#campaigns tr").first().waitFor();
  // The board has the focus now; before it come the way out and the languages.
  expect(await walk("Shift+Tab", 3)).toEqual([
    expect.stringMatching(/^main/),
    "sign-out 3px",
    "EN English 3px",
    "PT Português 3px",
  ]);
  await page.keyboard.press("Space");
  await page.getByRole("heading", { name: "Campanhas" }).waitFor();
  await walk("Tab", 2);
  await page.keyboard.press("Enter");
  await page.locator("#token:focus").waitFor();
});

const moments = {
  busy: busyMoment,
  troubled: troubledMoment,
  empty: emptyMoment,
};

test.each(
  (["light", "dark"] as const).flatMap((colorScheme) =>
    (Object.keys(moments) as (keyof typeof moments)[]).flatMap((moment) =>
      ["", "?tv"].map((query) => ({ colorScheme, moment, query })),
    ),
  ),
)(
  "in $colorScheme colours, $moment, every text stands out from what is behind it /$query",
  async ({ colorScheme, moment, query }) => {
    facts = moments[moment]();
    const page = await openBoard({ colorScheme }, query);
    const ground = await page.evaluate<string>(
      "getComputedStyle(document.body).backgroundColor",
    );
    const [red = 0] = (/\d+/.exec(ground) ?? []).map(Number);
    expect(red < 128).toBe(colorScheme === "dark");
    const least = () =>
      page.evaluate<{ contrast: number; text: string }>(leastContrast);
    const board = await least();
    expect(board.contrast, board.text).toBeGreaterThan(4.5);
    if (query !== "") return;
    await page.getByRole("button", { name: "Sign out" }).click();
    const form = await least();
    expect(form.contrast, form.text).toBeGreaterThan(4.5);
  },
);

test.each([320, 390, 768, 1280])(
  "at %d pixels nothing is scrolled sideways, in both languages and with long names",
  async (width) => {
    const busy = busyMoment();
    facts = {
      ...busy,
      campaigns: busy.campaigns.map((one, n) => ({
        ...one,
        name: n === 0 ? "Renovações".repeat(8) : one.name,
      })),
    };
    const page = await openBoard({ viewport: { width, height: 800 } });
    for (const language of ["English", "Português"]) {
      await page.getByRole("button", { name: language }).click();
      const sizes = await page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]",
      );
      expect(sizes).toEqual([width, width]);
    }
  },
);

test("trouble with the database is said, the old picture stays, and it comes back by itself", async () => {
  const page = await openBoard();
  facts = new Error("away");
  await page
    .getByRole("status")
    .getByText("cannot read its database")
    .waitFor();
  expect(await page.locator("#campaigns tr").count()).toBe(3);
  expect(await page.locator("body").getAttribute("data-stale")).toBe("true");
  facts = busyMoment();
  await page.getByRole("status").getByText("Live", { exact: true }).waitFor();
});

test("a name that looks like HTML is shown as it is", async () => {
  const busy = busyMoment();
  const name = `<img src=x onerror="document.title='owned'"><b>bold</b>`;
  facts = { ...busy, campaigns: [{ ...busy.campaigns[2]!, name }] };
  const page = await openBoard();
  await page.getByRole("rowheader", { name }).waitFor();
  expect(await page.locator("#board img, #board th button *").count()).toBe(0);
  await waitFor("the title", async () => (await page.title()) === "Wallboard");
});

test("a tab that nobody looks at for half a minute is given nothing, and goes on when somebody does", async () => {
  const watched = await openPage(browser);
  pages.push(watched);
  const { page } = watched;
  await page.clock.install();
  await page.goto(origin);
  await page.locator("#token").fill(token);
  await page.locator("#token").press("Enter");
  await page.locator("#campaigns tr").first().waitFor();
  const turn = (visibility: string) =>
    page.evaluate(`(() => {
      Object.defineProperty(document, "visibilityState", { value: "${visibility}", configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    })()`);
  await turn("hidden");
  const hiddenAt = reads;
  await waitFor("reading to go on at first", () => reads > hiddenAt + 3);
  await page.clock.fastForward(31_000);
  // Six looks at the interval of this server without a reading in between.
  let before = -1;
  await waitFor(
    "reading to stop",
    () => {
      const still = reads === before;
      before = reads;
      return still;
    },
    { intervalMs: 300 },
  );
  await turn("visible");
  await waitFor("reading to go on", () => reads > before + 3);
});
