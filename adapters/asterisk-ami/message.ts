/**
 * One AMI message as the adapter reads it. Header names are asked for in lower case. Of a repeated header the first one
 * counts: Asterisk writes its own block before what a dialplan adds to a UserEvent.
 */
export interface AmiMessage {
  get(name: string): string | undefined;
}

const EPOCH_SECONDS = /^\d{1,11}(?:\.\d{1,9})?$/;

/** Asterisk's own time of the message (`timestampevents = yes`), epoch milliseconds; null without. */
export function timestampOf(message: AmiMessage): number | null {
  const given = message.get("timestamp") ?? "";
  return EPOCH_SECONDS.test(given) ? Math.floor(Number(given) * 1_000) : null;
}
