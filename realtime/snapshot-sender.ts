/** Sends one snapshot to a private topic of Supabase Realtime, over HTTP: no socket is opened. */
import { createClient } from "@supabase/supabase-js";

import { createCarefulFetch } from "./careful-fetch.ts";

export interface SupabaseProject {
  readonly url: string;
  readonly secretKey: string;
}

/** Who may receive what: see docs/realtime.md. */
export const topicOf = (campaignId: string) => `dialer:campaign:${campaignId}`;
const snapshotEvent = "snapshot";

/** @throws SupabaseHttpError, or what fetch throws; `failureCode` says it without the key */
export type SendSnapshot = (
  topic: string,
  payload: Readonly<Record<string, unknown>>,
) => Promise<void>;

export function createSnapshotSender(
  { url, secretKey }: SupabaseProject,
  timeoutMs: number,
): SendSnapshot {
  const client = createClient(url, secretKey, {
    auth: {
      autoRefreshToken: false,
      persistSession: false,
      detectSessionInUrl: false,
    },
    global: {
      fetch: createCarefulFetch({ secretKey, timeoutMs, onlyStatus: 202 }),
    },
  });
  return async (topic, payload) => {
    const channel = client.channel(topic, { config: { private: true } });
    try {
      await channel.httpSend(snapshotEvent, payload, { timeout: timeoutMs });
    } finally {
      // The channel was never joined, so there is nothing to leave; the client only removes it.
      await client.removeChannel(channel);
    }
  };
}
