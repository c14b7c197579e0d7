/**
 * Leads whose next number has no free trunk now: a lead with another number that may be called, and for which a trunk
 * is free, goes on with that number. If the person was reached, or asked for a call on this number, the number stays.
 */
import { readOtherNumbers } from "../../database/scheduling.ts";
import type { OtherNumber } from "../../database/scheduling.ts";
import { outcomeTraits } from "../../dialing/outcome.ts";
import { normalisePhone } from "../../dialing/phone-number.ts";
import type { PassContext } from "./pass-context.ts";
import type { Routing } from "./routing.ts";
import type { LeadRow } from "../../dialing/pass-facts.ts";

/** After these outcomes a person is called on another number only by a rule. */
const keepTheNumber: ReadonlySet<string> = new Set([
  "DECLINED",
  ...Object.entries(outcomeTraits).flatMap(([outcome, { humanReached }]) =>
    humanReached ? [outcome] : [],
  ),
]);

/** Whether a pass may switch to another number of the lead because the next one has to wait. */
export function maySwitchNumber(lead: LeadRow): boolean {
  const { hasMore, calledBack, movingFrom, lastOutcome } = lead;
  const wasReached = keepTheNumber.has(lastOutcome ?? "");
  return hasMore && !calledBack && movingFrom === null && !wasReached;
}

/** @returns by id, those of these locked leads that have such a number, with it as their next */
export async function switchToFreeTrunks(
  context: PassContext,
  routing: Routing,
  leads: readonly LeadRow[],
): Promise<Map<string, LeadRow>> {
  const { transaction, campaign, hours, usable } = context;
  const switched = new Map<string, LeadRow>();
  if (leads.length === 0 || usable.capacity.roomOn(usable.trunks) <= 0)
    return switched;
  const ids = leads.map(({ id }) => id);
  const rows = await readOtherNumbers(transaction, campaign, ids);
  const numbers = Map.groupBy(rows, ({ leadId }) => leadId);
  for (const lead of leads)
    for (const number of numbers.get(lead.id) ?? []) {
      const dialTimezone = zoneOf(number, context);
      const { phoneId, phone, phoneE164 } = number;
      if (!hours.at(dialTimezone).open) continue;
      if (routing.routeFor(phoneE164, null).trunk === null) continue;
      switched.set(lead.id, {
        ...lead,
        phoneId,
        phone,
        phoneE164,
        dialTimezone,
      });
      break;
    }
  return switched;
}

function zoneOf(
  { zone, phoneE164 }: OtherNumber,
  { campaign }: Pick<PassContext, "campaign">,
): string {
  if (zone !== null) return zone;
  const read = normalisePhone(phoneE164, campaign.defaultCountry);
  return (read.ok ? read.timezone : null) ?? campaign.timezone;
}
