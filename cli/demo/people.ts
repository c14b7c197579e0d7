/**
 * Fictitious people for the demo: the same seed gives the same list. Their numbers lie in blocks that
 * begin with 9000, which Brazilian carriers do not give out, and nothing but a mock PBX ever gets them.
 */
import type { Random } from "../../adapters/mock/random.ts";
import { createRandom, hashText, pick } from "../../adapters/mock/random.ts";
import type { DemoLead } from "./queries.ts";

const areaCodes = [
  11, 19, 21, 27, 31, 41, 48, 51, 61, 62, 65, 67, 71, 75, 79, 81, 83, 85, 86,
  91, 92, 95, 98,
] as const;
const numbersPerArea = 100_000;
/** Shares no factor with the count of all numbers, so that steps of it meet each number once. */
const stride = 1_299_709;

const firstNames = [
  "Ana",
  "Beatriz",
  "Bruno",
  "Caio",
  "Clara",
  "Davi",
  "Elisa",
  "Heitor",
  "Iara",
  "Joana",
  "Lucas",
  "Marina",
  "Nara",
  "Otto",
  "Rafael",
  "Sofia",
] as const;

/** Numbers as they stand in lists of real campaigns, none of which can be dialled. */
const brokenNumbers = [
  "90000-1234",
  "(10) 90000-1234",
  "0800 000 0000",
  "(11) 9000-12",
  "sem telefone",
] as const;

/** @returns people of whom a few must never be dialled: on the do-not-call list, twice there, no number */
export function makeLeads(count: number, seed: number): DemoLead[] {
  const random = createRandom(hashText(`people/${String(seed)}`));
  const start = Math.floor(random() * areaCodes.length * numbersPerArea);
  const dnc = share(count, 0.02);
  const duplicates = share(count, 0.01);
  const invalid = share(count, 0.02);
  const people = count - duplicates - invalid;
  const leads = Array.from({ length: people }, (_, index) => {
    const national = nationalNumber(start, index);
    return person(random, national, index < dnc ? "DNC" : null);
  });
  for (let index = 0; index < duplicates; index += 1) {
    // Somebody who is dialled, written another way.
    const twin = nationalNumber(start, dnc + index);
    leads.push(person(random, twin, "DUPLICATE"));
  }
  for (let index = 0; index < invalid; index += 1) {
    const phone = pick(random, brokenNumbers);
    leads.push({ ...person(random, "", "INVALID"), phone, e164: null });
  }
  return numbered(leads, random);
}

/** At least one of each kind, however short the list. */
function share(count: number, part: number): number {
  return Math.max(1, Math.round(count * part));
}

function nationalNumber(start: number, index: number): string {
  const all = areaCodes.length * numbersPerArea;
  const position = (start + index * stride) % all;
  const area = areaCodes[Math.floor(position / numbersPerArea)] ?? 11;
  const rest = String(position % numbersPerArea).padStart(5, "0");
  return `${String(area)}9000${rest}`;
}

function person(
  random: Random,
  national: string,
  never: DemoLead["never"],
): DemoLead {
  return {
    external_id: "",
    phone: written(random, national),
    first_name: pick(random, firstNames),
    never,
    e164: `+55${national}`,
  };
}

/** The ways in which Brazilians write the same number. */
function written(random: Random, national: string): string {
  const area = national.slice(0, 2);
  const first = national.slice(2, 7);
  const last = national.slice(7);
  return pick(random, [
    `(${area}) ${first}-${last}`,
    `0${area} ${first}-${last}`,
    `+55 ${area} ${first} ${last}`,
    `55${national}`,
    national,
  ]);
}

/** Mixed, but for the duplicates: of two leads with one number the first is dialled. */
function numbered(leads: DemoLead[], random: Random): DemoLead[] {
  const rank = (lead: DemoLead) =>
    lead.never === "DUPLICATE" ? 1 : random() * 0.99;
  return leads
    .map((lead) => ({ lead, rank: rank(lead) }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ lead }, index) => ({
      ...lead,
      external_id: `demo-${String(index + 1).padStart(6, "0")}`,
    }));
}
