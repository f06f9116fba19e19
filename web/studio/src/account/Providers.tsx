import { buttonClass } from "../ui/Button";

export const LABELS: Record<string, string> = { google: "Google", github: "GitHub", oidc: "your organisation" };
const BACK = encodeURIComponent("/account#signed-in");

/** A button for each identity provider that is set up. */
export function Providers({ names }: { names: string[] }) {
  if (!names.length) return null;
  return (
    <ul className="space-y-2 border-b border-rule pb-5">
      {names.map((name) => (
        <li key={name}>
          <a href={`/api/auth/${name}/start?next=${BACK}`} className={`${buttonClass()} w-full`}>Sign in with {LABELS[name] ?? name}</a>
        </li>
      ))}
    </ul>
  );
}
