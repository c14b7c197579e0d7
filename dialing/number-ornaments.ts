/**
 * What spreadsheets, contact lists, exports, messengers and web pages put around a telephone number without
 * meaning a digit by it. Taking an ornament off never brings two digits together and never loses one.
 */

/** What an export or a person writes in front of a number; `p:` and `m:` are those of advertising exports. */
const label =
  /^(?:[pmtcwh]|tel|telefone|tel[eé]fono|telephone|phone|mobile|cell|cel|celular|m[oó]vil|movil|fone|whats\s?app|callto|sip|sms)(?:\s*[:.])+\s*(?=[^\s:.])/i;

/** The id that a messenger gives a telephone: its number abroad, perhaps that of one of its devices. */
const messengerId = /^\+?(\d{7,15})(?::\d{1,3})?@(?:s\.whatsapp\.net|c\.us)$/i;
/** Ids of groups, channels and hidden persons have digits too, and are no numbers. */
const otherMessengerId = /@(?:g\.us|lid|broadcast|newsletter)$/i;
/** A link that opens a conversation. */
const messengerLink =
  /^(?:https?:\/\/)?(?:wa\.me\/|(?:api|web)\.whatsapp\.com\/send\/?\?phone=)(?:%2B|\+)?(\d{7,15})(?:[/?&].*)?$/i;

const telephoneSigns = /^[☎☏✆📞📱]\uFE0F?\s*/u;

/**
 * @returns what is left, with a `+` in front where the ornament says that the digits begin with a country code; null
 * for an id that is no number, though it looks like one
 */
export function withoutOrnaments(raw: string): string | null {
  const text = withoutLabel(unquoted(withPlainSigns(raw)));
  if (otherMessengerId.test(text)) return null;
  const messenger = (messengerId.exec(text) ?? messengerLink.exec(text))?.[1];
  if (messenger !== undefined) return `+${messenger}`;
  const plain = text.replace(/^%2B/i, "+").replace(/[\s;,.]+$/, "");
  return withoutFloat(withoutCarrierWildcard(plain));
}

/**
 * Full-width signs become plain ones. Other look-alikes stay and are refused: the ² of a footnote or the ① of a
 * list would become digits.
 */
function withPlainSigns(raw: string): string {
  return (
    raw
      .normalize("NFC")
      .replace(/[\uFF01-\uFF5E]/g, (sign) =>
        String.fromCharCode(sign.charCodeAt(0) - 0xfee0),
      )
      // Format characters come along with numbers copied from contact lists.
      .replace(/\p{Cf}/gu, "")
      .replace(/[\p{Pd}\u2212]/gu, "-")
      .replace(/[^\S\r\n]+/g, " ")
      .trim()
      .replace(telephoneSigns, "")
  );
}

/** A spreadsheet's ways to say that digits are text: `'11…`, `="11…"`, `"11…"`; and a formula of digits alone. */
function unquoted(text: string): string {
  return text
    .replace(/^=?(["'`´’‘“])+(.*?)["'`´’”]*$/, "$2")
    .replace(/^=\s*(?=\+?\d[\d\s]*$)/, "")
    .trim();
}

/** `WhatsApp: tel:+55…` has two. */
function withoutLabel(text: string): string {
  const once = text.replace(label, "");
  return unquoted(once.replace(label, "")).trim();
}

/** `(0xx11)`, `(0xx)11`, `0**11`, `xx11`: they stand for any carrier; the country's plan reads the 0 that is left. */
function withoutCarrierWildcard(text: string): string {
  return text
    .replace(/^((?:\+?55[\s.-]*)?)\(\s*0?\s*(?:xx|\*\*)\s*\)\s*/i, "$1 0 ")
    .replace(
      /^((?:\+?55[\s.-]*)?\(?\s*0?)\s*\(?\s*(?:xx|\*\*)[\s.-]*(?=\(?\d)/i,
      "$1",
    )
    .trim();
}

/** A spreadsheet's `.0`, or `,0` where the comma is decimal; not the last pair of `06.12.34.56.00`. */
function withoutFloat(text: string): string {
  const whole = /^([^.,]*\d[^.,\d]?)[.,]0{1,2}$/.exec(text)?.[1];
  return whole !== undefined && /\d$/.test(whole) ? whole : text;
}
