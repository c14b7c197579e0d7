/** Where an answered test call goes, by the name that was given. */
import { readCallDestinations } from "./queries.ts";
import type { CallDestination, CallTrunk } from "./queries.ts";
import type { Database } from "../../database/pools.ts";
import { CommandError } from "../command.ts";
import type { Translated } from "../language.ts";

/**
 * @param wanted name; null: none was asked for
 * @returns its id
 * @throws CommandError when there is none of that name, or calls through the trunk cannot go there
 */
export async function findDestination(
  database: Database,
  trunk: CallTrunk,
  wanted: string | null,
): Promise<string | null> {
  if (wanted === null) return null;
  const all = await readCallDestinations(database, trunk);
  const found = all.find(({ name }) => name === wanted);
  if (found === undefined) throw noDestination(wanted, all);
  if (found.flaw === null) return found.id;
  const why = flaws[found.flaw];
  throw new CommandError(found.flaw, {
    en: `--destination "${wanted}" cannot be used: ${why.en}`,
    "pt-BR": `--destination "${wanted}" não pode ser usado: ${why["pt-BR"]}`,
  });
}

const flaws: Readonly<
  Record<NonNullable<CallDestination["flaw"]>, Translated>
> = {
  DESTINATION_NOT_PERMITTED: {
    en: "the account of this call may not use it; see account_ids in destinations, or give another --account",
    "pt-BR":
      "a conta desta ligação não pode usá-lo; veja account_ids em destinations, ou dê outra em --account",
  },
  DESTINATION_INACTIVE: {
    en: "it is switched off: update destinations set is_active = true",
    "pt-BR": "está desligado: update destinations set is_active = true",
  },
  DESTINATION_NODE: {
    en: "it is on another PBX than the trunk; see voice_node in destinations and in trunk_config",
    "pt-BR":
      "fica em outro PABX que o tronco; veja voice_node em destinations e em trunk_config",
  },
};

function noDestination(
  wanted: string,
  all: readonly CallDestination[],
): CommandError {
  const names = all
    .filter(({ flaw }) => flaw === null)
    .map(({ name }) => `  ${name}`)
    .join("\n");
  return new CommandError(
    "NO_DESTINATION",
    names === ""
      ? {
          en: `no destination is called "${wanted}", and there is none that this call can use; an administrator inserts them into destinations`,
          "pt-BR": `nenhum destino se chama "${wanted}", e não há nenhum que esta ligação possa usar; um administrador os insere em destinations`,
        }
      : {
          en: `no destination is called "${wanted}"; this call can use:\n${names}`,
          "pt-BR": `nenhum destino se chama "${wanted}"; esta ligação pode usar:\n${names}`,
        },
  );
}
