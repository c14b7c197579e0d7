/** From a command line to a call that the engine finds: number read, trunk found, rows inserted. */
import type { Database } from "../../database/pools.ts";
import {
  placeCall,
  readCallAccount,
  readCallTrunks,
} from "../../database/test-call.ts";
import type { CallTrunk } from "../../database/test-call.ts";
import { normalisePhone } from "../../dialing/phone-number.ts";
import { maskPhone } from "../../logging.ts";
import { CommandError } from "../command.ts";
import { adviceOn } from "./advice.ts";
import { EXIT_NOTHING_DIALLED, followCall } from "./follow-call.ts";
import type { Patience } from "./follow-call.ts";
import type { CallOptions } from "./options.ts";

export interface TestCall {
  readonly database: Database;
  readonly options: CallOptions;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  readonly patience?: Patience;
}

/**
 * Makes the call and follows it.
 *
 * @returns the exit code
 * @throws CommandError for a trunk or number that cannot be meant
 */
export async function makeTestCall(test: TestCall): Promise<number> {
  const { database, options, say, signal } = test;
  const trunk = await findTrunk(database, options);
  const account = await readCallAccount(database, trunk.accountId);
  const number = normalisePhone(options.to, account.country);
  if (!number.ok) {
    throw new CommandError(
      "WRONG_NUMBER",
      `"${options.to}" cannot be called (${number.reason}): ${number.message}. Numbers without + are read as ${account.country}.`,
    );
  }
  if (!trunk.hasEngine) {
    say(
      `Nothing was dialled: NO_ACTIVE_ENGINE: ${adviceOn("NO_ACTIVE_ENGINE").text} (here: ${trunk.voiceNode})`,
    );
    return EXIT_NOTHING_DIALLED;
  }
  const call = await placeCall(database, {
    accountId: trunk.accountId,
    name: `Test call ${maskPhone(number.e164)} ${trunk.name}`,
    trunkId: trunk.id,
    e164: number.e164,
    timezone: number.timezone ?? account.timezone,
    callerId: options.callerId,
    ringSeconds: options.ringSeconds,
    extension: options.extension,
  });
  say(
    `Calling ${number.e164} through ${trunk.name}, for account ${trunk.accountId}. Ctrl-C hangs up.\n`,
  );
  const { patience } = test;
  return followCall({
    database,
    call,
    say,
    signal,
    ...(patience === undefined ? {} : { patience }),
  });
}

async function findTrunk(
  database: Database,
  { trunk: wanted, accountId }: CallOptions,
): Promise<CallTrunk> {
  const trunks = await readCallTrunks(database, accountId);
  const found = trunks.filter(({ name }) => name === wanted);
  const [first, second] = found;
  if (first !== undefined && second === undefined) return first;
  if (first !== undefined) {
    const owners = found.map(({ ownerId }) => ownerId ?? "shared by all");
    throw new CommandError(
      "SEVERAL_TRUNKS",
      `several trunks are called "${wanted}"; give --account with one of: ${owners.join(", ")}`,
    );
  }
  const names = trunks.map(
    ({ name, isActive }) => `  ${name}${isActive ? "" : " (switched off)"}`,
  );
  throw new CommandError(
    "NO_TRUNK",
    names.length === 0
      ? `no trunk is called "${wanted}": there are none; an administrator inserts them into trunk_config`
      : `no trunk is called "${wanted}"; there are:\n${names.join("\n")}`,
  );
}
