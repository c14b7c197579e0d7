/** One Asterisk and one line for all tests of a file; whatever was called is hung up after each. */
import { afterAll, afterEach, beforeAll, expect } from "vitest";

import { startAsterisk } from "../../../support/asterisk-lab.ts";
import type { AsteriskLab } from "../../../support/asterisk-lab.ts";
import { waitFor } from "../../../support/wait-for.ts";
import { openLine } from "./real-line.ts";
import type { Account, RealCall, RealLine } from "./real-line.ts";

type Changes = Parameters<RealLine["dial"]>[1];

/** All of it inside a test only. */
export interface RealCalls {
  readonly lab: () => AsteriskLab;
  readonly line: () => RealLine;
  /** Calls a number of its own that the far end treats as `suffix` says. */
  readonly call: (suffix: string, changes?: Changes) => Promise<RealCall>;
  /** The same by any dial string; `#` stands for the number. */
  readonly callBy: (
    dialString: string,
    suffix: string,
    changes?: Changes,
  ) => Promise<RealCall>;
  /** Another line, closed after the test. */
  readonly open: (account: Account) => Promise<RealLine>;
}

export function shareRealCalls(): RealCalls {
  let lab: AsteriskLab | null = null;
  let line: RealLine | null = null;
  let numbers = 0;
  const opened: RealLine[] = [];
  const placed: RealCall[] = [];
  const inTest = <T>(one: T | null): T => {
    if (one === null) throw new Error("call this inside a test");
    return one;
  };
  beforeAll(async () => {
    lab = await startAsterisk();
    line = await openLine(lab.ami);
  });
  afterEach(async () => {
    const { adapter } = inTest(line);
    for (const { id } of placed.splice(0)) await adapter.hangup(id);
    for (const other of opened.splice(0)) await other.adapter.disconnect();
    await waitFor("all channels to be gone", async () =>
      (await inTest(lab).cli("core show channels count")).includes(
        "0 active channels",
      ),
    );
  });
  afterAll(async () => {
    await line?.adapter.disconnect();
    await lab?.stop();
  });
  const callBy: RealCalls["callBy"] = async (dialString, suffix, changes) => {
    numbers += 1;
    const number = `55117${String(numbers).padStart(5, "0")}${suffix}`;
    const made = await inTest(line).dial(
      dialString.replace("#", number),
      changes,
    );
    expect(made.result).toEqual({ status: "accepted" });
    placed.push(made);
    return made;
  };
  return {
    lab: () => inTest(lab),
    line: () => inTest(line),
    call: (suffix, changes) => callBy("PJSIP/#@carrier", suffix, changes),
    callBy,
    open: async (account) => {
      const other = await openLine(account);
      opened.push(other);
      return other;
    },
  };
}
