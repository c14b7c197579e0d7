// The page: signs in, follows the stream, speaks the viewer's language.
import { renderBoard } from "./board.js";
import { setText } from "./rows.js";
import { followStream } from "./stream.js";
import { chooseLanguage, textsOf } from "./texts.js";

const tokenKey = "dialer-wallboard-token";
const languageKey = "dialer-wallboard-language";
/** Nobody looks at a hidden tab, and what nobody looks at is not read. */
const hiddenMs = 30_000;

const byId = (id) => document.getElementById(id);
const state = {
  token: sessionStorage.getItem(tokenKey),
  language: chooseLanguage(localStorage.getItem(languageKey), navigator),
  connection: "connecting",
  /** The last board, shown greyed while the connection is away. */
  board: null,
  userTokens: false,
  error: null,
  stream: null,
};

function connect() {
  state.stream?.stop();
  state.connection = "connecting";
  state.stream = followStream(state.token, {
    event: (name, data) => {
      if (name === "board") {
        state.board = data;
        state.connection = "live";
      } else if (name === "trouble") state.connection = "trouble";
      else if (name === "expired") return signOut("expired");
      show();
    },
    lost: (why) => {
      state.connection = why;
      show();
    },
    denied: (answer) => {
      const wasSignedIn = state.token !== null;
      state.userTokens = answer.userTokens === true;
      const local = answer.status === 403 ? "localOnly" : null;
      signOut(wasSignedIn ? "wrongToken" : local);
    },
  });
  show();
}

function signOut(error) {
  state.stream?.stop();
  sessionStorage.removeItem(tokenKey);
  Object.assign(state, { token: null, board: null, stream: null, error });
  state.connection = "signedOut";
  show();
  byId("token").focus();
}

function show() {
  const texts = textsOf(state.language);
  const { connection } = state;
  document.documentElement.lang = texts.tag;
  document.title = texts.title;
  document.body.dataset.connection =
    connection === "live" ? "live" : connection === "connecting" ? "" : "lost";
  if (connection === "signedOut") document.body.dataset.connection = "";
  for (const element of document.querySelectorAll("[data-text]"))
    setText(element, texts[element.dataset.text]);
  byId("languages").setAttribute("aria-label", texts.language);
  for (const button of document.querySelectorAll("[data-language]"))
    button.setAttribute(
      "aria-pressed",
      String(button.dataset.language === state.language),
    );
  setText(byId("connection-text"), texts.connection[connection]);
  const signedOut = connection === "signedOut";
  byId("sign-in").hidden = !signedOut;
  byId("sign-out").hidden = state.token === null || signedOut;
  byId("board").hidden = state.board === null;
  setText(
    byId("sign-in-hint"),
    state.userTokens ? texts.hintBoth : texts.hintToken,
  );
  setText(
    byId("sign-in-error"),
    state.error === null ? "" : texts.errors[state.error],
  );
  renderBoard(state.board, texts);
}

byId("sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  const token = byId("token").value.trim();
  byId("token").value = "";
  if (token === "") return;
  sessionStorage.setItem(tokenKey, token);
  Object.assign(state, { token, error: null });
  connect();
  byId("main").focus();
});

byId("sign-out").addEventListener("click", () => signOut(null));

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

connect();
