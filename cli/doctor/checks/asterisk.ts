/**
 * Checks Asterisk, from the TCP port to the rights of an engine. Nothing is changed and nobody is called: Asterisk
 * calls itself for a moment, as at each connect of an engine (`adapters/asterisk-ami/event-check.ts`).
 */
import { pino } from "pino";
import {
  listChannels,
  installationTagsOf,
} from "../../../adapters/asterisk-ami/channels.ts";
import { AmiSession } from "../../../adapters/asterisk-ami/session.ts";
import { fullyBooted } from "../../../adapters/asterisk-ami/handshake.ts";
import { AdapterError } from "../../../adapters/port.ts";
import type { VoiceConfig } from "../../../config/reading.ts";
import { type Finding, found, foundFor } from "../finding.ts";
import type { PbxNeeds } from "../pbx-needs.ts";
import { isPassed, reasonOf, runCheck } from "../run-check.ts";
import { checkDialplan, checkPast, checkTrunks } from "./asterisk-dialplan.ts";
import {
  checkClock,
  checkEvents,
  checkVersion,
  checkWriteRights,
  type ReceivedEvents,
} from "./asterisk-rights.ts";
import { meetAsterisk } from "./pbx-greeting.ts";
import { judgeSharing } from "./sharing.ts";

export type AsteriskConfig = Extract<
  VoiceConfig,
  { readonly adapter: "asterisk_ami" }
>;

const connectMs = 4_000;
/** Asterisk answers a refused login after one second. */
const loginMs = 4_000;
const commandMs = 3_000;
const bootedMs = 2_500;
/** Time limit of each check; longer than its own waits. */
const limitMs = 10_000;

const afterLogin = [
  "asterisk.version",
  "asterisk.write",
  "asterisk.read",
  "asterisk.timestamps",
  "asterisk.clock",
  "asterisk.context",
  "asterisk.past",
  "asterisk.sharing",
  "asterisk.trunks",
] as const;

/** Runs all checks of Asterisk. Never rejects. */
export async function checkAsterisk(
  config: AsteriskConfig,
  needs: PbxNeeds,
  stop: AbortSignal,
): Promise<readonly Finding[]> {
  let address = "";
  const tcp = await runCheck("asterisk.tcp", limitMs, stop, async (signal) => {
    const port = await checkPort(config, signal);
    address = port.address;
    return [port.finding];
  });
  if (!isPassed(tcp))
    return [
      ...tcp,
      ...skipped(["asterisk.login", ...afterLogin], "asterisk.tcp"),
    ];
  const login = await logIn(config, address, stop);
  if (login.session === null)
    return [
      ...tcp,
      ...login.findings,
      ...skipped(afterLogin, "asterisk.login"),
    ];
  try {
    const behind = await behindLogin(
      login.session,
      login.received,
      needs,
      stop,
      config,
    );
    return [...tcp, ...login.findings, ...behind];
  } finally {
    login.session.close("The doctor is done");
  }
}

function skipped(
  checks: readonly ((typeof afterLogin)[number] | "asterisk.login")[],
  check: string,
): readonly Finding[] {
  return checks.map((skip) => foundFor(skip, "skipped.after", { check }));
}

async function checkPort(
  { host, port }: AsteriskConfig,
  signal: AbortSignal,
): Promise<{ readonly finding: Finding; readonly address: string }> {
  const met = await meetAsterisk({ host, port, signal });
  const where = `${host}:${String(port)}`;
  const { address, greeting } = met;
  const finding =
    met.finding ??
    found("asterisk.tcp.ok", { where, greeting: greeting ?? "" });
  return { address, finding };
}

interface Login {
  /** null: refused. */
  readonly session: AmiSession | null;
  readonly received: ReceivedEvents;
  readonly findings: readonly Finding[];
}

async function logIn(
  config: AsteriskConfig,
  address: string,
  stop: AbortSignal,
): Promise<Login> {
  const { user } = config;
  let opened: AmiSession | null = null;
  let booted: Promise<boolean> = Promise.resolve(false);
  const findings = await runCheck(
    "asterisk.login",
    limitMs,
    stop,
    async (signal) => {
      const session = await openSession(config, signal);
      try {
        // It may arrive together with the login's answer.
        booted = fullyBooted(session, bootedMs).then(
          () => true,
          () => false,
        );
        await session.login();
      } catch (error) {
        session.close("The login failed");
        if (!(error instanceof AdapterError)) throw error;
        const reason = shortReason(error);
        if (/already in use/i.test(reason))
          return [found("asterisk.login.in-use", { user, reason })];
        return [found("asterisk.login.refused", { user, reason, address })];
      }
      opened = session;
      return [found("asterisk.login.ok", { user })];
    },
  );
  return { session: opened, received: { booted: () => booted }, findings };
}

/** Asterisk's own message, without the engine's advice around it. */
function shortReason(error: AdapterError): string {
  return /\(([^()]+)\)/.exec(error.message)?.[1] ?? reasonOf(error);
}

async function openSession(
  { host, port, user, secret }: AsteriskConfig,
  signal: AbortSignal,
): Promise<AmiSession> {
  const session = await AmiSession.open({
    ...{ host, port, user, secret },
    connectTimeoutMs: connectMs,
    loginTimeoutMs: loginMs,
    commandTimeoutMs: commandMs,
    pingIntervalMs: 60_000,
    log: pino({ level: "silent" }),
    onEvent: () => undefined,
    onShuttingDown: () => undefined,
    onClose: () => undefined,
  });
  if (signal.aborted) session.close("The doctor ran out of time");
  return session;
}

async function behindLogin(
  session: AmiSession,
  received: ReceivedEvents,
  needs: PbxNeeds,
  stop: AbortSignal,
  { node }: AsteriskConfig,
): Promise<readonly Finding[]> {
  const { trunks } = needs;
  // One after the other: each has the connection to itself, and the order is that of the report.
  return [
    ...(await runCheck("asterisk.version", limitMs, stop, () =>
      checkVersion(session),
    )),
    ...(await runCheck("asterisk.write", limitMs, stop, () =>
      checkWriteRights(session),
    )),
    ...(await runCheck("asterisk.read", limitMs, stop, () =>
      checkEvents(session, received),
    )),
    ...(await runCheck("asterisk.clock", limitMs, stop, () =>
      checkClock(session),
    )),
    ...(await runCheck("asterisk.context", limitMs, stop, () =>
      checkDialplan(session, needs.extensions),
    )),
    ...(await runCheck("asterisk.past", limitMs, stop, () =>
      checkPast(session),
    )),
    ...(await runCheck("asterisk.sharing", limitMs, stop, async () => {
      const tags = installationTagsOf(await listChannels(session));
      return [judgeSharing("asterisk", needs.installation, tags)];
    })),
    ...(await runCheck("asterisk.trunks", limitMs, stop, () =>
      trunks === null
        ? [foundFor("asterisk.trunks", "skipped.no-facts")]
        : checkTrunks(session, trunks, node),
    )),
  ];
}
