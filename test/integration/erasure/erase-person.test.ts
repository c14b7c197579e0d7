/** A person who asks to be erased is, wherever the engine keeps one and however the number was written; counts stay. */
import { describe, expect, it } from "vitest";
import { insertRow } from "../../support/dialing-rows.ts";
import { one } from "../schema/rows.ts";
import {
  accountId,
  admin,
  digitsOfMobile,
  mobile,
  otherAccount,
  shareErasureScene,
} from "./scene.ts";

const scene = shareErasureScene();

const spellings = [
  "(11) 98888-7777",
  "11 98888 7777",
  "011 98888-7777",
  "0 15 11 98888-7777",
  "+55 11 98888-7777",
  "+551188887777",
  "+5501188887777",
  "5511988887777",
  "0055 11 98888-7777",
  "11 8888-7777",
  "11988887777.0",
];

describe("erasing a person", () => {
  it("takes number, names and texts out of every table, and says what it did", async () => {
    await scene.call(await scene.lead());
    const second = await scene.campaign();
    await scene.lead({ campaign_id: second, phone_e164: null, status: "NEW" });
    // Texts about somebody else, in which the number stands.
    await scene.lead({
      phone: "+5511977776666",
      phone_e164: "+5511977776666",
      external_id: null,
      first_name: "Nora",
      metadata: JSON.stringify({ spouse: { "11988887777": 5511988887777 } }),
    });
    await scene.pool.query(
      "update campaigns set name = 'Call back 11 98888.7777', variables = '{\"NUMBER\": \"5511988887777\"}' where id = $1",
      [second],
    );
    await insertRow(scene.pool, "lists", {
      campaign_id: second,
      name: "List of 11988887777",
    });
    await scene.job(
      "schedule_campaign",
      { campaignId: second },
      "no trunk for +5511988887777",
    );
    const before = await scene.progress();
    expect((await scene.search(...digitsOfMobile)).length).toBeGreaterThan(8);

    expect(await scene.erase(admin)).toEqual({
      leads_erased: 2,
      attempts_erased: 1,
      events_erased: 2,
      jobs_erased: 2,
      texts_erased: 4,
      calls_cancelled: 0,
      do_not_call_kept: 0,
    });

    expect(await scene.search(...digitsOfMobile, "Zulmira")).toEqual([]);
    const { rows } = await scene.pool.query("select * from find_number($1)", [
      mobile,
    ]);
    expect(rows).toEqual([]);
    expect(await scene.progress()).toEqual(before);
    // Nora is still there, and what the call was.
    expect(
      await one(
        scene.pool,
        "select phone_e164, metadata from leads where first_name = 'Nora'",
      ),
    ).toEqual({
      phone_e164: "+5511977776666",
      metadata: { spouse: { "[erased]": null } },
    });
    expect(
      await one(
        scene.pool,
        "select state, outcome, agent_id, hangup_cause, answer_at is not null as answered from call_attempts",
      ),
    ).toEqual({
      state: "ENDED",
      outcome: "ANSWERED",
      agent_id: "1004",
      hangup_cause: "NORMAL_CLEARING",
      answered: true,
    });
    expect(
      await one(
        scene.pool,
        "select timer_type from call_attempt_timers where fired",
      ),
    ).toEqual({ timer_type: "RING" });
  });

  it("leaves evidence of who erased how much, and not of whom", async () => {
    await scene.call(await scene.lead());
    await scene.erase(admin);
    const evidence = await scene.database.asUser(admin, (client) =>
      one(
        client,
        "select scope, erased_by, leads_erased, attempts_erased from erasures",
      ),
    );
    expect(evidence).toEqual({
      scope: "PERSON",
      erased_by: admin.sub,
      leads_erased: 1,
      attempts_erased: 1,
    });
    const others = await scene.database.asUser(otherAccount, (client) =>
      client.query("select from erasures"),
    );
    expect(others.rowCount).toBe(0);
  });

  it.each(spellings)(
    "finds the lead that nobody has looked at, written %s",
    async (phone) => {
      await scene.lead({
        phone,
        phone_e164: null,
        external_id: null,
        metadata: "{}",
        status: "NEW",
      });
      expect(await scene.erase(admin)).toMatchObject({ leads_erased: 1 });
      expect(await scene.search(...digitsOfMobile)).toEqual([]);
    },
  );

  it("leaves a person who was on do-not-call where it was, and gives no lead back", async () => {
    await scene.lead({ status: "DNC", status_reason: "DNC" });
    await scene.pool.query(
      "insert into dnc_entries (account_id, phone_e164) values ($1, $2)",
      [accountId, mobile],
    );
    const before = await scene.progress();
    expect(await scene.erase(admin)).toMatchObject({
      leads_erased: 1,
      do_not_call_kept: 1,
    });
    expect(await scene.progress()).toEqual(before);
    expect(
      await one(scene.pool, "select status, status_reason from leads"),
    ).toEqual({ status: "DNC", status_reason: "DNC" });
    expect(await scene.search(...digitsOfMobile)).toEqual([]);
  });

  it("keeps a lead that is on do-not-call without an entry from being called in its campaign", async () => {
    await scene.lead({ status: "DNC", status_reason: "DNC" });
    expect(await scene.erase(admin)).toMatchObject({ do_not_call_kept: 1 });
    expect(
      await one(scene.pool, "select campaign_id from erased_do_not_call"),
    ).toEqual({ campaign_id: scene.campaignId });
  });

  it.each(spellings)("understands the request written %s", async (phone) => {
    await scene.lead();
    expect(
      await scene.erase(admin, "select * from erase_person($1)", [phone]),
    ).toMatchObject({ leads_erased: 1 });
  });

  it.each([
    "(11) 98888-7776",
    "(12) 98888-7777",
    "+1 1198888 7777",
    "+39 1188887777",
    "11 8888-77770",
    "118888777",
  ])("does not take %s for the person", async (phone) => {
    await scene.lead({
      phone,
      phone_e164: null,
      external_id: null,
      metadata: "{}",
      status: "NEW",
    });
    expect(await scene.erase(admin)).toMatchObject({ leads_erased: 0 });
  });

  it.each([
    "",
    "Zulmira",
    "8888-7777",
    "190",
    "+5511 1234",
    "11 98888-7777 ramal 2",
    "(11) 9876-5432 (2)",
    "11 9876-5432.5",
  ])("asks for a number that can be read instead of %j", async (phone) => {
    expect(
      await scene.refusal(admin, "select * from erase_person($1)", [phone]),
    ).toMatchObject({
      code: "22023",
      hint: expect.stringContaining("country code") as string,
    });
  });

  it("reads a land line and a number of another country", async () => {
    for (const [phone, written] of [
      ["+551135550142", "(11) 3555-0142"],
      ["+525512345678", "+521 55 1234 5678"],
      ["+14155550123", "+1 (415) 555-0123"],
      ["+351912345678", "00351 912 345 678"],
    ]) {
      await scene.lead({
        phone: written,
        phone_e164: null,
        external_id: null,
        metadata: "{}",
        status: "NEW",
      });
      expect(
        await scene.erase(admin, "select * from erase_person($1)", [phone]),
        String(phone),
      ).toMatchObject({ leads_erased: 1 });
    }
  });

  it("finds a person by a further number too, and takes all numbers along", async () => {
    const leadId = await scene.lead({
      phone: "(11) 3555-0142",
      phone_e164: "+551135550142",
      external_id: null,
      metadata: "{}",
    });
    const other = await scene.lead({
      phone: "(11) 3555-0177",
      phone_e164: "+551135550177",
      external_id: null,
      metadata: "{}",
    });
    await scene.pool.query(
      "insert into lead_phones (lead_id, phone) values ($1, '11 8888-7777'), ($1, '(11) 97777-6666'), ($2, '(11) 97777-5555')",
      [leadId, other],
    );
    expect(await scene.erase(admin)).toMatchObject({ leads_erased: 1 });
    expect(
      await scene.search(...digitsOfMobile, "1135550142", "11977776666"),
    ).toEqual([]);
    expect(await scene.search("1135550177", "11977775555")).toHaveLength(2);
    const { rows } = await scene.pool.query(
      "select found from find_number($1)",
      [mobile],
    );
    expect(rows).toEqual([]);
  });

  it("looks cheaply first, and passes over nothing that the expression finds", async () => {
    const numbers = [
      "+5511988887777",
      "+551135550142",
      "+14155550123",
      "+351912345678",
      "+525512345678",
      "+37052123456",
      "+2901234",
    ];
    const texts = numbers.flatMap((number) => {
      const digits = number.slice(1);
      return [
        number,
        digits,
        `x${digits.split("").join(" ")}y`,
        digits.split("").join(").-("),
        `{"a": [${digits}, "${digits.slice(2)}"]}`,
        digits.slice(2).replace(/^(..)9/, "$1 "),
        `7${digits}7`,
        digits.slice(0, -1),
      ];
    });
    const { rows } = await scene.pool.query<{ found: number; missed: number }>(
      `select count(*)::int as found, (count(*) filter (where text not like dialer_digits_in_order(number)))::int as missed
       from unnest($1::text[]) as number, unnest($2::text[]) as text
       where text ~ dialer_possible_mentions(number) or text ~ dialer_mentions(number)`,
      [numbers, texts],
    );
    expect(rows[0]?.found).toBeGreaterThan(3 * numbers.length);
    expect(rows[0]?.missed).toBe(0);
  });

  it("touches nothing of another account", async () => {
    await scene.database.asUser(otherAccount, async (client) => {
      const campaign = await one(
        client,
        "insert into campaigns (name) values ('Theirs') returning id",
      );
      await client.query(
        "insert into leads (campaign_id, phone, first_name) values ($1, '11 98888-7777', 'Theirs')",
        [campaign["id"]],
      );
      await client.query("insert into dnc_entries (phone_e164) values ($1)", [
        mobile,
      ]);
    });
    await scene.lead();
    expect(await scene.erase(admin)).toMatchObject({
      leads_erased: 1,
      texts_erased: 0,
      do_not_call_kept: 0,
    });
    expect(await scene.search(...digitsOfMobile)).toHaveLength(2);
  });

  it("bears several erased persons in a campaign, and a person who comes back", async () => {
    for (const last of ["1", "2", "3"]) {
      const phone = `+551198888777${last}`;
      await scene.lead({ phone, phone_e164: phone, external_id: last });
      await scene.erase(admin, "select * from erase_person($1)", [phone]);
    }
    await scene.lead();
    await scene.erase(admin);
    await scene.lead();
    expect(
      await one(scene.pool, "select count(*)::int as leads from leads"),
    ).toEqual({ leads: 5 });
  });

  it("does nothing the second time, and says so", async () => {
    await scene.call(await scene.lead());
    await scene.erase(admin);
    expect(Object.values(await scene.erase(admin))).toEqual([
      0, 0, 0, 0, 0, 0, 0,
    ]);
  });
});

describe("by lead", () => {
  const byLead = "select * from erase_person_of_lead($1)";

  it("erases the person wherever the number is", async () => {
    const lead = await scene.lead();
    await scene.lead({ campaign_id: await scene.campaign() });
    expect(await scene.erase(admin, byLead, [lead])).toMatchObject({
      leads_erased: 2,
    });
  });

  it("erases a lead whose number nobody can read", async () => {
    const lead = await scene.lead({
      phone: "8888-7777 casa",
      phone_e164: null,
      status: "INVALID",
      status_reason: "NO_AREA_CODE",
      external_id: null,
      metadata: "{}",
    });
    const before = await scene.progress();
    expect(await scene.erase(admin, byLead, [lead])).toMatchObject({
      leads_erased: 1,
    });
    expect(await scene.search("88887777", "Zulmira")).toEqual([]);
    expect(await scene.progress()).toEqual(before);
  });

  it("tells another account's lead from none no more than anything else does", async () => {
    const lead = await scene.lead();
    const said = await scene.refusal(otherAccount, byLead, [lead]);
    expect(said).toMatchObject({ code: "P0002" });
    expect(await scene.search(...digitsOfMobile)).not.toEqual([]);
  });
});

describe("an erased lead", () => {
  it("takes no new data, and stays what it is whatever comes late", async () => {
    const leadId = await scene.lead();
    const attemptId = await scene.call(leadId);
    await scene.pool.query(
      `insert into retry_rules (account_id, disposition, delay_seconds, max_tries) values ($1, 'CALL_AGAIN', 60, 5)`,
      [accountId],
    );
    await scene.erase(admin);
    await expect(
      scene.pool.query("update leads set phone = '11 98888-7777'"),
    ).rejects.toMatchObject({
      code: "23514",
      hint: "Insert a new lead.",
    });
    await scene.pool.query(
      "update call_attempts set disposition = 'CALL_AGAIN', agent_channel = 'Local/5511988887777@x', sip_call_id = '5511988887777' where id = $1",
      [attemptId],
    );
    expect(
      await one(scene.pool, "select status, next_attempt_at from leads"),
    ).toEqual({ status: "DONE", next_attempt_at: null });
    expect(await scene.search(...digitsOfMobile)).toEqual([]);
  });

  it.each(["leads", "call_attempts"])(
    "is kept so by the last trigger of %s: none that comes after it can undo it",
    async (table) => {
      const { rows } = await scene.pool.query<{ name: string }>(
        `select tgname as name from pg_trigger
         where tgrelid = $1::regclass and not tgisinternal
           -- The one derives a time and writes no word, the other refuses and writes nothing.
           and tgname not in ('take_due_at', 'validate_update') and tgtype & 1 = 1 and tgtype & 2 = 2 and tgtype & 16 = 16
         order by tgname collate "C" desc limit 1`,
        [table],
      );
      expect(rows).toEqual([{ name: "stay_erased" }]);
    },
  );

  it("is given up if it still waited", async () => {
    await scene.lead({ status: "RETRY", next_attempt_at: new Date() });
    await scene.erase(admin);
    expect(
      await one(scene.pool, "select status, status_reason from leads"),
    ).toEqual({ status: "FAILED", status_reason: "ERASED" });
    expect(await scene.progress()).toMatchObject({
      leads: "1",
      leads_retry: "0",
      leads_failed: "1",
    });
  });
});

describe("who may erase", () => {
  it.each(["agent", "supervisor", "something-new"])(
    "not a user whose dialer_role is %s",
    async (dialerRole) => {
      await scene.lead();
      const refused = await scene.refusal({ ...admin, dialerRole });
      expect(refused).toMatchObject({ code: "42501" });
      expect(refused?.message).toContain("administrator");
      expect(refused?.message).toContain(dialerRole);
      expect(await scene.search(...digitsOfMobile)).not.toEqual([]);
    },
  );

  it("an administrator of the account", async () => {
    await scene.lead();
    expect(await scene.erase({ ...admin, dialerRole: "admin" })).toMatchObject({
      leads_erased: 1,
    });
  });

  it("service_role and the owner, who name the account", async () => {
    const named = "select * from erase_person($1, $2)";
    await scene.lead();
    expect(await scene.refusal("service_role")).toMatchObject({
      code: "22023",
      hint: expect.stringContaining("account_id =>") as string,
    });
    expect(
      await scene.erase("service_role", named, [mobile, accountId]),
    ).toMatchObject({ leads_erased: 1 });
    await scene.lead();
    expect(await one(scene.pool, named, [mobile, accountId])).toMatchObject({
      leads_erased: 1,
    });
  });

  it("nobody in another account, which is told from none by nothing", async () => {
    const named = "select * from erase_person($1, $2)";
    await scene.lead();
    const hers = await scene.refusal(otherAccount, named, [mobile, accountId]);
    expect(hers).toMatchObject({ code: "42501" });
    expect(hers?.message).toBe(
      (
        await scene.refusal(otherAccount, named, [
          mobile,
          "0f0f0f0f-0000-4000-8000-0000000000ff",
        ])
      )?.message,
    );
    expect((await scene.refusal("anon"))?.code).toBe("42501");
  });

  it("only administrators of the installation search all accounts", async () => {
    const find = "select count(*) from find_number($1)";
    expect((await scene.refusal(admin, find))?.code).toBe("42501");
    expect(await scene.erase("service_role", find)).toEqual({ count: "0" });
  });
});

describe("the search for a number", () => {
  it.each([
    "11988887777",
    "+55 (11) 98888-7777",
    "0055 11 9 8888 7777",
    "1188887777",
    "tel:+55-11-98888-7777;ext=1",
    "0xx11.98888.7777",
  ])("finds %s in any text, and in which column", async (written) => {
    await scene.pool.query("update campaigns set purpose = $1", [written]);
    const { rows } = await scene.pool.query("select * from find_number($1)", [
      mobile,
    ]);
    expect(rows).toEqual([
      { table_name: "campaigns", column_name: "purpose", found: "1" },
    ]);
  });
});
