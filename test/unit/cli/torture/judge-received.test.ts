/** Who can have known of a call decides whether its row may say less than the carrier. */
import { describe, expect, it } from "vitest";

import { judge } from "../../../../cli/torture/judge.ts";
import {
  attempt,
  call,
  found,
  goodRound,
  life,
  round,
  T0,
} from "./round-evidence.ts";

const good = goodRound();

describe("the judge", () => {
  it("reports ORPHANED by number where nobody could know: both engines cut off from the PBX", () => {
    const outages = (["A", "B"] as const).map((engine) => ({
      ...{ engine, of: "PBX" as const, isSilent: false },
      ...{ from: T0 + 100, to: T0 + 3_000 },
    }));
    const verdict = judge(
      round({
        outages,
        calls: [
          call(0, {
            outcome: "ANSWERED",
            rangAt: T0 + 60,
            answeredAt: T0 + 90,
          }),
          call(1),
          call(2),
        ],
        rows: {
          attempts: [
            attempt(0, { outcome: "ORPHANED" }),
            attempt(1),
            attempt(2),
          ],
        },
      }),
    );
    expect(verdict).toMatchObject({
      findings: [],
      ...{ orphaned: 1, orphanedAnswered: 1, unheard: 0 },
    });
  });
  describe("of a call whose end only the standby received", () => {
    /** The holder's line to the PBX was cut when the call ended, at 150 ms; the row was given up at 4 s. */
    const alone = {
      outages: [
        {
          ...{ engine: "A" as const, of: "PBX" as const, isSilent: false },
          ...{ from: T0 + 50, to: T0 + 900 },
        },
      ],
      rows: {
        attempts: [
          attempt(0, { outcome: "ORPHANED", endAt: T0 + 4_000 }),
          attempt(1),
          attempt(2),
        ],
      },
    };
    const excused = { findings: [], standbyAlone: 1, orphaned: 0 };

    it("finds that it did not hand it in", () => {
      expect(found(alone)).toEqual(["OUTCOME"]);
    });

    it("finds that the row says less, be it not ORPHANED", () => {
      const attempts = [
        attempt(0, { outcome: "NETWORK_CONGESTION", endAt: T0 + 4_000 }),
        attempt(1),
        attempt(2),
      ];
      expect(found({ ...alone, rows: { attempts } })).toEqual(["OUTCOME"]);
    });

    it.each(["A", "B"] as const)(
      "counts it apart when engine %s was frozen before the row was given up, and only then",
      (engine) => {
        const frozen = (from: number) => [{ engine, from, to: from + 1_000 }];
        const during = round({ ...alone, frozen: frozen(T0 + 3_500) });
        expect(judge(during)).toMatchObject(excused);
        expect(found({ ...alone, frozen: frozen(T0 + 4_500) })).toEqual([
          "OUTCOME",
        ]);
      },
    );

    it.each(["A", "B"] as const)(
      "counts it apart when engine %s had no database meanwhile",
      (engine) => {
        const away = {
          ...{ engine, of: "DATABASE" as const, isSilent: false },
          ...{ from: T0 + 2_000, to: T0 + 2_500 },
        };
        const outages = [...alone.outages, away];
        expect(judge(round({ ...alone, outages }))).toMatchObject(excused);
        const pbx = { ...away, of: "PBX" as const };
        expect(found({ ...alone, outages: [...alone.outages, pbx] })).toEqual([
          "OUTCOME",
        ]);
      },
    );

    it("counts it apart when the standby was killed meanwhile, and not when it was stopped gracefully", () => {
      const lives = (endedBy: "SIGKILL" | "SIGTERM") => [
        life(),
        life({ engine: "B", endedAt: T0 + 3_500, endedBy }),
        life({ engine: "B", startedAt: T0 + 4_000, readyAt: T0 + 4_500 }),
      ];
      const killed = judge(round({ ...alone, lives: lives("SIGKILL") }));
      expect(killed).toMatchObject(excused);
      expect(found({ ...alone, lives: lives("SIGTERM") })).toEqual(["OUTCOME"]);
    });

    it("finds it whatever happened, when the standby then took over", () => {
      const health = good.health.map((sample) => ({
        ...sample,
        standby: (sample.engine === "A") === sample.at > T0 + 5_000,
      }));
      expect(found({ ...alone, health })).toEqual(["OUTCOME"]);
    });
  });

  describe("of a call whose end no engine received", () => {
    const outages = (["A", "B"] as const).map((engine) => ({
      ...{ engine, of: "PBX" as const, isSilent: false },
      ...{ from: T0 + 10, to: T0 + 3_000 },
    }));
    const orphaned = {
      outages,
      rows: {
        attempts: [attempt(0, { outcome: "ORPHANED" }), attempt(1), attempt(2)],
      },
    };
    const answered = { outcome: "ANSWERED", answeredAt: T0 + 60 };
    const withCall = (values: Parameters<typeof call>[1]) => ({
      ...orphaned,
      calls: [call(0, values), call(1), call(2)],
    });

    it("finds ORPHANED where the PBX can be asked about every call", () => {
      expect(found(orphaned)).toEqual([]);
      expect(found({ ...orphaned, pbxKeeps: "ALL" })).toEqual(["OUTCOME"]);
    });

    it("finds a row that says less, too", () => {
      const rows = {
        attempts: [
          attempt(0, { outcome: "NETWORK_CONGESTION" }),
          attempt(1),
          attempt(2),
        ],
      };
      expect(found({ outages, rows })).toEqual([]);
      expect(found({ outages, rows, pbxKeeps: "ALL" })).toEqual(["OUTCOME"]);
    });

    it("finds only an answered one where the PBX keeps those alone", () => {
      const pbxKeeps = "ANSWERED";
      expect(found({ ...orphaned, pbxKeeps })).toEqual([]);
      expect(found({ ...withCall(answered), pbxKeeps })).toEqual(["OUTCOME"]);
    });

    it("excuses what was lost with the PBX, but for an answer that it had written down", () => {
      const lost = { endedBy: "RESTART" as const };
      const pbxKeeps = "ALL";
      expect(found({ ...withCall(lost), pbxKeeps })).toEqual([]);
      const justNow = { ...answered, ...lost, endedAt: T0 + 1_000 };
      expect(found({ ...withCall(justNow), pbxKeeps })).toEqual([]);
      const longAgo = { ...justNow, endedAt: T0 + 2_900 };
      expect(found({ ...withCall(longAgo), pbxKeeps })).toEqual(["OUTCOME"]);
    });
  });

  it("excuses what an engine received that was killed before it could save it", () => {
    const lives = [
      life({ endedAt: T0 + 1_000, endedBy: "SIGKILL", code: null }),
      life({ startedAt: T0 + 2_000, readyAt: T0 + 3_000 }),
      life({ engine: "B", startedAt: T0 + 2_000, readyAt: T0 + 3_000 }),
    ];
    const rows = {
      attempts: [attempt(0, { outcome: "ORPHANED" }), attempt(1), attempt(2)],
    };
    expect(judge(round({ lives, rows }))).toMatchObject({ orphaned: 1 });
    const later = [
      life({ endedAt: T0 + 8_000, endedBy: "SIGKILL", code: null }),
      life({ startedAt: T0 + 9_000, readyAt: T0 + 9_500 }),
      life({ engine: "B" }),
    ];
    expect(found({ lives: later, rows })).toEqual(["OUTCOME"]);
  });

  it("excuses what an engine received that stopped gracefully while there was no database to save it in", () => {
    const stopped = (endedAt: number) => [
      life({ endedAt, endedBy: "SIGTERM" }),
      life({ startedAt: T0 + 9_000, readyAt: T0 + 9_500 }),
      life({ engine: "B", startedAt: T0 + 9_000, readyAt: T0 + 9_500 }),
    ];
    const rows = {
      attempts: [attempt(0, { outcome: "ORPHANED" }), attempt(1), attempt(2)],
    };
    const outages = [
      {
        ...{ engine: "A" as const, of: "DATABASE" as const, isSilent: false },
        ...{ from: T0, to: T0 + 1_500 },
      },
    ];
    expect(
      judge(round({ lives: stopped(T0 + 1_200), outages, rows })),
    ).toMatchObject({ findings: [], orphaned: 1 });
    expect(found({ lives: stopped(T0 + 8_000), outages, rows })).toEqual([
      "OUTCOME",
    ]);
    expect(found({ lives: stopped(T0 + 1_200), rows })).toEqual(["OUTCOME"]);
  });
});
