/** Environments that are complete, and the error of one that is not. */
import { ConfigError } from "../../../config/reading.ts";

export const mock = {
  DATABASE_URL: "postgresql://postgres:pw@db.example:5432/postgres",
  VOICE_ADAPTER: "mock",
};
export const asterisk = {
  ...mock,
  VOICE_ADAPTER: "asterisk_ami",
  ASTERISK_HOST: "10.0.0.5",
  ASTERISK_AMI_USER: "dialer",
  ASTERISK_AMI_SECRET: "s3cret: with blanks",
};

/** What reading the configuration must throw. */
export function configError(read: () => unknown): ConfigError {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("the configuration was accepted");
}
