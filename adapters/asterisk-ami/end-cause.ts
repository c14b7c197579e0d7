/** Why a leg ended, from the headers of its Hangup. */
import type { EndCause } from "../port.ts";
import type { AmiMessage } from "./message.ts";

export const NO_CAUSE: EndCause = {
  cause: null,
  causeName: null,
  sipStatus: null,
  sipReason: null,
};

/**
 * @param hangup `Cause` is Q.850 with 0 for "unknown"; `TechCause` the SIP status (`486`, in some
 *   versions `SIP 486` or with a reason phrase), only from 20.17, 22.7 and 23.1 on
 */
export function endCauseOf(hangup: AmiMessage): EndCause {
  const cause = Number(hangup.get("cause") ?? "0");
  const [, status, reason] =
    /^(?:SIP )?([1-6]\d\d)(?: (.{1,200}))?$/i.exec(
      hangup.get("techcause") ?? "",
    ) ?? [];
  const isKnown = Number.isInteger(cause) && cause > 0 && cause <= 127;
  return {
    cause: isKnown ? cause : null,
    causeName: isKnown ? (hangup.get("cause-txt") ?? null) : null,
    sipStatus: status === undefined ? null : Number(status),
    sipReason: reason ?? null,
  };
}
