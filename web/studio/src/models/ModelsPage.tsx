import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { get } from "../api/client";
import type { ModelChange, VideoModel } from "../api/types";
import { count, listed, number, t } from "../i18n";
import { date } from "../lib/format";
import { usePageTitle } from "../lib/title";
import { Button } from "../ui/Button";
import { Notice } from "../ui/Notice";
import { Waiting } from "../ui/Waiting";

const STATES: Record<string, string> = {
  announced: t("announced"),
  released: t("released"),
  deprecated: t("ends soon"),
  closed: t("closed"),
};
const TAKES: Record<string, string> = {
  text: t("text"),
  first_frame: t("a first picture"),
  last_frame: t("a last picture"),
  audio: t("sound"),
  video: t("video"),
  references: t("further pictures"),
};

/** The hosted video models that clips can be made with: what they take, give and cost, and what changes. */
export function ModelsPage() {
  const { data, error, refetch } = useQuery({ queryKey: ["models"], queryFn: models, staleTime: 60_000 });
  const [words, setWords] = useState("");
  const wanted = useDeferredValue(words.trim().toLowerCase());
  usePageTitle(t("Models"));
  if (error) {
    return (
      <Notice title={error.message}>
        <Button onClick={() => void refetch()}>{t("Try again")}</Button>
      </Notice>
    );
  }
  if (!data) return <Waiting />;
  const found = data.filter(({ title, id, provider }) => `${title} ${id} ${provider}`.toLowerCase().includes(wanted));
  return (
    <div className="space-y-section">
      <header className="border-b-2 border-ink pb-2">
        <h1 className="text-title font-semibold tracking-tight">{t("Models")}</h1>
        <p className="mt-1 max-w-[62ch] text-soft">
          {t("Hosted video models for clips. Talking videos are made on this server and need none of them.")}
        </p>
      </header>
      <Changes />
      <div className="flex flex-wrap items-end justify-between gap-4">
        <label className="w-full max-w-md">
          <span className="caption">{t("Search in names")}</span>
          <input
            type="search"
            maxLength={100}
            value={words}
            onChange={(event) => setWords(event.target.value)}
            className="mt-1 block min-h-11 w-full rounded-[3px] border border-ink/70 bg-sheet px-3"
          />
        </label>
        <p className="caption">{count(found.length, "model")}</p>
      </div>
      <ul className="grid gap-4 sm:grid-cols-2 lg:grid-cols-3">
        {found.map((model) => (
          <li key={model.id}>
            <Model model={model} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function Model({ model }: { model: VideoModel }) {
  const facts: [string, string][] = [
    [t("Takes"), listed(model.takes.map((one) => TAKES[one] ?? one))],
    [t("Length"), lengths(model)],
    [t("Formats"), model.ratios.join(", ")],
    [t("Sizes"), model.resolutions.join(", ")],
    [t("Licence"), model.licence],
  ];
  return (
    <article
      aria-label={model.title}
      data-model={model.id}
      className={`flex h-full flex-col gap-3 border-t-2 bg-sheet p-4 ${model.available ? "border-ink" : "border-rule"}`}
    >
      <header className="flex items-baseline justify-between gap-3">
        <h2 className="font-semibold">{model.title}</h2>
        <span className={`shrink-0 text-sm ${model.state === "released" ? "text-soft" : "text-warning"}`}>
          {STATES[model.state] ?? model.state}
        </span>
      </header>
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
        {t("{price} $ per second", { price: number(model.price.dollars_a_second) })}
        {model.closed_on && (
          <span className="block text-warning">{t("until {date}", { date: date(model.closed_on) })}</span>
        )}
      </p>
    </article>
  );
}

function lengths({ durations, any_duration }: VideoModel): string {
  const [least, most] = [Math.min(...durations), Math.max(...durations)];
  if (!durations.length) return "";
  return any_duration && least !== most ? `${least}–${most} s` : `${durations.join(", ")} s`;
}

/** What changes about the models, as far as it is known. */
function Changes() {
  const { data = [] } = useQuery({
    queryKey: ["models", "changes"],
    queryFn: async () => (await get<{ changes: ModelChange[] }>("/api/models/changes")).changes,
    staleTime: 60_000,
  });
  if (!data.length) return null;
  return (
    <details className="bg-sheet px-4">
      <summary className="min-h-11 content-center font-medium">{t("What changes")}</summary>
      <ul className="pb-3 text-sm">
        {data.map(({ date: when, model, title, change, replacement }) => (
          <li key={`${when}${model}${change}`} className="border-t border-rule py-2">
            <span className="figures text-soft">{date(when)}</span> {title}: {STATES[change] ?? change}
            {replacement && <span className="text-soft"> · {t("use {model} instead", { model: replacement })}</span>}
          </li>
        ))}
      </ul>
    </details>
  );
}

async function models(): Promise<VideoModel[]> {
  const { models: found } = await get<{ models: VideoModel[] }>("/api/models");
  return found.sort(
    (one, other) => Number(other.available) - Number(one.available) || one.title.localeCompare(other.title),
  );
}
