import type { AnalyticsDay } from "../api/types";
import { day } from "../lib/format";
import type { Series } from "./analytics";
import { t } from "../i18n";

const TALL = 48;

/** A bar for each day; a day without a value has none. */
export function Plot({ series, days }: { series: Series; days: AnalyticsDay[] }) {
  const values = days.map((one) => series.read(one) ?? null);
  const known = values.filter((value) => value !== null);
  const most = series.most ?? Math.max(...known, 1e-9);
  const last = known.at(-1);
  const summary = known.length
    ? t("{title}: from {least} to {most} a day", {
        title: series.title,
        least: series.show(Math.min(...known)),
        most: series.show(Math.max(...known)),
      })
    : t("{title}: no data", { title: series.title });
  return (
    <figure className="min-w-0">
      <figcaption className="caption flex justify-between gap-2">
        <span className="truncate">{series.title}</span>
        <span className="figures">{last === undefined ? "–" : series.show(last)}</span>
      </figcaption>
      <svg
        role="img"
        aria-label={summary}
        viewBox={`0 0 ${values.length * 4} ${TALL}`}
        preserveAspectRatio="none"
        className="mt-1 h-14 w-full border-b border-ink"
      >
        {values.map(
          (value, index) =>
            value !== null && (
              <rect
                key={days[index]!.day}
                x={index * 4 + 0.5}
                width={3}
                y={TALL - Math.max(1, (value / most) * TALL)}
                height={TALL}
                className="fill-ink"
              >
                <title>
                  {day(days[index]!.day)}: {series.show(value)}
                </title>
              </rect>
            ),
        )}
      </svg>
    </figure>
  );
}
