/** Return random bytes in hex; `crypto.randomUUID` is missing on pages loaded over plain HTTP. */
export function randomId(bytes = 16): string {
  const random = crypto.getRandomValues(new Uint8Array(bytes));
  return Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
