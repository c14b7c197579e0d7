/** Questions that a reader may have after the demo, asked by the demo itself: each with its SQL and its result. */
import { askDemoQuestions } from "./queries.ts";
import type { DemoAnswer, DemoQuestion } from "./queries.ts";
import type { Database } from "../../database/pools.ts";
import type { Language, Translated } from "../language.ts";

const title: Translated = {
  en: "To look further",
  "pt-BR": "Para olhar mais",
};

const noRows: Translated = { en: "(no rows)", "pt-BR": "(nenhuma linha)" };

const questions: Readonly<Record<DemoQuestion, Translated>> = {
  progress: {
    en: "How far is the campaign?",
    "pt-BR": "Em que ponto está a campanha?",
  },
  blockers: {
    en: "Does anything keep it from dialling?",
    "pt-BR": "Algo a impede de discar?",
  },
  "most-dialled": {
    en: "Who was dialled most?",
    "pt-BR": "Quem foi discado mais vezes?",
  },
  attempts: {
    en: "What became of one who was dialled again?",
    "pt-BR": "O que foi de alguém que foi discado de novo?",
  },
  events: {
    en: "What did the PBX say of that one's last call?",
    "pt-BR": "O que o PABX disse da última ligação dessa pessoa?",
  },
};

export async function lookFurther(
  database: Database,
  campaignId: string,
  language: Language,
): Promise<string> {
  const answers = await askDemoQuestions(database, campaignId);
  return `${title[language]}\n${answers.map((one) => answerText(one, language)).join("\n")}`;
}

function answerText(
  { question, sql, columns, rows }: DemoAnswer,
  language: Language,
): string {
  const lines =
    rows.length === 0
      ? [noRows[language]]
      : table([columns, ...rows.map((row) => row.map(cellText))]);
  return [
    `  ${questions[question][language]}`,
    `    ${sql}`,
    ...lines.map((line) => `      ${line}`),
  ]
    .map((line) => `${line.trimEnd()}\n`)
    .join("");
}

function table(rows: readonly (readonly string[])[]): string[] {
  const width = (column: number) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length));
  return rows.map((row) =>
    row.map((cell, column) => cell.padEnd(width(column) + 2)).join(""),
  );
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return "–";
  if (value instanceof Date) return value.toISOString().slice(11, 23);
  return typeof value === "string" ? value : JSON.stringify(value);
}
