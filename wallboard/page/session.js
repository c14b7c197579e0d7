// This browser's credentials for the board, and where they are kept.
//
//   STATUS_TOKEN, a user's token   in this tab: gone when it is closed
//   a session of e-mail, password  in this tab, and renewed while the board is open
//   a display's code               in this browser, so that a screen comes up again by itself

const tokenKey = "dialer-wallboard-token";
const sessionKey = "dialer-wallboard-session";
const displayKey = "dialer-wallboard-display";
/** How long before its end a session is renewed. */
const aheadMs = 60_000;
const firstPauseMs = 2_000;
const longestPauseMs = 30_000;

const displayShape = /^display_[0-9a-f]{64}$/;

const read = (key) => JSON.parse(sessionStorage.getItem(key) ?? "null");

/** A display's code in the address, behind #: browsers send that to nobody. It is taken out of sight. */
function takeFromAddress() {
  const code = /^#display=(.+)$/.exec(location.hash)?.[1] ?? null;
  if (code === null) return;
  history.replaceState(null, "", location.pathname + location.search);
  if (displayShape.test(code)) localStorage.setItem(displayKey, code);
}

takeFromAddress();

let session = read(sessionKey);
let renewing = null;

/** What goes into the header, or null. */
export function currentToken() {
  return (
    session?.accessToken ??
    sessionStorage.getItem(tokenKey) ??
    localStorage.getItem(displayKey)
  );
}

export const isDisplay = () =>
  session === null &&
  sessionStorage.getItem(tokenKey) === null &&
  localStorage.getItem(displayKey) !== null;

export function useToken(token) {
  forget();
  if (displayShape.test(token)) localStorage.setItem(displayKey, token);
  else sessionStorage.setItem(tokenKey, token);
}

/** Removes all credentials of this browser; a session is ended at Supabase, too. */
export function forget() {
  clearTimeout(renewing);
  if (session !== null)
    void post("sign-out", { accessToken: session.accessToken }).catch(
      () => undefined,
    );
  session = null;
  sessionStorage.removeItem(sessionKey);
  sessionStorage.removeItem(tokenKey);
  localStorage.removeItem(displayKey);
}

/** @returns null, or the code of the error */
export async function signIn(email, password) {
  const answer = await post("sign-in", { email, password }).catch(() => null);
  if (answer === null) return "UNREACHABLE";
  if (answer.code !== undefined) return answer.code;
  forget();
  keep(answer);
  return null;
}

/**
 * Keeps the session alive.
 *
 * @param on.renewed() there is a new token; on.ended(): there is no session any more
 */
export function keepAlive(on) {
  clearTimeout(renewing);
  if (session === null) return;
  const waitMs = Math.max(0, session.expiresAtMs - aheadMs - Date.now());
  renewing = setTimeout(() => void renew(on, firstPauseMs), waitMs);
}

/** @returns whether there is a session to renew; then `on` receives the result */
export function renewNow(on) {
  if (session === null) return false;
  clearTimeout(renewing);
  void renew(on, firstPauseMs);
  return true;
}

async function renew(on, pauseMs) {
  const of = session;
  const answer = await post("refresh", {
    refreshToken: of.refreshToken,
  }).catch(() => ({ code: "AWAY" }));
  if (session !== of) return;
  if (answer.code === undefined) {
    keep(answer);
    keepAlive(on);
    on.renewed();
  } else if (answer.code === "ENDED" || answer.code === "BANNED") on.ended();
  else
    renewing = setTimeout(
      () => void renew(on, Math.min(longestPauseMs, pauseMs * 2)),
      pauseMs,
    );
}

function keep({ accessToken, refreshToken, expiresInMs }) {
  session = {
    accessToken,
    refreshToken,
    expiresAtMs: Date.now() + expiresInMs,
  };
  sessionStorage.setItem(sessionKey, JSON.stringify(session));
}

/** @returns the session, {} or {code}; throws where the engine does not answer */
async function post(what, body) {
  const response = await fetch(`/wallboard/${what}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    cache: "no-store",
    credentials: "omit",
    keepalive: what === "sign-out",
  });
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  const code = response.status === 429 ? "RATE_LIMITED" : "UNUSABLE";
  return { code: answer.code ?? code };
}
