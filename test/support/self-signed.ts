/** A certificate that nobody has signed but itself, made for one test: X.509 version 1, written out by hand. */
import { createSign, generateKeyPairSync } from "node:crypto";

/** One value of ASN.1 in DER. */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const { length } = body;
  const lengths =
    length < 0x80
      ? [length]
      : length < 0x100
        ? [0x81, length]
        : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...lengths]), body]);
}

const sequence = (...parts: readonly Buffer[]) => der(0x30, ...parts);
/** 1.2.840.113549.1.1.11 and no parameters. */
const sha256WithRsa = sequence(
  der(0x06, Buffer.from("2a864886f70d01010b", "hex")),
  der(0x05),
);
const time = (date: Date) =>
  der(
    0x17,
    Buffer.from(`${date.toISOString().replaceAll(/[-:T]/g, "").slice(2, 14)}Z`),
  );

/** @returns PEM: the certificate and then its key, as Asterisk wants them in one file */
export function selfSigned(name: string): string {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", {
    modulusLength: 2_048,
  });
  const commonName = sequence(
    der(0x06, Buffer.from("550403", "hex")),
    der(0x0c, Buffer.from(name)),
  );
  const subject = sequence(der(0x31, commonName));
  const dayMs = 86_400_000;
  const body = sequence(
    der(0x02, Buffer.from([1])),
    sha256WithRsa,
    subject,
    sequence(
      time(new Date(Date.now() - dayMs)),
      time(new Date(Date.now() + 30 * dayMs)),
    ),
    subject,
    publicKey.export({ type: "spki", format: "der" }),
  );
  const signature = createSign("sha256").update(body).sign(privateKey);
  const certificate = sequence(
    body,
    sha256WithRsa,
    der(0x03, Buffer.from([0]), signature),
  );
  const lines = certificate.toString("base64").match(/.{1,64}/g) ?? [];
  const label = "CERTIFICATE";
  return [
    `-----BEGIN ${label}-----`,
    ...lines,
    `-----END ${label}-----`,
    String(privateKey.export({ type: "pkcs8", format: "pem" })),
  ].join("\n");
}
