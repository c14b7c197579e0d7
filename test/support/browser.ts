/** A headless Chromium with an empty profile of its own, and pages that tell when they ask another origin for anything. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";

const FETCH = fileURLToPath(new URL("chromium/fetch.sh", import.meta.url));

/** @throws with what is missing, as chromium/fetch.sh says it */
export function launchBrowser(): Promise<Browser> {
  const output = execFileSync(FETCH, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  return chromium.launch({
    executablePath: output.trim().split("\n").at(-1) ?? "",
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
