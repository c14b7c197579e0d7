/** The project's own real Asterisk, and the carrier behind it (sipp) whose record is the count. */
import { FAR_END, startAsterisk } from "../../test/support/asterisk-lab.ts";
import type { AsteriskLab, SeenCall } from "../../test/support/asterisk-lab.ts";
import { waitFor } from "../../test/support/wait-for.ts";
import type { CarrierCall, Span } from "./evidence.ts";
import type { PbxHouse, RoundPbx } from "./pbx.ts";
import { createMutex } from "./mutex.ts";

const TRUNKS = [
  {
    name: "carrier",
    dialString: "PJSIP/{number}@carrier",
    ...{ cps: 12, channels: 40 },
  },
];
/** What far ends do, by the number's last digits; each entry is equally likely. */
const FATES = [
  ...[FAR_END.answers, FAR_END.answers, FAR_END.answers, "486", "486"],
  ...[FAR_END.declines, FAR_END.earlyMediaThenUnavailable, "480", "404"],
  ...[FAR_END.earlyMediaThenAnswers, "603", FAR_END.declines, "486"],
];
const AVAILABLE_WITHIN_MS = 40_000;
const QUIET_WITHIN_MS = 10_000;

export function createAsteriskHouse(): PbxHouse {
  let lab: AsteriskLab | null = null;
  return {
    drainWithinMs: 100_000,
    leads: 60,
    open: async ({ round }) => {
      lab ??= await startAsterisk();
      return openRound(lab, round);
    },
    close: async () => {
      await lab?.stop();
    },
  };
}

async function openRound(lab: AsteriskLab, round: number): Promise<RoundPbx> {
  const before = (await lab.carrier.calls()).length;
  const restarts: Span[] = [];
  return {
    address: { host: lab.ami.host, port: lab.ami.port },
    trunks: TRUNKS,
    engineEnv: (port) => ({
      VOICE_ADAPTER: "asterisk_ami",
      ASTERISK_HOST: "127.0.0.1",
      ASTERISK_AMI_PORT: String(port),
      ASTERISK_AMI_USER: lab.ami.user,
      ASTERISK_AMI_SECRET: lab.ami.secret,
    }),
    phone: (n) => phoneOf(round, n),
    calls: async () => {
      const seen = (await lab.carrier.calls()).slice(before);
      return seen.map((call) => seenByCarrier(call, restarts));
    },
    recordedBy: "CARRIER",
    // Kept by its dialplan, which an unanswered call never reaches.
    keeps: "ANSWERED",
    live: () => channelsLeft(lab),
    freeze: () => {
      const pid = lab.pid();
      process.kill(pid, "SIGSTOP");
      return Promise.resolve(() => process.kill(pid, "SIGCONT"));
    },
    restart: async () => {
      const from = Date.now();
      await lab.restart();
      restarts.push({ from, to: Date.now() });
    },
    refuse: async () => {
      await lab.cli("core restart gracefully");
      return async () => {
        // If it has already restarted, there is nothing to abort.
        await lab.cli("core abort shutdown").catch(() => "");
        await untilAvailable(lab);
      };
    },
    mutex: createMutex(),
    close: () => Promise.resolve(),
  };
}

/** Each round has numbers of its own, so that leftovers of an earlier one at the carrier are not mixed up with it. */
function phoneOf(round: number, n: number): string {
  const fate = FATES[(n * 7 + round) % FATES.length] ?? FAR_END.answers;
  const place = String(n).padStart(4, "0");
  return `+551198${place}${fate}`;
}

async function untilAvailable(lab: AsteriskLab): Promise<void> {
  await waitFor(
    "the carrier to be available",
    async () => {
      await lab.cli("pjsip qualify carrier").catch(() => "");
      const contacts = await lab.cli("pjsip show contacts").catch(() => "");
      return /carrier\/.* Avail /.test(contacts);
    },
    { timeoutMs: AVAILABLE_WITHIN_MS, intervalMs: 100 },
  );
}

/** Legs of agents are hung up a moment after the person's. */
async function channelsLeft(lab: AsteriskLab): Promise<number> {
  const count = async (): Promise<number> => {
    const said = await lab.cli("core show channels count");
    return Number(/(\d+) active channel/.exec(said)?.[1] ?? NaN);
  };
  await waitFor(
    "Asterisk to have no channel",
    async () => (await count()) === 0,
    { timeoutMs: QUIET_WITHIN_MS, intervalMs: 100 },
  ).catch(() => undefined);
  return count();
}

function seenByCarrier(call: SeenCall, restarts: readonly Span[]): CarrierCall {
  const { number, at, rangAt, answeredAt } = call;
  const overAt = call.endAt ?? finalAt(call);
  const lost = restarts.find(
    ({ from }) => at <= from && (overAt ?? Infinity) > from,
  );
  const known = { attemptId: null, number, at, repeated: false };
  return {
    ...{ ...known, rangAt, answeredAt, outcome: outcomeOf(call) },
    endedAt: lost?.from ?? overAt,
    endedBy: lost === undefined ? endedBy(call) : "RESTART",
  };
}

function finalAt({ responses, respondedAt }: SeenCall): number | null {
  return (responses.at(-1) ?? 0) >= 300 ? respondedAt : null;
}

function endedBy({ end, responses }: SeenCall): CarrierCall["endedBy"] {
  // Hangs up the engine's calls only: the agents stay.
  if (end === "BYE received" || end === "CANCEL received") return "COMMAND";
  if (end === "BYE sent" || (responses.at(-1) ?? 0) >= 300) return "CARRIER";
  return null;
}

/** As named in `outcomes` (`dialing/outcome.ts` is under test here, so it is not used). */
function outcomeOf({ responses, rangAt, answeredAt }: SeenCall): string | null {
  if (answeredAt !== null) return "ANSWERED";
  const rung = rangAt !== null;
  switch (responses.findLast((status) => status >= 300)) {
    case 486:
      return rung ? "DECLINED" : "BUSY";
    case 480:
      return rung ? "NO_ANSWER" : "UNREACHABLE";
    case 404:
      return "INVALID_NUMBER";
    case 603:
      return rung ? "DECLINED" : "REJECTED";
    default:
      // Cancelled, or never answered with anything.
      return rung ? "NO_ANSWER" : "NETWORK_CONGESTION";
  }
}
