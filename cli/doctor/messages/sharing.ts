import type { Message } from "../message-table.ts";

export const sharingMessages = {
  "asterisk.sharing.alone": {
    status: "ok",
    en: [
      "live calls with an installation tag: {ours} of this installation, none of another",
    ],
    "pt-BR": [
      "ligações ativas com identificação de instalação: {ours} desta, nenhuma de outra",
    ],
  },
  "asterisk.sharing.others": {
    status: "warning",
    en: [
      "live calls of other installations on this Asterisk: {calls}, of {installations} (for example {first}); of this one: {ours}",
      "Each keeps its own limits and knows nothing of the other's: give each trunk a share of the carrier's calls per second and channels. If it is a test, or a copy of this database, stop its engine.",
    ],
    "pt-BR": [
      "ligações de outras instalações ativas neste Asterisk: {calls}, de {installations} (por exemplo {first}); desta: {ours}",
      "Cada uma respeita os próprios limites e não conhece os da outra: divida entre os troncos as ligações por segundo e os canais da operadora. Se for um teste, ou uma cópia deste banco, pare o engine dela.",
    ],
  },
  "freeswitch.sharing.alone": {
    status: "ok",
    en: [
      "live calls with an installation tag: {ours} of this installation, none of another",
    ],
    "pt-BR": [
      "ligações ativas com identificação de instalação: {ours} desta, nenhuma de outra",
    ],
  },
  "freeswitch.sharing.others": {
    status: "warning",
    en: [
      "live calls of other installations on this FreeSWITCH: {calls}, of {installations} (for example {first}); of this one: {ours}",
      "Each keeps its own limits and knows nothing of the other's: give each trunk a share of the carrier's calls per second and channels. If it is a test, or a copy of this database, stop its engine.",
    ],
    "pt-BR": [
      "ligações de outras instalações ativas neste FreeSWITCH: {calls}, de {installations} (por exemplo {first}); desta: {ours}",
      "Cada uma respeita os próprios limites e não conhece os da outra: divida entre os troncos as ligações por segundo e os canais da operadora. Se for um teste, ou uma cópia deste banco, pare o engine dela.",
    ],
  },
} as const satisfies Record<string, Message>;
