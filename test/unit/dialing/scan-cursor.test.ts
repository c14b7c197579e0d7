import { describe, expect, it } from "vitest";

import { ScanCursor } from "../../../dialing/scan-cursor.ts";
import { partitionStart } from "../../../dialing/pass-facts.ts";
import type { LeadPartition } from "../../../dialing/pass-facts.ts";

const partition = (priority: number): LeadPartition => ({
  zone: "America/Sao_Paulo",
  listId: "00000000-0000-0000-0000-000000000000",
  priority,
  dueMs: 0,
  listPriority: 100,
  listActive: true,
});

describe("a scan through a long list", () => {
  it("goes on in each partition where it left it, and not in one that is through", () => {
    const cursor = new ScanCursor();
    const position = { dueAt: "2026-01-05T13:00:00.000001+00:00", id: "x" };
    cursor.leave(partition(1), null);
    cursor.leave(partition(2), position);
    expect([1, 2, 3].map((n) => cursor.positionIn(partition(n)))).toEqual([
      null,
      position,
      partitionStart,
    ]);
  });

  it("is followed by a rest only if it was long and found nobody", () => {
    const short = new ScanCursor();
    short.notePass(false);
    expect(short.restEndsMs(1_000)).toBeNull();
    const vain = new ScanCursor();
    vain.notePass(false);
    vain.notePass(false);
    expect(vain.restEndsMs(1_000)).toBe(11_000);
    const good = new ScanCursor();
    good.notePass(true);
    good.notePass(false);
    expect(good.restEndsMs(1_000)).toBeNull();
  });
});
