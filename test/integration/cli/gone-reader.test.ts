/** `npm run import … | head`: a command whose reader has gone ends as ever, and says nothing about it. Numbers are fictitious. */
import { describe, expect, it } from "vitest";
import { startCommand } from "../../support/command-process.ts";
import { shareImportScene } from "./import/scene.ts";

const scene = shareImportScene();

/** The command with nobody at the other end of its standard output from the beginning. */
async function unread(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
) {
  const { exited, output } = startCommand(file, args, env, { unread: true });
  return { code: await exited, stderr: output.stderr };
}

describe("a command whose output nobody reads", () => {
  it.each([
    "call.ts",
    "demo.ts",
    "doctor.ts",
    "import.ts",
    "migrate.ts",
    "mock-pbx.ts",
    "test-pbx.ts",
    "torture.ts",
  ])("%s ends with the usual exit code, and no stack", async (file) => {
    expect(await unread(file, ["--help"])).toEqual({ code: 0, stderr: "" });
  });

  it("imports to the end, and tells by its exit code that rows were rejected", async () => {
    const file = await scene.bigFile(2_500, "unread.csv");
    const args = [file, "--campaign", scene.campaign];
    const env = { DATABASE_URL: scene.database.url };
    expect(await unread("import.ts", args, env)).toEqual({
      code: 0,
      stderr: "",
    });
    expect(await scene.leadCount()).toBe(2_500);
    const bad = await scene.fileOf("telefone\n123\n");
    expect(
      await unread("import.ts", [bad, "--campaign", scene.campaign], env),
    ).toEqual({ code: 3, stderr: "" });
  });

  it("reports by the doctor's exit code", async () => {
    const env = { DATABASE_URL: scene.database.url, VOICE_ADAPTER: "nothing" };
    expect(await unread("doctor.ts", [], env)).toEqual({ code: 1, stderr: "" });
  });
});
