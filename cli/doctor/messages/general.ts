/** Messages that any check may have. */
import type { Message } from "../message-table.ts";

export const generalMessages = {
  "skipped.variables": {
    status: "skipped",
    en: ["not checked: {names} must be right first"],
    "pt-BR": ["não verificado: antes é preciso corrigir {names}"],
  },
  "skipped.not-configured": {
    status: "skipped",
    en: ["not checked: {names} is not set, and the engine runs without it"],
    "pt-BR": [
      "não verificado: {names} não está definida, e o engine funciona sem ela",
    ],
  },
  "skipped.after": {
    status: "skipped",
    en: ["not checked: it needs a check that did not pass ({check})"],
    "pt-BR": [
      "não verificado: depende de uma verificação que não passou ({check})",
    ],
  },
  "skipped.no-tables": {
    status: "skipped",
    en: ["not checked: the dialer's tables are not there yet"],
    "pt-BR": ["não verificado: as tabelas do discador ainda não existem"],
  },
  "skipped.no-facts": {
    status: "skipped",
    en: ["not checked: the database could not be asked which trunks there are"],
    "pt-BR": [
      "não verificado: não foi possível perguntar ao banco quais troncos existem",
    ],
  },
  "failed.time": {
    status: "problem",
    en: [
      "no answer within {seconds} s",
      "Something accepts connections and does not answer: look at firewalls and at the load of that server, then run the doctor again.",
    ],
    "pt-BR": [
      "sem resposta em {seconds} s",
      "Algo aceita conexões e não responde: verifique firewalls e a carga daquele servidor e rode o doctor de novo.",
    ],
  },
  "failed.error": {
    status: "problem",
    en: [
      "could not be checked: {reason}",
      "The reason is the other side's own words. If it stays, give it to whoever looks after the engine.",
    ],
    "pt-BR": [
      "não pôde ser verificado: {reason}",
      "O motivo está nas palavras do outro lado. Se persistir, passe-o a quem cuida do engine.",
    ],
  },
} as const satisfies Record<string, Message>;
