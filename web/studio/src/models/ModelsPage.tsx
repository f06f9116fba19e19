import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { get } from "../api/client";
import type { ModelChange } from "../api/types";
import { count, t } from "../i18n";
import { date } from "../lib/format";
import { usePageTitle } from "../lib/title";
import { Button } from "../ui/Button";
import { Notice } from "../ui/Notice";
import { Waiting } from "../ui/Waiting";
import { ClipForm } from "./ClipForm";
import { ModelCard } from "./ModelCard";
import { type Clip, FIRST, STATES, useModels } from "./models";

/** The hosted video models that clips can be made with: what they take, give and cost, and what changes. */
export function ModelsPage() {
  const [clip, setClip] = useState<Clip>(FIRST);
  const { data, error, refetch } = useModels(clip);
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
      <ClipForm clip={clip} onChange={setClip} />
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
            <ModelCard model={model} />
          </li>
        ))}
      </ul>
    </div>
  );
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
