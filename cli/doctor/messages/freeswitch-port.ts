import type { Message } from "../message-table.ts";

export const freeswitchPortMessages = {
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
      "the host of {where} cannot be found in the DNS",
      "Check FREESWITCH_HOST and the DNS. A container's name is known only inside the same Docker network.",
    ],
    "pt-BR": [
      "o servidor de {where} não foi encontrado no DNS",
      "Confira FREESWITCH_HOST e o DNS. O nome de um contêiner só é conhecido dentro da mesma rede Docker.",
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
      "FreeSWITCH rejects this machine's address ({address})",
      "In event_socket.conf.xml apply-inbound-acl names a list of acl.conf.xml: add {address} there (from a container it is the Docker host's), then fs_cli -x reloadacl and reload mod_event_socket. Without a list only the PBX itself is let in.",
    ],
    "pt-BR": [
      "o FreeSWITCH recusa o endereço desta máquina ({address})",
      "Em event_socket.conf.xml o apply-inbound-acl indica uma lista de acl.conf.xml: inclua {address} nela (de um contêiner é o endereço do host Docker), depois fs_cli -x reloadacl e reload mod_event_socket. Sem lista, só o próprio PABX entra.",
    ],
  },
  "freeswitch.tcp.not-esl": {
    status: "problem",
    en: [
      "what answers at {where} is not an Event Socket but {what}",
      "Check FREESWITCH_HOST and FREESWITCH_ESL_PORT (8021; 5060 and 5080 are SIP).",
    ],
    "pt-BR": [
      "quem responde em {where} não é um Event Socket, e sim {what}",
      "Confira FREESWITCH_HOST e FREESWITCH_ESL_PORT (8021; 5060 e 5080 são SIP).",
    ],
  },
  "freeswitch.tcp.silent": {
    status: "problem",
    en: [
      "{where} accepts the connection and sends nothing",
      "The Event Socket greets at once. Check FREESWITCH_ESL_PORT (8021); else a firewall or a proxy holds it back.",
    ],
    "pt-BR": [
      "{where} aceita a conexão e não envia nada",
      "O Event Socket se apresenta na hora. Confira FREESWITCH_ESL_PORT (8021); senão um firewall ou um proxy está segurando.",
    ],
  },
  "freeswitch.tcp.unfinished": {
    status: "problem",
    en: [
      "the Event Socket at {where} begins its greeting and does not finish it: {greeting}",
      "A slow network, or something in between that cuts the connection: look at the network, a VPN's MTU, a proxy.",
    ],
    "pt-BR": [
      "o Event Socket em {where} começa a se apresentar e não termina: {greeting}",
      "Uma rede lenta, ou algo no meio que corta: veja a rede, o MTU da VPN, um proxy.",
    ],
  },
  "freeswitch.tcp.lost": {
    status: "problem",
    en: [
      "the Event Socket at {where} greeted, and not a second time ({reason})",
      "It went away in between, or lets in one connection at a time: run the doctor again, and look at FreeSWITCH's log.",
    ],
    "pt-BR": [
      "o Event Socket em {where} se apresentou, e na segunda vez não ({reason})",
      "Ele saiu do ar nesse meio tempo, ou só aceita uma conexão por vez: rode o doctor de novo e veja o log do FreeSWITCH.",
    ],
  },
} as const satisfies Record<string, Message>;
