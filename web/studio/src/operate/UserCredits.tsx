import { zodResolver } from "@hookform/resolvers/zod";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { z } from "zod/mini";
import { get, post } from "../api/client";
import { queryClient } from "../api/queries";
import type { CreditBalance, ManagedUser } from "../api/types";
import { number, t } from "../i18n";
import { randomId } from "../lib/random";
import { Button } from "../ui/Button";

const SMALL = "!min-h-9 !px-3 !py-1 !text-sm";
const SCHEMA = z.object({
  credits: z.coerce
    .number(t("Enter a number; a negative one takes credits away."))
    .check(z.refine((value) => value !== 0, t("Enter a number; a negative one takes credits away."))),
  note: z.string(),
});

/** The credits of a user, and a form that gives some or takes some away. */
export function UserCredits({ user }: { user: ManagedUser }) {
  const [open, setOpen] = useState(false);
  const path = `/api/admin/users/${user.user_id}/credits`;
  const key = ["user-credits", user.user_id];
  const { data, error } = useQuery({ queryKey: key, queryFn: () => get<CreditBalance>(path), enabled: open });
  const form = useForm({ resolver: zodResolver(SCHEMA), defaultValues: { credits: "", note: "" } });
  const [said, setSaid] = useState("");
  const submit = form.handleSubmit(async ({ credits, note }) => {
    try {
      // A reference of its own: sent twice, it counts once.
      queryClient.setQueryData(
        key,
        await post<CreditBalance>(path, { credits, note, reference: `studio-${randomId(8)}` }),
      );
      setSaid(t("Done."));
      form.reset();
    } catch (problem) {
      form.setError("root", { message: (problem as Error).message });
    }
  });
  if (!open) {
    return (
      <Button
        className={SMALL}
        aria-label={t("Credits of {email}", { email: user.email })}
        onClick={() => setOpen(true)}
      >
        {t("Credits")}
      </Button>
    );
  }
  const { errors, isSubmitting } = form.formState;
  const wrong = error?.message ?? errors.credits?.message ?? errors.root?.message;
  return (
    <form noValidate onSubmit={(event) => void submit(event)} className="w-full space-y-2 border-s-4 border-rule ps-4">
      <p data-credits={data?.available}>
        {data
          ? t("{available} credits available, {held} held.", { available: data.available, held: data.held })
          : t("Loading")}
      </p>
      <div className="flex flex-wrap items-end gap-3">
        <label>
          <span className="caption block">{t("Give credits")}</span>
          <input
            inputMode="decimal"
            autoComplete="off"
            placeholder={number(10)}
            aria-invalid={wrong ? true : undefined}
            className="figures block min-h-9 w-28 rounded-[3px] border border-ink/70 bg-sheet px-2"
            {...form.register("credits")}
          />
        </label>
        <label className="min-w-40 flex-1">
          <span className="caption block">{t("Note")}</span>
          <input
            maxLength={200}
            autoComplete="off"
            className="block min-h-9 w-full rounded-[3px] border border-ink/70 bg-sheet px-2"
            {...form.register("note")}
          />
        </label>
        <Button type="submit" className={SMALL} aria-disabled={isSubmitting}>
          {t("Give")}
        </Button>
        <Button variant="quiet" className={SMALL} onClick={() => setOpen(false)}>
          {t("Close")}
        </Button>
      </div>
      <p role="status">{said}</p>
      {wrong && (
        <p role="alert" className="font-medium text-danger">
          {wrong}
        </p>
      )}
    </form>
  );
}
