// Server-sent events over fetch: EventSource cannot send the header that carries the token, and a URL must not.

const firstPauseMs = 500;
const longestPauseMs = 8000;
/** The engine sends a comment every 15 s. */
const silentMs = 40_000;

/** Calls `onEvent(name, data)` for each whole event in the text it is fed, piece by piece. */
export function eventParser(onEvent) {
  let rest = "";
  return (text) => {
    const blocks = (rest + text).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const fields = { event: "message", data: "" };
      for (const line of block.split("\n")) {
        const at = line.indexOf(": ");
        if (at > 0) fields[line.slice(0, at)] = line.slice(at + 2);
      }
      if (fields.data !== "") onEvent(fields.event, JSON.parse(fields.data));
    }
  };
}

/**
 * Follows the stream until `stop()`, again and again.
 *
 * on.event(name, data); on.lost(why): not connected, tried again by itself; on.denied(answer): the token is not, or no
 * longer, good, and nothing is tried again.
 */
export function followStream(token, on) {
  const stopped = new AbortController();
  void follow(token, on, stopped.signal);
  return { stop: () => stopped.abort() };
}

async function follow(token, on, stopped) {
  let pauseMs = firstPauseMs;
  while (!stopped.aborted) {
    try {
      const answer = await readOnce(token, stopped, (name, data) => {
        pauseMs = firstPauseMs;
        if (!stopped.aborted) on.event(name, data);
      });
      if (stopped.aborted) return;
      if (answer.denied) return on.denied(answer);
      on.lost(answer.full ? "full" : "lost");
    } catch {
      if (stopped.aborted) return;
      on.lost("lost");
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    pauseMs = Math.min(longestPauseMs, pauseMs * 2);
  }
}

/** Settles when the stream has ended, with the engine's answer if it gave no stream. */
async function readOnce(token, stopped, onEvent) {
  const silent = new AbortController();
  let timer = setTimeout(() => silent.abort(), silentMs);
  try {
    const response = await fetch("/wallboard/stream", {
      headers: token === null ? {} : { Authorization: `Bearer ${token}` },
      cache: "no-store",
      credentials: "omit",
      signal: AbortSignal.any([stopped, silent.signal]),
    });
    if (!response.ok) {
      const body = await response.json().catch(() => ({}));
      const denied = response.status === 401 || response.status === 403;
      return { ...body, denied, status: response.status };
    }
    const parse = eventParser(onEvent);
    const decoder = new TextDecoder();
    for await (const chunk of response.body) {
      clearTimeout(timer);
      timer = setTimeout(() => silent.abort(), silentMs);
      parse(decoder.decode(chunk, { stream: true }));
    }
    return { denied: false };
  } finally {
    clearTimeout(timer);
  }
}

/** In which ways one can sign in here: {userTokens, passwords}, or {} where that cannot be asked. */
export async function askWays() {
  try {
    const response = await fetch("/wallboard/ways", { cache: "no-store" });
    return response.ok ? await response.json() : {};
  } catch {
    return {};
  }
}

/** One campaign's day. Throws where it cannot be had now. */
export async function readCampaign(token, id) {
  const response = await fetch(
    `/wallboard/campaign?id=${encodeURIComponent(id)}`,
    {
      headers: token === null ? {} : { Authorization: `Bearer ${token}` },
      cache: "no-store",
      credentials: "omit",
    },
  );
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return response.json();
}
