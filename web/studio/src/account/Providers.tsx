import { useState } from "react";
import { post } from "../api/client";
import { Button, buttonClass } from "../ui/Button";
import { Notice } from "../ui/Notice";
import { t } from "../i18n";

export const LABELS: Record<string, string> = { google: "Google", github: "GitHub", oidc: t("your organisation") };
export const BACK = "/account#signed-in";

/** A button for each identity provider that is set up; with an invitation, they sign up. */
export function Providers({ names, invitation = "" }: { names: string[]; invitation?: string }) {
  const [trouble, setTrouble] = useState("");
  if (!names.length) return null;
  /** The token of an invitation goes to our server in a body, and stands in no address. */
  const signUp = async (name: string) => {
    try {
      const { url } = await post<{ url: string }>(`/api/auth/${name}/start`, { next: BACK, invitation });
      location.assign(url);
    } catch (problem) {
      setTrouble((problem as Error).message);
    }
  };
  return (
    <div className="border-b border-rule pb-5">
      {trouble && <Notice title={trouble} />}
      <ul className="space-y-2">
        {names.map((name) => (
          <li key={name}>
            {invitation ? (
              <Button className="w-full" onClick={() => void signUp(name)}>
                {t("Sign up with {labels}", { labels: LABELS[name] ?? name })}
              </Button>
            ) : (
              <a
                href={`/api/auth/${name}/start?next=${encodeURIComponent(BACK)}`}
                className={`${buttonClass()} w-full`}
              >
                {t("Sign in with {labels}", { labels: LABELS[name] ?? name })}
              </a>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}
