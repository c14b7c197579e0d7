/** `user@domain:password`: a directory user instead of the switch's own password. */
const USER_PASSWORD = /^[^@:\s]+@[^@:\s]+:.+$/;

/** The first line that a client writes: as a directory user, or with the switch's own password. */
export function loginCommand(password: string): string {
  const verb = USER_PASSWORD.test(password) ? "userauth" : "auth";
  return `${verb} ${password}`;
}
