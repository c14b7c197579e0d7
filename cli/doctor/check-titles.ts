/**
 * All checks, in the order of the report. The ids are stable: documents refer to them, and programs read them from
 * `--json`.
 */
import type { Translated } from "../language.ts";

export const checkTitles = {
  variables: { en: "Variables", "pt-BR": "Variáveis" },
  "supabase.database": {
    en: "Supabase: database address",
    "pt-BR": "Supabase: endereço do banco",
  },
  "database.name": { en: "Database: host", "pt-BR": "Banco: servidor" },
  "database.login": { en: "Database: login", "pt-BR": "Banco: login" },
  "database.version": { en: "Database: version", "pt-BR": "Banco: versão" },
  "database.listen": {
    en: "Database: notifications",
    "pt-BR": "Banco: notificações",
  },
  "database.privileges": {
    en: "Database: rights",
    "pt-BR": "Banco: permissões",
  },
  "database.migrations": {
    en: "Database: migrations",
    "pt-BR": "Banco: migrações",
  },
  "database.clock": { en: "Database: clock", "pt-BR": "Banco: relógio" },
  "database.connections": {
    en: "Database: connections",
    "pt-BR": "Banco: conexões",
  },
  "database.copy": { en: "Database: original", "pt-BR": "Banco: original" },
  "supabase.key": { en: "Supabase: key", "pt-BR": "Supabase: chave" },
  "supabase.rest": { en: "Supabase: REST", "pt-BR": "Supabase: REST" },
  "asterisk.tcp": { en: "Asterisk: connection", "pt-BR": "Asterisk: conexão" },
  "asterisk.login": { en: "Asterisk: login", "pt-BR": "Asterisk: login" },
  "asterisk.version": { en: "Asterisk: version", "pt-BR": "Asterisk: versão" },
  "asterisk.write": {
    en: "Asterisk: write rights",
    "pt-BR": "Asterisk: permissões write",
  },
  "asterisk.read": {
    en: "Asterisk: read rights",
    "pt-BR": "Asterisk: permissões read",
  },
  "asterisk.timestamps": {
    en: "Asterisk: event times",
    "pt-BR": "Asterisk: horário dos eventos",
  },
  "asterisk.clock": { en: "Asterisk: clock", "pt-BR": "Asterisk: relógio" },
  "asterisk.context": {
    en: "Asterisk: dialplan",
    "pt-BR": "Asterisk: dialplan",
  },
  "asterisk.past": {
    en: "Asterisk: answered calls",
    "pt-BR": "Asterisk: ligações atendidas",
  },
  "asterisk.sharing": {
    en: "Asterisk: other installations",
    "pt-BR": "Asterisk: outras instalações",
  },
  "asterisk.trunks": { en: "Asterisk: trunks", "pt-BR": "Asterisk: troncos" },
  "freeswitch.tcp": {
    en: "FreeSWITCH: connection",
    "pt-BR": "FreeSWITCH: conexão",
  },
  "freeswitch.login": { en: "FreeSWITCH: login", "pt-BR": "FreeSWITCH: login" },
  "freeswitch.version": {
    en: "FreeSWITCH: version",
    "pt-BR": "FreeSWITCH: versão",
  },
  "freeswitch.rights": {
    en: "FreeSWITCH: rights",
    "pt-BR": "FreeSWITCH: permissões",
  },
  "freeswitch.clock": {
    en: "FreeSWITCH: clock",
    "pt-BR": "FreeSWITCH: relógio",
  },
  "freeswitch.limits": {
    en: "FreeSWITCH: limits",
    "pt-BR": "FreeSWITCH: limites",
  },
  "freeswitch.sharing": {
    en: "FreeSWITCH: other installations",
    "pt-BR": "FreeSWITCH: outras instalações",
  },
  "freeswitch.context": {
    en: "FreeSWITCH: dialplan",
    "pt-BR": "FreeSWITCH: dialplan",
  },
  "freeswitch.trunks": {
    en: "FreeSWITCH: gateways",
    "pt-BR": "FreeSWITCH: gateways",
  },
  "mock.tcp": { en: "Mock PBX", "pt-BR": "PABX simulado" },
  "http.port": { en: "HTTP port", "pt-BR": "Porta HTTP" },
  "dialing.engine": { en: "Dialling: engine", "pt-BR": "Discagem: engine" },
  "dialing.trunks": { en: "Dialling: trunks", "pt-BR": "Discagem: troncos" },
  "dialing.rate": {
    en: "Dialling: rate limit",
    "pt-BR": "Discagem: limite de CPS",
  },
  "dialing.calls": {
    en: "Dialling: live calls",
    "pt-BR": "Discagem: ligações ativas",
  },
  "dialing.timers": { en: "Dialling: timers", "pt-BR": "Discagem: timers" },
  "dialing.events": {
    en: "Dialling: PBX events",
    "pt-BR": "Discagem: eventos do PABX",
  },
  "dialing.correlation": {
    en: "Dialling: CORRELATION_ID",
    "pt-BR": "Discagem: CORRELATION_ID",
  },
  "dialing.campaigns": {
    en: "Dialling: campaigns",
    "pt-BR": "Discagem: campanhas",
  },
} as const satisfies Record<string, Translated>;

export type CheckId = keyof typeof checkTitles;

export const checkIds = Object.keys(checkTitles) as readonly CheckId[];
