/**
 * The pictures in docs/images show the page as it is: each is taken again and compared. Browsers of other versions draw
 * letters a little differently, so what is compared is the brightness of a coarse grid.
 */
import { readdir, readFile } from "node:fs/promises";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";

import { launchBrowser } from "../../support/browser.ts";
import {
  imageFolder,
  pictures,
  takePicture,
} from "../../support/wallboard-screenshots.ts";

let browser: Browser;
let page: Page;

beforeAll(async () => {
  browser = await launchBrowser();
  page = await browser.newPage();
});
afterAll(() => browser.close());

interface Grid {
  readonly width: number;
  readonly height: number;
  /** Red, green and blue of each field. */
  readonly colours: readonly number[];
}

/** A PNG as a grid of 24 by 24 fields. */
function gridOf(png: Buffer): Promise<Grid> {
  return page.evaluate<Grid>(`(async () => {
    const image = new Image();
    image.src = "data:image/png;base64,${png.toString("base64")}";
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 24;
    const context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.drawImage(image, 0, 0, 24, 24);
    const { data } = context.getImageData(0, 0, 24, 24);
    return {
      width: image.naturalWidth,
      height: image.naturalHeight,
      colours: [...data].filter((_, at) => at % 4 !== 3),
    };
  })()`);
}

const differenceOf = (a: Grid, b: Grid) =>
  a.colours.reduce(
    (sum, value, at) => sum + Math.abs(value - (b.colours[at] ?? 0)),
    0,
  ) / a.colours.length;

test.each(pictures.map((picture) => [picture.name, picture] as const))(
  "%s.png is the page as it is: npm run screenshots, and look at it",
  async (name, picture) => {
    const kept = await gridOf(await readFile(`${imageFolder}${name}.png`));
    const taken = await gridOf(await takePicture(browser, picture));
    expect(taken.width).toBe(kept.width);
    expect(Math.abs(taken.height - kept.height)).toBeLessThan(
      kept.height * 0.03 + 1,
    );
    expect(differenceOf(taken, kept)).toBeLessThan(4);
  },
);

test("no picture is left over, and no two are alike", async () => {
  const files = (await readdir(imageFolder)).filter((name) =>
    name.startsWith("wallboard-"),
  );
  expect(files.toSorted()).toEqual(
    pictures.map(({ name }) => `${name}.png`).toSorted(),
  );
  const grids = await Promise.all(
    files.map(async (name) => gridOf(await readFile(`${imageFolder}${name}`))),
  );
  for (const [at, grid] of grids.entries())
    for (const other of grids.slice(at + 1))
      expect(differenceOf(grid, other)).toBeGreaterThan(4);
});
