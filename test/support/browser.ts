/** A headless Chromium with an empty profile of its own, and pages that tell when they ask another origin for anything. */
import { chromium } from "playwright-core";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { fetchProgram } from "./fetched-programs.ts";
import { PATIENCE_MS } from "./wait-for.ts";

/** @throws with what is missing, as chromium/fetch.sh says it */
export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: await fetchProgram("chromium"),
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--disable-dev-shm-usage",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

export interface WatchedPage {
  readonly page: Page;
  /** URLs asked for so far, and what the page complained about: errors, and what its policy refused. */
  readonly requests: readonly string[];
  readonly complaints: readonly string[];
  readonly close: () => Promise<void>;
}

/** A page in a context of its own: no storage, no cache, no sign-in of any other page. */
export async function openPage(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ locale: "en-US", ...options });
  context.setDefaultTimeout(2 * PATIENCE_MS);
  const page = await context.newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    // Refused and broken streams are part of the tests; Chromium prints a line for each.
    if (
      message.type() === "error" &&
      !message.text().startsWith("Failed to load resource")
    )
      complaints.push(message.text());
  });
  return { page, requests, complaints, close: () => context.close() };
}
