/** The campaign that a person means. */
import {
  campaignNames,
  findCampaigns,
  type CampaignChoice,
} from "./queries.ts";
import type { Database } from "../../database/pools.ts";
import { CommandError } from "../command.ts";

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const maxSuggestions = 5;

/**
 * @param wanted exact name, or id
 * @param accountId null: any account
 * @throws CommandError when there is none (near names are given) or more than one
 */
export async function findCampaign(
  database: Database,
  wanted: string,
  accountId: string | null,
): Promise<CampaignChoice> {
  const id = isUuid(wanted) ? wanted.toLowerCase() : null;
  const found = await findCampaigns(database, { id, name: wanted, accountId });
  const [first, ...others] = found;
  if (first && (others.length === 0 || first.id === id)) return first;
  if (first) throw severalFound(wanted, found);
  const names = nearNames(wanted, await campaignNames(database, accountId));
  const near = names.map((name) => `"${name}"`).join(", ");
  const account = accountId ?? "";
  const [inAccount, naConta] =
    accountId === null
      ? ["", ""]
      : [` in account ${account}`, ` na conta ${account}`];
  throw new CommandError("NO_CAMPAIGN", {
    en: `no campaign is called "${wanted}"${inAccount}; ${near === "" ? "there are no campaigns" : `the nearest are: ${near}`}`,
    "pt-BR": `nenhuma campanha se chama "${wanted}"${naConta}; ${near === "" ? "não há campanhas" : `as mais parecidas são: ${near}`}`,
  });
}

export function isUuid(text: string): boolean {
  return uuid.test(text);
}

function severalFound(
  wanted: string,
  found: readonly CampaignChoice[],
): CommandError {
  const lines = (account: string) =>
    found
      .map((one) => `  ${one.id}  ${one.status}  ${account} ${one.accountId}`)
      .join("\n");
  return new CommandError("SEVERAL_CAMPAIGNS", {
    en: `several campaigns are called "${wanted}"; give --account, or the id as --campaign:\n${lines("account")}`,
    "pt-BR": `mais de uma campanha se chama "${wanted}"; dê --account, ou o id em --campaign:\n${lines("conta")}`,
  });
}

/** The names most like `wanted`, best first: those that share the most pairs of letters with it. */
export function nearNames(
  wanted: string,
  names: readonly string[],
): readonly string[] {
  const own = letterPairs(wanted);
  const likeness = (name: string): number => {
    const other = letterPairs(name);
    const shared = [...own].filter((pair) => other.has(pair)).length;
    return (2 * shared) / (own.size + other.size);
  };
  return names
    .map((name) => ({ name, likeness: likeness(name) }))
    .toSorted((a, b) => b.likeness - a.likeness)
    .slice(0, maxSuggestions)
    .map(({ name }) => name);
}

function letterPairs(text: string): ReadonlySet<string> {
  const letters = ` ${text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase()} `;
  return new Set(
    Array.from({ length: letters.length - 1 }, (_, at) =>
      letters.slice(at, at + 2),
    ),
  );
}
