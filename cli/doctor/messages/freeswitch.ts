import type { Message } from "../message-table.ts";

export const freeswitchMessages = {
  "freeswitch.login.ok": {
    status: "ok",
    en: ["the password is accepted"],
    "pt-BR": ["a senha foi aceita"],
  },
  "freeswitch.login.refused": {
    status: "problem",
    en: [
      "FreeSWITCH refused the password ({reason})",
      "FREESWITCH_ESL_PASSWORD must be the password in event_socket.conf.xml; after a change there: fs_cli -x 'reload mod_event_socket' (from then on fs_cli itself needs -p and the new password).",
    ],
    "pt-BR": [
      "o FreeSWITCH recusou a senha ({reason})",
      "FREESWITCH_ESL_PASSWORD deve ser a senha de event_socket.conf.xml; depois de trocá-la lá: fs_cli -x 'reload mod_event_socket' (daí em diante o próprio fs_cli precisa de -p e da senha nova).",
    ],
  },
  "freeswitch.login.refused-user": {
    status: "problem",
    en: [
      "FreeSWITCH refused the user {user} or its password ({reason})",
      "FREESWITCH_ESL_PASSWORD is user@domain:password of the directory: correct esl-password of {user} in its file (docs/freeswitch/directory/dialer.xml), not event_socket.conf.xml; then fs_cli -x reloadxml.",
    ],
    "pt-BR": [
      "o FreeSWITCH recusou o usuário {user} ou a senha dele ({reason})",
      "FREESWITCH_ESL_PASSWORD é usuário@domínio:senha do diretório: corrija esl-password de {user} no arquivo dele (docs/freeswitch/directory/dialer.xml), e não event_socket.conf.xml; depois fs_cli -x reloadxml.",
    ],
  },
  "freeswitch.version.ok": {
    status: "ok",
    en: ["{version}"],
    "pt-BR": ["{version}"],
  },
  "freeswitch.version.untold": {
    status: "skipped",
    en: ["FreeSWITCH does not report its version ({reason})"],
    "pt-BR": ["o FreeSWITCH não diz a versão ({reason})"],
  },
  "freeswitch.clock.ok": {
    status: "ok",
    en: ["this machine and FreeSWITCH differ by {milliseconds} ms"],
    "pt-BR": ["esta máquina e o FreeSWITCH diferem em {milliseconds} ms"],
  },
  "freeswitch.clock.ahead": {
    status: "warning",
    en: [
      "FreeSWITCH's clock is {seconds} s ahead of this machine's",
      "The times of calls are FreeSWITCH's. Let both follow a time server (timedatectl set-ntp true).",
    ],
    "pt-BR": [
      "o relógio do FreeSWITCH está {seconds} s adiantado em relação a esta máquina",
      "Os horários das ligações são os do FreeSWITCH. Faça os dois seguirem um servidor de horário (timedatectl set-ntp true).",
    ],
  },
  "freeswitch.clock.behind": {
    status: "warning",
    en: [
      "FreeSWITCH's clock is {seconds} s behind this machine's",
      "The times of calls are FreeSWITCH's. Let both follow a time server (timedatectl set-ntp true).",
    ],
    "pt-BR": [
      "o relógio do FreeSWITCH está {seconds} s atrasado em relação a esta máquina",
      "Os horários das ligações são os do FreeSWITCH. Faça os dois seguirem um servidor de horário (timedatectl set-ntp true).",
    ],
  },
  "freeswitch.clock.untold": {
    status: "skipped",
    en: [
      "FreeSWITCH does not report its time: this user may not receive BACKGROUND_JOB, or may not run bgapi status",
    ],
    "pt-BR": [
      "o FreeSWITCH não informa o horário: este usuário não pode receber BACKGROUND_JOB, ou não pode usar bgapi status",
    ],
  },
  "freeswitch.rights.ok": {
    status: "ok",
    en: ["may use: {commands}"],
    "pt-BR": ["pode usar: {commands}"],
  },
  "freeswitch.rights.missing": {
    status: "problem",
    en: [
      "{command}: {reason}",
      "Add it to esl-allowed-api of the user, or load the module that has it.",
    ],
    "pt-BR": [
      "{command}: {reason}",
      "Inclua-o em esl-allowed-api do usuário, ou carregue o módulo que o oferece.",
    ],
  },
  "freeswitch.rights.no-events": {
    status: "problem",
    en: [
      "the event {event} may not be received ({reason})",
      "Add it to esl-allowed-events of the user.",
    ],
    "pt-BR": [
      "o evento {event} não pode ser recebido ({reason})",
      "Inclua-o em esl-allowed-events do usuário.",
    ],
  },
  "freeswitch.limits.ok": {
    status: "ok",
    en: [
      "{rate} sessions per second and {sessions} at once, for trunks of {cps} calls per second together",
    ],
    "pt-BR": [
      "{rate} sessões por segundo e {sessions} ao mesmo tempo, para troncos de {cps} ligações por segundo somadas",
    ],
  },
  "freeswitch.limits.tight": {
    status: "warning",
    en: [
      "the trunks may start {cps} calls per second, and FreeSWITCH {rate} sessions, incoming calls and agents' legs among them",
      "Raise sessions-per-second in switch.conf.xml (fsctl sps) to more than twice the trunks' sum, or lower trunk_config.cps_limit.",
    ],
    "pt-BR": [
      "os troncos podem iniciar {cps} ligações por segundo, e o FreeSWITCH {rate} sessões, contando as recebidas e as pernas dos agentes",
      "Aumente sessions-per-second em switch.conf.xml (fsctl sps) para mais que o dobro da soma dos troncos, ou diminua trunk_config.cps_limit.",
    ],
  },
  "freeswitch.limits.untold": {
    status: "skipped",
    en: ["FreeSWITCH does not report its limits"],
    "pt-BR": ["o FreeSWITCH não informa seus limites"],
  },
  "freeswitch.context.ok": {
    status: "ok",
    en: ["context {context} is in the dialplan"],
    "pt-BR": ["o contexto {context} está no dialplan"],
  },
  "freeswitch.context.missing": {
    status: "warning",
    en: [
      "context {context} is not in FreeSWITCH's own dialplan (wanted by {user})",
      "Add it to conf/dialplan and fs_cli -x reloadxml, or correct FREESWITCH_CONTEXT or the campaign's dialplan_context. If a program serves the dialplan (mod_xml_curl, Lua), make a test call instead: npm run call.",
    ],
    "pt-BR": [
      "o contexto {context} não está no dialplan do próprio FreeSWITCH (usado por {user})",
      "Inclua-o em conf/dialplan e rode fs_cli -x reloadxml, ou corrija FREESWITCH_CONTEXT ou o dialplan_context da campanha. Se um programa fornece o dialplan (mod_xml_curl, Lua), faça uma ligação de teste: npm run call.",
    ],
  },
  "freeswitch.context.untold": {
    status: "warning",
    en: [
      "FreeSWITCH gives no information on context {context} ({reason}): neither the doctor nor the engine can check before a call whether the hand-over exists",
      "Add xml_locate to esl-allowed-api of the user (docs/freeswitch/directory/dialer.xml), then fs_cli -x reloadxml.",
    ],
    "pt-BR": [
      "o FreeSWITCH não informa sobre o contexto {context} ({reason}): nem o doctor nem o engine têm como ver antes de uma ligação se a entrega existe",
      "Inclua xml_locate em esl-allowed-api do usuário (docs/freeswitch/directory/dialer.xml) e rode fs_cli -x reloadxml.",
    ],
  },
  "freeswitch.trunks.denied": {
    status: "warning",
    en: [
      "{trunk}: gateway {gateway} was not checked ({reason})",
      "Look yourself: fs_cli -x 'sofia status gateway {gateway}'. Or add sofia to esl-allowed-api of the user while you run the doctor; the engine does not need it, and it can stop profiles.",
    ],
    "pt-BR": [
      "{trunk}: o gateway {gateway} não foi verificado ({reason})",
      "Veja você mesmo: fs_cli -x 'sofia status gateway {gateway}'. Ou inclua sofia em esl-allowed-api do usuário enquanto roda o doctor; o engine não precisa dele, e ele pode parar perfis.",
    ],
  },
  "freeswitch.trunks.no-caller-id": {
    status: "warning",
    en: [
      "{trunk}: campaign {campaign} has no caller id and neither has the trunk, so FreeSWITCH shows 0000000000",
      "Set trunk_config.caller_id, or caller_id of the campaign, to a number that the carrier lets you show.",
    ],
    "pt-BR": [
      "{trunk}: a campanha {campaign} não tem número de origem nem o tronco, e o FreeSWITCH mostra 0000000000",
      "Ponha em trunk_config.caller_id, ou em caller_id da campanha, um número que a operadora permita mostrar.",
    ],
  },
  "freeswitch.trunks.none": {
    status: "skipped",
    en: ["there is no active trunk of voice node {node} to check"],
    "pt-BR": ["não há tronco ativo do voice node {node} para verificar"],
  },
  "freeswitch.trunks.ok": {
    status: "ok",
    en: ["{trunk}: gateway {gateway} is {state}"],
    "pt-BR": ["{trunk}: o gateway {gateway} está {state}"],
  },
  "freeswitch.trunks.unknown": {
    status: "problem",
    en: [
      "{trunk}: there is no gateway {gateway}",
      "Correct trunk_config.dial_string, or add the gateway to the sofia profile: fs_cli -x 'sofia profile external rescan'.",
    ],
    "pt-BR": [
      "{trunk}: não existe o gateway {gateway}",
      "Corrija trunk_config.dial_string, ou inclua o gateway no perfil sofia: fs_cli -x 'sofia profile external rescan'.",
    ],
  },
  "freeswitch.trunks.down": {
    status: "problem",
    en: [
      "{trunk}: gateway {gateway} is {state}",
      "See fs_cli -x 'sofia status gateway {gateway}': the carrier's address, user and password, registration, firewall.",
    ],
    "pt-BR": [
      "{trunk}: o gateway {gateway} está {state}",
      "Veja fs_cli -x 'sofia status gateway {gateway}': endereço, usuário e senha da operadora, registro, firewall.",
    ],
  },
  "freeswitch.trunks.untold": {
    status: "skipped",
    en: ["{trunk}: cannot be asked by name ({reason})"],
    "pt-BR": ["{trunk}: não há como perguntar pelo nome ({reason})"],
  },
} as const satisfies Record<string, Message>;
