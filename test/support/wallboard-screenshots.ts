/**
 * Makes the pictures of the wallboard in docs/images: `npm run screenshots`. The page is the real one, its facts are
 * always the same, so that a picture changes only when the page does.
 */
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { BrowserContextOptions, Page } from "playwright-core";

import { createMetrics } from "../../health/metrics.ts";
import { startHealthServer } from "../../health/server.ts";
import { createLogger } from "../../logging.ts";
import { launchBrowser, openPage } from "./browser.ts";
import { busyMoment } from "./wallboard-facts.ts";

const FOLDER = fileURLToPath(new URL("../../docs/images/", import.meta.url));

const phone = { width: 390, height: 844 };
const wide = { width: 1280, height: 960 };

const pictures: readonly {
  readonly name: string;
  readonly options: BrowserContextOptions;
  readonly prepare?: (page: Page) => Promise<void>;
}[] = [
  { name: "wallboard-light", options: { viewport: wide } },
  {
    name: "wallboard-dark-pt",
    options: { viewport: wide, colorScheme: "dark", locale: "pt-BR" },
  },
  {
    name: "wallboard-phone-pt",
    options: { viewport: phone, locale: "pt-BR" },
  },
  {
    name: "wallboard-sign-in",
    options: { viewport: { width: 1280, height: 500 } },
    prepare: async (page) => {
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.locator("#sign-in").waitFor();
    },
  },
];

async function takePictures(): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  const token = "token-of-the-pictures";
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
      open: () => ({ read: () => Promise.resolve(busyMoment()) }),
      verifyUser: null,
    },
  });
  const browser = await launchBrowser();
  try {
    for (const { name, options, prepare } of pictures) {
      const shown = await openPage(browser, {
        timezoneId: "America/Sao_Paulo",
        ...options,
      });
      const { page } = shown;
      await page.goto(`http://127.0.0.1:${String(server.port)}/`);
      await page.locator("#token").fill(token);
      await page.locator("#sign-in button").click();
      await page.locator("#campaigns tr").first().waitFor();
      await prepare?.(page);
      await page.screenshot({
        path: `${FOLDER}${name}.png`,
        fullPage: true,
        animations: "disabled",
      });
      await shown.close();
      console.log(`docs/images/${name}.png`);
    }
  } finally {
    await browser.close();
    await server.close();
  }
}

await takePictures();
