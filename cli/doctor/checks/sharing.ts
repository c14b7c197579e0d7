/** Whether another installation has live calls on the same PBX: neither knows the limits that the other keeps. */
import { type Finding, found, foundFor } from "../finding.ts";

/**
 * @param own id of this installation; null: the database could not be asked
 * @param tags installation tags of the live calls, one for each call
 */
export function judgeSharing(
  pbx: "asterisk" | "freeswitch",
  own: string | null,
  tags: readonly string[],
): Finding {
  if (own === null) {
    const check = "database.login";
    return foundFor(`${pbx}.sharing`, "skipped.after", { check });
  }
  const others = tags.filter((tag) => tag !== own);
  const ours = tags.length - others.length;
  if (others.length === 0) return found(`${pbx}.sharing.alone`, { ours });
  const installations = [...new Set(others)];
  return found(`${pbx}.sharing.others`, {
    calls: others.length,
    ours,
    installations: installations.length,
    first: installations[0] ?? "",
  });
}
