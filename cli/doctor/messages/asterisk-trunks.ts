/** Messages about Asterisk's endpoints for the trunks, and about its record of past calls. */
import type { Message } from "../message-table.ts";

export const asteriskTrunkMessages = {
  "asterisk.past.ok": {
    status: "ok",
    en: [
      "[dialer-past] records the calls that are answered while no engine is connected",
    ],
    "pt-BR": [
      "[dialer-past] registra as ligações atendidas enquanto nenhum engine está conectado",
    ],
  },
  "asterisk.past.missing": {
    status: "warning",
    en: [
      "there is no context dialer-past: if a person answers and hangs up while no engine is connected, the engine cannot find out that the call was answered",
      "Such a call ends as ORPHANED and the person is called again, a day later unless a rule says otherwise. Put [dialer-limit] and [dialer-past] of docs/asterisk/extensions.conf into the dialplan; then asterisk -rx 'dialplan reload'.",
    ],
    "pt-BR": [
      "não existe o contexto dialer-past: se a pessoa atende e desliga enquanto nenhum engine está conectado, o engine não tem como saber que ela atendeu",
      "Essa ligação termina como ORPHANED e a pessoa recebe outra ligação, um dia depois, salvo outra regra. Inclua [dialer-limit] e [dialer-past] de docs/asterisk/extensions.conf no dialplan; depois asterisk -rx 'dialplan reload'.",
    ],
  },
  "asterisk.trunks.redirects": {
    status: "problem",
    en: [
      "{trunk}: redirect_method = {method} of endpoint {endpoint} rings whatever number a carrier's 302 names, past the do-not-call list",
      "In pjsip.conf: redirect_method = user, with a context that cannot dial out (docs/asterisk/pjsip.conf); then asterisk -rx 'pjsip reload'.",
    ],
    "pt-BR": [
      "{trunk}: redirect_method = {method} do endpoint {endpoint} toca qualquer número que um 302 da operadora indique, sem passar pela lista de não perturbe",
      "Em pjsip.conf: redirect_method = user, com um context que não disca para fora (docs/asterisk/pjsip.conf); depois asterisk -rx 'pjsip reload'.",
    ],
  },
  "asterisk.trunks.redirects-to": {
    status: "problem",
    en: [
      "{trunk}: context {context} of endpoint {endpoint} takes telephone numbers: what a carrier's 302 names would be dialled there, and the carrier's own calls to us too",
      "Give the endpoint a context that dials nobody, such as from-carrier of docs/asterisk/extensions.conf; then asterisk -rx 'pjsip reload'. Where carriers' calls must come in there, let that context take your own numbers only.",
    ],
    "pt-BR": [
      "{trunk}: o contexto {context} do endpoint {endpoint} aceita números de telefone: o que um 302 da operadora indica seria discado ali, e também as ligações da operadora para nós",
      "Dê ao endpoint um contexto que não disca para ninguém, como from-carrier de docs/asterisk/extensions.conf; depois asterisk -rx 'pjsip reload'. Se ligações das operadoras precisam entrar por ali, que esse contexto aceite só os seus números.",
    ],
  },
  "asterisk.trunks.none": {
    status: "skipped",
    en: ["there is no active trunk of voice node {node} to check"],
    "pt-BR": ["não há tronco ativo do voice node {node} para verificar"],
  },
  "asterisk.trunks.ok": {
    status: "ok",
    en: ["{trunk}: {device} is {state}"],
    "pt-BR": ["{trunk}: {device} está {state}"],
  },
  "asterisk.trunks.no-endpoint": {
    status: "problem",
    en: [
      "{trunk}: Asterisk knows no {device}",
      "Correct trunk_config.dial_string, or make the endpoint: docs/asterisk/pjsip.conf; see asterisk -rx 'pjsip show endpoints'.",
    ],
    "pt-BR": [
      "{trunk}: o Asterisk não conhece {device}",
      "Corrija trunk_config.dial_string, ou crie o endpoint: docs/asterisk/pjsip.conf; veja asterisk -rx 'pjsip show endpoints'.",
    ],
  },
  "asterisk.trunks.unreachable": {
    status: "problem",
    en: [
      "{trunk}: {device} does not answer",
      "See asterisk -rx 'pjsip show contacts'. The carrier's address, the registration, or a firewall for SIP.",
    ],
    "pt-BR": [
      "{trunk}: {device} não responde",
      "Veja asterisk -rx 'pjsip show contacts'. Endereço da operadora, registro, ou firewall para SIP.",
    ],
  },
  "asterisk.trunks.no-context": {
    status: "problem",
    en: [
      "{trunk}: there is no context {context}",
      "Correct trunk_config.dial_string, or add the context to the dialplan.",
    ],
    "pt-BR": [
      "{trunk}: não existe o contexto {context}",
      "Corrija trunk_config.dial_string, ou inclua o contexto no dialplan.",
    ],
  },
  "asterisk.trunks.context": {
    status: "ok",
    en: ["{trunk}: context {context} exists"],
    "pt-BR": ["{trunk}: o contexto {context} existe"],
  },
  "asterisk.trunks.untold": {
    status: "skipped",
    en: [
      "{trunk}: Asterisk reports no state for {device} over AMI (it has no name to ask for, or module func_devstate is not loaded)",
    ],
    "pt-BR": [
      "{trunk}: o Asterisk não informa sobre {device} pelo AMI (não há nome a perguntar, ou o módulo func_devstate não está carregado)",
    ],
  },
} as const satisfies Record<string, Message>;
