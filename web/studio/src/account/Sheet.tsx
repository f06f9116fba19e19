import type { ReactNode } from "react";
import { Link as RouterLink } from "react-router";
import { paths } from "../lib/paths";

/** A narrow sheet with a form, such as the one to sign in. */
export function Sheet({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="mx-auto mt-4 max-w-md space-y-5 border-t-2 border-ink bg-sheet p-6 sm:mt-12">
      <h1 className="text-2xl font-semibold tracking-tight">{title}</h1>
      {children}
    </section>
  );
}

export function Link({ to, children }: { to: string; children: ReactNode }) {
  return (
    <RouterLink
      to={paths.account(to)}
      className="inline-flex min-h-11 items-center underline decoration-rule underline-offset-4 hover:decoration-ink"
    >
      {children}
    </RouterLink>
  );
}
