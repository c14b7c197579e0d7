/** Just enough XML for FreeSWITCH's configuration, and strict about it: what is not well-formed is an error with its line. */

export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
}

const NAME = "[A-Za-z_][A-Za-z0-9_.:-]*";
const TAG = new RegExp(
  `^<(/?)(${NAME})((?:\\s+${NAME}\\s*=\\s*(?:"[^"<]*"|'[^'<]*'))*)\\s*(/?)>`,
);
const ATTRIBUTE = new RegExp(`(${NAME})\\s*=\\s*(?:"([^"]*)"|'([^']*)')`, "g");
const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

interface OpenElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: XmlElement[];
}

/** @returns the root element; text is passed over. @throws SyntaxError that names the line */
export function parseXml(text: string): XmlElement {
  const stack: OpenElement[] = [];
  let root: XmlElement | null = null;
  let at = 0;
  const fail = (what: string): never => {
    const line = text.slice(0, at).split("\n").length;
    throw new SyntaxError(`line ${String(line)}: ${what}`);
  };
  while (at < text.length) {
    const rest = text.slice(at);
    const skipped = /^(?:[^<]+|<\?[\s\S]*?\?>)/.exec(rest)?.[0];
    if (skipped !== undefined) {
      if (stack.length === 0 && !/^(?:\s*|<\?[\s\S]*)$/.test(skipped)) {
        fail("text outside the root element");
      }
      at += skipped.length;
      continue;
    }
    const comment = /^<!--([\s\S]*?)-->/.exec(rest);
    if (comment !== null) {
      if (comment[1]?.includes("--") === true) fail("-- inside a comment");
      at += comment[0].length;
      continue;
    }
    const [tag, isEnd, name = "", written = "", isEmpty] = TAG.exec(rest) ?? [];
    if (tag === undefined) return fail("a tag that is not well-formed");
    if (isEnd === "/") {
      const open = stack.pop();
      if (open?.name !== name) return fail(`</${name}> closes nothing`);
      const parent = stack.at(-1);
      if (parent === undefined) root = open;
      else parent.children.push(open);
    } else {
      if (root !== null) fail("a second root element");
      const element = { name, attributes: attributesOf(written), children: [] };
      if (isEmpty === "/") {
        const parent = stack.at(-1);
        if (parent === undefined) root = element;
        else parent.children.push(element);
      } else stack.push(element);
    }
    at += tag.length;
  }
  const [unclosed] = stack;
  if (unclosed !== undefined) return fail(`<${unclosed.name}> is never closed`);
  return root ?? fail("no element");
}

function attributesOf(written: string): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>();
  for (const [, name = "", double, single] of written.matchAll(ATTRIBUTE)) {
    if (attributes.has(name)) {
      throw new SyntaxError(`attribute ${name} is given twice`);
    }
    attributes.set(name, unescape(double ?? single ?? ""));
  }
  return attributes;
}

function unescape(value: string): string {
  return value.replace(/&([^;&\s]*;?)/g, (_, entity: string) => {
    const code = /^#(?:x([0-9a-f]{1,6})|(\d{1,7}));$/i.exec(entity);
    if (code !== null) {
      const [, hex, decimal] = code;
      const point = hex === undefined ? Number(decimal) : parseInt(hex, 16);
      if (point <= 0x10ffff) return String.fromCodePoint(point);
    }
    const plain = ENTITIES[entity.replace(/;$/, "")];
    if (plain === undefined || !entity.endsWith(";")) {
      throw new SyntaxError(`&${entity} is no entity: write &amp; for &`);
    }
    return plain;
  });
}

/** Every element of that name below `element`, in document order. */
export function elementsOf(element: XmlElement, name: string): XmlElement[] {
  return element.children.flatMap((child) => [
    ...(child.name === name ? [child] : []),
    ...elementsOf(child, name),
  ]);
}
