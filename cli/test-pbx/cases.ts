/** What an installation must be able to do before it may dial. */
import { CaseFailure } from "./live-line.ts";
import type { LiveLine } from "./live-line.ts";
import type { TestPbxOptions } from "./options.ts";

export interface LiveCase {
  readonly name: string;
  /** Where to look when it fails. */
  readonly advice: string;
  /** @returns what was seen, for the report @throws CaseFailure */
  readonly run: (line: LiveLine, options: TestPbxOptions) => Promise<string>;
}

const TEST_DIALPLAN =
  "is docs/freeswitch/dialplan/dialer-test.xml in /etc/freeswitch/dialplan, mod_loopback loaded, and reloadxml done?";
const DIALPLAN =
  "is docs/freeswitch/dialplan/dialer.xml in /etc/freeswitch/dialplan, and reloadxml done?";

function expectThat(isSo: boolean, otherwise: string): void {
  if (!isSo) throw new CaseFailure(otherwise);
}

/** Free text with what a PBX might stumble over. */
const TEXT = "Olá D'Ávila 100% (ok)";

export const liveCases: readonly LiveCase[] = [
  {
    name: "the switch reports its limits",
    advice: "the user needs esl-allowed-api status",
    run: (line) => {
      const { maxSessions, sessionsPerSecond } = line.adapter.limits();
      expectThat(
        maxSessions !== null && sessionsPerSecond !== null,
        "status named neither max sessions nor sessions per second",
      );
      return Promise.resolve(
        `${String(maxSessions)} sessions, ${String(sessionsPerSecond)} new ones a second`,
      );
    },
  },
  {
    name: "an answered call is handed over to the extension message, which leaves a disposition",
    advice: DIALPLAN,
    run: async (line, { context }) => {
      const id = await line.call("talks", { context, extension: "message" });
      const answered = await line.event(id, "ANSWERED");
      const { disposition } = await line.event(id, "DISPOSITION", 30);
      const { complete, cause } = await line.event(id, "ENDED");
      expectThat(
        disposition === "NO_KEY",
        `disposition ${disposition} instead of NO_KEY`,
      );
      expectThat(complete, "its end arrived without its beginning");
      expectThat(cause === 16, `Q.850 cause ${String(cause)} instead of 16`);
      expectThat(
        line.kinds(id).includes("RINGING"),
        "it was answered without ringing",
      );
      return `answered at ${answered.at}, ${disposition}`;
    },
  },
  {
    name: "variables arrive, free text too",
    advice: TEST_DIALPLAN,
    run: async (line) => {
      const id = await line.call("talks", {
        extension: "variables",
        variables: { CHECK: TEXT },
      });
      const { disposition } = await line.event(id, "DISPOSITION");
      const expected = `${id} ${TEXT}`;
      expectThat(
        disposition === expected,
        `the dialplan saw "${disposition}" instead of "${expected}"`,
      );
      await line.event(id, "ENDED");
      return TEXT;
    },
  },
  ...ends(),
  {
    name: "a call that is hung up by us ends, once",
    advice:
      "the user needs esl-allowed-api uuid_kill, uuid_exists, uuid_getvar",
    run: async (line) => {
      const id = await line.call("rings");
      await line.event(id, "RINGING");
      const first = await line.adapter.hangup(id);
      expectThat(first === "requested", `hanging up said ${first}`);
      await line.event(id, "ENDED");
      const second = await line.adapter.hangup(id);
      expectThat(
        second === "no_such_channel",
        `hanging up what is over said ${second}`,
      );
      return "requested, then no such channel";
    },
  },
  {
    name: "the switch ends a call at its longest duration by itself",
    advice: "does anything in your dialplan clear execute_on_answer?",
    run: async (line) => {
      const id = await line.call("talks", { maxCallDurationSeconds: 2 });
      const { at } = await line.event(id, "ANSWERED");
      const ended = await line.event(id, "ENDED", 6);
      const seconds = (Date.parse(ended.at) - Date.parse(at)) / 1_000;
      expectThat(
        ended.causeName === "ALLOTTED_TIMEOUT",
        `it ended with ${ended.causeName ?? "no cause"}`,
      );
      return `${seconds.toFixed(1)} s for a limit of 2`;
    },
  },
  {
    name: "a call goes on when the connection drops, and is found again",
    advice:
      "the user needs esl-allowed-api show, uuid_exists, uuid_dump; another user's filter hides nothing from us",
    run: findAgain,
  },
];

function ends(): LiveCase[] {
  return [
    {
      name: "a busy number is reported as busy",
      advice: TEST_DIALPLAN,
      run: (line) => unanswered(line, "busy", 17),
    },
    {
      name: "an invalid number is reported as invalid",
      advice: TEST_DIALPLAN,
      run: (line) => unanswered(line, "invalid", 1),
    },
    {
      name: "a number that rings is given up in time",
      advice: TEST_DIALPLAN,
      run: async (line) => {
        const id = await line.call("rings", {
          setupTimeoutSeconds: 2,
          ringTimeoutSeconds: 2,
        });
        const ended = await line.event(id, "ENDED", 12);
        expectThat(ended.timedOut, "it ended, but not by our time-out");
        expectThat(ended.history.ringAt !== null, "it never rang");
        return ended.causeName ?? "no cause";
      },
    },
    {
      name: "a gateway that does not exist is reported as the trunk's fault",
      advice: "is mod_sofia loaded?",
      run: async (line) => {
        const id = await line.call("", {
          dialString: "sofia/gateway/dialer-test-nowhere/100",
        });
        const { reason } = await line.event(id, "REFUSED");
        expectThat(reason === "TRUNK_FAULT", `it was reported as ${reason}`);
        return reason;
      },
    },
  ];
}

async function unanswered(
  line: LiveLine,
  person: string,
  expected: number,
): Promise<string> {
  const id = await line.call(person);
  const { cause, causeName, history } = await line.event(id, "ENDED");
  expectThat(
    cause === expected,
    `Q.850 cause ${String(cause)} instead of ${String(expected)}`,
  );
  expectThat(history.answerAt === null, "it counts as answered");
  return causeName ?? "no cause";
}

async function findAgain(line: LiveLine): Promise<string> {
  const stranger = await line.call("talks");
  await line.event(stranger, "ANSWERED");
  const first = await line.beside();
  let id: string;
  try {
    id = await first.call("talks");
    await first.event(id, "ANSWERED");
    await first.adapter.disconnect();
  } catch (error) {
    await first.close();
    throw error;
  }
  const second = await line.beside(first.installationId);
  try {
    await foundBy(second, id, stranger);
    return "found, a foreign call left alone";
  } finally {
    await second.adapter.hangup(id).catch(() => undefined);
    await second.close();
  }
}

async function foundBy(
  line: LiveLine,
  id: string,
  stranger: string,
): Promise<void> {
  expectThat(await line.adapter.isAlive(id), "the call was gone");
  const calls = await line.adapter.listLiveCalls();
  const ids = calls.map(({ attemptId }) => attemptId);
  expectThat(
    ids.length === 1 && ids[0] === id,
    `${String(ids.length)} calls of ours were listed instead of one`,
  );
  const other = await line.adapter.hangup(stranger);
  expectThat(
    other === "no_such_channel",
    "another installation's call would have been hung up",
  );
  await line.adapter.hangup(id);
  const { history } = await line.event(id, "ENDED");
  expectThat(history.answerAt !== null, "its answer was forgotten");
}
