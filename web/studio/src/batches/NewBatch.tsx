import { type FormEvent, useState } from "react";
import { Link, useNavigate } from "react-router";
import { Problem } from "../api/client";
import { listed, t } from "../i18n";
import { paths } from "../lib/paths";
import { Choice } from "../projects/Choice";
import { usePlan, useProjects } from "../projects/projects";
import { Button, buttonClass } from "../ui/Button";
import { FileZone } from "../ui/FileZone";
import { Notice } from "../ui/Notice";
import { Panel } from "../ui/Panel";
import { TextField } from "../ui/TextField";
import { useCreation } from "./batches";
import { type Manifest, placesOf, readManifest, saveEmptyManifest } from "./manifest";

/** A place in a text of a plan, as people write it. */
const PLACE = "{{product}}";

/** A form for a new batch: its template, and a file with the values of each video. */
export function NewBatch() {
  const { data, hasNextPage, fetchNextPage } = useProjects();
  const planned = data?.pages.flatMap(({ projects }) => projects).filter(({ plan_revision }) => plan_revision !== null);
  if (!planned) return null;
  if (!planned.length && hasNextPage)
    return <Button onClick={() => void fetchNextPage()}>{t("Look for more projects")}</Button>;
  if (!planned.length)
    return (
      <Notice tone="calm" title={t("A batch needs a project with a plan.")}>
        <Link to={paths.projects} className={buttonClass("plain")}>
          {t("Create a project")}
        </Link>
      </Notice>
    );
  return (
    <Panel title={t("New batch")}>
      <Template choices={Object.fromEntries(planned.map(({ id, name }) => [id, name]))} />
    </Panel>
  );
}

function Template({ choices }: { choices: Record<string, string> }) {
  const [template, setTemplate] = useState(Object.keys(choices)[0] ?? "");
  const [name, setName] = useState("");
  const [manifest, setManifest] = useState<Manifest | null>(null);
  const [unreadable, setUnreadable] = useState("");
  const navigate = useNavigate();
  const creation = useCreation(({ id }) => void navigate(paths.batch(id)));
  const choose = (file: File) => {
    creation.reset();
    readManifest(file).then(
      (read) => (setManifest(read), setUnreadable("")),
      (problem: Error) => (setManifest(null), setUnreadable(problem.message)),
    );
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (creation.isPending) return;
    if (!manifest) return setUnreadable(t("Choose a file first."));
    creation.mutate({ template, name: name.trim(), manifest });
  };
  return (
    <form noValidate aria-label={t("New batch")} onSubmit={submit} className="space-y-4">
      <div className="grid items-start gap-4 md:grid-cols-2">
        <Choice label={t("Template")} value={template} choices={choices} onChange={setTemplate} />
        <TextField name="name" label={t("Name (optional)")} value={name} maxLength={200} onChange={setName} />
      </div>
      <Places template={template} name={choices[template] ?? ""} />
      <FileZone
        label={t("A table of videos")}
        accept=".csv,.json,text/csv,application/json"
        busy={creation.isPending}
        onFile={choose}
        className="px-6 py-8 text-center"
      >
        <p>{manifest ? manifest.fileName : t("Drop a CSV or JSON file here, or choose one")}</p>
        <p className="mt-1 text-small text-soft">{t("A row for each video, up to 500; the column “name” names it.")}</p>
      </FileZone>
      {unreadable && <Notice title={unreadable} />}
      {creation.error && <Refused error={creation.error} />}
      <Button variant="primary" type="submit" aria-disabled={creation.isPending}>
        {creation.isPending ? t("Checking the table") : t("See the price")}
      </Button>
    </form>
  );
}

/** What the chosen plan wants to know of each video. */
function Places({ template, name }: { template: string; name: string }) {
  const { data: report } = usePlan(template, template !== "");
  if (!report) return <p className="min-h-6" />;
  const places = placesOf(report.plan);
  if (!places.length)
    return (
      <p className="border-s-4 border-warning bg-warning-wash px-4 py-2 text-small">
        {t(
          "All videos would be the same: write {place} into a text of the plan, and its column says what stands there.",
          {
            place: PLACE,
          },
        )}
      </p>
    );
  return (
    <p className="flex flex-wrap items-center gap-x-3 text-small">
      <span data-places={places.join(" ")}>{t("The plan has places for {places}.", { places: listed(places) })}</span>
      <Button variant="quiet" onClick={() => saveEmptyManifest(places, name)}>
        {t("Download an empty table")}
      </Button>
    </p>
  );
}

/** Why a table was refused, with every row that is wrong. */
function Refused({ error }: { error: Error }) {
  const reasons = error instanceof Problem ? error.reasons : [];
  return (
    <Notice title={error.message}>
      {reasons.length > 1 && (
        <ul className="max-h-60 overflow-y-auto" tabIndex={0} aria-label={t("What is wrong")}>
          {reasons.map(({ field, message }) => (
            <li key={`${field}${message}`}>
              {field} {message}
            </li>
          ))}
        </ul>
      )}
    </Notice>
  );
}
