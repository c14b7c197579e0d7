import type { Message } from "../message-table.ts";

export const campaignMessages = {
  "dialing.campaigns.ok": {
    status: "ok",
    en: ["campaigns that are ACTIVE: {count}"],
    "pt-BR": ["campanhas em ACTIVE: {count}"],
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
    en: ["{reason}: {meaning} (campaigns: {count}, one is {example})"],
    "pt-BR": ["{reason}: {meaning} (campanhas: {count}, uma é {example})"],
  },
  "dialing.campaigns.blocked": {
    status: "warning",
    en: [
      "{reason}: {meaning} (campaigns: {count}, one is {example})",
      "{advice}",
    ],
    "pt-BR": [
      "{reason}: {meaning} (campanhas: {count}, uma é {example})",
      "{advice}",
    ],
  },
} as const satisfies Record<string, Message>;
