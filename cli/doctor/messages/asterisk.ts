import type { Message } from "../message-table.ts";

export const asteriskMessages = {
  "asterisk.tcp.ok": {
    status: "ok",
    en: ["AMI greets at {where}: {greeting}"],
    "pt-BR": ["o AMI responde em {where}: {greeting}"],
  },
  "asterisk.tcp.refused": {
    status: "problem",
    en: [
      "nothing listens at {where}",
      "On the PBX: asterisk -rx 'manager show settings'. manager.conf needs enabled = yes, and port and bindaddr that this machine reaches (127.0.0.1 is the PBX itself). In a container, ASTERISK_HOST is never localhost.",
    ],
    "pt-BR": [
      "nada escuta em {where}",
      "No PABX: asterisk -rx 'manager show settings'. O manager.conf precisa de enabled = yes, e de port e bindaddr que esta máquina alcance (127.0.0.1 é só o próprio PABX). Em um container, ASTERISK_HOST nunca é localhost.",
    ],
  },
  "asterisk.tcp.unknown": {
    status: "problem",
    en: [
      "the host of {where} is not known",
      "Check ASTERISK_HOST and the DNS. A container's name is known only inside the same Docker network.",
    ],
    "pt-BR": [
      "o servidor de {where} não é conhecido",
      "Confira ASTERISK_HOST e o DNS. O nome de um container só é conhecido dentro da mesma rede Docker.",
    ],
  },
  "asterisk.tcp.unreachable": {
    status: "problem",
    en: [
      "{where} cannot be reached ({reason})",
      "A firewall or a route: on the PBX allow this server's address, ufw allow from <address> to any port 5038 proto tcp; with a VPN use the PBX's address inside it.",
    ],
    "pt-BR": [
      "{where} não pode ser alcançado ({reason})",
      "Firewall ou rota: no PABX libere o endereço deste servidor, ufw allow from <endereço> to any port 5038 proto tcp; com VPN use o endereço do PABX dentro dela.",
    ],
  },
  "asterisk.tcp.not-ami": {
    status: "problem",
    en: [
      "what answers at {where} does not greet as AMI",
      "Check ASTERISK_AMI_PORT (AMI: 5038; 5060 is SIP, 8088 HTTP). If nothing is said at all, a firewall or authlimit holds it back.",
    ],
    "pt-BR": [
      "quem responde em {where} não se apresenta como AMI",
      "Confira ASTERISK_AMI_PORT (AMI: 5038; 5060 é SIP, 8088 HTTP). Se nada é dito, um firewall ou o authlimit está segurando.",
    ],
  },
  "asterisk.login.ok": {
    status: "ok",
    en: ["AMI user {user} is logged in"],
    "pt-BR": ["login do usuário AMI {user} aceito"],
  },
  "asterisk.login.refused": {
    status: "problem",
    en: [
      "Asterisk refused AMI user {user}: {reason}",
      "It says the same for a wrong ASTERISK_AMI_SECRET, an unknown ASTERISK_AMI_USER and an address that permit leaves out. Look at: asterisk -rx 'manager show user {user}', and Asterisk's log, which says which. This machine calls from {address} (from a container Asterisk sees the Docker host's address): permit = {address}/255.255.255.255, then asterisk -rx 'manager reload'.",
    ],
    "pt-BR": [
      "o Asterisk recusou o usuário AMI {user}: {reason}",
      "Ele responde o mesmo a um ASTERISK_AMI_SECRET errado, a um ASTERISK_AMI_USER desconhecido e a um endereço fora do permit. Veja: asterisk -rx 'manager show user {user}' e o log do Asterisk, que diz qual é. Esta máquina sai por {address} (de um container o Asterisk vê o endereço do host Docker): permit = {address}/255.255.255.255, depois asterisk -rx 'manager reload'.",
    ],
  },
  "asterisk.version.ok": {
    status: "ok",
    en: ["Asterisk {version}"],
    "pt-BR": ["Asterisk {version}"],
  },
  "asterisk.version.untested": {
    status: "warning",
    en: [
      "Asterisk {version}",
      "The dialer is made for Asterisk 16 to 23. Make a test call: npm run call.",
    ],
    "pt-BR": [
      "Asterisk {version}",
      "O discador é feito para o Asterisk 16 a 23. Faça uma chamada de teste: npm run call.",
    ],
  },
  "asterisk.version.untold": {
    status: "skipped",
    en: ["Asterisk does not tell its version without write = reporting"],
    "pt-BR": ["o Asterisk não diz a versão sem write = reporting"],
  },
  "asterisk.write.ok": {
    status: "ok",
    en: ["{right}: may {uses}"],
    "pt-BR": ["{right}: pode {uses}"],
  },
  "asterisk.write.missing": {
    status: "problem",
    en: [
      "{right} is missing: may not {uses}",
      "In the user's section of manager.conf: write = originate,call,reporting,user; then asterisk -rx 'manager reload'.",
    ],
    "pt-BR": [
      "falta {right}: não pode {uses}",
      "Na seção do usuário em manager.conf: write = originate,call,reporting,user; depois asterisk -rx 'manager reload'.",
    ],
  },
  "asterisk.write.excess": {
    status: "warning",
    en: [
      "the user may do more than the dialer needs: {rights}",
      "Whoever learns the secret could run programs on the PBX. In manager.conf: write = originate,call,reporting,user.",
    ],
    "pt-BR": [
      "o usuário pode mais do que o discador precisa: {rights}",
      "Quem descobrir o secret poderia rodar programas no PABX. Em manager.conf: write = originate,call,reporting,user.",
    ],
  },
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
  "asterisk.read.untold": {
    status: "skipped",
    en: [
      "call and agent show only in a call: the line about PBX events tells, or a test call (npm run call)",
    ],
    "pt-BR": [
      "call e agent só aparecem em uma chamada: veja a linha sobre eventos do PABX, ou faça uma chamada de teste (npm run call)",
    ],
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
  "asterisk.context.ok": {
    status: "ok",
    en: ["{extension}@{context} exists"],
    "pt-BR": ["{extension}@{context} existe"],
  },
  "asterisk.context.no-context": {
    status: "problem",
    en: [
      "there is no context {context} (wanted by {user})",
      "Put docs/asterisk/extensions.conf into the PBX's dialplan, or correct ASTERISK_CONTEXT or the campaign's dialplan_context; then asterisk -rx 'dialplan reload'.",
    ],
    "pt-BR": [
      "não existe o contexto {context} (usado por {user})",
      "Inclua docs/asterisk/extensions.conf no dialplan do PABX, ou corrija ASTERISK_CONTEXT ou o dialplan_context da campanha; depois asterisk -rx 'dialplan reload'.",
    ],
  },
  "asterisk.context.no-extension": {
    status: "problem",
    en: [
      "context {context} has no extension {extension} (wanted by {user})",
      "Add it to the dialplan, or correct the campaign's dialplan_extension; then asterisk -rx 'dialplan reload'. Answered calls would be dropped.",
    ],
    "pt-BR": [
      "o contexto {context} não tem a extensão {extension} (usada por {user})",
      "Inclua-a no dialplan, ou corrija o dialplan_extension da campanha; depois asterisk -rx 'dialplan reload'. As chamadas atendidas cairiam.",
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
      "{trunk}: Asterisk does not tell of {device} over AMI (no such way out by name, or module func_devstate is not loaded)",
    ],
    "pt-BR": [
      "{trunk}: o Asterisk não informa sobre {device} pelo AMI (não há nome a perguntar, ou o módulo func_devstate não está carregado)",
    ],
  },
} as const satisfies Record<string, Message>;
