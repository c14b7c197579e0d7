/**
 * What a column is by its name, in the words of English, Portuguese and Spanish exports: HubSpot, Pipedrive, RD Station,
 * Google Contacts, Outlook, Salesforce, VICIdial, advertising forms, and spreadsheets made by hand.
 */

export const leadFields = {
  country: ["country", "pais", "country_iso", "iso_pais", "country_region"],
  firstName: [
    "first_name",
    "given_name",
    "primeiro_nome",
    "primer_nombre",
    "person_first_name",
    "nome",
    "nombre",
    "name",
    "full_name",
    "nome_completo",
    "nombre_completo",
    "nome_do_cliente",
    "nome_cliente",
    "nome_do_contato",
    "nome_contato",
    "nome_do_lead",
    "person_name",
    "pessoa_nome",
    "contact_name",
    "customer_name",
    "nombre_y_apellido",
    "nombre_y_apellidos",
    "nome_e_sobrenome",
    "seu_nome",
    "seu_nome_completo",
    "qual_o_seu_nome",
    "qual_e_o_seu_nome",
    "cliente",
  ],
  lastName: [
    "last_name",
    "sobrenome",
    "family_name",
    "surname",
    "ultimo_nome",
    "apellido",
    "apellidos",
    "person_last_name",
  ],
  externalId: [
    "external_id",
    "id_externo",
    "codigo",
    "id",
    "lead_id",
    "record_id",
    "contact_id",
    "person_id",
    "id_do_contato",
    "id_do_lead",
    "id_de_registro",
    "identificador",
  ],
  timezone: [
    "timezone",
    "time_zone",
    "fuso",
    "fuso_horario",
    "zona_horaria",
    "huso_horario",
  ],
  priority: ["priority", "prioridade", "prioridad"],
} as const;

export type LeadField = keyof typeof leadFields;

/** Parts of a number that may have a column of their own. */
export type PartRole = "countryCode" | "areaCode" | "prefix";

export type TelephoneColumn =
  | {
      readonly role: "phone" | PartRole;
      /** Which of several numbers: `1`, `mobile`, `work 2`; empty when the name says none. */
      readonly key: string;
    }
  /** `ddd_telefone`: the area code of a telephone, or the telephone with its area code. */
  | { readonly role: "phoneOrArea"; readonly key: string };

const phoneWords = words(
  "phone phones telephone telefone telefones telefono telefonos fone fones tel telef telefonico phonenumber",
);
/** Telephones by themselves, and what kind of telephone it is beside another word. */
const kindWords: ReadonlyMap<string, string> = new Map([
  ...each(
    "mobile celular celulares cel movil moviles movel telemovel mobil mobilephone cell cellphone",
    "mobile",
  ),
  ...each("whatsapp whats whatsap wpp zap", "whatsapp"),
]);
/** Kinds that are no telephone without another word. */
const qualifierKinds: ReadonlyMap<string, string> = new Map([
  ...each("home residencial residencia casa res particular domicilio", "home"),
  ...each(
    "work business comercial trabalho trabajo office escritorio oficina laboral",
    "work",
  ),
  ...each("other outro otro outros otros", "other"),
  ...each(
    "alt alternate alternative alternativo secondary secundario",
    "alternative",
  ),
  ...each("primary principal main", "main"),
]);
/** The questions of a form among them: `Qual é o seu WhatsApp (com DDD)?`. */
const fillers = words(
  "number numero num no n nr nro numbers numeros de do da del e o a ou or para com con value valor contact contato contacto person pessoa persona lead cliente customer personal pessoal direct direto directo full completo formatted e164 app seu sua su your my meu qual cual what is melhor best inclua digite informe",
);
/** Names of one column that the grammar of words does not know. */
const otherPhones = words(
  "contact_number numero_contato numero_de_contato numero_contacto numero_de_contacto homephone workphone businessphone otherphone",
);
const areaNames = words(
  "area_code ddd codigo_de_area codigo_area cod_area lada caracteristica codigo_ddd cod_ddd",
);
const codeNames = words(
  "phone_code ddi country_calling_code calling_code dial_code country_code codigo_do_pais codigo_de_pais codigo_pais cod_pais prefijo_internacional prefijo_pais prefijo_de_pais indicativo codigo_ddi cod_ddi",
);
const prefixNames = words("prefijo prefijo_telefonico prefijo_telefono");

/** Lower case, no accents, words apart by one underscore: `MobilePhone`, `Telefone (Celular)`, `Phone 1 - Value`. */
export function plainName(name: string): string {
  return name
    .replace(/(\p{Ll})(\p{Lu})/gu, "$1_$2")
    .normalize("NFKD")
    .replace(/\p{M}|\p{Cf}/gu, "")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "_")
    .replace(/^_+|_+$/g, "");
}

/** @param name as `plainName` makes it; null: not about a telephone */
export function telephoneColumn(name: string): TelephoneColumn | null {
  const part = partColumn(name);
  if (part !== null) return part;
  const parts = wordsOf(name);
  const index = parts.filter((one) => /^\d+$/.test(one)).join(" ");
  const rest = parts.filter((one) => !/^\d+$/.test(one));
  if (otherPhones.has(rest.join("_"))) return { role: "phone", key: index };
  const isArea = rest.includes("ddd");
  const others = rest.filter((one) => one !== "ddd");
  const isPhone = others.some(
    (one) => phoneWords.has(one) || kindWords.has(one),
  );
  if (!isPhone || !others.every(isTelephoneWord)) return null;
  const key = keyOf(others, index);
  if (!isArea) return { role: "phone", key };
  const isWhole = others.some(
    (one) => one === "com" || one === "con" || one === "e",
  );
  return { role: isWhole ? "phone" : "phoneOrArea", key };
}

function isTelephoneWord(word: string): boolean {
  return (
    phoneWords.has(word) ||
    kindWords.has(word) ||
    qualifierKinds.has(word) ||
    fillers.has(word)
  );
}

/** `ddd`, `ddd_1`, `ddd2`, `ddd_celular`, `phone_code`, `ddi_1`. */
function partColumn(name: string): TelephoneColumn | null {
  const parts = wordsOf(name);
  const index = parts.filter((one) => /^\d+$/.test(one)).join(" ");
  const plain = parts.filter((one) => !/^\d+$/.test(one)).join("_");
  if (areaNames.has(plain)) return { role: "areaCode", key: index };
  if (codeNames.has(plain)) return { role: "countryCode", key: index };
  if (prefixNames.has(plain)) return { role: "prefix", key: index };
  const kind = /^(?:ddd|cod_area|area_code)_(?:do_|da_)?([a-z]+)$/.exec(
    plain,
  )?.[1];
  const named = kind === undefined ? undefined : qualifierKinds.get(kind);
  return named === undefined
    ? null
    : { role: "areaCode", key: keyOf([kind ?? ""], index) };
}

function keyOf(parts: readonly string[], index: string): string {
  const kinds = parts.flatMap(
    (one) => kindWords.get(one) ?? qualifierKinds.get(one) ?? [],
  );
  return [...new Set(kinds), index].filter((one) => one !== "").join(" ");
}

/** `fone_com` is that of a company (comercial); elsewhere `com` is "with". */
function wordsOf(name: string): string[] {
  return name
    .replace(/_com(?=_?\d*$)/, "_comercial")
    .split("_")
    .flatMap(withoutDigits);
}

function withoutDigits(word: string): string[] {
  return word === "e164" ? [word] : (word.match(/\d+|\D+/g) ?? []);
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(" "));
}

function each(text: string, kind: string): (readonly [string, string])[] {
  return text.split(" ").map((word) => [word, kind] as const);
}
