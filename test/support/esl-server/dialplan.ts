/**
 * FreeSWITCH's XML dialplan, as far as `docs/freeswitch/dialplan` uses it: the scripted server runs those very files,
 * so that the tests see the events that they send to the engine.
 */
import { readFileSync } from "node:fs";

import { elementsOf, parseXml } from "../../../adapters/freeswitch-esl/xml.ts";
import type { XmlElement } from "../../../adapters/freeswitch-esl/xml.ts";

export interface DialplanAction {
  readonly application: string;
  /** `$1` filled in, `${…}` not yet. */
  readonly data: string;
}

interface Condition {
  readonly field: string;
  readonly expression: RegExp;
  readonly actions: readonly DialplanAction[];
  readonly antiActions: readonly DialplanAction[];
}

interface Extension {
  readonly goesOn: boolean;
  readonly conditions: readonly Condition[];
}

export interface Dialplan {
  readonly contexts: ReadonlyMap<string, readonly Extension[]>;
  /** As `xml_locate` prints them (switch_xml_toxml). */
  readonly printed: ReadonlyMap<string, string>;
  /** `$${…}` after all files were read. */
  readonly globals: ReadonlyMap<string, string>;
}

const folder = new URL("../../../docs/freeswitch/dialplan/", import.meta.url);

/** The files that an operator copies. @param more another file's text, for a test's own contexts */
export function readDialplan(more?: string): Dialplan {
  const globals = new Map([["domain", "pbx.example"]]);
  const contexts = new Map<string, readonly Extension[]>();
  const printed = new Map<string, string>();
  const texts = ["dialer.xml", "dialer-test.xml"].map((file) =>
    readFileSync(new URL(file, folder), "utf8"),
  );
  if (more !== undefined) texts.push(more);
  for (const text of texts) {
    for (const element of elementsOf(parseXml(text), "X-PRE-PROCESS")) {
      const [name = "", ...rest] = attribute(element, "data").split("=");
      const value = rest.join("=");
      globals.set(name, expandGlobals(value, globals));
    }
    const document = parseXml(expandGlobals(text, globals));
    for (const context of elementsOf(document, "context")) {
      contexts.set(
        attribute(context, "name"),
        elementsOf(context, "extension").map(extensionOf),
      );
      printed.set(attribute(context, "name"), print(context));
    }
  }
  return { contexts, printed, globals };
}

function print({ name, attributes, children }: XmlElement): string {
  const given = [...attributes].map(([key, value]) => {
    const written = value
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replaceAll('"', "&quot;");
    return ` ${key}="${written}"`;
  });
  const start = `<${name}${given.join("")}`;
  return children.length === 0
    ? `${start}></${name}>\n`
    : `${start}>\n${children.map(print).join("")}</${name}>\n`;
}

function expandGlobals(
  text: string,
  globals: ReadonlyMap<string, string>,
): string {
  return text.replace(/\$\$\{(\w+)\}/g, (_, name: string) => {
    const value = globals.get(name);
    if (value === undefined) throw new Error(`$\${${name}} is set nowhere`);
    return value.replaceAll("&", "&amp;");
  });
}

function extensionOf(element: XmlElement): Extension {
  return {
    goesOn: element.attributes.get("continue") === "true",
    conditions: elementsOf(element, "condition").map((condition) => ({
      field: attribute(condition, "field"),
      expression: new RegExp(attribute(condition, "expression")),
      actions: elementsOf(condition, "action").map(actionOf),
      antiActions: elementsOf(condition, "anti-action").map(actionOf),
    })),
  };
}

function actionOf(element: XmlElement): DialplanAction {
  return {
    application: attribute(element, "application"),
    data: element.attributes.get("data") ?? "",
  };
}

function attribute(element: XmlElement, name: string): string {
  const value = element.attributes.get(name);
  if (value === undefined) {
    throw new Error(`<${element.name}> has no attribute ${name}`);
  }
  return value;
}

/**
 * The actions for an extension, all conditions judged before the first action runs, as FreeSWITCH does: those of a rule
 * that goes on are run even if no other matches (recorded: `dialplan-missing-extension`).
 * @returns null when nothing matches, or there is no such context: NO_ROUTE_DESTINATION (`dialplan-missing-context`)
 */
export function actionsFor(
  { contexts }: Dialplan,
  context: string,
  destination: string,
  variable: (name: string) => string,
): readonly DialplanAction[] | null {
  const actions: DialplanAction[] = [];
  for (const { goesOn, conditions } of contexts.get(context) ?? []) {
    let matched = conditions.length > 0;
    for (const { field, expression, ...both } of conditions) {
      const value =
        field === "destination_number"
          ? destination
          : field.replace(/\$\{(\w+)\}/g, (_, name: string) => variable(name));
      const found = expression.exec(value);
      const chosen = found === null ? both.antiActions : both.actions;
      for (const { application, data } of chosen) {
        const filled = data.replace(/\$(\d)/g, (_, index: string) => {
          return found?.[Number(index)] ?? "";
        });
        actions.push({ application, data: filled });
      }
      if (found === null) {
        matched = false;
        break;
      }
    }
    if (matched && !goesOn) break;
  }
  return actions.length > 0 ? actions : null;
}
