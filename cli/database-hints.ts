/** What a person can do about an error of the database or of the connection to it. */
import type { Translated } from "./language.ts";

const wrongPassword: Translated = {
  en: "the database refused the user or the password in DATABASE_URL",
  "pt-BR": "o banco de dados recusou o usuário ou a senha de DATABASE_URL",
};
const unreachable: Translated = {
  en: "the host in DATABASE_URL cannot be reached",
  "pt-BR": "não há caminho até o host de DATABASE_URL",
};
const tooLate: Translated = {
  en: "the database did not answer in time",
  "pt-BR": "o banco de dados não respondeu a tempo",
};

/** By SQLSTATE or system error code. */
const hints: Readonly<Record<string, Translated>> = {
  "28P01": wrongPassword,
  "28000": wrongPassword,
  "3D000": {
    en: "the database named in DATABASE_URL does not exist",
    "pt-BR": "o banco de dados nomeado em DATABASE_URL não existe",
  },
  "3F000": {
    en: "the dialer's schema is not there; run npm run migrate first",
    "pt-BR": "o schema do discador não existe; rode antes npm run migrate",
  },
  "42P01": {
    en: "the dialer's tables are not there; run npm run migrate first",
    "pt-BR": "as tabelas do discador não existem; rode antes npm run migrate",
  },
  "42703": {
    en: "the dialer's tables are of another version; run npm run migrate",
    "pt-BR": "as tabelas do discador são de outra versão; rode npm run migrate",
  },
  "42501": {
    en: "the user in DATABASE_URL has no right to do this",
    "pt-BR": "o usuário de DATABASE_URL não tem direito de fazer isso",
  },
  "53300": {
    en: "the database has no connection left",
    "pt-BR": "o banco de dados não tem mais conexões livres",
  },
  "57P01": {
    en: "the database ended the connection",
    "pt-BR": "o banco de dados encerrou a conexão",
  },
  "57P03": {
    en: "the database is starting or shutting down; try again",
    "pt-BR": "o banco de dados está subindo ou parando; tente de novo",
  },
  ECONNREFUSED: {
    en: "nothing answers at the address in DATABASE_URL",
    "pt-BR": "ninguém responde no endereço de DATABASE_URL",
  },
  ECONNRESET: {
    en: "the connection to the database was cut",
    "pt-BR": "a conexão com o banco de dados foi cortada",
  },
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  ENOTFOUND: {
    en: "the host in DATABASE_URL is not known",
    "pt-BR": "o host de DATABASE_URL não é conhecido",
  },
  EAI_AGAIN: {
    en: "the host in DATABASE_URL is not known, or the name server is away",
    "pt-BR": "o host de DATABASE_URL não é conhecido, ou o DNS não responde",
  },
  ETIMEDOUT: tooLate,
};

/** @param code SQLSTATE or system error code; empty when there is none */
export function databaseHint(
  code: string,
  message: string,
): Translated | undefined {
  if (Object.hasOwn(hints, code)) return hints[code];
  if (message.startsWith("SASL")) return wrongPassword;
  const isLate = /timeout|connection terminated/i.test(message);
  return isLate ? tooLate : undefined;
}
