/** Checks FreeSWITCH, from the TCP port to the rights of an engine. Nothing is changed and nobody is called. */
import type { VoiceConfig } from "../../../config/reading.ts";
import { installationTagsOf } from "../../../adapters/freeswitch-esl/channels.ts";
import { userOf } from "../../../adapters/freeswitch-esl/command.ts";
import { EslClient, EslError } from "../esl-client.ts";
import { type Finding, found, foundFor } from "../finding.ts";
import type { PbxNeeds } from "../pbx-needs.ts";
import { isPassed, runCheck } from "../run-check.ts";
import { judgePbxClock } from "./pbx-clock.ts";
import { meetFreeswitch } from "./pbx-greeting.ts";
import { judgeSharing } from "./sharing.ts";
import {
  checkContexts,
  checkEslRights,
  checkEslVersion,
  checkGateways,
  checkLimits,
} from "./freeswitch-questions.ts";

export type FreeswitchConfig = Extract<
  VoiceConfig,
  { readonly adapter: "freeswitch_esl" }
>;

const connectMs = 4_000;
const answerMs = 3_000;
const limitMs = 10_000;

const afterLogin = [
  "freeswitch.version",
  "freeswitch.rights",
  "freeswitch.clock",
  "freeswitch.limits",
  "freeswitch.sharing",
  "freeswitch.context",
  "freeswitch.trunks",
] as const;

/** Runs all checks of FreeSWITCH. Never rejects. */
export async function checkFreeswitch(
  config: FreeswitchConfig,
  needs: PbxNeeds,
  stop: AbortSignal,
): Promise<readonly Finding[]> {
  const opened: { client: EslClient | null } = { client: null };
  const tcp = await runCheck("freeswitch.tcp", limitMs, stop, (signal) =>
    openLine(config, opened, signal, stop),
  );
  const { client } = opened;
  try {
    if (client === null || !isPassed(tcp))
      return [
        ...tcp,
        ...skipped(["freeswitch.login", ...afterLogin], "freeswitch.tcp"),
      ];
    const login = await runCheck("freeswitch.login", limitMs, stop, () =>
      logIn(client, config.password),
    );
    if (!isPassed(login))
      return [...tcp, ...login, ...skipped(afterLogin, "freeswitch.login")];
    return [
      ...tcp,
      ...login,
      ...(await behindLogin(client, config, needs, stop)),
    ];
  } finally {
    client?.close();
  }
}

function skipped(
  checks: readonly ((typeof afterLogin)[number] | "freeswitch.login")[],
  check: string,
): readonly Finding[] {
  return checks.map((skip) => foundFor(skip, "skipped.after", { check }));
}

/** @param stop closes the connection that stays open for the other checks */
async function openLine(
  { host, port }: FreeswitchConfig,
  opened: { client: EslClient | null },
  signal: AbortSignal,
  stop: AbortSignal,
): Promise<readonly Finding[]> {
  const where = `${host}:${String(port)}`;
  const met = await meetFreeswitch({ host, port, signal });
  if (met.finding !== null) return [met.finding];
  try {
    opened.client = await EslClient.open({
      ...{ host, port, connectMs, answerMs },
      signal: stop,
    });
    return [found("freeswitch.tcp.ok", { where })];
  } catch (error) {
    if (!(error instanceof EslError)) throw error;
    const { code, message: reason } = error;
    const { address } = met;
    return [
      code === "ACL"
        ? found("freeswitch.tcp.acl", { address })
        : found("freeswitch.tcp.lost", { where, reason }),
    ];
  }
}

async function logIn(
  client: EslClient,
  password: string,
): Promise<readonly Finding[]> {
  try {
    await client.login(password);
    return [found("freeswitch.login.ok")];
  } catch (error) {
    if (!(error instanceof EslError) || error.code !== "PASSWORD") throw error;
    const reason = error.message;
    const user = userOf(password);
    return [
      user === null
        ? found("freeswitch.login.refused", { reason })
        : found("freeswitch.login.refused-user", { reason, user }),
    ];
  }
}

async function behindLogin(
  client: EslClient,
  { node }: FreeswitchConfig,
  { extensions, installation, trunks }: PbxNeeds,
  stop: AbortSignal,
): Promise<readonly Finding[]> {
  return [
    ...(await runCheck("freeswitch.version", limitMs, stop, () =>
      checkEslVersion(client),
    )),
    ...(await runCheck("freeswitch.rights", limitMs, stop, () =>
      checkEslRights(client),
    )),
    ...(await runCheck("freeswitch.clock", limitMs, stop, async () => [
      judgePbxClock("freeswitch", await client.clockOffsetMs()),
    ])),
    ...(await runCheck("freeswitch.limits", limitMs, stop, () =>
      checkLimits(client, trunks ?? []),
    )),
    ...(await runCheck("freeswitch.sharing", limitMs, stop, async () => [
      judgeSharing(
        "freeswitch",
        installation,
        await installationTagsOf(client),
      ),
    ])),
    ...(await runCheck("freeswitch.context", limitMs, stop, () =>
      checkContexts(client, extensions),
    )),
    ...(await runCheck("freeswitch.trunks", limitMs, stop, () =>
      trunks === null
        ? [foundFor("freeswitch.trunks", "skipped.no-facts")]
        : checkGateways(client, trunks, node),
    )),
  ];
}
