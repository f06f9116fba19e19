import { encode } from "uqr";

/** A QR code, drawn here: what it says is sent nowhere. Always dark on light, so that cameras can read it. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const { data, size } = encode(text, { border: 3 });
  const path = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : []))).join("");
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${size} ${size}`}
      shapeRendering="crispEdges"
      className="block w-56 max-w-full border border-rule bg-white"
    >
      <path d={path} fill="black" />
    </svg>
  );
}
