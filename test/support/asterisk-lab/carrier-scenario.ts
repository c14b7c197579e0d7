/**
 * What the far end of the SIP lines does, as a scenario for sipp. The last three digits of the number called decide;
 * carrier and agents' phones run the same scenario.
 */

/** Final responses that a number ending in one of them gets at once. */
const REFUSALS = [
  403, 404, 408, 410, 480, 484, 486, 488, 500, 502, 503, 504, 600, 603, 604,
  606, 607,
];

/**
 * Behaviours by name; the value is what the number must end in. Besides them: a number that ends in one of `REFUSALS`
 * gets that at once, and one that ends in `9CC` a 500 whose `Reason` header says Q.850 cause CC.
 */
export const FAR_END = {
  /** Answers at once, without ringing, and stays until we hang up. */
  talksAtOnce: "205",
  /** Rings 0.3 s, answers, and stays until we hang up. */
  talks: "206",
  /** Rings 0.3 s, answers, hangs up 3 s later. So does any number that is not named here. */
  answers: "200",
  /** Rings 0.3 s, answers, says hello, and listens until we hang up. */
  human: "201",
  /** The same, but talks without a pause. */
  machine: "202",
  /** The same, and sends no sound at all, not even silence. */
  mute: "203",
  /** The same, and sends silence. */
  quiet: "204",
  /** Rings 0.3 s, answers, and is gone at once. */
  answersAndIsGone: "207",
  /** Rings 0.3 s, answers, and hangs up at once with the reason that its network failed (Q.850 cause 38). */
  answersAndBreaks: "208",
  /** An agent's phone: rings, answers, and after a second transfers the other side to extension 1001 (blind). */
  transfers: "209",
  /** Rings until cancelled. */
  rings: "180",
  /** 183 with sound and nothing else, until cancelled. */
  earlyMedia: "183",
  /** 183 with sound, 480 after a second. */
  earlyMediaThenUnavailable: "184",
  /** 183 with sound, answers after a second, hangs up 3 s later. */
  earlyMediaThenAnswers: "185",
  /** Rings 0.3 s, then 486: somebody pressed the red button. */
  declines: "186",
  /** Rings 0.3 s, then 603. */
  rejects: "187",
  /** Takes the INVITE and never says a word. */
  silent: "199",
  /** 302 at once: call `MOVED_TO` instead, which is here too. */
  moved: "302",
  /** Asks for a password, and refuses whatever comes. */
  refusesPassword: "401",
} as const;

/** Where a number that moved is now. */
export const MOVED_TO = "5511907770200";

/** Raw mu-law sound that the scenario plays. */
export interface Sounds {
  readonly speech: string;
  readonly hello: string;
  readonly silence: string;
}

const RING_MS = 300;
const TALK_MS = 3_000;

/** The scenario as XML for sipp's `-sf`. */
export function farEndScenario(sounds: Sounds): string {
  const behaviours = behavioursWith(sounds);
  const names = Object.keys(FAR_END) as (keyof typeof FAR_END)[];
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE scenario SYSTEM "sipp.dtd">
<scenario name="far end by number">
  <recv request="OPTIONS" optional="true" next="options" />
  <recv request="INVITE">
    <action>
      <ereg regexp=".*" search_in="hdr" header="From:" assign_to="from" />
      <ereg regexp=".*" search_in="hdr" header="To:" assign_to="to" />
      <ereg regexp="sip:[^>]*" search_in="hdr" header="Contact:" assign_to="uri" />
${names.map((name) => numberIs(name, FAR_END[name])).join("\n")}
      <ereg regexp="sip:[^@]*[456][0-9][0-9]@" search_in="hdr" header="To:" check_it="false" assign_to="refused" />
${REFUSALS.map((status) => numberIs(String(status), String(status))).join("\n")}
      <ereg regexp="sip:[^@]*9([0-9][0-9])@" search_in="hdr" header="To:" check_it="false" assign_to="reasoned,cause" />
    </action>
  </recv>
  <nop next="refused" test="refused" />
${names.map((name) => branch(name)).join("\n")}
  <nop next="reasoned" test="reasoned" />
  <nop next="to_answers" />
  <label id="refused" />
${REFUSALS.map((status) => branch(String(status))).join("\n")}
  <nop next="to_refusesPassword" test="is_refusesPassword" />
  <nop next="to_answers" />
${names.map((name) => [`  <label id="to_${name}" />`, ...behaviours[name]].join("\n")).join("\n")}
${REFUSALS.map((status) => `  <label id="to_${String(status)}" />\n${final(`${String(status)} Refused`)}`).join("\n")}
  <label id="reasoned" />
${final("500 Server Internal Error", "Reason: Q.850;cause=[$cause]")}
${ENDINGS}
</scenario>
`;
}

function behavioursWith(
  sounds: Sounds,
): Record<keyof typeof FAR_END, readonly string[]> {
  const ring = (): string[] => [
    respond("180 Ringing"),
    cancelledWithin(RING_MS),
  ];
  const untilBye = `  <recv request="BYE" next="confirmBye" />`;
  const hangUpAfter = (ms: number): string =>
    `  <recv request="BYE" timeout="${String(ms)}" ontimeout="sayBye" next="confirmBye" />`;
  const early = (): string[] => [
    respond("183 Session Progress", sdp("rtpstream_audio_port")),
    play(sounds.speech),
  ];
  const unavailable = final("480 Temporarily Unavailable");
  return {
    answers: [...ring(), answer(), hangUpAfter(TALK_MS)],
    human: [...ring(), answerWith(sounds.hello), untilBye],
    machine: [...ring(), answerWith(sounds.speech), untilBye],
    mute: [...ring(), answer(), untilBye],
    quiet: [...ring(), answerWith(sounds.silence), untilBye],
    talksAtOnce: [answer(), untilBye],
    talks: [...ring(), answer(), untilBye],
    answersAndIsGone: [...ring(), answer(), `  <nop next="sayBye" />`],
    answersAndBreaks: [
      ...ring(),
      answer(),
      requestInCall("BYE", 1, "Reason: Q.850;cause=38"),
      `  <recv response="200" next="end" />`,
    ],
    transfers: [...ring(), answer(), cancelledWithin(1_000), REFER],
    rings: [respond("180 Ringing"), UNTIL_CANCEL],
    earlyMedia: [...early(), UNTIL_CANCEL],
    earlyMediaThenUnavailable: [
      ...early(),
      cancelledWithin(1_000),
      unavailable,
    ],
    earlyMediaThenAnswers: [
      ...early(),
      cancelledWithin(1_000),
      answer("rtpstream_audio_port"),
      hangUpAfter(TALK_MS),
    ],
    declines: [...ring(), final("486 Busy Here")],
    rejects: [...ring(), final("603 Decline")],
    silent: [
      // Longer than SIP's timer B, so that the INVITE's repetitions are still known.
      `  <recv request="CANCEL" timeout="40000" ontimeout="end" next="cancelled" />`,
    ],
    moved: final(
      "302 Moved Temporarily",
      `Contact: <sip:${MOVED_TO}@[local_ip]:[local_port]>`,
    ).split("\n"),
    refusesPassword: [
      `  <label id="challenge" />`,
      respond("401 Unauthorized", undefined, {
        headers: [
          `WWW-Authenticate: Digest realm="carrier", nonce="[call_number]-[msg_index]", algorithm=MD5, qop="auth"`,
        ],
      }),
      `  <recv request="ACK" />`,
      `  <recv request="INVITE" timeout="30000" ontimeout="end" next="challenge" />`,
    ],
  };
}

function numberIs(name: string, suffix: string): string {
  return `      <ereg regexp="sip:[^@]*${suffix}@" search_in="hdr" header="To:" check_it="false" assign_to="is_${name}" />`;
}

/** sipp takes about a millisecond for each of these: what is called most comes first. */
function branch(name: string): string {
  return `  <nop next="to_${name}" test="is_${name}" />`;
}

let labels = 0;

/** Waits, and takes a CANCEL meanwhile. */
function cancelledWithin(ms: number): string {
  labels += 1;
  const label = `after${String(labels)}`;
  return `  <recv request="CANCEL" timeout="${String(ms)}" ontimeout="${label}" next="cancelled" />
  <label id="${label}" />`;
}

const UNTIL_CANCEL = `  <recv request="CANCEL" next="cancelled" />`;

const CONTACT = "Contact: <sip:[local_ip]:[local_port];transport=[transport]>";
const TAGGED = "[last_To:];tag=[pid]T[call_number]";

function message(lines: readonly string[], retransmit = false): string {
  return `  <send${retransmit ? ' retrans="500"' : ""}>
    <![CDATA[

${lines.map((line) => (line === "" ? "" : `      ${line}`)).join("\n")}

    ]]>
  </send>`;
}

function respond(
  status: string,
  body: readonly string[] = ["Content-Length: 0"],
  { to = TAGGED, headers = [CONTACT], retransmit = false } = {},
): string {
  const lines = [
    `SIP/2.0 ${status}`,
    "[last_Via:]",
    "[last_From:]",
    to,
    "[last_Call-ID:]",
    "[last_CSeq:]",
    ...headers,
    ...body,
  ];
  return message(lines, retransmit);
}

function sdp(mediaPort: "media_port" | "rtpstream_audio_port"): string[] {
  return [
    "Content-Type: application/sdp",
    "Content-Length: [len]",
    "",
    "v=0",
    "o=far 1 1 IN IP[local_ip_type] [local_ip]",
    "s=-",
    "c=IN IP[media_ip_type] [media_ip]",
    "t=0 0",
    `m=audio [${mediaPort}] RTP/AVP 0`,
    "a=rtpmap:0 PCMU/8000",
  ];
}

function answer(
  mediaPort: "media_port" | "rtpstream_audio_port" = "media_port",
): string {
  return `${respond("200 OK", sdp(mediaPort), { retransmit: true })}
  <recv request="ACK" />`;
}

function answerWith(sound: string): string {
  return `${answer("rtpstream_audio_port")}
${play(sound)}`;
}

function play(sound: string): string {
  return `  <nop><action><exec rtp_stream="${sound},-1,0,PCMU/8000" /></action></nop>`;
}

function final(status: string, ...headers: string[]): string {
  return `${respond(status, undefined, { headers })}
  <recv request="ACK" next="end" />`;
}

function requestInCall(method: string, cseq: number, header: string): string {
  return message(
    [
      `${method} [$uri] SIP/2.0`,
      "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]",
      "From:[$to];tag=[pid]T[call_number]",
      "To:[$from]",
      "Call-ID: [call_id]",
      `CSeq: ${String(cseq)} ${method}`,
      "Max-Forwards: 70",
      CONTACT,
      header,
      "Content-Length: 0",
    ],
    true,
  );
}

const REFER = `${requestInCall("REFER", 1, "Refer-To: <sip:1001@[local_ip]>")}
  <recv response="202" />
  <recv request="BYE" timeout="2000" ontimeout="sayBye" next="confirmBye" />`;

const ENDINGS = `  <label id="cancelled" />
${respond("200 OK")}
${message([
  "SIP/2.0 487 Request Terminated",
  "[last_Via:]",
  "[last_From:]",
  TAGGED,
  "[last_Call-ID:]",
  "CSeq: [cseq] INVITE",
  "Content-Length: 0",
])}
  <recv request="ACK" next="end" />
  <label id="sayBye" />
${requestInCall("BYE", 2, "Reason: Q.850;cause=16")}
  <recv response="200" next="end" />
  <label id="confirmBye" />
${respond("200 OK", undefined, { to: "[last_To:]", headers: [] })}
  <nop next="end" />
  <label id="options" />
${respond("200 OK")}
  <label id="end" />`;
