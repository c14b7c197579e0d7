/** Campaigns as a table, plots, a campaign's day, and what is stale, in a real browser. */
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";

import { createMetrics } from "../../../metrics.ts";
import { startHealthServer } from "../../../start-http.ts";
import type { WallboardFacts } from "../../../wallboard/source.ts";
import { createLogger } from "../../../logging.ts";
import { launchBrowser, openPage } from "../../support/browser.ts";
import { waitFor } from "../../support/wait-for.ts";
import {
  busyMoment,
  campaign,
  counts,
  emptyMoment,
  readerOf,
  troubledMoment,
} from "../../support/wallboard-facts.ts";

let browser: Browser;

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

interface Board {
  readonly page: Page;
  /** What the board is told from now on; null: nothing any more. */
  readonly tell: (facts: WallboardFacts | null) => void;
}

/** A board in the machine's own browser, which needs no sign-in. */
async function openBoard(
  first: WallboardFacts,
  options: BrowserContextOptions = {},
  query = "",
): Promise<Board> {
  let facts: WallboardFacts | null = first;
  let goOn = Promise.withResolvers<WallboardFacts>();
  const server = await startHealthServer({
    port: 0,
    statusToken: null,
    source: {
      health: () => Promise.reject(new Error("not asked here")),
      status: () => Promise.resolve({}),
    },
    registry: createMetrics().registry,
    log: createLogger({ level: "silent", phoneNumbers: false }),
    wallboard: {
      open: () => readerOf(() => facts ?? goOn.promise),
      verifyUser: null,
      verifyDisplay: null,
      sessions: null,
      intervalMs: 50,
    },
  });
  const { page, complaints, close } = await openPage(browser, options);
  onTestFinished(async () => {
    await close();
    await server.close();
    expect(complaints).toEqual([]);
  });
  await page.clock.install();
  await page.goto(`http://127.0.0.1:${String(server.port)}/${query}`);
  await page.locator("#tiles .tile").first().waitFor();
  return {
    page,
    tell: (next) => {
      facts = next;
      if (next === null) return;
      goOn.resolve(next);
      goOn = Promise.withResolvers();
    },
  };
}

const names = (page: Page) => page.locator("#campaigns .open").allInnerTexts();

test("campaigns are sorted by every column, with mouse and keyboard, and say so", async () => {
  const { page } = await openBoard(busyMoment());
  expect(await names(page)).toEqual([
    "May renewals",
    "Invoices due in June",
    "Survey of the north",
  ]);
  const head = (name: string) => page.getByRole("columnheader", { name });
  await head("Campaign").getByRole("button").click();
  expect(await names(page)).toEqual([
    "Invoices due in June",
    "May renewals",
    "Survey of the north",
  ]);
  expect(await head("Campaign").getAttribute("aria-sort")).toBe("ascending");
  await head("Answered").last().getByRole("button").focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  expect(await names(page)).toEqual([
    "Invoices due in June",
    "Survey of the north",
    "May renewals",
  ]);
  expect(await head("Answered").last().getAttribute("aria-sort")).toBe(
    "ascending",
  );
  expect(await page.locator("th[aria-sort]").count()).toBe(1);
  for (const column of ["State", "Live", "Calls", "Contacts", "Abandoned"]) {
    await page
      .locator("#campaign-table thead")
      .getByText(column, { exact: true })
      .click();
    const shown = await page.locator("th[aria-sort]").innerText();
    expect(shown).toBe(column);
  }
  await page.locator("#campaign-table thead").getByText("Progress").click();
  expect(await names(page)).toEqual([
    "May renewals",
    "Invoices due in June",
    "Survey of the north",
  ]);
});

test("figures stand right-aligned in digits of one width", async () => {
  const { page } = await openBoard(busyMoment());
  for (const column of [3, 4, 5, 6, 7, 8]) {
    const cell = page.locator(
      `#campaigns tr:first-child > :nth-child(${String(column)})`,
    );
    await cell.waitFor();
    const style = await page.evaluate(`(() => {
      const { textAlign, fontVariantNumeric } = getComputedStyle(
        document.querySelector("#campaigns tr:first-child > :nth-child(${String(column)})"));
      return [textAlign, fontVariantNumeric];
    })()`);
    expect(style).toEqual(["right", "tabular-nums"]);
  }
});

test("the focus stays on a campaign that moves to another place", async () => {
  const busy = busyMoment();
  const { page, tell } = await openBoard(busy);
  await page.locator("#campaign-table thead").getByText("Calls").click();
  await page.getByRole("button", { name: "Invoices due in June" }).focus();
  const more = { ...busy.campaigns[1]!, lastHour: counts(9_000, 30, 20, 0) };
  tell({ ...busy, campaigns: busy.campaigns.with(1, more) });
  await waitFor(
    "the new order",
    async () => (await names(page))[0] === "Invoices due in June",
  );
  expect(await page.evaluate("document.activeElement.textContent")).toBe(
    "Invoices due in June",
  );
});

test("stopped campaigns are folded away, a search finds them, and the period changes the figures", async () => {
  const { page } = await openBoard(busyMoment());
  const fold = page.getByRole("button", { name: "2 stopped campaigns" });
  expect(await fold.getAttribute("aria-expanded")).toBe("false");
  await fold.click();
  expect(await names(page)).toContain("April renewals");
  const paused = page.getByRole("row", { name: /Welcome calls/ });
  await paused.getByText("paused", { exact: true }).waitFor();
  await paused.getByText("paused by a person").waitFor();
  await paused.getByText("1 of 2").waitFor();
  await fold.click();
  await page.getByRole("searchbox").fill("RENEW");
  expect(await names(page)).toEqual(["May renewals", "April renewals"]);
  await page.getByRole("searchbox").fill("nothing like it");
  await page.getByText("No campaign has this in its name.").waitFor();
  await page.getByRole("searchbox").fill("may");
  await page.getByRole("button", { name: "last 24 hours" }).click();
  await page.getByRole("row", { name: /May renewals.*48,300/ }).waitFor();
});

test("a thousand campaigns are there: a hundred rows at once, all of them when asked, any of them by search", async () => {
  const many = Array.from({ length: 1_000 }, (_, n) =>
    campaign(`Region ${String(n)} `, { lastHour: counts(n, 0, 0, 0) }),
  );
  const { page } = await openBoard({ ...busyMoment(), campaigns: many });
  expect(await page.locator("#campaigns tr").count()).toBe(100);
  await page.getByRole("searchbox").fill("region 917");
  expect(await names(page)).toEqual(["Region 917"]);
  await page.getByRole("searchbox").fill("");
  await page.getByRole("button", { name: "Show all 1,000" }).click();
  await waitFor(
    "all rows",
    async () => (await page.locator("#campaigns tr").count()) === 1_000,
  );
});

test("an empty board says what to do", async () => {
  const { page } = await openBoard(emptyMoment());
  await page.getByText("as soon as its status is ACTIVE").waitFor();
  await page.getByText("There is no trunk yet").waitFor();
  await page.getByText("nobody answered yet").waitFor();
  expect(await page.locator("#campaign-table").isVisible()).toBe(false);
});

test("a plot tells the figures under mouse, finger and arrow keys, with limit and answered calls", async () => {
  const { page } = await openBoard(busyMoment(), {
    timezoneId: "America/Sao_Paulo",
    hasTouch: true,
  });
  const plot = page.getByRole("slider", {
    name: /^Calls by minute, last hour/,
  });
  const tip = page.locator("#plot .tip");
  await plot.focus();
  await page.keyboard.press("End");
  expect(await plot.getAttribute("aria-valuetext")).toMatch(
    /^11:03 AM: Calls \d+, Answered \d+ \(\d+\.\d%\), Abandoned \d+ of \d+$/,
  );
  await page.keyboard.press("ArrowLeft");
  expect(await tip.innerText()).toMatch(/^11:02 AM: /);
  await page.keyboard.press("Home");
  expect(await tip.innerText()).toMatch(/^10:04 AM: /);
  await page.keyboard.press("Escape");
  expect(await tip.innerText()).toBe("");
  const box = (await plot.locator("svg").boundingBox())!;
  const middle = { x: box.x + box.width / 2 + 1, y: box.y + box.height / 2 };
  await page.mouse.move(middle.x, middle.y);
  expect(await tip.innerText()).toMatch(/^10:34 AM: /);
  await page.mouse.move(0, 0);
  expect(await tip.innerText()).toBe("");
  await page.touchscreen.tap(box.x + 2, middle.y);
  expect(await tip.innerText()).toMatch(/^10:04 AM: /);
  await page.getByRole("button", { name: "2 minutes" }).click();
  const seconds = page.getByRole("slider", { name: /^Calls per second/ });
  await seconds.focus();
  await page.keyboard.press("End");
  expect(await tip.innerText()).toBe("now: 5, limit 7");
  expect(await seconds.locator(".limit").getAttribute("d")).toMatch(/^M0 \d/);
  await page.getByRole("button", { name: "Day" }).click();
  await page.getByRole("slider", { name: /^Calls by quarter/ }).waitFor();
});

test("a campaign's day opens by keyboard, with outcomes and hours, and closes again", async () => {
  const { page } = await openBoard(busyMoment(), {
    timezoneId: "America/Sao_Paulo",
    locale: "pt-BR",
  });
  await page.getByRole("button", { name: "May renewals" }).press("Enter");
  const dialog = page.getByRole("dialog", { name: "May renewals" });
  const outcomes = dialog.getByRole("region", {
    name: "O resultado das ligações",
  });
  expect(await outcomes.getByRole("row").nth(1).innerText()).toMatch(
    /^não atendeu\s+24\.100\s+49,9%$/,
  );
  const hours = dialog.getByRole("region", {
    name: "Atendidas por hora do dia",
  });
  expect(await hours.getByRole("row").nth(1).innerText()).toMatch(
    /^11:00\s+[\d.]+\s+\d+,\d%\s+\d+ de [\d.]+$/,
  );
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
});

test("while a PBX is away nothing is green or live, one line says why, and at most five alerts are shown", async () => {
  const busy = busyMoment();
  const { page, tell } = await openBoard(troubledMoment());
  await page
    .getByRole("status")
    .first()
    .getByText("PBX default is away: figures stand still")
    .waitFor();
  const alerts = page.locator("#alerts li");
  expect(await alerts.count()).toBe(5);
  expect(await alerts.first().innerText()).toMatch(
    /PBX default is away\s*it refuses the connection; 25 campaigns wait/,
  );
  await page.getByRole("button", { name: "3 more" }).click();
  expect(await alerts.count()).toBe(8);
  expect(await page.locator("#board .badge.good").count()).toBe(0);
  expect(await page.locator("body").getAttribute("data-stale")).toBe("true");
  expect(await page.getByText("PBX away").count()).toBe(3);
  // Of two PBXs one is away: the board goes on, its trunks do not.
  tell({
    ...busy,
    nodes: [
      ...busy.nodes,
      {
        name: "second",
        hasEngine: false,
        hasLease: false,
        pbxConnected: false,
      },
    ],
    trunks: busy.trunks.map((one, n) => ({
      ...one,
      voiceNode: n === 1 ? "second" : "default",
    })),
  });
  await page.getByText("No engine serves PBX second").waitFor();
  expect(await page.locator("body").getAttribute("data-stale")).toBe("false");
  await page.getByRole("row", { name: /carrier-b.*PBX away/ }).waitFor();
  await page.getByRole("row", { name: /carrier-a.*healthy/ }).waitFor();
  tell(busy);
  await page
    .getByRole("status")
    .first()
    .getByText("Live", { exact: true })
    .waitFor();
});

test("a board that is told nothing for some seconds is not called live", async () => {
  const { page, tell } = await openBoard(busyMoment());
  await page
    .getByRole("status")
    .first()
    .getByText("Live", { exact: true })
    .waitFor();
  tell(null);
  await page.clock.runFor(8_000);
  await page
    .getByRole("status")
    .first()
    .getByText(/^No news for \d+ s$/)
    .waitFor();
  expect(await page.locator("body").getAttribute("data-stale")).toBe("true");
  tell(busyMoment());
});

test.each([
  { width: 1_920, height: 1_080 },
  { width: 1_280, height: 720 },
  { width: 3_840, height: 2_160 },
])(
  "on a screen of $width by $height everything is seen at once, in trouble and in Portuguese too",
  async (viewport) => {
    const { page, tell } = await openBoard(
      troubledMoment(),
      { viewport, locale: "pt-BR" },
      "?tv",
    );
    for (const facts of [troubledMoment(), busyMoment(), emptyMoment()]) {
      tell(facts);
      const reading = facts.campaigns.length;
      await waitFor(
        "the picture",
        async () =>
          (await page.locator("#campaigns tr").count()) ===
            Math.min(5, reading) || reading === 5,
      );
      const hidden = await page.evaluate<string[]>(`(() => {
        const { clientWidth, clientHeight, scrollWidth, scrollHeight } = document.documentElement;
        const outside = [];
        if (scrollWidth > clientWidth || scrollHeight > clientHeight) outside.push("page");
        for (const card of document.querySelectorAll("#board .card, #board .alerts")) {
          if (!card.checkVisibility()) continue;
          const edge = card.getBoundingClientRect();
          if (edge.bottom > clientHeight + 1) outside.push(card.className);
          for (const part of card.querySelectorAll("tr, dd, li, svg, .span, .legend, h2")) {
            const { bottom, height } = part.getBoundingClientRect();
            if (height > 0 && bottom > edge.bottom + 1) outside.push(card.className + ": " + part.textContent);
          }
        }
        return outside;
      })()`);
      expect(hidden).toEqual([]);
      expect(
        await page.evaluate<number>(
          'document.querySelector("#plot svg").clientHeight',
        ),
      ).toBeGreaterThan(viewport.height / 25);
    }
  },
);

test("a screen shows its campaigns page by page", async () => {
  const { page } = await openBoard(troubledMoment(), {}, "?tv");
  expect((await names(page))[0]).toBe("Region 1");
  await page.getByText("Campaigns, page 1 of 7").waitFor();
  await page.clock.runFor(10_500);
  await page.getByText("Campaigns, page 2 of 7").waitFor();
  expect((await names(page))[0]).toBe("Region 6");
  await page.clock.runFor(60_500);
  await page.getByText("Campaigns, page 1 of 7").waitFor();
});
