/** What the adapter is asked for, from what the claim found. */
import type { OriginateRequest } from "../adapters/port.ts";
import type { ClaimedAttempt } from "../database/originating.ts";
import { fillDialString } from "../dialing/phone-number.ts";

/** @throws PhoneNumberError when the trunk's dial string has a placeholder that is none */
export function requestOf(attempt: ClaimedAttempt): OriginateRequest {
  return {
    attemptId: attempt.id,
    campaignId: attempt.campaignId,
    leadId: attempt.leadId,
    dialString: fillDialString(attempt.dialString, attempt.phoneE164),
    callerId: attempt.callerId,
    context: attempt.context,
    extension: attempt.extension,
    setupTimeoutSeconds: attempt.setupTimeoutSeconds,
    ringTimeoutSeconds: attempt.ringTimeoutSeconds,
    maxCallDurationSeconds: attempt.maxCallDurationSeconds,
    variables: Object.fromEntries(
      Object.entries(attempt.variables).map(([name, value]) => [
        name,
        String(value),
      ]),
    ),
  };
}
