/** From the command line to a call that the engine finds: reads the number, finds the trunk, inserts the rows. */
import type { Database } from "../../database/pools.ts";
import { placeCall, readCallAccount, readCallTrunks } from "./queries.ts";
import type { CallTrunk } from "./queries.ts";
import { normalisePhone } from "../../dialing/phone-number.ts";
import { maskPhone } from "../../logging.ts";
import { CommandError } from "../command.ts";
import type { Language } from "../language.ts";
import { phoneReason } from "../import/phone-reasons.ts";
import { adviceOn } from "./advice.ts";
import { findDestination } from "./find-destination.ts";
import { EXIT_NOTHING_DIALLED, followCall } from "./follow-call.ts";
import type { Patience } from "./follow-call.ts";
import type { CallOptions } from "./options.ts";

export interface TestCall {
  readonly database: Database;
  readonly options: CallOptions;
  readonly say: (line: string) => void;
  readonly language: Language;
  readonly signal: AbortSignal;
  readonly patience?: Patience;
}

/**
 * Makes the call and follows it.
 *
 * @returns the exit code
 * @throws CommandError for a trunk that does not exist or a number that cannot be called
 */
export async function makeTestCall(test: TestCall): Promise<number> {
  const { database, options, say, signal, language } = test;
  const trunk = await findTrunk(database, options);
  const account = await readCallAccount(database, trunk.accountId);
  const number = normalisePhone(options.to, account.country);
  if (!number.ok) {
    const why = phoneReason(number).text;
    throw new CommandError("WRONG_NUMBER", {
      en: `"${options.to}" cannot be called (${number.reason}): ${why.en}. Numbers without + are read as ${account.country}.`,
      "pt-BR": `não se pode ligar para "${options.to}" (${number.reason}): ${why["pt-BR"]}. Números sem + são lidos como de ${account.country}.`,
    });
  }
  const destinationId = await findDestination(
    database,
    trunk,
    options.destination,
  );
  if (!trunk.hasEngine) {
    const advice = adviceOn("NO_ACTIVE_ENGINE").text;
    const texts = {
      en: `Nothing was dialled: NO_ACTIVE_ENGINE: ${advice.en} (here: ${trunk.voiceNode})`,
      "pt-BR": `Nada foi discado: NO_ACTIVE_ENGINE: ${advice["pt-BR"]} (aqui: ${trunk.voiceNode})`,
    };
    say(texts[language]);
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
    extension: options.extension ?? "s",
    destinationId,
  });
  const calling = {
    en: `Calling ${number.e164} through ${trunk.name}, for account ${trunk.accountId}. Ctrl-C hangs up.\n`,
    "pt-BR": `Ligando para ${number.e164} pelo tronco ${trunk.name}, pela conta ${trunk.accountId}. Ctrl-C desliga.\n`,
  };
  say(calling[language]);
  const { patience } = test;
  return followCall({
    database,
    call,
    say,
    language,
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
    const owners = (all: string) =>
      found.map(({ ownerId }) => ownerId ?? all).join(", ");
    throw new CommandError("SEVERAL_TRUNKS", {
      en: `several trunks are called "${wanted}"; give --account with one of: ${owners("shared by all")}`,
      "pt-BR": `mais de um tronco se chama "${wanted}"; dê --account com uma de: ${owners("de todas")}`,
    });
  }
  const names = (off: string) =>
    trunks
      .map(({ name, isActive }) => `  ${name}${isActive ? "" : ` (${off})`}`)
      .join("\n");
  throw new CommandError(
    "NO_TRUNK",
    trunks.length === 0
      ? {
          en: `no trunk is called "${wanted}": there are none; an administrator inserts them into trunk_config`,
          "pt-BR": `nenhum tronco se chama "${wanted}": não há nenhum; um administrador os insere em trunk_config`,
        }
      : {
          en: `no trunk is called "${wanted}"; there are:\n${names("switched off")}`,
          "pt-BR": `nenhum tronco se chama "${wanted}"; há:\n${names("desligado")}`,
        },
  );
}
