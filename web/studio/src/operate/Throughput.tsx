import type { Operations } from "../api/types";
import { count, duration, time } from "../lib/format";
import { t } from "../i18n";

const HEIGHT = 96;
const WIDTH = 480;

/** Finished jobs over time, with failed ones below the line. */
export function Throughput({ operations }: { operations: Operations }) {
  const buckets = operations.jobs;
  const done = buckets.reduce((sum, bucket) => sum + bucket.succeeded, 0);
  const failed = buckets.reduce((sum, bucket) => sum + bucket.failed, 0);
  const cancelled = buckets.reduce((sum, bucket) => sum + bucket.cancelled, 0);
  const most = Math.max(1, ...buckets.map((bucket) => Math.max(bucket.succeeded, bucket.failed)));
  const wide = WIDTH / buckets.length;
  const barHeight = (number: number, room: number) => (number / most) * room;
  return (
    <figure>
      <p className="mb-3 flex gap-8">
        <Total caption={t("finished")} number={done} />
        <Total caption={t("failed")} number={failed} />
        <Total caption={t("cancelled")} number={cancelled} />
      </p>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT + 40}`}
        className="w-full"
        role="img"
        aria-label={t("{count} finished, {failed} failed", { count: count(done, "video"), failed })}
      >
        {buckets.map((bucket, index) => (
          <g key={bucket.begins}>
            <title>
              {t("{time}: {succeeded} finished, {failed} failed", {
                time: time(bucket.begins),
                succeeded: bucket.succeeded,
                failed: bucket.failed,
              })}
            </title>
            <rect
              x={index * wide + 1}
              width={wide - 2}
              y={HEIGHT - barHeight(bucket.succeeded, HEIGHT - 8)}
              height={barHeight(bucket.succeeded, HEIGHT - 8)}
              className="fill-ink"
            />
            <rect
              x={index * wide + 1}
              width={wide - 2}
              y={HEIGHT + 1}
              height={barHeight(bucket.failed, 36)}
              className="fill-danger"
            />
          </g>
        ))}
        <line x1={0} x2={WIDTH} y1={HEIGHT} y2={HEIGHT} className="stroke-ink" strokeWidth={1} />
      </svg>
      <figcaption className="caption flex justify-between border-t border-rule pt-1">
        <span>{time(operations.since)}</span>
        <span>
          {t("{duration} per bar", { duration: duration(operations.bucket_seconds) })}
          {most > 1 ? `, ${t("maximum {most}", { most })}` : ""}
        </span>
        <span>{t("now")}</span>
      </figcaption>
    </figure>
  );
}

function Total({ caption, number }: { caption: string; number: number }) {
  return (
    <span>
      <span className="figures text-xl">{number}</span> <span className="caption">{caption}</span>
    </span>
  );
}
