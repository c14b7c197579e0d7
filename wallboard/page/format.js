// Numbers, shares and times as the viewer's language writes them.

const formatters = new Map();

/** @param now ISO text: the day that needs no date */
export function formats({ tag }, now) {
  const { whole, percent, limit } = formattersOf(tag);
  return {
    number: (value) => whole.format(value),
    /** A dash where there is nothing to take a share of. */
    share: (part, all) => (all === 0 ? "–" : percent.format(part / all)),
    /** A limit has no more digits than it needs. */
    limit: (share) => limit.format(share),
    time: (iso) =>
      new Date(iso).toLocaleTimeString(tag, { timeStyle: "medium" }),
    /** Hours and minutes. */
    clock: (ms) =>
      new Date(ms).toLocaleTimeString(tag, {
        hour: "2-digit",
        minute: "2-digit",
      }),
    /** With the day, unless it is today. */
    moment: (iso) => {
      const moment = new Date(iso);
      const today = moment.toDateString() === new Date(now).toDateString();
      return moment.toLocaleString(tag, {
        ...(today ? {} : { weekday: "short", day: "numeric", month: "short" }),
        hour: "2-digit",
        minute: "2-digit",
      });
    },
  };
}

/** Making them takes longer than using them. */
function formattersOf(tag) {
  let known = formatters.get(tag);
  if (known === undefined) {
    const percent = (digits) =>
      new Intl.NumberFormat(tag, {
        style: "percent",
        minimumFractionDigits: digits,
        maximumFractionDigits: 1,
      });
    known = {
      whole: new Intl.NumberFormat(tag),
      percent: percent(1),
      limit: percent(0),
    };
    formatters.set(tag, known);
  }
  return known;
}

export const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
