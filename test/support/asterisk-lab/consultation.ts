/** The moment in an attended transfer at which the agent may hang up. */
import type { AmiClient } from "./ami-client.ts";

/**
 * Waits until the colleague whom the agent asked (`from-agents`) talks to him. That the carrier has sent his 200 is not
 * enough: an agent who hangs up before Asterisk has taken it has asked nobody.
 */
export async function untilColleagueTalks(
  client: AmiClient,
  exten: string,
): Promise<void> {
  await client.next(
    "the agent's call to his colleague to be answered",
    (m) =>
      m["Event"] === "Newstate" &&
      m["ChannelState"] === "6" &&
      (m["Channel"]?.startsWith(`Local/${exten}@from-agents-`) ?? false) &&
      (m["Channel"]?.endsWith(";1") ?? false),
  );
  await client.next(
    "the colleague to be in the call",
    (m) =>
      m["Event"] === "BridgeEnter" &&
      (m["Channel"]?.startsWith(`PJSIP/${exten}-`) ?? false),
  );
}
