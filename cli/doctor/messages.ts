/** All messages of the doctor, by code: the check's id and what was found. */
import type { CheckId } from "./check-titles.ts";
import type { Message } from "./message-table.ts";
import { asteriskEventMessages } from "./messages/asterisk-events.ts";
import { asteriskTrunkMessages } from "./messages/asterisk-trunks.ts";
import { asteriskMessages } from "./messages/asterisk.ts";
import { campaignMessages } from "./messages/campaigns.ts";
import { copyMessages } from "./messages/copy.ts";
import { databaseMessages } from "./messages/database.ts";
import { dialingMessages } from "./messages/dialing.ts";
import { freeswitchPortMessages } from "./messages/freeswitch-port.ts";
import { freeswitchMessages } from "./messages/freeswitch.ts";
import { generalMessages } from "./messages/general.ts";
import { machineMessages } from "./messages/machine.ts";
import { migrationMessages } from "./messages/migrations.ts";
import { sharingMessages } from "./messages/sharing.ts";
import { supabaseDatabaseMessages } from "./messages/supabase-database.ts";
import { supabaseMessages } from "./messages/supabase.ts";
import { variableMessages } from "./messages/variables.ts";

/** Of one check each. */
export const messages = {
  ...variableMessages,
  ...databaseMessages,
  ...copyMessages,
  ...migrationMessages,
  ...supabaseDatabaseMessages,
  ...supabaseMessages,
  ...asteriskMessages,
  ...asteriskTrunkMessages,
  ...asteriskEventMessages,
  ...freeswitchPortMessages,
  ...freeswitchMessages,
  ...sharingMessages,
  ...machineMessages,
  ...dialingMessages,
  ...campaignMessages,
} as const satisfies Record<`${CheckId}.${string}`, Message>;

/** Of any check. */
export { generalMessages };

export type Code = keyof typeof messages;
export type GeneralCode = keyof typeof generalMessages;
