/** The texts that stand in source files, by the syntax tree: no regular expression tells a string from a comment. */
import { globSync, readFileSync } from "node:fs";
import ts from "typescript";

const root = new URL("../../", import.meta.url);

export interface SourceText {
  readonly file: string;
  readonly text: string;
  readonly node: ts.Node;
}

/** String literals and the fixed parts of templates, parts joined by a gap; imports are left out. */
export function textsIn(patterns: readonly string[]): readonly SourceText[] {
  return globSync(patterns, { cwd: root }).flatMap((file) => {
    const code = readFileSync(new URL(file, root), "utf8");
    const tree = ts.createSourceFile(file, code, ts.ScriptTarget.Latest, true);
    const texts: SourceText[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return;
      const text = textOf(node);
      if (text !== null) texts.push({ file, text, node });
      ts.forEachChild(node, visit);
    };
    visit(tree);
    return texts;
  });
}

function textOf(node: ts.Node): string | null {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node))
    return node.text;
  if (!ts.isTemplateExpression(node)) return null;
  const tails = node.templateSpans.map(({ literal }) => literal.text);
  return [node.head.text, ...tails].join(" … ");
}

/** Messages of the engine's log at warn and above that are the same every time. */
export function warningsIn(patterns: readonly string[]): readonly string[] {
  const messages = textsIn(patterns).filter(
    ({ node }) =>
      ts.isStringLiteral(node) &&
      ts.isCallExpression(node.parent) &&
      ts.isPropertyAccessExpression(node.parent.expression) &&
      /^(?:warn|error|fatal)$/.test(node.parent.expression.name.text) &&
      /log/i.test(node.parent.expression.expression.getText()),
  );
  return [...new Set(messages.map(({ text }) => text))].toSorted();
}
