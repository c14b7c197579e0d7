/** `user@domain:password`: a directory user instead of the switch's own password. */
const USER_PASSWORD = /^[^@:\s]+@[^@:\s]+:.+$/;

/** The first line that a client writes: as a directory user, or with the switch's own password. */
export function loginCommand(password: string): string {
  const verb = USER_PASSWORD.test(password) ? "userauth" : "auth";
  return `${verb} ${password}`;
}

/** @returns `user@domain` of such a password; null for the switch's own */
export function userOf(password: string): string | null {
  return USER_PASSWORD.test(password)
    ? password.slice(0, password.indexOf(":"))
    : null;
}
