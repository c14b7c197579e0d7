// The page: signs in, follows the stream, speaks the viewer's language.
import { renderBoard } from "./board.js";
import { turnPage } from "./campaigns.js";
import { openDetails } from "./detail.js";
import { setText } from "./rows.js";
import * as session from "./session.js";
import { askWays, followStream, readCampaign } from "./stream.js";
import { chooseLanguage, textsOf } from "./texts.js";

const languageKey = "dialer-wallboard-language";
/** A hidden tab does not read. */
const hiddenMs = 30_000;
/** A board without news for this long is not marked as live. */
const staleMs = 5_000;
const pageMs = 10_000;

const byId = (id) => document.getElementById(id);
const asked = new URLSearchParams(location.search);
const onScreen = asked.has("tv");

const state = {
  language: chooseLanguage(
    localStorage.getItem(languageKey) ?? asked.get("lang"),
    navigator,
  ),
  connection: "connecting",
  /** The last board, shown greyed while the connection is away. */
  board: null,
  boardAtMs: 0,
  userTokens: false,
  passwords: false,
  wantsToken: false,
  isSigningIn: false,
  error: null,
  stream: null,
};

const sessionEvents = {
  renewed: () => connect(state.connection),
  ended: () => signOut("ENDED"),
};

/** @param connection what is shown until there is news */
function connect(connection = "connecting") {
  state.stream?.stop();
  state.connection = connection;
  session.keepAlive(sessionEvents);
  const wasDisplay = session.isDisplay();
  state.stream = followStream(session.currentToken(), {
    event: (name, data) => {
      if (name === "board") {
        Object.assign(state, { board: data, boardAtMs: performance.now() });
        state.connection = "live";
      } else if (name === "trouble") state.connection = "trouble";
      else if (name === "expired") return expired(wasDisplay);
      show();
    },
    lost: (why) => {
      state.connection = why;
      show();
    },
    denied: (answer) => denied(answer, wasDisplay),
  });
  show();
}

function expired(wasDisplay) {
  if (session.renewNow(sessionEvents)) return;
  signOut(wasDisplay ? "revoked" : "expired");
}

function denied(answer, wasDisplay) {
  const wasSignedIn = session.currentToken() !== null;
  // A refusal at the front door does not say.
  state.userTokens = answer.userTokens ?? state.userTokens;
  state.passwords = answer.passwords ?? state.passwords;
  if (answer.status === 401 && session.renewNow(sessionEvents)) return;
  const local = answer.status === 403 ? "localOnly" : null;
  signOut(wasDisplay ? "revoked" : wasSignedIn ? "wrongToken" : local);
}

function signOut(error) {
  state.stream?.stop();
  session.forget();
  Object.assign(state, { board: null, stream: null, error });
  state.connection = "signedOut";
  show();
  byId(usesToken() ? "token" : "email").focus();
  void learnWays();
}

/** A signed-in viewer has not yet received the other ways to sign in. */
async function learnWays() {
  const before = usesToken();
  const ways = await askWays();
  if (state.connection !== "signedOut") return;
  state.userTokens = ways.userTokens ?? state.userTokens;
  state.passwords = ways.passwords ?? state.passwords;
  show();
  if (before !== usesToken() && byId("token").value === "")
    byId(usesToken() ? "token" : "email").focus();
}

const usesToken = () => !state.passwords || state.wantsToken;

function show() {
  const texts = textsOf(state.language);
  document.documentElement.lang = texts.tag;
  document.title = texts.title;
  document.documentElement.classList.toggle("tv", onScreen);
  for (const element of document.querySelectorAll("[data-text]"))
    setText(element, textAt(texts, element.dataset.text));
  for (const element of document.querySelectorAll("[data-label-text]"))
    element.setAttribute(
      "aria-label",
      textAt(texts, element.dataset.labelText),
    );
  for (const element of document.querySelectorAll("[data-placeholder-text]"))
    element.placeholder = textAt(texts, element.dataset.placeholderText);
  for (const button of document.querySelectorAll("[data-language]"))
    button.setAttribute(
      "aria-pressed",
      String(button.dataset.language === state.language),
    );
  showConnection(texts);
  showSignIn(texts);
  byId("board").hidden = state.board === null;
  renderBoard(state.board, texts, onScreen);
}

const textAt = (texts, path) =>
  path.split(".").reduce((tree, name) => tree[name], texts);

/** The board is live if its picture is new and all PBXs are connected. */
function showConnection(texts) {
  const { connection, board } = state;
  const quietMs = performance.now() - state.boardAtMs;
  const isStale = connection === "live" && quietMs > staleMs;
  const away = connection === "live" && !isStale ? board.awayNodes : [];
  const shown =
    connection === "live"
      ? isStale || away.length > 0
        ? "lost"
        : "live"
      : connection === "connecting" || connection === "signedOut"
        ? ""
        : "lost";
  document.body.dataset.connection = shown;
  // While other PBXs are connected, only the figures of this one are old.
  document.body.dataset.stale = String(
    shown === "lost" && away.length === (board?.nodes.length ?? 0)
      ? true
      : shown === "lost" && away.length === 0,
  );
  setText(
    byId("connection-text"),
    isStale
      ? texts.connection.stale(Math.floor(quietMs / 1_000))
      : away.length > 0
        ? texts.connection.pbxAway(away.join(", "))
        : texts.connection[connection],
  );
}

function showSignIn(texts) {
  const isSignedOut = state.connection === "signedOut";
  byId("sign-in").hidden = !isSignedOut;
  byId("sign-out").hidden =
    session.currentToken() === null || isSignedOut || onScreen;
  const byToken = usesToken();
  byId("person").hidden = byToken;
  byId("code").hidden = !byToken;
  byId("other-way").hidden = !state.passwords;
  setText(byId("other-way"), byToken ? texts.withEmail : texts.withToken);
  byId("not-encrypted").hidden = byToken || window.isSecureContext;
  for (const id of ["email", "password"]) byId(id).required = !byToken;
  byId("token").required = byToken;
  byId("submit").disabled = state.isSigningIn;
  setText(byId("submit"), state.isSigningIn ? texts.signingIn : texts.signIn);
  setText(
    byId("sign-in-hint"),
    byToken
      ? state.userTokens
        ? texts.hintBoth
        : texts.hintToken
      : texts.signInHint,
  );
  setText(
    byId("sign-in-error"),
    state.error === null
      ? ""
      : (texts.errors[state.error] ?? texts.errors.AWAY),
  );
}

async function submit() {
  if (state.isSigningIn) return;
  if (usesToken()) {
    const token = byId("token").value.trim();
    byId("token").value = "";
    if (token === "") return;
    session.useToken(token);
    state.error = null;
  } else {
    Object.assign(state, { isSigningIn: true, error: null });
    show();
    state.error = await session.signIn(
      byId("email").value.trim(),
      byId("password").value,
    );
    byId("password").value = "";
    state.isSigningIn = false;
    if (state.error !== null) {
      show();
      byId("password").focus();
      return;
    }
  }
  connect();
  byId("main").focus();
}

byId("sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  void submit();
});
byId("other-way").addEventListener("click", () => {
  Object.assign(state, { wantsToken: !state.wantsToken, error: null });
  show();
  byId(usesToken() ? "token" : "email").focus();
});
byId("sign-out").addEventListener("click", () => signOut(null));
document.addEventListener("again", show);

for (const button of document.querySelectorAll("[data-language]"))
  button.addEventListener("click", () => {
    state.language = button.dataset.language;
    localStorage.setItem(languageKey, state.language);
    show();
  });

let hiding = null;
document.addEventListener("visibilitychange", () => {
  clearTimeout(hiding);
  if (document.visibilityState === "hidden")
    hiding = setTimeout(() => {
      state.stream?.stop();
      state.stream = null;
    }, hiddenMs);
  else if (state.stream === null && state.connection !== "signedOut") connect();
});

setInterval(() => {
  if (state.board !== null && state.stream !== null)
    showConnection(textsOf(state.language));
}, 1_000);
if (onScreen)
  setInterval(() => {
    turnPage();
    if (state.board !== null) show();
  }, pageMs);

openDetails((id) => readCampaign(session.currentToken(), id));
connect();
