/** npm `asterisk-manager` 0.2.0 as far as `wire.ts` uses it; the package brings no types. */
declare module "asterisk-manager" {
  interface Address {
    readonly host: string;
    readonly port: number;
  }

  /** One parsed message: header names in lower case; a repeated header becomes an array. */
  export type RawMessage = Readonly<Record<string, unknown>>;

  export interface Manager {
    on(event: "rawevent", listener: (message: RawMessage) => void): void;
    removeAllListeners(event: string): void;
    emit(
      event: string,
      error: RawMessage | undefined,
      answer: RawMessage,
    ): void;
    /** Hands its first argument to `net.createConnection`, which takes an address as an object too. */
    connect(address: Address, host: undefined, onConnect: () => void): void;
    login(onAnswer: (error?: RawMessage) => void): void;
    /** Writes the action, at once when logged in. @returns its ActionID */
    action(fields: Record<string, unknown>): string;
    disconnect(): void;
  }

  /** Without a port it connects only when told to. */
  const Manager: new (
    port: undefined,
    host: string,
    user: string,
    secret: string,
    events: boolean,
  ) => Manager;
  export { Manager as default };
}
