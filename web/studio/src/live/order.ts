/** Event ids compare as numbers, not as text. */
export function isAfter(id: string, other: string | null): boolean {
  if (other === null) return true;
  const [a, b] = [parts(id), parts(other)];
  return a[0] !== b[0] ? a[0] > b[0] : a[1] > b[1];
}

/** When an event happened, by the server's clock. */
export function eventTime(id: string): number {
  return parts(id)[0];
}

function parts(id: string): [number, number] {
  const [milliseconds, sequence] = id.split("-");
  return [Number(milliseconds), Number(sequence ?? 0)];
}
