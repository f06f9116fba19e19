import { useState } from "react";
import type { Analytics } from "../api/types";
import { count, duration, formatAmount, time } from "../lib/format";
import { buttonClass } from "../ui/Button";
import { Segments } from "../ui/Segments";
import { Opinions } from "./Opinions";
import { Plot } from "./Plot";
import { RouteTimes } from "./RouteTimes";
import { type Series, percent, useAnalytics } from "./analytics";
import { number, t } from "../i18n";

const whole = (value: number) => String(Math.round(value));
const places = (value: number) => number(value, 2);

const PLOTS: Series[] = [
  { title: t("Videos"), read: (day) => day.jobs.succeeded, show: whole },
  { title: t("Success rate"), read: (day) => day.jobs.success_rate, show: percent, most: 1 },
  { title: t("Time to video, median"), read: (day) => day.video_seconds.p50, show: duration },
  { title: t("Time to video, 90 %"), read: (day) => day.video_seconds.p90, show: duration },
  { title: t("Waiting, 90 %"), read: (day) => day.wait_seconds.p90, show: duration },
  { title: t("People"), read: (day) => day.people, show: whole },
  { title: t("Estimates that became jobs"), read: (day) => day.estimates.conversion, show: percent, most: 1 },
  { title: t("Hours of GPU"), read: (day) => day.cost.gpu_hours, show: places },
  { title: t("Cost of a video"), read: (day) => day.cost.per_video, show: places },
  { title: t("Credits of a video"), read: (day) => day.credits.per_video, show: places },
  { title: t("Requests, 99 %"), read: (day) => day.requests.p99, show: (value) => `${Math.round(1000 * value)} ms` },
  { title: t("Score"), read: (day) => day.score, show: places, most: 5 },
];

/** What happened in the last days: figures of the period, and a plot of each by day. */
export function AnalyticsPanel() {
  const [days, setDays] = useState("30");
  const { data: found, error } = useAnalytics(Number(days));
  return (
    <div className="space-y-6">
      <div className="flex flex-wrap items-end justify-between gap-4">
        <div className="w-64">
          <Segments
            legend={t("Days")}
            value={days}
            onChange={setDays}
            choices={["7", "30", "90"].map((value) => ({ value, label: value }))}
          />
        </div>
        <p className="flex flex-wrap items-center gap-3">
          <a className={buttonClass("quiet")} href={`/analytics?days=${days}&format=csv`} download="analytics.csv">
            CSV
          </a>
          <a className={buttonClass("quiet")} href={`/analytics?days=${days}`} download="analytics.json">
            JSON
          </a>
        </p>
      </div>
      {error && (
        <p role="alert" className="text-sm">
          {error.message}
        </p>
      )}
      {found && <Figures found={found} />}
    </div>
  );
}

function Figures({ found }: { found: Analytics }) {
  return (
    <>
      <dl className="grid grid-cols-2 gap-4 sm:grid-cols-3 lg:grid-cols-6">
        {totals(found).map(([name, value]) => (
          <div key={name}>
            <dt className="caption">{name}</dt>
            <dd className="figures text-xl">{value}</dd>
          </div>
        ))}
      </dl>
      <div className="grid grid-cols-2 gap-6 lg:grid-cols-4">
        {PLOTS.map((series) => (
          <Plot key={series.title} series={series} days={found.days} />
        ))}
      </div>
      <div className="grid items-start gap-8 lg:grid-cols-2">
        <RouteTimes routes={found.requests} />
        <Opinions feedback={found.feedback} />
      </div>
      <p className="caption">
        {found.computed_at
          ? t("As of {time}", { time: time(found.computed_at) })
          : t("The controller has not computed figures yet.")}
      </p>
    </>
  );
}

function totals({ jobs, video_seconds, people, cost, credits, estimates }: Analytics): [string, string][] {
  const rows: [string, string | null][] = [
    [t("Success rate"), jobs.success_rate === null ? "–" : percent(jobs.success_rate!)],
    [t("Jobs"), count(jobs.started, "job")],
    [t("Time to video"), video_seconds.p50 == null ? "–" : duration(video_seconds.p50)],
    [t("People this month"), String(people.month)],
    [t("Cost of a video"), cost.per_video == null ? t("set PRICES") : formatAmount(cost.per_video, cost.currency)],
    [t("Cost per hour of GPU"), cost.per_gpu_hour == null ? null : formatAmount(cost.per_gpu_hour, cost.currency)],
    [t("Videos per hour of GPU"), cost.videos_per_gpu_hour == null ? null : places(cost.videos_per_gpu_hour)],
    [t("Credits of a video"), credits.per_video == null ? null : places(credits.per_video)],
    [t("Estimates that became jobs"), estimates.conversion == null ? "–" : percent(estimates.conversion)],
  ];
  return rows.filter((row): row is [string, string] => row[1] !== null);
}
