/**
 * Edge Functions on a port of this machine: the very file that is deployed, under what it needs of Deno, behind what the
 * platform does before a function is asked.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

type Handler = (request: Request) => Promise<Response>;
type Variables = Readonly<Record<string, string>>;

/** How the next requests are answered instead of by the function. */
export type Interference =
  | {
      readonly status: number;
      readonly body: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | "hang"
  | "cut";

export interface FunctionServer {
  /** As SUPABASE_URL. */
  readonly url: string;
  /** What came in: method, path and headers. */
  readonly requests: readonly {
    readonly method: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, unknown>>;
  }[];
  /** What the function finds in its environment from now on. */
  setVariables(variables: Variables): void;
  /** Null: the function answers again. */
  interfere(how: Interference | null): void;
  close(): Promise<void>;
}

export interface FunctionServerOptions {
  readonly variables: Variables;
  /** The platform's own check, on unless a function is deployed without it; default: off. */
  readonly verifyJwt?: boolean;
  /** False: nobody deployed the function. */
  readonly deployed?: boolean;
}

const path = "/functions/v1/dialer-database-url";
const variables = new AsyncLocalStorage<Variables>();
let handler: Handler | undefined;

async function loadFunction(): Promise<Handler> {
  Object.assign(globalThis, {
    Deno: {
      env: { get: (name: string) => variables.getStore()?.[name] },
      serve: (given: Handler) => {
        handler = given;
      },
    },
  });
  await import("../../supabase/functions/dialer-database-url/index.ts");
  if (handler === undefined) throw new Error("the function serves nothing");
  return handler;
}

export async function startFunctionServer(
  options: FunctionServerOptions,
): Promise<FunctionServer> {
  const serve = handler ?? (await loadFunction());
  const requests: FunctionServer["requests"][number][] = [];
  let known = options.variables;
  let interference: Interference | null = null;
  const server = createServer((request, response) => {
    requests.push({
      method: request.method ?? "",
      path: request.url ?? "",
      headers: request.headers,
    });
    if (interference === "hang") return;
    if (interference === "cut") request.socket.destroy();
    else if (interference !== null)
      send(response, interference.status, interference.body, {
        "content-type": "text/html",
        ...interference.headers,
      });
    else
      void answer(options, request, (asked) =>
        variables.run(known, () => serve(asked)),
      ).then(async (given) => {
        send(
          response,
          given.status,
          await given.text(),
          Object.fromEntries(given.headers),
        );
      });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}`,
    requests,
    setVariables: (next) => {
      known = next;
    },
    interfere: (how) => {
      interference = how;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** What the platform answers by itself, else the function. */
async function answer(
  { verifyJwt = false, deployed = true }: FunctionServerOptions,
  request: IncomingMessage,
  ask: Handler,
): Promise<Response> {
  const json = (status: number, body: unknown) =>
    new Response(JSON.stringify(body), { status });
  if (request.url !== path || !deployed)
    return json(404, {
      code: "NOT_FOUND",
      message: "Requested function was not found",
    });
  const bearer = request.headers.authorization?.replace(/^Bearer /, "") ?? "";
  if (verifyJwt && bearer.split(".").length !== 3)
    return json(401, { code: 401, message: "Missing authorization header" });
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers))
    headers.set(name, String(value));
  return ask(
    new Request(`http://127.0.0.1${path}`, {
      method: request.method ?? "GET",
      headers,
    }),
  );
}

function send(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>>,
): void {
  response.writeHead(status, headers).end(body);
}
