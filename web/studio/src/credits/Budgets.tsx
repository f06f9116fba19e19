import { zodResolver } from "@hookform/resolvers/zod";
import { useForm } from "react-hook-form";
import { z } from "zod/mini";
import type { Budget } from "../api/types";
import { number, t } from "../i18n";
import { date } from "../lib/format";
import { Button } from "../ui/Button";
import { Notice } from "../ui/Notice";
import { setBudget, useBudgets, useRemoval } from "./credits";

const PERIODS = { day: t("a day"), month: t("a month") };

const SCHEMA = z.object({
  period: z.enum(["day", "month"]),
  credits: z.coerce.number(t("Enter a number of credits.")).check(z.positive(t("Enter a number of credits."))),
});

/** What may be spent in a day or a month, and how much of it is used. */
export function Budgets() {
  const { data: budgets = [], error } = useBudgets();
  return (
    <div className="space-y-4">
      {error && <Notice title={error.message} />}
      <ul>
        {budgets.map((budget) => (
          <li key={budget.id} className="border-b border-rule py-2">
            <One budget={budget} />
          </li>
        ))}
      </ul>
      <NewBudget />
    </div>
  );
}

function One({ budget }: { budget: Budget }) {
  const removal = useRemoval(budget.id);
  const period = PERIODS[budget.period as keyof typeof PERIODS] ?? budget.period;
  return (
    <div className="flex flex-wrap items-center justify-between gap-3 text-sm">
      <span>
        {t("{used} of {credits} credits {period}", {
          used: number(budget.used),
          credits: number(budget.credits),
          period,
        })}
        {budget.key_id && <span className="text-soft"> · {t("of one API key")}</span>}
        <span className="block text-soft">{t("begins again on {date}", { date: date(budget.resets_at) })}</span>
      </span>
      <Button
        variant="quiet"
        aria-label={t("Remove the budget of {period}", { period })}
        onClick={() => removal.mutate()}
      >
        {t("Remove")}
      </Button>
    </div>
  );
}

function NewBudget() {
  const form = useForm({ resolver: zodResolver(SCHEMA), defaultValues: { period: "month" as const, credits: "" } });
  const { errors, isSubmitting } = form.formState;
  const submit = form.handleSubmit(async ({ period, credits }) => {
    try {
      await setBudget(period, credits);
      form.reset();
    } catch (problem) {
      form.setError("root", { message: (problem as Error).message });
    }
  });
  const wrong = errors.credits?.message ?? errors.root?.message;
  return (
    <form noValidate onSubmit={(event) => void submit(event)} className="space-y-2">
      <div className="flex flex-wrap items-end gap-3">
        <label>
          <span className="caption mb-1.5 block">{t("Credits")}</span>
          <input
            inputMode="decimal"
            autoComplete="off"
            aria-invalid={wrong ? true : undefined}
            aria-describedby={wrong ? "budget-error" : undefined}
            className="figures block min-h-11 w-28 rounded-[3px] border border-ink/70 bg-sheet px-3"
            {...form.register("credits")}
          />
        </label>
        <label>
          <span className="caption mb-1.5 block">{t("Per")}</span>
          <select
            className="block min-h-11 rounded-[3px] border border-ink/70 bg-sheet px-3"
            {...form.register("period")}
          >
            {Object.entries(PERIODS).map(([name, words]) => (
              <option key={name} value={name}>
                {words}
              </option>
            ))}
          </select>
        </label>
        <Button type="submit" aria-disabled={isSubmitting}>
          {t("Set the budget")}
        </Button>
      </div>
      {wrong && (
        <p id="budget-error" role="alert" className="text-sm font-medium text-danger">
          {wrong}
        </p>
      )}
    </form>
  );
}
