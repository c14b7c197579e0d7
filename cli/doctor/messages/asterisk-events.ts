/** Messages about the events that the AMI user receives, their times, and Asterisk's clock. */
import type { Message } from "../message-table.ts";

export const asteriskEventMessages = {
  "asterisk.read.ok": {
    status: "ok",
    en: ["{right}: its events come"],
    "pt-BR": ["{right}: os eventos chegam"],
  },
  "asterisk.read.no-system": {
    status: "problem",
    en: [
      "system is missing, or Asterisk is still starting: no FullyBooted came",
      "In the user's section of manager.conf: read = system,call,user,agent, and no eventfilter that drops FullyBooted; then asterisk -rx 'manager reload'.",
    ],
    "pt-BR": [
      "falta system, ou o Asterisk ainda está iniciando: não chegou FullyBooted",
      "Na seção do usuário em manager.conf: read = system,call,user,agent, e nenhum eventfilter que descarte FullyBooted; depois asterisk -rx 'manager reload'.",
    ],
  },
  "asterisk.read.no-user": {
    status: "problem",
    en: [
      "user is missing: our own UserEvent did not come back",
      "Without it answering machine verdicts and dispositions are lost. In manager.conf: read = system,call,user,agent, and no eventfilter that drops UserEvent; then asterisk -rx 'manager reload'.",
    ],
    "pt-BR": [
      "falta user: o nosso UserEvent não voltou",
      "Sem ele perdem-se os vereditos de caixa postal e as tabulações. Em manager.conf: read = system,call,user,agent, e nenhum eventfilter que descarte UserEvent; depois asterisk -rx 'manager reload'.",
    ],
  },
  "asterisk.read.no-call": {
    status: "problem",
    en: [
      "call is missing: Asterisk called itself, and none of that call's events arrived",
      "Until this is corrected the engine dials nobody. In the user's section of manager.conf: read = system,call,user,agent, and no eventfilter that drops everything; then asterisk -rx 'manager reload'.",
    ],
    "pt-BR": [
      "falta call: o Asterisk ligou para si mesmo e nada disso chegou",
      "Até isso ser corrigido, o engine não disca para ninguém. Na seção do usuário em manager.conf: read = system,call,user,agent, e nenhum eventfilter que descarte tudo; depois asterisk -rx 'manager reload'.",
    ],
  },
  "asterisk.read.no-agent": {
    status: "problem",
    en: [
      "agent is missing: no event of the queue dialer-check arrived",
      "Until this is corrected the engine dials nobody. In the user's section of manager.conf: read = system,call,user,agent, and no eventfilter that drops the events of queues; then asterisk -rx 'manager reload'.",
    ],
    "pt-BR": [
      "falta agent: nada da fila dialer-check chegou",
      "Até isso ser corrigido, o engine não disca para ninguém. Na seção do usuário em manager.conf: read = system,call,user,agent, e nenhum eventfilter que descarte os eventos das filas; depois asterisk -rx 'manager reload'.",
    ],
  },
  "asterisk.read.filtered": {
    status: "problem",
    en: [
      "Asterisk sent these events, and they did not arrive: {events}",
      "Until this is corrected the engine dials nobody. An eventfilter line in the user's section of manager.conf drops them: take it out or, where the lines say what may pass, add eventfilter(name({first})) = for each, as in docs/asterisk/manager.conf; then asterisk -rx 'manager reload'.",
    ],
    "pt-BR": [
      "o Asterisk enviou estes eventos, e eles não chegaram: {events}",
      "Até isso ser corrigido, o engine não disca para ninguém. Uma linha eventfilter na seção do usuário em manager.conf os descarta: retire-a ou, se as linhas dizem o que passa, inclua eventfilter(name({first})) = para cada um, como em docs/asterisk/manager.conf; depois asterisk -rx 'manager reload'.",
    ],
  },
  "asterisk.read.no-dialplan": {
    status: "warning",
    en: [
      "call: channel events arrive, but the dialplan has no context dialer-check to verify the others with",
      "Add [dialer-check] from docs/asterisk/extensions.conf (FreePBX: docs/asterisk/freepbx/extensions_custom.conf); then asterisk -rx 'dialplan reload'.",
    ],
    "pt-BR": [
      "call: os eventos dos canais chegam, mas o dialplan não tem o contexto dialer-check para verificar os demais",
      "Inclua [dialer-check] de docs/asterisk/extensions.conf (FreePBX: docs/asterisk/freepbx/extensions_custom.conf); depois asterisk -rx 'dialplan reload'.",
    ],
  },
  "asterisk.read.not-made": {
    status: "warning",
    en: [
      "Asterisk did not call itself, so not every event could be verified",
      "It may be at maxcalls or maxload of asterisk.conf. Run the doctor again when it has less to do.",
    ],
    "pt-BR": [
      "o Asterisk não ligou para si mesmo, então nem todo evento pôde ser verificado",
      "Ele pode estar no limite de maxcalls ou maxload do asterisk.conf. Rode o doctor de novo quando houver menos carga.",
    ],
  },
  "asterisk.read.no-queue": {
    status: "warning",
    en: [
      "agent: there is no queue dialer-check to verify queue events with",
      "Add [dialer-check] from docs/asterisk/queues.conf (FreePBX: docs/asterisk/freepbx/queues_custom.conf); then asterisk -rx 'queue reload all'.",
    ],
    "pt-BR": [
      "agent: não há a fila dialer-check para verificar os eventos das filas",
      "Inclua [dialer-check] de docs/asterisk/queues.conf (FreePBX: docs/asterisk/freepbx/queues_custom.conf); depois asterisk -rx 'queue reload all'.",
    ],
  },
  "asterisk.clock.ok": {
    status: "ok",
    en: ["this machine and Asterisk differ by {milliseconds} ms"],
    "pt-BR": ["esta máquina e o Asterisk diferem em {milliseconds} ms"],
  },
  "asterisk.clock.ahead": {
    status: "warning",
    en: [
      "Asterisk's clock is {seconds} s ahead of this machine's",
      "The times of calls are Asterisk's. Let both follow a time server (timedatectl set-ntp true).",
    ],
    "pt-BR": [
      "o relógio do Asterisk está {seconds} s adiantado em relação a esta máquina",
      "Os horários das ligações são os do Asterisk. Faça os dois seguirem um servidor de horário (timedatectl set-ntp true).",
    ],
  },
  "asterisk.clock.behind": {
    status: "warning",
    en: [
      "Asterisk's clock is {seconds} s behind this machine's",
      "The times of calls are Asterisk's. Let both follow a time server (timedatectl set-ntp true).",
    ],
    "pt-BR": [
      "o relógio do Asterisk está {seconds} s atrasado em relação a esta máquina",
      "Os horários das ligações são os do Asterisk. Faça os dois seguirem um servidor de horário (timedatectl set-ntp true).",
    ],
  },
  "asterisk.clock.untold": {
    status: "skipped",
    en: ["Asterisk does not report its time"],
    "pt-BR": ["o Asterisk não informa o horário"],
  },
  "asterisk.timestamps.ok": {
    status: "ok",
    en: ["events carry Asterisk's own time"],
    "pt-BR": ["os eventos trazem o horário do próprio Asterisk"],
  },
  "asterisk.timestamps.missing": {
    status: "problem",
    en: [
      "events come without their time",
      "In [general] of manager.conf: timestampevents = yes; then asterisk -rx 'manager reload'.",
    ],
    "pt-BR": [
      "os eventos chegam sem horário",
      "Em [general] do manager.conf: timestampevents = yes; depois asterisk -rx 'manager reload'.",
    ],
  },
} as const satisfies Record<string, Message>;
