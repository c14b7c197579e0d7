/**
 * Recognises an answered call that FreeSWITCH had nowhere to put, by its CHANNEL_HANGUP_COMPLETE. As recorded:
 *
 *   no such context      NO_ROUTE_DESTINATION, Channel-HIT-Dialplan false   (`dialplan-missing-context`)
 *   no such extension    NORMAL_CLEARING at once, when a rule with continue="true" matched: the last application
 *                        only prepared (`dialplan-missing-extension`); NO_ROUTE_DESTINATION otherwise
 *   no such application  DESTINATION_OUT_OF_ORDER
 *
 * All these calls were answered, and FreeSWITCH itself sent the BYE within moments of the answer. A call that was
 * transferred, waited or talked before is none of these.
 */
import { timeOf } from "./event.ts";
import type { EslEvent } from "./event.ts";
import { preparing } from "./hand-over.ts";

/** The dialplan is looked up in milliseconds; when hang-up follows answer within this time, nobody was served. */
const AT_ONCE_MS = 2_000;

/** @param event CHANNEL_HANGUP_COMPLETE of a call that no agent had and that did not wait for one */
export function hadNowhereToGo(event: EslEvent): boolean {
  const answerAt = timeOf(event.get("Caller-Channel-Answered-Time"));
  const endAt = timeOf(event.get("Caller-Channel-Hangup-Time"));
  if (answerAt === null || endAt === null) return false;
  if (Date.parse(endAt) - Date.parse(answerAt) > AT_ONCE_MS) return false;
  const disposition = event.get("variable_sip_hangup_disposition") ?? "";
  if (disposition.startsWith("recv_")) return false;
  const last = event.get("variable_last_app") ?? "";
  const didNothing = last === "" || preparing.has(last);
  // The originate's own transfer into the dialplan is one.
  const isFirst = event.all("variable_transfer_history").length <= 1;
  switch (event.get("Hangup-Cause")) {
    case "NO_ROUTE_DESTINATION":
      return isFirst && (didNothing || last === "hangup");
    case "NORMAL_CLEARING":
      return (
        isFirst &&
        last !== "" &&
        didNothing &&
        disposition.startsWith("send_") &&
        event.get("Channel-HIT-Dialplan") === "true"
      );
    case "DESTINATION_OUT_OF_ORDER":
      return didNothing;
    default:
      return false;
  }
}
