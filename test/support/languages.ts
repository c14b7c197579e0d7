/** The language of a text, by the short words that every sentence contains. */

const english =
  /(?<![\p{L}])(?:the|is|are|of|not|and|with|without|cannot|needs|has|have|this|that|was|were|there|see|give|expected|missing|which|your|must|does|did|nothing|from|its)(?![\p{L}])/giu;
const portuguese =
  /(?<![\p{L}])(?:não|uma?|para|da|do|das|dos|que|é|são|com|os|na|nas|nos|ou|seus?|suas?|nenhuma?|foi|há|pelo|pela|ainda|sem|mais|este|esta|ele|ela)(?![\p{L}])/iu;

/** English words of sentences; SQL, options, names of variables and what stands in quotes are no sentences. */
export function englishWords(text: string): string[] {
  const prose = text
    .replaceAll(/"[^"\n]*"|`[^`]*`/g, " ")
    .replaceAll(/\b(?:select|update|insert into)\b[^:;.\n]*/g, " ")
    .replaceAll(/--[\w-]+|[\w.]+_\w+|\S*\/\S*/g, " ");
  return prose.match(english) ?? [];
}

export function looksPortuguese(text: string): boolean {
  return portuguese.test(text) && englishWords(text).length === 0;
}
