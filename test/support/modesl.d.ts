/** npm `modesl` 1.2.1 as far as its defects are shown and its speed is measured; the package brings no types. */
declare module "modesl" {
  import type { EventEmitter } from "node:events";
  import type { Socket } from "node:net";

  interface EslEvent {
    getHeader(name: string): string | undefined;
    getBody(): string | undefined;
  }
  type OnEvent = (event: EslEvent) => void;

  export class Connection extends EventEmitter {
    constructor(
      host: string,
      port: number,
      password: string,
      onReady?: () => void,
    );
    readonly socket: Socket | null;
    connected(): boolean;
    sendRecv(command: string, onReply?: OnEvent): void;
    sendRecv(
      command: string,
      headers: Readonly<Record<string, string>>,
      onReply?: OnEvent,
    ): void;
    api(command: string, args?: string, onReply?: OnEvent): void;
    bgapi(command: string, args: string, onResult: OnEvent): void;
    execute(application: string, args: string, uuid: string): void;
    subscribe(events: readonly string[], onReply?: () => void): void;
  }

  /** Only fed by the `data` events of what it is given. */
  export class Parser extends EventEmitter {
    constructor(socket: EventEmitter);
  }

  const modesl: {
    Connection: typeof Connection;
    Parser: typeof Parser;
    setLogLevel(level: number): void;
  };
  export { modesl as default };
}
