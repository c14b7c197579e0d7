/**
 * The two of Supabase's HTTP services that the engine uses, on a port of this machine: exactly its routes, and as strict
 * as the platform about key, bearer, content type and the private flag. Whatever else is asked is kept in `strays`.
 */
import {
  createHmac,
  generateKeyPairSync,
  randomBytes,
  sign,
} from "node:crypto";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { resetSocket } from "./reset-socket.ts";

/** What the next broadcasts are answered with: a status, never, or a cut connection. */
export type BroadcastAnswer = number | "hang" | "cut";

export interface Broadcast {
  readonly topic: string;
  readonly event: string;
  readonly payload: Record<string, unknown>;
  readonly atMs: number;
}

export interface FakeSupabase {
  readonly url: string;
  readonly secretKey: string;
  /** Taken with 202, oldest first. */
  readonly broadcasts: readonly Broadcast[];
  /** Broadcasts asked for, whatever the answer. */
  readonly asked: number;
  /** Requests that were not right, and why. */
  readonly strays: readonly string[];
  /** Every URL that was asked for, as it came. */
  readonly urls: readonly string[];
  /** How often the public keys were fetched, and users were asked for. */
  readonly counts: { readonly jwks: number; readonly users: number };
  answer(how: BroadcastAnswer): void;
  /** Auth answers with this status instead; null: as it should. */
  authAnswers(status: number | null): void;
  /** A user's access token, signed with ES256 by the project's key; `claims` override those of a valid one. */
  token(claims?: Readonly<Record<string, unknown>>): string;
  /** The same, signed by a key that is not the project's. */
  forged(claims?: Readonly<Record<string, unknown>>): string;
  /** The same of a project with a shared secret: only Auth itself can tell whether it is good. */
  legacyToken(claims?: Readonly<Record<string, unknown>>): string;
  /** Adds a user who can sign in; a session lasts `seconds`. */
  addUser(user: FakeUser): void;
  /** Sign-in and renewal answer this instead; null: as they should. */
  signInAnswers(answer: { status: number; body: unknown } | null): void;
  /** Every session ends: none can be renewed. */
  endSessions(): void;
  readonly signIns: { passwords: number; renewals: number; signOuts: number };
  close(): Promise<void>;
}

export interface FakeUser {
  readonly email: string;
  readonly password: string;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly isConfirmed?: boolean;
  readonly seconds?: number;
}

export interface FakeSupabaseOptions {
  /** A new secret key, or a JWT of the role service_role. */
  readonly keys?: "new" | "legacy";
}

const base64url = (value: unknown) =>
  Buffer.from(JSON.stringify(value)).toString("base64url");

export async function startFakeSupabase({
  keys = "new",
}: FakeSupabaseOptions = {}): Promise<FakeSupabase> {
  const project = new Project(keys);
  const server = createServer((request, response) => {
    project.serve(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  project.url = `http://127.0.0.1:${String(port)}`;
  return Object.assign(project, {
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

class Project implements Omit<FakeSupabase, "close"> {
  url = "";
  readonly secretKey: string;
  readonly broadcasts: Broadcast[] = [];
  readonly strays: string[] = [];
  readonly urls: string[] = [];
  readonly counts = { jwks: 0, users: 0 };
  asked = 0;
  readonly signIns = { passwords: 0, renewals: 0, signOuts: 0 };
  readonly #users: FakeUser[] = [];
  readonly #sessions = new Map<string, FakeUser>();
  #signInAnswer: { status: number; body: unknown } | null = null;
  #answer: BroadcastAnswer = 202;
  #authStatus: number | null = null;
  readonly #secret = randomBytes(32);
  /** The client keeps public keys by this name for all projects of one host, so each project's is its own. */
  readonly #keyId = randomBytes(8).toString("hex");
  readonly #own = generateKeyPairSync("ec", { namedCurve: "P-256" });
  readonly #foreign = generateKeyPairSync("ec", { namedCurve: "P-256" });

  constructor(keys: "new" | "legacy") {
    this.secretKey =
      keys === "new"
        ? `sb_secret_${randomBytes(16).toString("hex")}`
        : this.#hs256({ role: "service_role", iss: "supabase" });
  }

  answer(how: BroadcastAnswer): void {
    this.#answer = how;
  }

  authAnswers(status: number | null): void {
    this.#authStatus = status;
  }

  addUser(user: FakeUser): void {
    this.#users.push(user);
  }

  signInAnswers(answer: { status: number; body: unknown } | null): void {
    this.#signInAnswer = answer;
  }

  endSessions(): void {
    this.#sessions.clear();
  }

  token(claims = {}): string {
    return this.#es256(this.#own.privateKey, claims);
  }

  forged(claims = {}): string {
    return this.#es256(this.#foreign.privateKey, claims);
  }

  legacyToken(claims = {}): string {
    return this.#hs256(this.#claims(claims));
  }

  async serve(request: IncomingMessage, response: ServerResponse) {
    const url = new URL(request.url ?? "/", this.url);
    this.urls.push(request.url ?? "");
    const broadcast =
      /^\/realtime\/v1\/api\/broadcast\/([^/]+)\/events\/([^/]+)$/.exec(
        url.pathname,
      );
    if (request.method === "POST" && broadcast !== null) {
      const [, topic = "", event = ""] = broadcast.map(decodeURIComponent);
      return this.#take(request, response, url, topic, event);
    }
    if (request.method === "POST" && url.pathname.startsWith("/auth/v1/"))
      return this.#session(request, response, url);
    if (request.method === "GET" && url.pathname.startsWith("/auth/v1/"))
      this.#auth(request, response, url.pathname);
    else
      this.#stray(response, 404, `${String(request.method)} ${url.pathname}`);
  }

  async #take(
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
    topic: string,
    event: string,
  ): Promise<void> {
    this.asked += 1;
    let body = "";
    for await (const chunk of request.setEncoding("utf8"))
      body += String(chunk);
    if (this.#answer === "hang") return;
    if (this.#answer === "cut") {
      resetSocket(request.socket);
      return;
    }
    const wrong = this.#wrongCredentials(request, url);
    if (wrong !== null) {
      this.#stray(response, 401, wrong);
      return;
    }
    if (url.searchParams.get("private") !== "true") {
      this.#stray(response, 422, "not private");
      return;
    }
    if (request.headers["content-type"] !== "application/json") {
      this.#stray(response, 415, "not JSON");
      return;
    }
    if (this.#answer === 202)
      this.broadcasts.push({
        topic,
        event,
        payload: JSON.parse(body) as Record<string, unknown>,
        atMs: performance.now(),
      });
    response.writeHead(this.#answer, { "content-type": "application/json" });
    response.end(
      this.#answer === 202 ? undefined : `{"error":"as the test wants it"}`,
    );
  }

  /** A new key goes into `apikey` alone; a legacy one is a JWT and the bearer too. Neither belongs into the URL. */
  #wrongCredentials(request: IncomingMessage, url: URL): string | null {
    if (url.searchParams.has("apikey")) return "the key is in the URL";
    if (request.headers["apikey"] !== this.secretKey) return "no apikey";
    const bearer = request.headers.authorization;
    const isNew = this.secretKey.startsWith("sb_secret_");
    if (isNew && bearer !== undefined) return "a secret key as bearer token";
    if (!isNew && bearer !== `Bearer ${this.secretKey}`) return "no bearer";
    return null;
  }

  #auth(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
  ): void {
    if (this.#authStatus !== null) {
      this.#json(response, this.#authStatus, { msg: "as the test wants it" });
    } else if (path === "/auth/v1/.well-known/jwks.json") {
      this.counts.jwks += 1;
      const jwk = this.#own.publicKey.export({ format: "jwk" });
      this.#json(response, 200, {
        keys: [{ ...jwk, kid: this.#keyId, alg: "ES256", key_ops: ["verify"] }],
      });
    } else if (path === "/auth/v1/user") {
      this.counts.users += 1;
      this.#user(request, response);
    } else this.#stray(response, 404, `GET ${path}`);
  }

  /** `POST /token?grant_type=…` and `POST /logout`, as GoTrue 2 answers. */
  async #session(
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
  ): Promise<void> {
    let text = "";
    for await (const chunk of request.setEncoding("utf8"))
      text += String(chunk);
    if (request.headers["apikey"] !== this.secretKey) {
      this.#stray(response, 401, "no apikey");
      return;
    }
    if (url.pathname === "/auth/v1/logout") {
      this.signIns.signOuts += 1;
      response.writeHead(204).end();
      return;
    }
    if (url.pathname !== "/auth/v1/token") {
      this.#stray(response, 404, `POST ${url.pathname}`);
      return;
    }
    const body = JSON.parse(text) as Readonly<Record<string, string>>;
    const byPassword = url.searchParams.get("grant_type") === "password";
    this.signIns[byPassword ? "passwords" : "renewals"] += 1;
    if (this.#signInAnswer !== null) {
      this.#json(response, this.#signInAnswer.status, this.#signInAnswer.body);
      return;
    }
    const user = byPassword
      ? this.#users.find(
          ({ email, password }) =>
            email === body["email"] && password === body["password"],
        )
      : this.#sessions.get(body["refresh_token"] ?? "");
    if (user === undefined)
      this.#json(response, 400, {
        code: 400,
        error_code: byPassword
          ? "invalid_credentials"
          : "refresh_token_not_found",
        msg: byPassword ? "Invalid login credentials" : "Invalid Refresh Token",
      });
    else if (user.isConfirmed === false)
      this.#json(response, 400, {
        code: 400,
        error_code: "email_not_confirmed",
        msg: "Email not confirmed",
      });
    else this.#openSession(response, user);
  }

  #openSession(response: ServerResponse, user: FakeUser): void {
    const seconds = user.seconds ?? 3_600;
    const refreshToken = randomBytes(8).toString("hex");
    this.#sessions.set(refreshToken, user);
    this.#json(response, 200, {
      access_token: this.token({
        ...user.claims,
        exp: Math.floor(Date.now() / 1_000) + seconds,
      }),
      token_type: "bearer",
      expires_in: seconds,
      refresh_token: refreshToken,
      user: { id: user.claims?.["sub"], email: user.email },
    });
  }

  #user(request: IncomingMessage, response: ServerResponse): void {
    const token = (request.headers.authorization ?? "").slice("Bearer ".length);
    const [header = "", payload = "", signature = ""] = token.split(".");
    const right = this.#mac(`${header}.${payload}`);
    if (signature === right) {
      const claims = JSON.parse(
        Buffer.from(payload, "base64url").toString(),
      ) as { sub: string };
      this.#json(response, 200, { id: claims.sub, aud: "authenticated" });
    } else
      this.#json(response, 403, {
        code: 403,
        error_code: "bad_jwt",
        msg: "invalid JWT",
      });
  }

  #json(response: ServerResponse, status: number, body: unknown): void {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  }

  #stray(response: ServerResponse, status: number, why: string): void {
    this.strays.push(why);
    this.#json(response, status, { message: why });
  }

  #claims(claims: Readonly<Record<string, unknown>>) {
    const nowSeconds = Math.floor(Date.now() / 1_000);
    return {
      iss: `${this.url}/auth/v1`,
      sub: "5d0c2a52-7a39-4b52-8f0e-5a1d7c3e9f01",
      aud: "authenticated",
      role: "authenticated",
      iat: nowSeconds,
      exp: nowSeconds + 3_600,
      app_metadata: {},
      ...claims,
    };
  }

  #es256(
    key: ReturnType<typeof generateKeyPairSync>["privateKey"],
    claims: Readonly<Record<string, unknown>>,
  ): string {
    const head = base64url({ alg: "ES256", typ: "JWT", kid: this.#keyId });
    const text = `${head}.${base64url(this.#claims(claims))}`;
    const signature = sign("sha256", Buffer.from(text), {
      key,
      dsaEncoding: "ieee-p1363",
    });
    return `${text}.${signature.toString("base64url")}`;
  }

  #hs256(claims: Readonly<Record<string, unknown>>): string {
    const text = `${base64url({ alg: "HS256", typ: "JWT" })}.${base64url(claims)}`;
    return `${text}.${this.#mac(text)}`;
  }

  #mac(text: string): string {
    return createHmac("sha256", this.#secret).update(text).digest("base64url");
  }
}
