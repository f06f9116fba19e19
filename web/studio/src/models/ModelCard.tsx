import type { VideoModel } from "../api/types";
import { count, listed, t } from "../i18n";
import { date, duration, formatAmount, percent } from "../lib/format";
import { STATES } from "./models";

const TAKES: Record<string, string> = {
  text: t("text"),
  first_frame: t("a first picture"),
  last_frame: t("a last picture"),
  audio: t("sound"),
  reference: t("further pictures"),
  speech: t("speech"),
};

/** A model: whether it can make the clip, what it has done of late, and what it takes, gives and costs. */
export function ModelCard({ model }: { model: VideoModel }) {
  const facts: [string, string][] = [
    [t("Takes"), listed(model.takes.map((one) => TAKES[one] ?? one))],
    [t("Length"), lengths(model)],
    [t("Formats"), model.ratios.join(", ")],
    [t("Sizes"), model.resolutions.join(", ")],
    [t("Licence"), model.licence],
    ...recordOf(model),
  ];
  return (
    <article
      aria-label={model.title}
      data-model={model.id}
      data-fits={model.fit?.fits}
      className={`flex h-full flex-col gap-3 border-t-2 bg-sheet p-4 ${model.available ? "border-ink" : "border-rule"}`}
    >
      <header className="flex items-baseline justify-between gap-3">
        <h2 className="font-semibold">{model.title}</h2>
        <span className={`shrink-0 text-sm ${model.state === "released" ? "text-soft" : "text-warning"}`}>
          {STATES[model.state] ?? model.state}
        </span>
      </header>
      <Fit model={model} />
      <p className="text-sm">
        {model.available
          ? t("Can be used here.")
          : t("Needs a key of {provider}, which this server does not have.", { provider: model.provider })}
      </p>
      <dl className="flex-1 text-sm">
        {facts
          .filter(([, value]) => value)
          .map(([name, value]) => (
            <div key={name} className="flex justify-between gap-4 border-b border-rule py-1.5">
              <dt className="text-soft">{name}</dt>
              <dd className="text-end">{value}</dd>
            </div>
          ))}
      </dl>
      <p className="figures text-sm">
        {t("{price} per second", { price: formatAmount(model.price.dollars_a_second, "USD") })}
        {model.closed_on && (
          <span className="block text-warning">{t("until {date}", { date: date(model.closed_on) })}</span>
        )}
      </p>
    </article>
  );
}

/** What the clip would be with this model, or everything that it lacks for it. */
function Fit({ model: { fit } }: { model: VideoModel }) {
  if (!fit) return null;
  if (fit.fits) {
    const clip = { length: duration(fit.seconds ?? 0), price: formatAmount(fit.dollars ?? 0, "USD") };
    return (
      <p className="border-s-4 border-success bg-success-wash px-3 py-1.5 text-sm">
        {t("Can make this clip: {length} for {price}", clip)}
      </p>
    );
  }
  return (
    <div className="border-s-4 border-warning bg-warning-wash px-3 py-1.5 text-sm">
      <p>{t("Cannot make this clip:")}</p>
      <ul lang="en" className="list-disc ps-5">
        {fit.reasons.map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
      </ul>
    </div>
  );
}

/** What the calls of the last two weeks say of a model. */
function recordOf({ record }: VideoModel): [string, string][] {
  if (!record?.calls) return record ? [[t("Last two weeks"), t("not used")]] : [];
  const { calls, p50, p90, failure_rate, rejection_rate } = record;
  return [
    [t("Last two weeks"), count(calls, "clip")],
    [t("Time, median"), p50 === null ? "" : duration(p50)],
    [t("Time, 90 %"), p90 === null ? "" : duration(p90)],
    [t("Failed"), percent(failure_rate)],
    [t("Refused by moderation"), percent(rejection_rate)],
  ];
}

function lengths({ durations, any_duration }: VideoModel): string {
  const [least, most] = [Math.min(...durations), Math.max(...durations)];
  if (!durations.length) return "";
  return any_duration && least !== most ? `${least}–${most} s` : `${durations.join(", ")} s`;
}
