/** An entry that is committed before the Originate stops it, whatever the claim has read before. */
import { expect, test } from "vitest";
import { claimOriginates } from "../../../database/originating.ts";
import { waitFor } from "../../support/wait-for.ts";
import { NODE, identity, shareConcurrencyScene } from "./concurrency-scene.ts";
import { only } from "./scene.ts";

const scene = shareConcurrencyScene();

async function phoneOf(id: string): Promise<string> {
  const { rows } = await scene.state.query<{ phone_e164: string }>(
    "select phone_e164 from call_attempts where id = $1",
    [id],
  );
  return only(rows).phone_e164;
}

/** As a messenger spells a Brazilian mobile. */
function withoutNinthDigit(e164: string): string {
  return e164.replace(/^(\+55\d\d)9/, "$1");
}

test("an entry that is committed while a claim waits for the lease stops its call, however it is spelled", async () => {
  const [id = "", other = ""] = await scene.queueSome(2);
  const takeOver = await scene.state.connect();
  await takeOver.query("begin");
  await takeOver.query("select from voice_nodes where name = $1 for update", [
    NODE,
  ]);
  // Its snapshot is older than the entry.
  const claim = claimOriginates(scene.state, identity, [id, other]);
  await waitFor(
    "the claim to wait",
    async () => (await scene.waitingForLocks()) > 0,
  );
  await scene.state.query("insert into dnc_entries (phone_e164) values ($1)", [
    withoutNinthDigit(await phoneOf(id)),
  ]);
  await takeOver.query("commit");
  takeOver.release();
  const result = await claim;
  expect(result.claimed.map((one) => one.id)).toEqual([other]);
  expect(result.refused).toMatchObject([{ id, reason: "DNC" }]);
  const { rows } = await scene.state.query<{ state: string }>(
    "select state from call_attempts where id = $1",
    [id],
  );
  expect(only(rows).state).toBe("CANCELLED");
});

test("an entry waits for a claim that is under way, and what was claimed is withdrawn from the engine", async () => {
  const [id = ""] = await scene.queueSome(1);
  const phone = await phoneOf(id);
  const listener = await scene.state.connect();
  const heard: string[] = [];
  listener.on("notification", ({ payload }) => heard.push(payload ?? ""));
  await listener.query("listen dialer_withdrawn");
  const claim = await scene.state.connect();
  await claim.query("begin");
  await claim.query("select from call_attempts where id = $1 for update", [id]);
  let isCommitted = false;
  const entry = scene.state
    .query("insert into dnc_entries (phone_e164) values ($1)", [phone])
    .then(() => {
      isCommitted = true;
    });
  await waitFor(
    "the entry to wait",
    async () => (await scene.waitingForLocks()) > 0,
  );
  expect(isCommitted).toBe(false);
  await claim.query(
    "update call_attempts set state = 'ORIGINATING', originate_at = clock_timestamp() where id = $1",
    [id],
  );
  await claim.query("commit");
  await entry;
  await waitFor("the notice", () => Promise.resolve(heard.length > 0));
  expect(JSON.parse(only(heard))).toEqual({
    schema: "public",
    attemptIds: [id],
  });
  await listener.query("unlisten *");
  claim.release();
  listener.release();
});

test.each([
  ["committed", "commit", []],
  ["taken back", "rollback", ["dialled"]],
])(
  "whose entry stands in an open transaction is not dialled until it is %s",
  async (_, end, dialled) => {
    const [id = "", other = ""] = await scene.queueSome(2);
    const client = await scene.state.connect();
    try {
      await client.query("begin");
      await client.query("insert into dnc_entries (phone_e164) values ($1)", [
        await phoneOf(id),
      ]);
      const during = await claimOriginates(scene.state, identity, [id, other]);
      expect(during.claimed.map((one) => one.id)).toEqual([other]);
      expect(during.refused).toEqual([]);
      await client.query(end);
    } finally {
      client.release();
    }
    const after = await claimOriginates(scene.state, identity, [id]);
    expect(after.claimed.map(() => "dialled")).toEqual(dialled);
  },
);
