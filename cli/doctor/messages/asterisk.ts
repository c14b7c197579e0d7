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
      "No PABX: asterisk -rx 'manager show settings'. O manager.conf precisa de enabled = yes, e de port e bindaddr que esta máquina alcance (127.0.0.1 é só o próprio PABX). Em um contêiner, ASTERISK_HOST nunca é localhost.",
    ],
  },
  "asterisk.tcp.unknown": {
    status: "problem",
    en: [
      "the host of {where} cannot be found in the DNS",
      "Check ASTERISK_HOST and the DNS. A container's name is known only inside the same Docker network.",
    ],
    "pt-BR": [
      "o servidor de {where} não foi encontrado no DNS",
      "Confira ASTERISK_HOST e o DNS. O nome de um contêiner só é conhecido dentro da mesma rede Docker.",
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
      "what answers at {where} is not AMI but {what}",
      "Check ASTERISK_HOST and ASTERISK_AMI_PORT (AMI: 5038; 5060 is SIP, 8088 HTTP).",
    ],
    "pt-BR": [
      "quem responde em {where} não é o AMI, e sim {what}",
      "Confira ASTERISK_HOST e ASTERISK_AMI_PORT (AMI: 5038; 5060 é SIP, 8088 HTTP).",
    ],
  },
  "asterisk.tcp.silent": {
    status: "problem",
    en: [
      "{where} accepts the connection and sends nothing",
      "AMI greets at once. Check ASTERISK_AMI_PORT (AMI: 5038); else a firewall, a proxy or the authlimit of manager.conf holds it back.",
    ],
    "pt-BR": [
      "{where} aceita a conexão e não envia nada",
      "O AMI se apresenta na hora. Confira ASTERISK_AMI_PORT (AMI: 5038); senão um firewall, um proxy ou o authlimit do manager.conf está segurando.",
    ],
  },
  "asterisk.tcp.unfinished": {
    status: "problem",
    en: [
      "AMI at {where} begins its greeting and does not finish it: {greeting}",
      "A slow network, or something in between that cuts the connection: look at the network, a VPN's MTU, a proxy.",
    ],
    "pt-BR": [
      "o AMI em {where} começa a se apresentar e não termina: {greeting}",
      "Uma rede lenta, ou algo no meio que corta: veja a rede, o MTU da VPN, um proxy.",
    ],
  },
  "asterisk.tcp.tls": {
    status: "problem",
    en: [
      "{where} speaks TLS: it is AMI's TLS port",
      "The engine speaks plain AMI. Set ASTERISK_AMI_PORT to the port of [general] in manager.conf (5038), with enabled = yes; across a network that is not your own use a VPN or a tunnel.",
    ],
    "pt-BR": [
      "{where} fala TLS: é a porta TLS do AMI",
      "O engine fala AMI sem TLS. Ponha em ASTERISK_AMI_PORT a porta de [general] do manager.conf (5038), com enabled = yes; por uma rede que não é sua use VPN ou túnel.",
    ],
  },
  "asterisk.login.in-use": {
    status: "problem",
    en: [
      "Asterisk lets AMI user {user} log in only once, and somebody is logged in: {reason}",
      "In [general] of manager.conf: allowmultiplelogin = yes (the default); then restart Asterisk (asterisk -rx 'core restart gracefully'), because a reload changes only what 'manager show settings' prints. A standby, an update and this doctor log in beside the engine.",
    ],
    "pt-BR": [
      "o Asterisk só deixa o usuário AMI {user} entrar uma vez, e alguém já entrou: {reason}",
      "Em [general] do manager.conf: allowmultiplelogin = yes (o padrão); depois reinicie o Asterisk (asterisk -rx 'core restart gracefully'), porque um reload só muda o que 'manager show settings' mostra. Um standby, uma atualização e este doctor entram ao lado do engine.",
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
      "Ele responde o mesmo a um ASTERISK_AMI_SECRET errado, a um ASTERISK_AMI_USER desconhecido e a um endereço fora do permit. Veja: asterisk -rx 'manager show user {user}' e o log do Asterisk, que diz qual é. Esta máquina sai por {address} (de um contêiner o Asterisk vê o endereço do host Docker): permit = {address}/255.255.255.255, depois asterisk -rx 'manager reload'.",
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
      "O discador é feito para o Asterisk 16 a 23. Faça uma ligação de teste: npm run call.",
    ],
  },
  "asterisk.version.untold": {
    status: "skipped",
    en: ["Asterisk does not report its version without write = reporting"],
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
      "Inclua-a no dialplan, ou corrija o dialplan_extension da campanha; depois asterisk -rx 'dialplan reload'. As ligações atendidas cairiam.",
    ],
  },
} as const satisfies Record<string, Message>;
