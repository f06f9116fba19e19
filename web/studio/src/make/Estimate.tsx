export function Estimate() {
  return null;
}
