export function Waiting() {
  return <p role="status" className="caption py-16 text-center">Loading</p>;
}
