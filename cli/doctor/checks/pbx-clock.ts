/** The PBX's clock against that of this machine. */
import { type Finding, found } from "../finding.ts";

/** A larger difference is reported. */
const skewMs = 2_000;

/** @param offsetMs the PBX's clock minus ours; null: the PBX does not report it */
export function judgePbxClock(
  pbx: "asterisk" | "freeswitch",
  offsetMs: number | null,
): Finding {
  if (offsetMs === null) return found(`${pbx}.clock.untold`);
  const apartMs = Math.abs(offsetMs);
  const seconds = Math.round(apartMs / 1_000);
  if (apartMs <= skewMs)
    return found(`${pbx}.clock.ok`, { milliseconds: apartMs });
  return offsetMs > 0
    ? found(`${pbx}.clock.ahead`, { seconds })
    : found(`${pbx}.clock.behind`, { seconds });
}
