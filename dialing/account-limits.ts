/** What the administrator permits an account: countries, numbers that it may show, and how much of everything. */
import { parsePhoneNumberFromString } from "libphonenumber-js/max";

/** The country decides by the number that is dialled, not by the account's default. @param allowed null: all */
export function isCountryPermitted(
  e164: string,
  allowed: readonly string[] | null,
): boolean {
  if (allowed === null) return true;
  const country = parsePhoneNumberFromString(e164)?.country;
  return country !== undefined && allowed.includes(country);
}

/** Emergency and service numbers have fewer digits in every country; no caller has one of their own. */
const shortestCallerId = 7;

/**
 * Whether a campaign may show this number: never a short, emergency or premium one, whoever lists it.
 *
 * @param country in which a number without + is read
 * @param allowed numbers as they are written in `caller_id`, with or without +, or their beginning and `*`; null: any
 */
export function isCallerIdPermitted(
  callerId: string,
  country: string,
  allowed: readonly string[] | null,
): boolean {
  const digits = callerId.replace(/^\+/, "");
  if (digits.length < shortestCallerId) return false;
  if (isPremium(callerId, country) || isPremium(`+${digits}`, country))
    return false;
  if (allowed === null) return true;
  return allowed.some((entry) => {
    const wanted = entry.replace(/^\+/, "");
    return wanted.endsWith("*")
      ? digits.startsWith(wanted.slice(0, -1))
      : digits === wanted;
  });
}

function isPremium(number: string, country: string): boolean {
  try {
    const home = country as Parameters<typeof parsePhoneNumberFromString>[1];
    return (
      parsePhoneNumberFromString(number, home)?.getType() === "PREMIUM_RATE"
    );
  } catch {
    return false;
  }
}

/** Limits on how much; null: none. */
export interface AccountLimits {
  readonly maxConcurrentCalls: number | null;
  readonly maxCallsPerSecond: number | null;
  readonly maxDialsPerDay: number | null;
}

/** What the account has of it: live calls, those not sent yet, Originates within `secondsOf` and of its day. */
export interface AccountLoad {
  readonly live: number;
  readonly queued: number;
  readonly sentLately: number;
  readonly dialsToday: number;
}

export interface AccountRoom {
  readonly free: number;
  readonly reason:
    "ACCOUNT_CONCURRENCY" | "ACCOUNT_CPS" | "ACCOUNT_DIALS_PER_DAY";
}

/** The span in which so many calls per second are a whole number of calls: a second, or longer below one. */
export function secondsOf(callsPerSecond: number): number {
  return Math.max(1, 1 / callsPerSecond);
}

/** How many calls the account may still start, by each of its limits. */
export function accountRooms(
  limits: AccountLimits,
  load: AccountLoad,
): AccountRoom[] {
  const rooms: AccountRoom[] = [];
  const add = (reason: AccountRoom["reason"], free: number) =>
    rooms.push({ reason, free: Math.max(0, free) });
  if (limits.maxConcurrentCalls !== null)
    add("ACCOUNT_CONCURRENCY", limits.maxConcurrentCalls - load.live);
  if (limits.maxCallsPerSecond !== null)
    add(
      "ACCOUNT_CPS",
      Math.max(1, Math.floor(limits.maxCallsPerSecond)) -
        load.sentLately -
        load.queued,
    );
  if (limits.maxDialsPerDay !== null)
    add(
      "ACCOUNT_DIALS_PER_DAY",
      limits.maxDialsPerDay - load.dialsToday - load.queued,
    );
  return rooms;
}
