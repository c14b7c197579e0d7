/** `npm run import` as a process: what it prints, its exit codes, Ctrl-C. Numbers are fictitious. */
import { describe, expect, it } from "vitest";
import { explainError } from "../../../../cli/command.ts";
import { waitFor } from "../../../support/wait-for.ts";
import { shareImportScene } from "./scene.ts";

const scene = shareImportScene();

describe("the command", () => {
  it("prints a summary and ends with 0 when every row is in the campaign", async () => {
    const file = await scene.fileOf("phone\n11987650001\n");
    const { code, text } = await scene.runProgram([
      file,
      "--campaign",
      scene.campaign,
    ]);
    expect(text).toMatch(
      /Read +1 .*\nImported +1\nAlready there +0\nRejected +0\n/,
    );
    expect(code).toBe(0);
  });

  it("ends with 3 and names the reject file when rows were rejected", async () => {
    const file = await scene.fileOf("phone\n123\n");
    const { code, text } = await scene.runProgram([
      file,
      "--campaign",
      scene.campaign,
    ]);
    expect(text).toContain(file.replace(".csv", ".rejects.csv"));
    expect(code).toBe(3);
  });

  it("stops at Ctrl-C after the running batch, even if the key arrives twice, and says where", async () => {
    const file = await scene.bigFile(40_000, "ctrl-c.csv");
    await scene.slowDown();
    const program = scene.startProgram([file, "--campaign", scene.campaign]);
    await waitFor("the first batch to be committed", () => scene.leadCount());
    program.kill("SIGINT");
    program.kill("SIGINT");
    const code = await program.exited;
    await scene.speedUp();
    const { stdout } = program.output;
    expect(stdout).toMatch(
      /Stopped after line \d+\. Run the same command again/,
    );
    expect(stdout).toContain(`Imported       ${await scene.leadCount()}\n`);
    expect(code).toBe(130);
  });

  it("tells a mistake in a line: password, address, options", async () => {
    const file = await scene.fileOf("phone\n11987650001\n");
    const nowhere = {
      DATABASE_URL: "postgresql://someone:secret@127.0.0.1:1/db",
    };
    const refused = await scene.runProgram(
      [file, "--campaign", scene.campaign],
      nowhere,
    );
    expect(refused).toMatchObject({
      code: 1,
      text: expect.stringMatching(
        /^import: nothing answers at the address in DATABASE_URL \(.*\)\n$/,
      ),
    });
    const unset = await scene.runProgram([file, "--campaign", scene.campaign], {
      DATABASE_URL: "",
    });
    expect(unset).toMatchObject({
      code: 1,
      text: expect.stringContaining("DATABASE_URL"),
    });
    const unknown = await scene.runProgram([file, "--campain", scene.campaign]);
    expect(unknown).toMatchObject({
      code: 1,
      text: expect.stringMatching(
        /has no option --campain\. Did you mean --campaign\? See --help/,
      ),
    });
    const noFile = await scene.runProgram(["--campaign", scene.campaign]);
    expect(noFile).toMatchObject({
      code: 1,
      text: expect.stringContaining("npm run import -- FILE.csv"),
    });
    expect(`${refused.text}${unset.text}`).not.toMatch(/secret|    at /);
  });

  it("says that the tables are missing", async () => {
    const error = await scene.pool
      .query("select from no_such_table")
      .catch((reason: unknown) => reason);
    expect(explainError(error)).toMatch(/run npm run migrate first/);
  });

  it("explains itself", async () => {
    const { code, text } = await scene.runProgram(["--help"], {
      DATABASE_URL: "",
    });
    expect(text).toContain("npm run import -- FILE.csv --campaign NAME");
    expect(code).toBe(0);
  });
});
