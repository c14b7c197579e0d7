/**
 * The pictures of the wallboard in docs/images. The page is the real one; its facts, its clock and its fonts are always
 * the same, so that a picture changes only when the page does. `npm run screenshots` writes them, a test compares them.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";

import { createMetrics } from "../../metrics.ts";
import { startHealthServer } from "../../start-http.ts";
import type { WallboardFacts } from "../../wallboard/source.ts";
import { createLogger } from "../../logging.ts";
import { launchBrowser, openPage } from "./browser.ts";
import {
  busyMoment,
  emptyMoment,
  momentOfFacts,
  readerOf,
  troubledMoment,
} from "./wallboard-facts.ts";

export const imageFolder = fileURLToPath(
  new URL("../../docs/images/", import.meta.url),
);

const phone = { width: 390, height: 844 };
const desktop = { width: 1280, height: 960 };
const television = { width: 1920, height: 1080 };

export interface Picture {
  readonly name: string;
  readonly options: BrowserContextOptions;
  readonly facts?: () => WallboardFacts;
  readonly query?: string;
  /** Left out: the whole page, however long. */
  readonly onlyView?: boolean;
  readonly prepare?: (page: Page) => Promise<void>;
}

const portuguese = { locale: "pt-BR" };
const dark = { colorScheme: "dark" } as const;
const openDetail = async (page: Page) => {
  await page.locator("#campaigns .open").first().click();
  await page.locator("#outcomes tr").first().waitFor();
};
const signOut = async (page: Page) => {
  await page.locator("#sign-out").click();
  await page.locator("#sign-in").waitFor();
};

export const pictures: readonly Picture[] = [
  { name: "wallboard-light", options: { viewport: desktop } },
  {
    name: "wallboard-dark-pt",
    options: { viewport: desktop, ...dark, ...portuguese },
  },
  { name: "wallboard-phone-pt", options: { viewport: phone, ...portuguese } },
  {
    name: "wallboard-phone-dark",
    options: { viewport: phone, ...dark },
    facts: troubledMoment,
    onlyView: true,
  },
  {
    name: "wallboard-trouble",
    options: { viewport: desktop },
    facts: troubledMoment,
    onlyView: true,
  },
  {
    name: "wallboard-trouble-dark-pt",
    options: { viewport: desktop, ...dark, ...portuguese },
    facts: troubledMoment,
    onlyView: true,
  },
  {
    name: "wallboard-empty",
    options: { viewport: desktop },
    facts: emptyMoment,
  },
  {
    name: "wallboard-tv",
    options: { viewport: television, ...dark },
    query: "?tv",
    onlyView: true,
  },
  {
    name: "wallboard-tv-trouble-pt",
    options: { viewport: television, ...portuguese },
    facts: troubledMoment,
    query: "?tv",
    onlyView: true,
  },
  {
    name: "wallboard-campaign-pt",
    options: { viewport: { width: 1280, height: 1000 }, ...portuguese },
    onlyView: true,
    prepare: openDetail,
  },
  {
    name: "wallboard-sign-in",
    options: { viewport: { width: 1280, height: 560 } },
    prepare: signOut,
  },
  {
    name: "wallboard-sign-in-pt",
    options: { viewport: phone, ...portuguese, ...dark },
    onlyView: true,
    prepare: signOut,
  },
];

const token = "token-of-the-pictures";

/** Takes one picture. @returns the PNG */
export async function takePicture(
  browser: Browser,
  { options, facts = busyMoment, query = "", onlyView, prepare }: Picture,
): Promise<Buffer> {
  const server = await startHealthServer({
    port: 0,
    statusToken: token,
    source: {
      health: () => Promise.reject(new Error("not asked here")),
      status: () => Promise.resolve({}),
    },
    registry: createMetrics().registry,
    log: createLogger({ level: "warn", phoneNumbers: false }),
    wallboard: {
      open: () => readerOf(facts),
      verifyUser: () => Promise.resolve(null),
      verifyDisplay: null,
      sessions: {
        signIn: () => Promise.resolve({ problem: "WRONG" }),
        refresh: () => Promise.resolve({ problem: "ENDED" }),
        signOut: () => Promise.resolve(),
      },
    },
  });
  const shown = await openPage(browser, {
    timezoneId: "America/Sao_Paulo",
    reducedMotion: "reduce",
    ...options,
  });
  try {
    const { page } = shown;
    await page.clock.setSystemTime(momentOfFacts);
    await page.addInitScript(
      `sessionStorage.setItem("dialer-wallboard-token", "${token}")`,
    );
    await page.goto(`http://127.0.0.1:${String(server.port)}/${query}`);
    await page.locator("#tiles .tile").first().waitFor();
    await prepare?.(page);
    return await page.screenshot({
      fullPage: onlyView !== true,
      animations: "disabled",
      caret: "hide",
      // The machine's own fonts differ; this one comes with the browser of the tests.
      style: '* { font-family: "DejaVu Sans", sans-serif !important; }',
    });
  } finally {
    await shown.close();
    await server.close();
  }
}

async function writePictures(): Promise<void> {
  await mkdir(imageFolder, { recursive: true });
  const browser = await launchBrowser();
  try {
    for (const picture of pictures) {
      await writeFile(
        `${imageFolder}${picture.name}.png`,
        await takePicture(browser, picture),
      );
      console.log(`docs/images/${picture.name}.png`);
    }
  } finally {
    await browser.close();
  }
}

if (import.meta.main) await writePictures();
