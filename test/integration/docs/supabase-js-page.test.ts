/** docs/supabase-js.md: its functions as they stand there do what they say, and refuse in words, through PostgREST's SQL. */
import type { SupabaseClient } from "@supabase/supabase-js";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Database, Tables } from "../../../docs/database.types.ts";
import {
  createTestDatabase,
  type TestDatabase,
} from "../../support/database.ts";
import { readBlocks } from "../../support/page-blocks.ts";
import { supabaseClient } from "../../support/postgrest.ts";
import { insertRow, insertTrunk } from "../schema/rows.ts";
import { clara } from "./run-block.ts";

type Client = SupabaseClient;
type Row = Record<string, unknown>;
type Ask<Result, Given extends unknown[] = []> = (
  client: Client,
  ...given: Given
) => Promise<Result>;

/** What the page exports. */
interface Page {
  connect: (url: string, key: string, language?: string) => Client;
  Refused: new (error: object) => Error;
  taken: (answer: { data: unknown; error: unknown }) => unknown;
  explain: Ask<Row[], [object, object | null, string?]>;
  loadLabels: Ask<(kind: string, value: string) => string, [string?]>;
  createCampaign: Ask<Tables<"campaigns">, [Row]>;
  saveCampaign: Ask<Tables<"campaigns">, [Row]>;
  setStatus: Ask<Row, [string, string]>;
  addLeads: Ask<Row[], [string, Row[]]>;
  addNumber: Ask<Row, [string, string, string]>;
  listLeads: Ask<Row[], [string]>;
  progressOf: Ask<Row, [string]>;
  blockersOf: Ask<Row[], [string]>;
  liveCalls: Ask<Row[], [string]>;
  hangUp: Ask<boolean, [string]>;
  setDisposition: Ask<Row, [string, string]>;
  callBack: Ask<Row, [string, Date | null]>;
  callsOf: Ask<Row[], [string]>;
  doNotCall: Ask<Row[], [string, string]>;
  mayBeCalled: Ask<unknown, [string]>;
}

const campaignId = "5b0e7c1e-4d0a-4a57-9d57-0d5b8f1f00a1";

let database: TestDatabase;
let client: Client;
let page: Page;
let ana: string;

beforeAll(async () => {
  database = await createTestDatabase();
  client = supabaseClient(database, clara, { "accept-language": "pt-BR" });
  const blocks = await readBlocks("docs/supabase-js.md");
  const code = blocks
    .filter(({ language }) => language === "js")
    .map(({ text }) => text)
    .join("\n")
    .replace(
      '"@supabase/supabase-js"',
      JSON.stringify(import.meta.resolve("@supabase/supabase-js")),
    );
  page = (await import(
    /* @vite-ignore */ `data:text/javascript,${encodeURIComponent(code)}`
  )) as Page;
});
afterAll(() => database.drop());

it("connects, and asks for refusals in the user's language", async () => {
  const connected = page.connect("http://127.0.0.1:9", "key");
  const { headers } = connected as unknown as {
    headers: Record<string, string>;
  };
  expect(new Headers(headers).get("accept-language")).toBe("pt-BR");
  await connected.removeAllChannels();
});

it("makes a campaign, twice the same one, changes it by its whole row, and starts it", async () => {
  const form = { id: campaignId, name: "Renovação", start_time: "00:00" };
  await page.createCampaign(client, form);
  const row = await page.createCampaign(client, form);
  expect(row).toMatchObject({ id: campaignId, status: "DRAFT" });
  expect(await page.blockersOf(client, campaignId)).toMatchObject([
    { reason: "NOT_ACTIVE", detail: "DRAFT" },
  ]);
  const saved = await page.saveCampaign(client, {
    ...row,
    max_concurrent_calls: 7,
  });
  expect(saved.max_concurrent_calls).toBe(7);
  expect(await page.setStatus(client, campaignId, "ACTIVE")).toEqual({
    id: campaignId,
    status: "ACTIVE",
  });
});

it("explains any error in one call, whoever found it, and without an answer in the words it has", async () => {
  const row = { id: campaignId, name: "Renovação", priority: "alta" };
  const { error } = await client.from("campaigns").insert(row);
  expect(await page.explain(client, error as object, row)).toMatchObject([
    {
      code: "VALUE_IS_NO_TYPE",
      column_name: "priority",
      value: "alta",
      message: 'priority: "alta" não é um número inteiro',
    },
  ]);
  const ours = await client.from("campaigns").insert({ name: "", priority: 1 });
  expect(
    await page.explain(client, ours.error as object, null, "en"),
  ).toMatchObject([{ code: "campaigns_name_check", column_name: "name" }]);
  const nobody = supabaseClient(database, "anon");
  const refused = await nobody.from("campaigns").select();
  expect(await page.explain(nobody, refused.error as object, null)).toEqual([
    expect.objectContaining({ code: "42501" }),
  ]);
});

it("adds leads with different keys, and again without a second copy", async () => {
  const people = [
    { external_id: "crm-1", phone: "(11) 3555-0101", first_name: "Ana" },
    { external_id: "crm-2", phone: "(21) 3555-0102", priority: 10 },
  ];
  const added = await page.addLeads(client, campaignId, people);
  expect(added).toHaveLength(2);
  expect(await page.addLeads(client, campaignId, people)).toEqual([]);
  const leads = await page.listLeads(client, campaignId);
  expect(leads.map(({ external_id }) => external_id)).toEqual([
    "crm-2",
    "crm-1",
  ]);
  ana = String(leads[1]?.["id"]);
  expect(await page.addNumber(client, ana, "(11) 3555-0107", "casa")).toEqual({
    id: expect.any(String) as string,
    phone_e164: "+551135550107",
    state: "NEW",
  });
});

it("tells progress and blockers, with their labels", async () => {
  expect(await page.progressOf(client, campaignId)).toMatchObject({
    leads: 2,
    leads_new: 2,
  });
  const label = await page.loadLabels(client);
  const reasons = (await page.blockersOf(client, campaignId)).map(
    ({ reason }) => String(reason),
  );
  expect(reasons).toContain("NO_PASS_YET");
  expect(label("blocker_reason", "NO_PASS_YET")).toBe("ainda não examinada");
  expect((await page.loadLabels(client, "en"))("outcome", "BUSY")).toBe("busy");
  expect(label("disposition", "SALE")).toBe("SALE");
});

it("shows a live call, hangs it up, keeps its disposition, and finds it in the lead's calls", async () => {
  const { pool } = database;
  await pool.query("update leads set status = 'IN_PROGRESS' where id = $1", [
    ana,
  ]);
  const call = await insertRow(pool, "call_attempts", {
    account_id: clara.sub,
    campaign_id: campaignId,
    lead_id: ana,
    attempt_number: 1,
    phone_e164: "+551135550101",
    state: "RINGING",
    trunk_id: await insertTrunk(pool),
    voice_node: "default",
    originate_at: new Date(),
  });
  expect(await page.liveCalls(client, campaignId)).toMatchObject([
    { id: call, lead_id: ana, state: "RINGING" },
  ]);
  expect(await page.hangUp(client, call)).toBe(true);
  expect(await page.setDisposition(client, call, "CALL_LATER")).toEqual({
    id: call,
    disposition: "CALL_LATER",
  });
  expect(await page.callsOf(client, ana)).toMatchObject([
    { id: call, disposition: "CALL_LATER" },
  ]);
});

it("agrees on a time to call back, and takes it back", async () => {
  const at = new Date("2031-05-06T14:00:00Z");
  const agreed = await page.callBack(client, ana, at);
  expect(new Date(String(agreed["callback_at"]))).toEqual(at);
  expect(await page.callBack(client, ana, null)).toMatchObject({
    callback_at: null,
  });
});

it("keeps a number from being called as it was written, twice without harm, and lets it be called again", async () => {
  const [entry] = await page.doNotCall(client, "(21) 3555-0102", "pediu");
  expect(entry).toMatchObject({ phone_e164: "+552135550102" });
  expect(await page.doNotCall(client, "+552135550102", "de novo")).toEqual([]);
  await page.mayBeCalled(client, String(entry?.["id"]));
  expect(page.taken(await client.from("dnc_entries").select("id"))).toEqual([]);
});

it("says what was wrong, in the user's language, for people and for programs", async () => {
  const refused = await page
    .saveCampaign(client, { id: campaignId, account_id: crypto.randomUUID() })
    .then(
      () => null,
      (error: unknown) => error,
    );
  expect(refused).toBeInstanceOf(page.Refused);
  const { message, code, faults } = refused as {
    message: string;
    code: string;
    faults: { code: string; params: Row }[];
  };
  expect(code).toBe("42501");
  expect(message).toContain("account_id");
  const [fault] = faults;
  const { data } = await client.rpc("dialer_message", {
    code: fault?.code,
    params: fault?.params,
    locale: "en",
  });
  const [text] = data as { message: string }[];
  expect(text?.message).toContain("account_id");
  expect(message).not.toContain(String(text?.message));
});

it("is typed: what a client may leave out is optional, a view cannot be written", async () => {
  const typed = client as SupabaseClient<Database>;
  const { data } = await typed
    .from("leads")
    .insert({ campaign_id: campaignId, phone: "(31) 3555-0103" })
    .select("id, phone, callback_at")
    .single();
  const phone: string | undefined = data?.phone;
  const callback: string | null | undefined = data?.callback_at;
  expect([phone, callback]).toEqual(["(31) 3555-0103", null]);
  // @ts-expect-error a lead needs a campaign
  const missing = await typed.from("leads").insert({ phone: "1" });
  expect(missing.error).not.toBeNull();
  const found = await typed.rpc("find_number", { phone: "+551135550101" });
  const places: string[] = found.data?.map((place) => place.table_name) ?? [];
  expect(found.error ?? places).toBeDefined();
});
