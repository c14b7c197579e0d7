/** Which column of a file goes where. */
import { CommandError } from "../command.ts";

const fieldNames = {
  phone: [
    "phone",
    "phone_number",
    "mobile",
    "telefone",
    "celular",
    "fone",
    "numero_de_telefone",
  ],
  firstName: ["first_name", "nome", "primeiro_nome", "name"],
  lastName: ["last_name", "sobrenome"],
  externalId: ["external_id", "codigo", "id"],
  timezone: ["timezone", "fuso", "fuso_horario"],
  priority: ["priority", "prioridade"],
} as const;

export type LeadField = keyof typeof fieldNames;

/** What a reject file adds in front; a corrected one can be imported as it is. */
export const rejectColumns = ["rejected_line", "rejected_reason"] as const;

export interface ColumnPlan {
  /** As in the file. */
  readonly header: readonly string[];
  /** Position of each field that the file has; the phone is always there. */
  readonly fields: Readonly<Partial<Record<LeadField, number>>> & {
    readonly phone: number;
  };
  /** Everything else: position and name in the lead's metadata. */
  readonly metadata: readonly { readonly at: number; readonly key: string }[];
}

/**
 * Reads a header in English or Portuguese; letter case, accents and spaces do not matter. Of two
 * columns for one field the one named first in our list is taken; the other is kept as metadata.
 *
 * @throws CommandError when no column holds the phone number; it names the columns found
 */
export function planColumns(header: readonly string[]): ColumnPlan {
  const plain = header.map(plainName);
  const fields: Partial<Record<LeadField, number>> = {};
  for (const [field, names] of Object.entries(fieldNames)) {
    const at = names
      .map((name) => plain.indexOf(name))
      .find((index) => index >= 0);
    if (at !== undefined) fields[field as LeadField] = at;
  }
  const { phone } = fields;
  if (phone === undefined) {
    const found = header.map((name) => `"${name}"`).join(", ");
    throw new CommandError(
      "NO_PHONE_COLUMN",
      `no column holds the phone number; found: ${found}. Name it phone, telefone, celular or fone ` +
        "(if this is one column that should be several, give --delimiter)",
    );
  }
  const taken = new Set<number>(Object.values(fields));
  return {
    header,
    fields: { ...fields, phone },
    metadata: metadataColumns(header, plain, taken),
  };
}

function plainName(name: string): string {
  return name
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .trim()
    .replace(/[\s.\-/]+/g, "_");
}

function metadataColumns(
  header: readonly string[],
  plain: readonly string[],
  taken: ReadonlySet<number>,
): ColumnPlan["metadata"] {
  const used = new Set<string>();
  const ours: ReadonlySet<string> = new Set(rejectColumns);
  const columns = [...header.keys()].filter(
    (at) => !taken.has(at) && !ours.has(plain[at] ?? ""),
  );
  return columns.map((at) => {
    const name = header[at] || `column_${at + 1}`;
    let key = name;
    for (let nth = 2; used.has(key); nth++) key = `${name}_${nth}`;
    used.add(key);
    return { at, key };
  });
}

/** One line for the person: which column was taken for what. */
export function describePlan(plan: ColumnPlan): string {
  const fields = Object.entries(plan.fields).map(
    ([field, at]) => `${plan.header[at] ?? ""} → ${snake(field)}`,
  );
  const rest = plan.metadata.map(({ key }) => key);
  const kept = rest.length === 0 ? "" : `; metadata: ${rest.join(", ")}`;
  return `${fields.join(", ")}${kept}`;
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
