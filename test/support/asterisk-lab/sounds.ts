/** Sounds for the far end to play, made here: raw mu-law, 8000 samples a second. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createRandom } from "../../../adapters/mock/random.ts";
import type { Sounds } from "./carrier-scenario.ts";

const RATE = 8_000;
const SECONDS = 20;
const HELLO_SECONDS = 0.7;

/** Writes the three sounds, 20 s each, into a folder. */
export async function writeSounds(folder: string): Promise<Sounds> {
  const speech = voice(SECONDS);
  const silence = Buffer.alloc(SECONDS * RATE, encode(0));
  const hello = Buffer.concat([
    silence.subarray(0, RATE / 4),
    speech.subarray(0, HELLO_SECONDS * RATE),
    silence,
  ]);
  const write = async (name: string, sound: Buffer): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, sound);
    return path;
  };
  return {
    speech: await write("speech.ulaw", speech),
    silence: await write("silence.ulaw", silence),
    hello: await write("hello.ulaw", hello),
  };
}

/** A hum with noise that answering machine detection takes for speech without a pause. */
function voice(seconds: number): Buffer {
  const random = createRandom(7);
  return Buffer.from(
    Array.from({ length: seconds * RATE }, (_, i) => {
      const t = (2 * Math.PI * i) / RATE;
      const hum = 9_000 * Math.sin(180 * t) * (0.6 + 0.4 * Math.sin(3 * t));
      return encode(hum + 3_000 * (random() - 0.5));
    }),
  );
}

/** One sample of 16 bits as mu-law (ITU-T G.711). */
function encode(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(Math.abs(Math.trunc(sample)), 32_635) + 132;
  const exponent = Math.max(0, 24 - Math.clz32(magnitude));
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f;
  return ~(sign | (exponent << 4) | mantissa) & 0xff;
}
