/** Tokens that say of themselves that they need no signature, and their kin: nobody's, and nobody is asked. */
import fc from "fast-check";
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

beforeEach(async () => {
  supabase = await startFakeSupabase();
  lines.length = 0;
});
afterEach(() => supabase.close());

const part = (value: unknown) =>
  Buffer.from(JSON.stringify(value)).toString("base64url");

/** The real token's claims and signature under another header. */
function under(header: unknown, signature?: string): string {
  const [, payload = "", real = ""] = supabase.token().split(".");
  return `${part(header)}.${payload}.${signature ?? real}`;
}

test.each([
  ["none", { alg: "none" }],
  ["none with a key", { alg: "none", kid: "x" }],
  ["None", { alg: "None", kid: "x" }],
  ["nOnE", { alg: "nOnE", kid: "x", typ: "JWT" }],
  ["no algorithm", { kid: "x" }],
  ["an empty one", { alg: "", kid: "x" }],
  ["a number", { alg: 5, kid: "x" }],
  ["a list", { alg: ["ES256"], kid: "x" }],
  ["an unknown one", { alg: "XS999", kid: "x" }],
  ["a critical extension", { alg: "ES256", kid: "x", crit: ["b64"] }],
  ["a key that is no text", { alg: "ES256", kid: { a: 1 } }],
  ["a list for a header", ["ES256"]],
  ["null for a header", null],
])("alg: %s", async (_, header) => {
  const verify = createUserVerifier(supabase, log);
  for (const signature of [undefined, "", "AAAA"])
    expect(await verify(under(header, signature))).toBeNull();
  expect(supabase.counts).toEqual({ jwks: 0, users: 0 });
  expect(lines).toEqual([]);
});

test("a token without a date, or with one that is no number", async () => {
  const verify = createUserVerifier(supabase, log);
  const [header = "", , signature = ""] = supabase.token().split(".");
  for (const exp of [undefined, "tomorrow", null, {}])
    expect(
      await verify(`${header}.${part({ sub: "x", exp })}.${signature}`),
    ).toBeNull();
  expect(lines).toEqual([]);
});

test("whatever stands in the header: never a user, never an error", async () => {
  const verify = createUserVerifier(supabase, log);
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), fc.string(), async (header, signature) => {
      expect(await verify(under(header, signature))).toBeNull();
    }),
    { numRuns: 50 },
  );
});
