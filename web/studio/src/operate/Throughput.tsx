import type { Operations } from "../api/types";
import { count, time } from "../lib/format";

const HEIGHT = 96;
const WIDTH = 480;

/** Ended jobs over time: finished ones stand on the line, failed ones hang below it. */
export function Throughput({ operations }: { operations: Operations }) {
  const buckets = operations.jobs;
  const done = buckets.reduce((sum, bucket) => sum + bucket.succeeded, 0);
  const failed = buckets.reduce((sum, bucket) => sum + bucket.failed, 0);
  const most = Math.max(1, ...buckets.map((bucket) => Math.max(bucket.succeeded, bucket.failed)));
  const wide = WIDTH / buckets.length;
  const tall = (number: number, room: number) => (number / most) * room;
  return (
    <figure>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT + 40}`} className="w-full" role="img" aria-label={`${count(done, "video")} finished, ${failed} failed`}>
        {buckets.map((bucket, index) => (
          <g key={bucket.begins}>
            <rect x={index * wide + 1} width={wide - 2} y={HEIGHT - tall(bucket.succeeded, HEIGHT - 8)} height={tall(bucket.succeeded, HEIGHT - 8)} className="fill-ink" />
            <rect x={index * wide + 1} width={wide - 2} y={HEIGHT + 1} height={tall(bucket.failed, 36)} className="fill-cue" />
          </g>
        ))}
        <line x1={0} x2={WIDTH} y1={HEIGHT} y2={HEIGHT} className="stroke-ink" strokeWidth={1} />
      </svg>
      <figcaption className="caption flex justify-between border-t border-rule pt-1">
        <span>{time(operations.since)}</span>
        <span>{count(done, "video")} · {failed} failed · {Math.round(operations.bucket_seconds / 60)} min each</span>
        <span>now</span>
      </figcaption>
    </figure>
  );
}
