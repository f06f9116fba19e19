import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useNavigate } from "react-router";
import { LANGUAGES, language, t } from "../i18n";
import { paths } from "../lib/paths";
import { Button } from "../ui/Button";
import { TextField } from "../ui/TextField";
import { Choice } from "./Choice";
import { createProject } from "./projects";

const SPOKEN = Object.fromEntries(Object.entries(LANGUAGES).map(([code, { name }]) => [code, name]));
const LENGTHS: Record<string, string> = { "15": "15 s", "30": "30 s", "60": "60 s" };

/** A form for a new project; the first one explains itself. */
export function CreateProject({ first }: { first: boolean }) {
  const [name, setName] = useState("");
  const [spoken, setSpoken] = useState<string>(language);
  const [most, setMost] = useState("30");
  const [missing, setMissing] = useState("");
  const navigate = useNavigate();
  const creation = useMutation({
    mutationFn: () => createProject({ name: name.trim(), language: spoken, max_seconds: Number(most) }),
    onSuccess: ({ id }) => void navigate(paths.project(id)),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (creation.isPending) return;
    if (!name.trim()) return setMissing(t("Enter a name."));
    setMissing("");
    creation.mutate();
  };
  return (
    <form
      noValidate
      aria-label={t("New project")}
      onSubmit={submit}
      className={`bg-sheet p-4 sm:p-6 ${first ? "border-t-2 border-ink" : "border-y border-rule"}`}
    >
      {first && <h2 className="text-heading mb-group font-semibold">{t("Your first project")}</h2>}
      <div className="grid items-start gap-4 md:grid-cols-[minmax(0,1fr)_auto_auto]">
        <TextField
          name="name"
          label={t("Name")}
          value={name}
          maxLength={200}
          error={missing || creation.error?.message}
          onChange={setName}
        />
        <Choice label={t("Language")} value={spoken} choices={SPOKEN} onChange={setSpoken} />
        <Choice label={t("Shorter than")} value={most} choices={LENGTHS} onChange={setMost} />
      </div>
      <div className="mt-4">
        <Button variant="primary" type="submit" aria-disabled={creation.isPending}>
          {creation.isPending ? t("Creating") : t("Create project")}
        </Button>
      </div>
    </form>
  );
}
