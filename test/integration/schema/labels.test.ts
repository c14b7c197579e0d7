/** Whatever the tables keep in capitals has a word in both languages, and the wallboard uses the same words. */
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  createTestDatabase,
  type TestDatabase,
} from "../../support/database.ts";
import { rejectedIn } from "../../support/glossary.ts";
import { supabaseClient } from "../../support/postgrest.ts";
import { anna } from "./accounts.ts";

interface Texts {
  readonly en?: string;
  readonly "pt-BR"?: string;
}

/** Columns that hold one of some words, and the kind of their labels. */
const kinds: Readonly<Record<string, string>> = {
  "call_attempts.amd_result": "amd_result",
  "call_attempts.hangup_requested": "hangup_requested",
  "call_attempts.hangup_source": "hangup_source",
  "call_attempts.state": "call_state",
  "campaigns.status": "campaign_status",
  "lead_phones.state": "phone_state",
  "leads.phone_state": "phone_state",
  "leads.status": "lead_status",
  "outcomes.next_number": "next_number",
  "outcomes.terminal_state": "call_state",
  "retry_rules.next_number": "next_number",
  "trunk_config.health": "trunk_health",
};
/** Of the engine and the administrator; no screen of a call centre shows them. */
const unlabelled = new Set([
  "call_attempts.deadline_type",
  "call_attempts.refusal",
  "campaigns.completed_by",
  "dialer_labels.locale",
  "dialer_messages.locale",
  "erasures.scope",
  "voice_nodes.adapter",
  "voice_nodes.pbx_pause",
]);

let database: TestDatabase;
let labels: Map<string, Map<string, Texts>>;

beforeAll(async () => {
  database = await createTestDatabase();
  const { rows } = await database.pool.query<{
    kind: string;
    value: string;
    texts: Texts;
  }>(
    "select kind, value, json_object_agg(locale, label) as texts from dialer_labels group by kind, value",
  );
  labels = new Map();
  for (const { kind, value, texts } of rows)
    labels.set(
      kind,
      (labels.get(kind) ?? new Map<string, Texts>()).set(value, texts),
    );
});
afterAll(() => database.drop());

const valuesOf = (kind: string) => [...(labels.get(kind)?.keys() ?? [])];

/** Words that check constraints allow, by column. */
async function constrainedWords(): Promise<Map<string, string[]>> {
  const { rows } = await database.pool.query<{ place: string; text: string }>(
    `select format('%s.%s', conrelid::regclass, attname) as place, pg_get_constraintdef(pg_constraint.oid) as text
     from pg_constraint join pg_attribute on attrelid = conrelid and conkey = array[attnum]
     where contype = 'c' and connamespace = 'public'::regnamespace and conname = format('%s_%s_check', conrelid::regclass, attname)`,
  );
  const words = rows
    .filter(({ text }) => text.includes("= ANY (ARRAY["))
    .map(({ place, text }): [string, string[]] => [
      place,
      [...text.matchAll(/'([^']+)'::text/g)].flatMap(([, word]) => word ?? []),
    ]);
  return new Map(words);
}

it("every column that holds one of some words has labels for all of them, or is known to need none", async () => {
  const words = await constrainedWords();
  expect(words.size).toBeGreaterThan(15);
  for (const [place, values] of words) {
    if (unlabelled.has(place)) continue;
    expect(Object.keys(kinds), place).toContain(place);
    expect(valuesOf(kinds[place] ?? ""), place).toEqual(
      expect.arrayContaining(values),
    );
  }
  for (const kind of new Set(Object.values(kinds))) {
    const allowed = [...words].flatMap(([place, values]) =>
      kinds[place] === kind ? values : [],
    );
    expect(valuesOf(kind).toSorted(), kind).toEqual(
      [...new Set(allowed)].toSorted(),
    );
  }
});

it("every outcome and every reason of dialing_blockers has its labels, and nothing else", async () => {
  const { rows } = await database.pool.query<{ code: string }>(
    "select code from outcomes",
  );
  expect(valuesOf("outcome").toSorted()).toEqual(
    rows.map(({ code }) => code).toSorted(),
  );
  const page = await readFile("docs/sql.md", "utf8");
  const table = page.slice(page.indexOf("## Reasons in dialing_blockers"));
  const reasons = [
    ...table.matchAll(/`([A-Z_]+)`(?=[^|]*\|[^|]*\|[^|]*\|$)/gm),
  ].flatMap(([, reason]) => reason ?? []);
  expect(valuesOf("blocker_reason").toSorted()).toEqual(reasons.toSorted());
});

it("both languages are there, and no two values of a kind have the same words", () => {
  for (const [kind, values] of labels)
    for (const locale of ["en", "pt-BR"] as const) {
      const texts = [...values.values()].map((text) => text[locale]);
      expect(texts, kind).not.toContain(undefined);
      expect(new Set(texts).size, kind).toBe(texts.length);
    }
});

it("the wallboard says the same words", async () => {
  const page = new URL("../../../wallboard/page/texts.js", import.meta.url);
  const { languages } = (await import(page.href)) as {
    languages: Record<"en" | "pt", Record<string, Record<string, string>>>;
  };
  const places = {
    campaign_status: "statuses",
    call_state: "callStates",
    trunk_health: "healths",
    blocker_reason: "reasons",
  } as const;
  for (const [locale, text] of [
    ["en", languages.en],
    ["pt-BR", languages.pt],
  ] as const)
    for (const [kind, place] of Object.entries(places))
      for (const [value, said] of Object.entries(text[place] ?? {})) {
        const label = labels.get(kind)?.get(value)?.[locale];
        // The board shows campaigns that a person paused, and no draft; it has words of its own for states that it derives.
        if (label === undefined || value === "NOT_ACTIVE") continue;
        expect(label, `${kind} ${value}`).toBe(said);
      }
});

it("clients read them, and change none", async () => {
  const client = supabaseClient(database, anna);
  const { data, error } = await client
    .from("dialer_labels")
    .select("value, label")
    .eq("kind", "call_state")
    .eq("locale", "pt-BR");
  expect(error).toBeNull();
  expect(data).toHaveLength(valuesOf("call_state").length);
  const change = await client
    .from("dialer_labels")
    .update({ label: "x" })
    .eq("kind", "outcome");
  expect(change.error).toMatchObject({ code: "42501" });
});

it("the words of labels and refusals are those of the glossary", async () => {
  const { rows } = await database.pool.query<{ text: string }>(
    `select label as text from dialer_labels where locale = 'pt-BR'
     union all select concat_ws(' ', message, hint) from dialer_messages where locale = 'pt-BR'`,
  );
  expect(rows.length).toBeGreaterThan(200);
  const found = rows.flatMap(({ text }) =>
    rejectedIn(text.replaceAll(/\{\w+\}/g, "")).map(
      (one) => `${one} (${text})`,
    ),
  );
  expect(found).toEqual([]);
});
