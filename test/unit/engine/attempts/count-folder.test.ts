import pino from "pino";
import { describe, expect, it, vi } from "vitest";

import { CountFolder } from "../../../../engine/attempts/count-folder.ts";

function scene(fold: () => Promise<unknown>) {
  const world = { nowMs: 0 };
  const spy = vi.fn(fold);
  const folder = new CountFolder({
    fold: spy,
    log: pino({ level: "silent" }),
    nowMs: () => world.nowMs,
  });
  /** A second goes by. */
  const second = async (): Promise<void> => {
    world.nowMs += 1_000;
    folder.tick();
    await Promise.resolve();
    await Promise.resolve();
    await Promise.resolve();
  };
  return { folder, spy, second };
}

describe("the folder of counts", () => {
  it("asks for nothing while nothing is written", async () => {
    const { spy, second } = scene(() => Promise.resolve());
    for (let n = 0; n < 20; n++) await second();
    expect(spy).not.toHaveBeenCalled();
  });

  it("folds at once what was noted, then each five seconds at most", async () => {
    const { folder, spy, second } = scene(() => Promise.resolve());
    for (let n = 0; n < 11; n++) {
      folder.note();
      await second();
    }
    expect(spy).toHaveBeenCalledTimes(3);
  });

  it("folds once at a time, and again what could not be folded", async () => {
    let fail: (error: Error) => void = () => undefined;
    const { folder, spy, second } = scene(
      () =>
        new Promise((_resolve, reject) => {
          fail = reject;
        }),
    );
    folder.note();
    for (let n = 0; n < 9; n++) await second();
    expect(spy).toHaveBeenCalledTimes(1);
    fail(new Error("the database is away"));
    for (let n = 0; n < 9; n++) await second();
    expect(spy).toHaveBeenCalledTimes(2);
  });
});
