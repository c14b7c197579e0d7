import type { Message } from "../message-table.ts";

export const campaignMessages = {
  "dialing.campaigns.ok": {
    status: "ok",
    en: ["{count} campaigns are ACTIVE"],
    "pt-BR": ["{count} campanhas estão ACTIVE"],
  },
  "dialing.campaigns.none": {
    status: "warning",
    en: [
      "no campaign is ACTIVE ({others})",
      "Nothing is dialled until one is: update campaigns set status = 'ACTIVE' where id = '…'.",
    ],
    "pt-BR": [
      "nenhuma campanha está ACTIVE ({others})",
      "Nada é discado enquanto não houver uma: update campaigns set status = 'ACTIVE' where id = '…'.",
    ],
  },
  "dialing.campaigns.waits": {
    status: "ok",
    en: ["{count} campaigns ({example}): {reason}: {meaning}"],
    "pt-BR": ["{count} campanhas ({example}): {reason}: {meaning}"],
  },
  "dialing.campaigns.blocked": {
    status: "warning",
    en: ["{count} campaigns ({example}): {reason}: {meaning}", "{advice}"],
    "pt-BR": ["{count} campanhas ({example}): {reason}: {meaning}", "{advice}"],
  },
} as const satisfies Record<string, Message>;
