/** The HTTP port: whether it is free for an engine, and otherwise who uses it. */
import { connect, createServer } from "node:net";
import { z } from "zod";
import { type Finding, found } from "../finding.ts";
import { codeOf, reasonOf } from "../run-check.ts";

const healthShape = z.looseObject({
  status: z.enum(["healthy", "unhealthy"]),
  voiceAdapterConnected: z.boolean(),
  schedulerActive: z.boolean(),
  standby: z.boolean().optional(),
  reasons: z.array(z.string()).optional(),
});

const statusShape = z.looseObject({
  engine: z.looseObject({ id: z.string(), version: z.string().optional() }),
});

/** @param statusToken of the engine, so that `/status` may be asked which one it is */
export async function checkHttpPort(
  port: number,
  statusToken: string | null,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  if (port === 0) return [found("http.port.any")];
  if (!(await isServed(port, signal))) return [await tryToListen(port)];
  const url = `http://127.0.0.1:${String(port)}`;
  const health = await readJson(`${url}/health`, {}, signal);
  const report = healthShape.safeParse(health);
  if (!report.success) return [found("http.port.taken", { port })];
  const { status, standby = false, reasons = [] } = report.data;
  const engine = await nameEngine(url, statusToken, signal);
  if (status === "unhealthy") {
    const reason = reasons.join(" ").slice(0, 300) || "–";
    return [found("http.port.unhealthy", { port, engine, reason })];
  }
  return [
    standby
      ? found("http.port.standby", { port, engine })
      : found("http.port.engine", { port, engine }),
  ];
}

/** Asks before it tries to listen, so that it does not take the port from an engine that is about to start. */
function isServed(port: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1", signal });
    const settle = (served: boolean): void => {
      socket.destroy();
      resolve(served);
    };
    socket.on("connect", () => settle(true));
    socket.on("error", () => settle(false));
  });
}

async function tryToListen(port: number): Promise<Finding> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, resolve);
    });
    return found("http.port.free", { port });
  } catch (error) {
    return codeOf(error) === "EADDRINUSE"
      ? found("http.port.taken", { port })
      : found("http.port.refused", { port, reason: reasonOf(error) });
  } finally {
    server.close();
  }
}

/** What `/status` says about the engine; with a wrong token it is known only that there is one. */
async function nameEngine(
  url: string,
  statusToken: string | null,
  signal: AbortSignal,
): Promise<string> {
  const headers =
    statusToken === null ? {} : { Authorization: `Bearer ${statusToken}` };
  const status = await readJson(`${url}/status`, headers, signal);
  const read = statusShape.safeParse(status);
  if (!read.success) return "–";
  const { id, version } = read.data.engine;
  return version === undefined ? id : `${id} (${version})`;
}

/** undefined: the answer is not JSON. */
async function readJson(
  url: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<unknown> {
  try {
    const response = await fetch(url, {
      headers: { ...headers },
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerWithinMs)]),
    });
    return await response.json();
  } catch (error) {
    if (signal.aborted) throw error;
    return undefined;
  }
}

const answerWithinMs = 3_000;
