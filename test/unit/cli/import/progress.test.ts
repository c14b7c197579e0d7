import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createProgress, emptyTally } from "../../../../cli/import/progress.ts";
import { describeEnd } from "../../../../cli/import/summary.ts";

const tally = {
  ...emptyTally(),
  read: 500,
  imported: 480,
  alreadyThere: 15,
  rejected: 5,
};

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function shownOn(isTTY: boolean) {
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 200 });
  const progress = createProgress(
    stream as unknown as NodeJS.WriteStream,
    "en",
  );
  const shown = () => String(stream.read() ?? "");
  return { progress, shown };
}

describe("progress", () => {
  it("is a bar by bytes on a terminal", () => {
    const { progress, shown } = shownOn(true);
    progress.start(1_000);
    vi.advanceTimersByTime(2_000);
    progress.update(500, tally);
    progress.stop();
    expect(shown()).toMatch(/█.*50% \| 500 rows \| 250 rows\/s \| 5 rejected/);
  });

  it("is a line every few seconds elsewhere", () => {
    const { progress, shown } = shownOn(false);
    progress.start(1_000);
    progress.update(100, tally);
    expect(shown()).toBe("");
    vi.advanceTimersByTime(5_000);
    progress.update(500, tally);
    progress.update(510, tally);
    progress.stop();
    expect(shown()).toBe("50% | 500 rows | 100 rows/s | 5 rejected\n");
  });
});

describe("the summary", () => {
  it("counts, names the reject file, and says how to go on after a stop", () => {
    const end = {
      rejectFile: "people.rejects.csv",
      stoppedAtLine: 501,
      dryRun: false,
    };
    expect(describeEnd(tally, end, 2_000, "en")).toBe(
      [
        "Read           500  in 2.0 s, 250 rows/s",
        "Imported       480",
        "Already there  15",
        "Rejected       5  see people.rejects.csv",
        "Stopped after line 501. Run the same command again for the rest: nothing is imported twice.",
      ].join("\n"),
    );
  });
});
