/** The doctor, called as a function without a process of its own; its findings by check. */
import { examine } from "../../cli/doctor/examine.ts";
import { type ReportLine, reportLines } from "../../cli/doctor/report.ts";
import { partialConfig } from "../../config/reading.ts";

export interface Examination {
  /** In the order of the report, in English. */
  readonly lines: readonly ReportLine[];
  /** Codes of the findings of one check. */
  codes(check: string): readonly string[];
  /** What was found and advised of one code, in one text; empty when it was not found. */
  text(code: string): string;
}

/** @param env all variables that the doctor sees; PORT is 0 unless given */
export async function examineEnvironment(
  env: Readonly<Record<string, string>>,
): Promise<Examination> {
  const config = partialConfig({ PORT: "0", ...env });
  const { signal } = new AbortController();
  const { findings, secrets } = await examine(config, signal);
  const lines = reportLines(findings, "en", secrets);
  return {
    lines,
    codes: (check) =>
      lines.filter((line) => line.check === check).map(({ code }) => code),
    text: (code) =>
      lines
        .filter((line) => line.code === code)
        .map(({ found, advice }) => `${found} ${advice ?? ""}`)
        .join("\n"),
  };
}
