import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { noLimits } from "../../../adapters/port.ts";
import { switchPace } from "../../../dialing/switch-pace.ts";

describe("the pace that a switch's own limits leave", () => {
  it("is none for a PBX that says nothing", () => {
    expect(switchPace(noLimits)).toEqual({
      callsPerSecond: null,
      freeCalls: null,
    });
  });

  it.each([
    [30, 14],
    [11, 5],
    [5, 2],
    [3, 1],
    [1, 1],
  ])(
    "is half of sessions-per-second %i, less the one it never lets through: %i",
    (sessionsPerSecond, calls) => {
      expect(
        switchPace({ ...noLimits, sessionsPerSecond }).callsPerSecond,
      ).toBe(calls);
    },
  );

  it("leaves a twentieth of max-sessions to others, and counts two sessions a call", () => {
    const of = (maxSessions: number, sessions: number) =>
      switchPace({ ...noLimits, maxSessions, sessions }).freeCalls;
    expect(of(1_000, 0)).toBe(475);
    expect(of(1_000, 900)).toBe(25);
    expect(of(1_000, 949)).toBe(0);
    expect(of(1_000, 1_200)).toBe(0);
  });

  it("never lets more sessions begin in a second, or be up, than the switch takes", () => {
    const count = fc.integer({ min: 0, max: 100_000 });
    const perSecond = fc.integer({ min: 3, max: 10_000 });
    fc.assert(
      fc.property(
        count,
        count,
        perSecond,
        (maxSessions, sessions, sessionsPerSecond) => {
          const limits = {
            ...noLimits,
            maxSessions,
            sessions,
            sessionsPerSecond,
          };
          const { callsPerSecond, freeCalls } = switchPace(limits);
          expect((callsPerSecond ?? NaN) * 2).toBeLessThan(sessionsPerSecond);
          if (sessions <= maxSessions)
            expect(sessions + (freeCalls ?? NaN) * 2).toBeLessThanOrEqual(
              maxSessions,
            );
        },
      ),
    );
  });
});
