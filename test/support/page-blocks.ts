/** The SQL and JavaScript of a Markdown page, block by block, as a reader would copy it. */
import { readFile } from "node:fs/promises";
import pg from "pg";

export type Role = "authenticated" | "administrator";

export interface Block {
  /** The heading above it. */
  readonly heading: string;
  readonly language: string;
  /** What follows the language on the fence's line. */
  readonly info: string;
  readonly text: string;
}

const root = new URL("../../", import.meta.url);

/** @param page path from the project's root */
export async function readBlocks(page: string): Promise<Block[]> {
  const text = await readFile(new URL(page, root), "utf8");
  const blocks: Block[] = [];
  let heading = "";
  let open: { language: string; info: string; lines: string[] } | null = null;
  for (const line of text.split("\n")) {
    const fence = /^```(\w*) *(.*)$/.exec(line);
    if (fence !== null && open === null) {
      open = { language: fence[1] ?? "", info: fence[2] ?? "", lines: [] };
    } else if (fence !== null && open !== null) {
      const { language, info, lines } = open;
      blocks.push({ heading, language, info, text: lines.join("\n") });
      open = null;
    } else if (open !== null) open.lines.push(line);
    else heading = /^#+ (.*)$/.exec(line)?.[1] ?? heading;
  }
  return blocks;
}

/** The role that a block of SQL names. @throws when it names none */
export function roleOf(block: Block): Role {
  const { info, heading } = block;
  if (info === "authenticated" || info === "administrator") return info;
  throw new Error(`The SQL under "${heading}" does not say who runs it`);
}

/**
 * A block's statements with psql's `:'name'` replaced by the value in quotes.
 *
 * @throws when a variable has no value
 */
export function statementsOf(
  block: Block,
  variables: Readonly<Record<string, string>>,
): string[] {
  const text = block.text.replaceAll(/:'(\w+)'/g, (_match, name: string) => {
    const value = variables[name];
    if (value === undefined) throw new Error(`:'${name}' is not documented`);
    return pg.escapeLiteral(value);
  });
  return text.split(/;\s*$/m).filter((statement) => statement.trim() !== "");
}
