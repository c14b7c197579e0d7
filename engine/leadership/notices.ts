/** Notices that the database sends to engines, and what each is for. */
import { z } from "zod";

import { jobsChannel } from "../../database/graphile-internals.ts";

/** Channels that an engine listens on. */
export const noticeChannels = [
  "dialer_campaign",
  "dialer_trunk",
  "dialer_withdrawn",
  jobsChannel,
] as const;

export type Notice =
  /** Graphile: the queue changed. */
  | { readonly kind: "jobs" }
  /** A limit of some trunk changed. */
  | { readonly kind: "trunks" }
  /** Calls whose number was added to a do-not-call list after their claim. */
  | { readonly kind: "withdrawn"; readonly attemptIds: readonly string[] }
  | {
      readonly kind: "campaign";
      readonly campaignId: string;
      readonly status: string;
    };

const campaignNotice = z.object({
  schema: z.string(),
  campaignId: z.string(),
  status: z.string(),
});

const withdrawnNotice = z.object({
  schema: z.string(),
  attemptIds: z.array(z.string()),
});

/**
 * Reads a notice.
 *
 * @param schema of this engine's tables; other installations in the same database are not ours
 * @returns null for a notice that is not ours
 * @throws when a notice is not what our triggers write
 */
export function readNotice(
  channel: string,
  payload: string,
  schema: string,
): Notice | null {
  if (channel === jobsChannel) return { kind: "jobs" };
  if (channel === "dialer_trunk") return { kind: "trunks" };
  if (channel === "dialer_withdrawn") {
    const { schema: of, attemptIds } = withdrawnNotice.parse(
      JSON.parse(payload),
    );
    return of === schema ? { kind: "withdrawn", attemptIds } : null;
  }
  if (channel !== "dialer_campaign") return null;
  const notice = campaignNotice.parse(JSON.parse(payload));
  if (notice.schema !== schema) return null;
  return {
    kind: "campaign",
    campaignId: notice.campaignId,
    status: notice.status,
  };
}
