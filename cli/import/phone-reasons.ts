/** Why a number is not taken, in both languages. */
import type {
  NormalisedPhone,
  PhoneFault,
} from "../../dialing/phone-number.ts";
import type { Translated } from "../language.ts";
import { reason, shown, type Reason } from "./reasons.ts";

type RefusedPhone = Extract<NormalisedPhone, { ok: false }>;

const inPortuguese: Readonly<Record<PhoneFault, string>> = {
  EMPTY: "o telefone está vazio",
  NOT_A_NUMBER:
    "o telefone tem algo além de um número: letras, um ramal ou um segundo número",
  EXTRA_DIGITS:
    "há dígitos antes ou depois do telefone que podem não ser dele (um ramal, uma contagem, um decimal); escreva só o número, de preferência com + e código do país",
  TOO_SHORT: "o telefone tem dígitos de menos",
  TOO_LONG: "o telefone tem dígitos demais",
  NO_AREA_CODE: "falta o DDD (código de área) do telefone",
  INVALID_FOR_COUNTRY:
    "esse número não existe no plano de numeração do país; escreva números de fora com + e código do país",
  PREMIUM_OR_SHORT:
    "números tarifados, gratuitos (0800), 0300, de satélite, curtos e de emergência nunca são discados",
  TOO_LONG_TEXT:
    "o telefone tem mais de 64 caracteres; escreva um número e nada mais",
  EXTENSION:
    "o telefone tem um ramal, que não pode ser discado; escreva só o número",
  SEVERAL_NUMBERS:
    "a coluna do telefone tem mais de um número; escreva um deles",
  FLOAT:
    "a planilha transformou o telefone em decimal com expoente e os dígitos se perderam; formate a coluna como texto",
  LETTERS: "o telefone tem letras; escreva os dígitos",
  MESSENGER_ID:
    "o telefone é o id de um grupo ou de uma pessoa oculta num mensageiro, que não é número",
  DAMAGED:
    "o telefone tem um caractere estragado, e um dígito pode ter se perdido; escreva-o de novo",
  OTHER_SIGNS:
    "o telefone tem sinais além de dígitos, espaços, pontos, hifens, um par de parênteses e um + na frente",
};

function wordsOf(plain: RefusedPhone): Translated {
  return { en: plain.message, "pt-BR": inPortuguese[plain.fault] };
}

export function phoneReason(plain: RefusedPhone): Reason {
  return reason(plain.fault, wordsOf(plain));
}

const misfit = {
  area: {
    en: "the number does not fit the area code of its own column",
    "pt-BR": "o número não combina com o DDD da sua coluna",
  },
  country: {
    en: "the number does not fit the country of its own column",
    "pt-BR": "o número não combina com o país da sua coluna",
  },
} satisfies Record<string, Translated>;

export const phoneReasons = {
  badArea: (area: string | null) =>
    reason(
      "BAD_AREA_CODE",
      {
        en: `the area code "${shown(area)}" is not one; write its digits, such as 11`,
        "pt-BR": `o DDD "${shown(area)}" não é um; escreva os dígitos, como 11`,
      },
      {
        en: "the area code is none",
        "pt-BR": "o DDD não existe",
      },
    ),
  twoReadings: (area: string) =>
    reason(
      "TWO_READINGS",
      {
        en: `with the area code ${shown(area)} the number can be read in two ways; write it whole, with + and country code`,
        "pt-BR": `com o DDD ${shown(area)} o número pode ser lido de dois jeitos; escreva-o inteiro, com + e código do país`,
      },
      {
        en: "the number can be read in two ways; write it whole, with + and country code",
        "pt-BR":
          "o número pode ser lido de dois jeitos; escreva-o inteiro, com + e código do país",
      },
    ),
  otherArea: (area: string) =>
    reason(
      "OTHER_AREA",
      {
        en: `the number does not fit the area code ${area} of its own column; correct one of them`,
        "pt-BR": `o número não combina com o DDD ${area} da sua coluna; corrija um deles`,
      },
      misfit.area,
    ),
  withArea: (area: string, plain: RefusedPhone) => {
    const why = wordsOf(plain);
    return reason(
      plain.fault,
      {
        en: `with the area code ${area} of its own column: ${why.en}`,
        "pt-BR": `com o DDD ${area} da sua coluna: ${why["pt-BR"]}`,
      },
      why,
    );
  },
  otherCountry: (saidBy: Translated | null, plain: NormalisedPhone) => {
    const why = plain.ok
      ? { en: "it is of another country", "pt-BR": "é de outro país" }
      : wordsOf(plain);
    const what = saidBy ?? { en: "its columns", "pt-BR": "as suas colunas" };
    return reason(
      "OTHER_COUNTRY",
      {
        en: `the number does not fit ${what.en}: ${why.en}`,
        "pt-BR": `o número não combina com ${what["pt-BR"]}: ${why["pt-BR"]}`,
      },
      misfit.country,
    );
  },
  theCountry: (country: string | null): Translated => ({
    en: `the country "${shown(country)}"`,
    "pt-BR": `o país "${shown(country)}"`,
  }),
  theCountryCode: (code: string | null): Translated => ({
    en: `the country code ${shown(code)}`,
    "pt-BR": `o código de país ${shown(code)}`,
  }),
  unknownCountry: (country: string | null) =>
    reason(
      "UNKNOWN_COUNTRY",
      {
        en: `the country "${shown(country)}" is not known; write its ISO code, such as BR`,
        "pt-BR": `o país "${shown(country)}" não é conhecido; escreva o código ISO, como BR`,
      },
      {
        en: "the country is not known; write its ISO code, such as BR",
        "pt-BR": "o país não é conhecido; escreva o código ISO, como BR",
      },
    ),
  badCountryCode: (code: string | null) =>
    reason(
      "BAD_COUNTRY_CODE",
      {
        en: `the country code "${shown(code)}" is not one; write it as 55 or +55`,
        "pt-BR": `o código de país "${shown(code)}" não é um; escreva como 55 ou +55`,
      },
      {
        en: "the country code is none",
        "pt-BR": "o código de país não existe",
      },
    ),
  codeOfOther: (code: string | null, country: string | null) =>
    reason(
      "OTHER_COUNTRY",
      {
        en: `the country code "${shown(code)}" is not that of the country "${shown(country)}"; correct one of them`,
        "pt-BR": `o código de país "${shown(code)}" não é o do país "${shown(country)}"; corrija um deles`,
      },
      misfit.country,
    ),
} as const;
