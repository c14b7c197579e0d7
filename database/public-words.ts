/** What may be said of an error to anyone: fixed words for known codes, never the error's own, which may name addresses. */

const words: Readonly<Record<string, string>> = {
  "25006": "the database is read-only",
  "42501": "the database refuses a right (permission denied)",
  "53100": "the database's disk is full",
  "53200": "the database is out of memory",
  "53300": "the database has no connection left",
  "55P03": "canceling statement due to lock timeout",
  "57014": "canceling statement due to statement timeout",
  "57P01": "the database is going down",
  "57P03": "the database is starting up",
  "58030": "the database cannot read or write its disk",
  ECONNREFUSED: "connection refused (ECONNREFUSED)",
  ECONNRESET: "connection broken (ECONNRESET)",
  ENOTFOUND: "host name not known (ENOTFOUND)",
  ETIMEDOUT: "no connection in time (ETIMEDOUT)",
};

export function publicWords(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return (typeof code === "string" ? words[code] : undefined) ?? "see the log";
}
