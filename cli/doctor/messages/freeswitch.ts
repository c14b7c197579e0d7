import type { Message } from "../message-table.ts";

export const freeswitchMessages = {
  "freeswitch.tcp.ok": {
    status: "ok",
    en: ["the Event Socket answers at {where}"],
    "pt-BR": ["o Event Socket responde em {where}"],
  },
  "freeswitch.tcp.refused": {
    status: "problem",
    en: [
      "nothing listens at {where}",
      "Load mod_event_socket, and in event_socket.conf.xml set listen-ip to an address that this machine reaches (127.0.0.1 is the PBX itself) and listen-port to FREESWITCH_ESL_PORT.",
    ],
    "pt-BR": [
      "nada escuta em {where}",
      "Carregue o mod_event_socket e, em event_socket.conf.xml, ponha em listen-ip um endereço que esta máquina alcance (127.0.0.1 é só o próprio PABX) e em listen-port o FREESWITCH_ESL_PORT.",
    ],
  },
  "freeswitch.tcp.unknown": {
    status: "problem",
    en: [
      "the host of {where} is not known",
      "Check FREESWITCH_HOST and the DNS. A container's name is known only inside the same Docker network.",
    ],
    "pt-BR": [
      "o servidor de {where} não é conhecido",
      "Confira FREESWITCH_HOST e o DNS. O nome de um container só é conhecido dentro da mesma rede Docker.",
    ],
  },
  "freeswitch.tcp.unreachable": {
    status: "problem",
    en: [
      "{where} cannot be reached ({reason})",
      "A firewall or a route: on the PBX allow this server's address to port 8021; with a VPN use the PBX's address inside it.",
    ],
    "pt-BR": [
      "{where} não pode ser alcançado ({reason})",
      "Firewall ou rota: no PABX libere o endereço deste servidor para a porta 8021; com VPN use o endereço do PABX dentro dela.",
    ],
  },
  "freeswitch.tcp.acl": {
    status: "problem",
    en: [
      "FreeSWITCH turns this machine's address away ({address})",
      "In event_socket.conf.xml apply-inbound-acl names a list of acl.conf.xml: add {address} there (from a container it is the Docker host's), then fs_cli -x reloadacl and reload mod_event_socket. Without a list only the PBX itself is let in.",
    ],
    "pt-BR": [
      "o FreeSWITCH recusa o endereço desta máquina ({address})",
      "Em event_socket.conf.xml o apply-inbound-acl indica uma lista de acl.conf.xml: inclua {address} nela (de um container é o endereço do host Docker), depois fs_cli -x reloadacl e reload mod_event_socket. Sem lista, só o próprio PABX entra.",
    ],
  },
  "freeswitch.tcp.not-esl": {
    status: "problem",
    en: [
      "what answers at {where} does not greet as an Event Socket ({reason})",
      "Check FREESWITCH_ESL_PORT (8021; 5060 and 5080 are SIP).",
    ],
    "pt-BR": [
      "quem responde em {where} não se apresenta como Event Socket ({reason})",
      "Confira FREESWITCH_ESL_PORT (8021; 5060 e 5080 são SIP).",
    ],
  },
  "freeswitch.login.ok": {
    status: "ok",
    en: ["the password is accepted"],
    "pt-BR": ["a senha foi aceita"],
  },
  "freeswitch.login.refused": {
    status: "problem",
    en: [
      "FreeSWITCH refused the password ({reason})",
      "FREESWITCH_ESL_PASSWORD must be the password in event_socket.conf.xml; after a change there: fs_cli -x 'reload mod_event_socket'.",
    ],
    "pt-BR": [
      "o FreeSWITCH recusou a senha ({reason})",
      "FREESWITCH_ESL_PASSWORD deve ser a senha de event_socket.conf.xml; depois de trocá-la lá: fs_cli -x 'reload mod_event_socket'.",
    ],
  },
  "freeswitch.version.ok": {
    status: "ok",
    en: ["{version}"],
    "pt-BR": ["{version}"],
  },
  "freeswitch.version.untold": {
    status: "skipped",
    en: ["FreeSWITCH does not tell its version ({reason})"],
    "pt-BR": ["o FreeSWITCH não diz a versão ({reason})"],
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
      "the event {event} may not be heard ({reason})",
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
      "{rate} sessões por segundo e {sessions} ao mesmo tempo, para troncos de {cps} chamadas por segundo somadas",
    ],
  },
  "freeswitch.limits.tight": {
    status: "warning",
    en: [
      "the trunks may start {cps} calls per second, and FreeSWITCH {rate} sessions, incoming calls and agents' legs among them",
      "Raise sessions-per-second in switch.conf.xml (fsctl sps) to more than twice the trunks' sum, or lower trunk_config.cps_limit.",
    ],
    "pt-BR": [
      "os troncos podem iniciar {cps} chamadas por segundo, e o FreeSWITCH {rate} sessões, contando as recebidas e as pernas dos agentes",
      "Aumente sessions-per-second em switch.conf.xml (fsctl sps) para mais que o dobro da soma dos troncos, ou diminua trunk_config.cps_limit.",
    ],
  },
  "freeswitch.limits.untold": {
    status: "skipped",
    en: ["FreeSWITCH does not tell its limits"],
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
      "Inclua-o em conf/dialplan e rode fs_cli -x reloadxml, ou corrija FREESWITCH_CONTEXT ou o dialplan_context da campanha. Se um programa fornece o dialplan (mod_xml_curl, Lua), faça uma chamada de teste: npm run call.",
    ],
  },
  "freeswitch.context.untold": {
    status: "skipped",
    en: ["FreeSWITCH does not tell of context {context} ({reason})"],
    "pt-BR": ["o FreeSWITCH não informa sobre o contexto {context} ({reason})"],
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
