/** Messages about what is on this machine: the mock PBX and the HTTP port. */
import type { Message } from "../message-table.ts";

export const machineMessages = {
  "mock.tcp.inside": {
    status: "ok",
    en: ["the mock PBX runs inside the engine: nobody is called"],
    "pt-BR": ["o PABX simulado roda dentro do engine: ninguém é chamado"],
  },
  "mock.tcp.ok": {
    status: "ok",
    en: ["something answers at {where}"],
    "pt-BR": ["há resposta em {where}"],
  },
  "mock.tcp.refused": {
    status: "problem",
    en: [
      "nothing listens at {where}",
      "Start the mock PBX (node cli/mock-pbx.ts), or unset MOCK_PBX_URL.",
    ],
    "pt-BR": [
      "nada escuta em {where}",
      "Inicie o PABX simulado (node cli/mock-pbx.ts), ou apague MOCK_PBX_URL.",
    ],
  },
  "mock.tcp.unknown": {
    status: "problem",
    en: [
      "the host of {where} cannot be found in the DNS",
      "Check MOCK_PBX_URL.",
    ],
    "pt-BR": [
      "o servidor de {where} não foi encontrado no DNS",
      "Confira MOCK_PBX_URL.",
    ],
  },
  "mock.tcp.unreachable": {
    status: "problem",
    en: ["{where} cannot be reached ({reason})", "Check MOCK_PBX_URL."],
    "pt-BR": [
      "{where} não pode ser alcançado ({reason})",
      "Confira MOCK_PBX_URL.",
    ],
  },
  "http.port.any": {
    status: "ok",
    en: ["PORT=0: the engine picks a free one"],
    "pt-BR": ["PORT=0: o engine escolhe uma livre"],
  },
  "http.port.free": {
    status: "ok",
    en: ["{port} is free: no engine runs here"],
    "pt-BR": ["{port} está livre: nenhum engine roda aqui"],
  },
  "http.port.engine": {
    status: "ok",
    en: ["{port} is served by a healthy engine: {engine}"],
    "pt-BR": ["{port} é servida por um engine saudável: {engine}"],
  },
  "http.port.standby": {
    status: "ok",
    en: ["{port} is served by a healthy engine on standby: {engine}"],
    "pt-BR": ["{port} é servida por um engine saudável, em standby: {engine}"],
  },
  "http.port.unhealthy": {
    status: "problem",
    en: [
      "{port} is served by an engine that is not healthy: {engine}: {reason}",
      "The lines above and the engine's log say what it lacks.",
    ],
    "pt-BR": [
      "{port} é servida por um engine que não está saudável: {engine}: {reason}",
      "As linhas acima e o log do engine dizem o que falta.",
    ],
  },
  "http.port.taken": {
    status: "problem",
    en: [
      "{port} is taken by another program",
      "Set PORT to a free one (and the same in Coolify: Ports Exposes and health check), or end that program.",
    ],
    "pt-BR": [
      "{port} está ocupada por outro programa",
      "Defina PORT com uma livre (e a mesma no Coolify: Ports Exposes e health check), ou encerre aquele programa.",
    ],
  },
  "http.port.refused": {
    status: "problem",
    en: [
      "{port} cannot be listened on ({reason})",
      "Ports below 1024 are for administrators: set PORT to a higher one.",
    ],
    "pt-BR": [
      "não é possível escutar em {port} ({reason})",
      "Portas abaixo de 1024 são de administradores: defina PORT com uma maior.",
    ],
  },
} as const satisfies Record<string, Message>;
