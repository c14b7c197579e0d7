/** The mock's way through the port: to a PBX in this process, or to one of its own over TCP. */

import type { VoiceAdapter } from "../port.ts";
import type { MockConnectionOptions } from "./connection.ts";
import { LocalMockAdapter } from "./local-adapter.ts";
import type { LocalMockAdapterOptions } from "./local-adapter.ts";
import { TcpMockAdapter } from "./tcp-adapter.ts";

export type MockAdapterOptions =
  LocalMockAdapterOptions | MockConnectionOptions;

/** @throws TypeError for a URL that is not `tcp://host:port` */
export function createMockAdapter(options: MockAdapterOptions): VoiceAdapter {
  return "pbx" in options
    ? new LocalMockAdapter(options)
    : new TcpMockAdapter(options);
}
