/** Whose a token is, asked with the real client of a strict Supabase on this machine. */
import { afterEach, beforeEach, expect, test } from "vitest";

import { createLogger } from "../../../logging.ts";
import { createUserVerifier } from "../../../realtime/user-verifier.ts";
import { startFakeSupabase } from "../../support/fake-supabase.ts";
import type { FakeSupabase } from "../../support/fake-supabase.ts";

let supabase: FakeSupabase;
const lines: string[] = [];
const log = createLogger(
  { level: "debug", phoneNumbers: false },
  { write: (line: string) => void lines.push(line) },
);
const verifier = () => createUserVerifier(supabase, log);

beforeEach(async () => {
  supabase = await startFakeSupabase();
  lines.length = 0;
});
afterEach(() => supabase.close());

test("a user's token gives its claims and its end, and the public keys are fetched once for many", async () => {
  const verify = verifier();
  const account = "c0000000-0000-4000-8000-000000000001";
  const exp = Math.floor(Date.now() / 1_000) + 600;
  const token = supabase.token({ app_metadata: { account_id: account }, exp });
  const user = await verify(token);
  expect(user).toMatchObject({
    claims: { role: "authenticated", app_metadata: { account_id: account } },
    expiresAtMs: exp * 1_000,
  });
  await verify(token);
  expect(supabase.counts).toEqual({ jwks: 1, users: 0 });
  expect(supabase.strays).toEqual([]);
});

test("a token of a project with a shared secret is put before Auth itself", async () => {
  const verify = verifier();
  expect(await verify(supabase.legacyToken())).not.toBeNull();
  const broken = supabase.legacyToken().slice(0, -4) + "AAAA";
  expect(await verify(broken)).toBeNull();
  expect(supabase.counts.users).toBe(2);
});

test("forged, expired and foreign tokens, and keys of the project itself, are nobody's", async () => {
  const verify = verifier();
  const past = Math.floor(Date.now() / 1_000) - 60;
  const valid = supabase.token();
  const [head = "", , signature = ""] = valid.split(".");
  const other = Buffer.from('{"sub":"x","role":"authenticated"}');
  const bad = {
    forged: supabase.forged(),
    expired: supabase.token({ exp: past }),
    anon: supabase.token({ role: "anon" }),
    service: supabase.token({ role: "service_role" }),
    audience: supabase.token({ aud: "another" }),
    nobody: supabase.token({ sub: undefined }),
    swapped: `${head}.${other.toString("base64url")}.${signature}`,
    unsigned: `${valid.split(".").slice(0, 2).join(".")}.`,
    text: "not.a.token",
  };
  for (const [kind, token] of Object.entries(bad))
    expect(await verify(token), kind).toBeNull();
  expect(lines).toEqual([]);
});

test("a token is neither good nor bad while Auth is away; that is logged once, without key and token", async () => {
  const verify = verifier();
  const token = supabase.legacyToken();
  supabase.authAnswers(503);
  await expect(verify(token)).rejects.toThrow("could not be verified");
  await expect(verify(token)).rejects.toThrow("could not be verified");
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain("cannot be verified");
  expect(lines[0]).not.toContain(supabase.secretKey);
  expect(lines[0]).not.toContain(token);
  supabase.authAnswers(null);
  expect(await verify(token)).not.toBeNull();
});

test("not more than four are verified at once", async () => {
  const verify = verifier();
  const answers = await Promise.allSettled(
    Array.from({ length: 9 }, () => verify(supabase.legacyToken())),
  );
  expect(answers.filter(({ status }) => status === "fulfilled")).toHaveLength(
    4,
  );
  expect(await verify(supabase.legacyToken())).not.toBeNull();
});
