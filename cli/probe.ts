/**
 * The image's health check: asks this machine's engine, and ends with 0 when it is healthy (a standby is), else with 1.
 * What is wrong goes to standard output, where `docker inspect` keeps it.
 */
import { get } from "node:http";

/** Below the 5 s after which Docker counts the check as failed and keeps no reason. */
const timeoutMs = 4_000;

function probe(port: string): Promise<{ healthy: boolean; said: string }> {
  return new Promise((resolve) => {
    const request = get(
      // By name: it is ::1 on one machine and 127.0.0.1 on another, and the engine listens on both.
      { host: "localhost", port, path: "/health", timeout: timeoutMs },
      (response) => {
        let said = "";
        response.setEncoding("utf8").on("data", (text: string) => {
          said += text;
        });
        response.on("end", () => {
          resolve({ healthy: response.statusCode === 200, said });
        });
      },
    );
    request.on("timeout", () => {
      request.destroy(new Error(`no answer in ${String(timeoutMs)} ms`));
    });
    request.on("error", (error) => {
      const said = `GET /health on port ${port} failed: ${error.message}`;
      resolve({ healthy: false, said });
    });
  });
}

const { healthy, said } = await probe(process.env["PORT"]?.trim() || "3000");
process.stdout.write(`${said}\n`);
process.exitCode = healthy ? 0 : 1;
