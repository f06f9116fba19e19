import { useQuery } from "@tanstack/react-query";
import { queryClient } from "../api/queries";

type Part = "devices" | "factor" | "identities" | "keys" | "mails" | "passkeys" | "webhooks" | "deliveries";

const ACCOUNT = "account";

export const keyOf = (part: Part, ...more: string[]): string[] => [ACCOUNT, part, ...more];

/** A part of the account, loaded each time that it is shown: another device may have changed it a moment ago. */
export const usePart = <Data>(part: Part, load: () => Promise<Data>, enabled = true) =>
  useQuery({ queryKey: keyOf(part), queryFn: load, enabled, staleTime: 0 });

/** Load parts of the account again after a change. */
export async function reload(...parts: Part[]): Promise<void> {
  await Promise.all(parts.map((part) => queryClient.invalidateQueries({ queryKey: keyOf(part) })));
}
