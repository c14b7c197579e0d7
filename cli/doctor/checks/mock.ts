/** The mock PBX: inside the engine there is nothing to check; in a process of its own it must be reachable. */
import type { VoiceConfig } from "../../../config/reading.ts";
import { type Finding, found } from "../finding.ts";
import { probe, unreached } from "../tcp-probe.ts";

type MockConfig = Extract<VoiceConfig, { readonly adapter: "mock" }>;

export async function checkMock(
  { mockPbxUrl }: MockConfig,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  if (mockPbxUrl === null) return [found("mock.tcp.inside")];
  const url = new URL(mockPbxUrl);
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const port = Number(url.port);
  const options = { host, port, connectMs: 4_000, greetingMs: 0, signal };
  const seen = await probe(options);
  const where = `${host}:${url.port}`;
  return seen.reached
    ? [found("mock.tcp.ok", { where })]
    : [unreached("mock", where, seen)];
}
