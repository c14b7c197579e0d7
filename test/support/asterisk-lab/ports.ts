/** A block of ports on 127.0.0.1 for one lab, so that several can run at once, in several processes. */
import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import type { Server } from "node:net";

/** Below the ports that Linux gives to outgoing connections (32768). */
const FIRST = 11_000;
const SIZE = 2_100;
const BLOCKS = 10;

export interface Ports {
  readonly ami: number;
  readonly sip: number;
  readonly carrier: number;
  readonly carrierControl: number;
  readonly agents: number;
  readonly agentsControl: number;
  /** Nothing listens there. */
  readonly dead: number;
  /** For what a test adds. */
  readonly spare: number;
  /** First and last; two ports per leg. */
  readonly rtp: readonly [number, number];
  readonly carrierRtp: readonly [number, number];
  readonly agentsRtp: readonly [number, number];
  release(): Promise<void>;
}

/** @throws when all blocks are taken */
export async function takePorts(): Promise<Ports> {
  for (let block = 0; block < BLOCKS; block += 1) {
    const base = FIRST + block * SIZE;
    const holder = await listen(base);
    if (holder === null) continue;
    const ports = layOut(base, () => close(holder));
    if (await allFree(ports)) return ports;
    await close(holder);
  }
  throw new Error(
    `All ${String(BLOCKS)} blocks of ports from ${String(FIRST)} on are taken by other labs or programs`,
  );
}

function layOut(base: number, release: () => Promise<void>): Ports {
  return {
    ami: base + 1,
    sip: base + 2,
    carrier: base + 3,
    carrierControl: base + 4,
    agents: base + 5,
    agentsControl: base + 6,
    dead: base + 7,
    spare: base + 8,
    rtp: [base + 100, base + 1_299],
    carrierRtp: [base + 1_300, base + 1_699],
    agentsRtp: [base + 1_700, base + 2_099],
    release,
  };
}

/** A program left behind by a killed test run may hold some of them. */
async function allFree(ports: Ports): Promise<boolean> {
  const ami = await listen(ports.ami);
  if (ami === null) return false;
  await close(ami);
  const { sip, carrier, carrierControl, agents, agentsControl } = ports;
  const taken = [sip, carrier, carrierControl, agents, agentsControl];
  return (await Promise.all(taken.map(isFree))).every(Boolean);
}

function listen(port: number): Promise<Server | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => {
      resolve(null);
    });
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
      resolve(server);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
  });
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    socket.once("error", () => {
      socket.close();
      resolve(false);
    });
    socket.bind({ port, address: "127.0.0.1", exclusive: true }, () => {
      socket.close(() => {
        resolve(true);
      });
    });
  });
}
