import { type FormEvent, useState } from "react";
import { Problem } from "../api/client";
import { Button } from "../ui/Button";
import { TextField } from "../ui/TextField";
import { type Kept, appeal } from "./kept";
import { t } from "../i18n";

/** The one appeal of the owner of a rejected picture. */
export function Appeal({ item }: { item: Kept }) {
  const [text, setText] = useState("");
  const [error, setError] = useState("");
  if (item.appealed_at)
    return (
      <p role="status" className="text-sm">
        {t("You have appealed. An operator will look at the picture.")}
      </p>
    );
  const send = async (event: FormEvent) => {
    event.preventDefault();
    if (!text.trim()) return setError(t("Say why the picture is allowed."));
    try {
      await appeal(item.id, text.trim());
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      setError(problem.message);
    }
  };
  return (
    <form noValidate onSubmit={(event) => void send(event)} className="space-y-3">
      <TextField
        name={`appeal-${item.id}`}
        label={t("Why is it allowed?")}
        hint={t("You can appeal once.")}
        rows={2}
        value={text}
        onChange={setText}
        error={error}
        maxLength={1000}
      />
      <Button type="submit">{t("Send the appeal")}</Button>
    </form>
  );
}
