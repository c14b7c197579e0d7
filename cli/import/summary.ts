/** What an import says before and after. */
import type { Language, Translated } from "../language.ts";
import { describePlan } from "./columns.ts";
import type { ImportEnd, ImportStart } from "./import-file.ts";
import type { ImportTally } from "./progress.ts";
import { reasonLines } from "./reasons.ts";

const labels = {
  file: { en: "File      ", "pt-BR": "Arquivo   " },
  columns: { en: "Columns   ", "pt-BR": "Colunas   " },
  campaign: { en: "Campaign  ", "pt-BR": "Campanha  " },
  note: { en: "Note      ", "pt-BR": "Nota      " },
  read: { en: "Read           ", "pt-BR": "Lidas          " },
  imported: { en: "Imported       ", "pt-BR": "Importadas     " },
  wouldImport: { en: "To import      ", "pt-BR": "A importar     " },
  updated: { en: "Updated        ", "pt-BR": "Atualizadas    " },
  wouldUpdate: { en: "To update      ", "pt-BR": "A atualizar    " },
  alreadyThere: { en: "Already there  ", "pt-BR": "Já existiam    " },
  rejected: { en: "Rejected       ", "pt-BR": "Rejeitadas     " },
} satisfies Record<string, Translated>;

export function describeStart(start: ImportStart, language: Language): string {
  const { campaign, list } = start;
  const label = (name: keyof typeof labels) => labels[name][language];
  const kind = {
    en: list.isNew ? "new list" : "list",
    "pt-BR": list.isNew ? "lista nova" : "lista",
  }[language];
  const lines = [
    `${label("file")}${start.path} (${start.description[language]})`,
    `${label("columns")}${describePlan(start.plan)}`,
    `${label("campaign")}${campaign.name} (${campaign.status}), ${kind} "${list.name}"`,
  ];
  if (start.dryRun) lines.push(label("note") + dryNote[language]);
  if (campaign.status !== "ACTIVE") {
    const note = statusNote(campaign.status);
    lines.push(label("note") + note[language]);
  }
  return lines.join("\n");
}

const dryNote: Translated = {
  en: "this is a dry run: nothing is written",
  "pt-BR": "isto é um ensaio: nada é gravado",
};

function statusNote(status: string): Translated {
  if (status === "CANCELLED") {
    return {
      en: `the campaign is ${status}: its leads are never dialled`,
      "pt-BR": `a campanha está ${status}: seus leads nunca são discados`,
    };
  }
  if (status === "COMPLETED") {
    return {
      en: `the campaign is ${status}: new leads make it ACTIVE again if the engine completed it`,
      "pt-BR": `a campanha está ${status}: leads novos a deixam ACTIVE de novo, se foi o engine que a concluiu`,
    };
  }
  return {
    en: `the campaign is ${status}: its leads are dialled once it is ACTIVE`,
    "pt-BR": `a campanha está ${status}: seus leads são discados quando ela estiver ACTIVE`,
  };
}

export function describeEnd(
  tally: Readonly<ImportTally>,
  end: ImportEnd,
  elapsedMs: number,
  language: Language,
): string {
  const label = (name: keyof typeof labels) => labels[name][language];
  const see = { en: "see", "pt-BR": "veja" }[language];
  const rejects = end.rejectFile === null ? "" : `  ${see} ${end.rejectFile}`;
  const { updated } = tally;
  const lines = [
    `${label("read")}${tally.read}${pace(tally.read, elapsedMs)[language]}`,
    `${label(end.dryRun ? "wouldImport" : "imported")}${tally.imported}`,
    ...(updated === 0
      ? []
      : [`${label(end.dryRun ? "wouldUpdate" : "updated")}${updated}`]),
    `${label("alreadyThere")}${tally.alreadyThere}`,
    `${label("rejected")}${tally.rejected}${rejects}`,
    ...reasonLines(tally.reasons, language),
  ];
  if (tally.unreadNumbers.size > 0) {
    lines.push(unread[language]);
    lines.push(...reasonLines(tally.unreadNumbers, language));
  }
  if (end.stoppedAtLine !== null) lines.push(stopped(end)[language]);
  return lines.join("\n");
}

function pace(read: number, elapsedMs: number): Translated {
  const seconds = elapsedMs / 1_000;
  const rate = Math.round(read / Math.max(seconds, 0.001));
  const time = seconds.toFixed(1);
  return {
    en: `  in ${time} s, ${rate} rows/s`,
    "pt-BR": `  em ${time.replace(".", ",")} s, ${rate} linhas/s`,
  };
}

const unread: Translated = {
  en: "Numbers left out beside one that was taken (they are in the lead's metadata):",
  "pt-BR":
    "Números deixados de fora ao lado de um que entrou (estão no metadata do lead):",
};

function stopped({ stoppedAtLine, dryRun }: ImportEnd): Translated {
  if (dryRun) {
    return {
      en: `Stopped after line ${String(stoppedAtLine)}.`,
      "pt-BR": `Parado depois da linha ${String(stoppedAtLine)}.`,
    };
  }
  return {
    en: `Stopped after line ${String(stoppedAtLine)}. Run the same command again for the rest: nothing is imported twice.`,
    "pt-BR": `Parado depois da linha ${String(stoppedAtLine)}. Rode o mesmo comando de novo para o resto: nada é importado duas vezes.`,
  };
}
