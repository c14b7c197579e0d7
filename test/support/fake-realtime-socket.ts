/**
 * The socket of Supabase Realtime, as far as a page that only listens uses it: it takes joins of topics, and broadcasts what
 * a test hands it to those who joined. Given to the real client as its transport, so no network is involved.
 */
import type { SupabaseClientOptions } from "@supabase/supabase-js";

type Transport = NonNullable<
  NonNullable<SupabaseClientOptions<"public">["realtime"]>["transport"]
>;

/** [join ref, ref, topic, event, payload], as version 2 of the protocol writes it. */
type Frame = [
  string | null,
  string | null,
  string,
  string,
  Record<string, unknown>,
];

interface JoinRequest {
  readonly topic: string;
  readonly isPrivate: boolean;
  readonly token: string;
}

/** @param mayJoin what Realtime finds out from the project's policies */
export function fakeRealtime(
  mayJoin: (join: JoinRequest) => Promise<boolean>,
): {
  readonly transport: Transport;
  broadcast(topic: string, event: string, payload: unknown): void;
} {
  const sockets = new Set<FakeSocket>();
  class FakeSocket {
    static readonly CONNECTING = 0;
    static readonly OPEN = 1;
    static readonly CLOSING = 2;
    static readonly CLOSED = 3;
    readyState = 0;
    binaryType = "arraybuffer";
    readonly joined = new Map<string, string | null>();
    onopen: ((event: unknown) => void) | null = null;
    onmessage: ((event: { data: string }) => void) | null = null;
    onclose: ((event: unknown) => void) | null = null;
    onerror: ((event: unknown) => void) | null = null;

    constructor() {
      sockets.add(this);
      queueMicrotask(() => {
        this.readyState = 1;
        this.onopen?.({});
      });
    }

    send(text: string): void {
      void this.#answer(JSON.parse(text) as Frame);
    }

    close(code = 1000): void {
      this.readyState = 3;
      sockets.delete(this);
      this.onclose?.({ code, wasClean: true });
    }

    push(frame: Frame): void {
      this.onmessage?.({ data: JSON.stringify(frame) });
    }

    async #answer([joinRef, ref, topic, event, payload]: Frame) {
      const reply = (status: string, response: Record<string, unknown> = {}) =>
        this.push([joinRef, ref, topic, "phx_reply", { status, response }]);
      if (event !== "phx_join") {
        reply("ok");
        return;
      }
      const config = payload["config"] as { private?: boolean };
      const may = await mayJoin({
        topic: topic.replace(/^realtime:/, ""),
        isPrivate: config.private === true,
        token: String(payload["access_token"]),
      });
      if (may) this.joined.set(topic, joinRef);
      if (may) reply("ok", { postgres_changes: [] });
      else reply("error", { reason: "Unauthorized" });
    }
  }
  return {
    transport: FakeSocket as unknown as Transport,
    broadcast: (topic, event, payload) => {
      const name = `realtime:${topic}`;
      for (const socket of sockets)
        if (socket.joined.has(name))
          socket.push([
            socket.joined.get(name) ?? null,
            null,
            name,
            "broadcast",
            { type: "broadcast", event, payload },
          ]);
    },
  };
}
