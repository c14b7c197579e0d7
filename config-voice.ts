/** The PBX's part of the configuration: of the adapters' variables only the chosen one's are read. */
import { z } from "zod";

import { readShape } from "./config-checks.ts";
import type { ConfigProblem, Environment } from "./config-checks.ts";
import { adapterVariables } from "./config-variables.ts";

export type VoiceConfig =
  | {
      readonly adapter: "mock";
      readonly node: string;
      /** tcp://host:port of a mock PBX in a process of its own; null: one inside the engine. */
      readonly mockPbxUrl: string | null;
    }
  | {
      readonly adapter: "asterisk_ami";
      readonly node: string;
      readonly host: string;
      readonly port: number;
      readonly user: string;
      readonly secret: string;
      readonly context: string;
    }
  | {
      readonly adapter: "freeswitch_esl";
      readonly node: string;
      readonly host: string;
      readonly port: number;
      readonly password: string;
      readonly context: string;
    };

/** @returns undefined when something of it is wrong, or no adapter is named */
export function readVoice(
  set: Environment,
  problems: ConfigProblem[],
): VoiceConfig | undefined {
  // A wrong adapter or node is reported with the other engine variables.
  const node = set["VOICE_NODE"] ?? "default";
  switch (set["VOICE_ADAPTER"]) {
    case "asterisk_ami": {
      const shape = z.object(adapterVariables.asterisk_ami);
      const ami = readShape(shape, set, problems);
      return (
        ami && {
          adapter: "asterisk_ami",
          node,
          host: ami.ASTERISK_HOST,
          port: ami.ASTERISK_AMI_PORT,
          user: ami.ASTERISK_AMI_USER,
          secret: ami.ASTERISK_AMI_SECRET,
          context: ami.ASTERISK_CONTEXT,
        }
      );
    }
    case "freeswitch_esl": {
      const shape = z.object(adapterVariables.freeswitch_esl);
      const esl = readShape(shape, set, problems);
      return (
        esl && {
          adapter: "freeswitch_esl",
          node,
          host: esl.FREESWITCH_HOST,
          port: esl.FREESWITCH_ESL_PORT,
          password: esl.FREESWITCH_ESL_PASSWORD,
          context: esl.FREESWITCH_CONTEXT,
        }
      );
    }
    case "mock": {
      const mock = readShape(z.object(adapterVariables.mock), set, problems);
      return (
        mock && {
          adapter: "mock",
          node,
          mockPbxUrl: mock.MOCK_PBX_URL ?? null,
        }
      );
    }
    default:
      return undefined;
  }
}
