/**
 * Why a PBX is away, as a code for which the wallboard has texts in both languages. The engine's own sentence says
 * more, in English, for the operator of the PBX.
 */
export const pbxReasonCodes = [
  "REFUSED",
  "NAME_UNKNOWN",
  "UNREACHABLE",
  "LOGIN",
  "RIGHTS",
  "DEAF",
  "SILENT",
  "STARTING",
  "CLOSED",
  "OTHER",
] as const;
export type PbxReasonCode = (typeof pbxReasonCodes)[number];

/** The first that matches. */
const patterns: readonly (readonly [PbxReasonCode, RegExp])[] = [
  ["REFUSED", /ECONNREFUSED/],
  ["NAME_UNKNOWN", /ENOTFOUND|EAI_AGAIN/],
  ["UNREACHABLE", /ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|no connection within/i],
  [
    "LOGIN",
    /refused the login|log in only once|password|\bACL\b|apply-inbound-acl/i,
  ],
  ["RIGHTS", /lacks|write = |timestampevents|may not|not allowed|refused/i],
  ["DEAF", /\breceive|events?\b.*(?:not|never|none|no )/i],
  ["SILENT", /silent|did not answer|no answer/i],
  ["STARTING", /starting|greeted|connect\(\)|checking|going down|logged in/i],
  ["CLOSED", /closed|ECONNRESET|EPIPE|broke|reconnecting|ended/i],
];

/**
 * @param reason the adapter's own sentence; the earlier failure in it counts when it gives none for the current attempt
 */
export function pbxReasonCode(reason: string): PbxReasonCode {
  const [now = "", before] = reason.split("; before: ");
  const code = codeOf(now);
  return before !== undefined && (code === "STARTING" || code === "OTHER")
    ? codeOf(before)
    : code;
}

function codeOf(text: string): PbxReasonCode {
  return patterns.find(([, pattern]) => pattern.test(text))?.[0] ?? "OTHER";
}
