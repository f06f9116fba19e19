import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../ui/Button";
import { signIn } from "./overview";
import { rich, t } from "../i18n";

/** The sign-in form, for browsers without a sign-in link, or with one that did not work. */
export function SignIn({ wrong }: { wrong: string }) {
  const [token, setToken] = useState("");
  const { mutate, error } = useMutation({ mutationFn: () => signIn({ token }) });
  const problem = error?.message ?? wrong;
  return (
    <form
      className="mx-auto mt-12 max-w-md space-y-4 border-t-2 border-ink bg-sheet p-6"
      onSubmit={(event) => {
        event.preventDefault();
        mutate();
      }}
    >
      <h1 className="text-xl font-semibold">{t("For operators")}</h1>
      <p className="text-soft">
        {rich(
          "Open the link that {command} prints, or enter the operator token: OPERATOR_TOKEN of the server, or the file operator-token in its state directory.",
          { command: <code className="figures">callsheet operate</code> },
        )}
      </p>
      <label htmlFor="token" className="caption mb-1.5 block">
        {t("Token")}
      </label>
      <input
        id="token"
        type="password"
        autoComplete="off"
        required
        value={token}
        onChange={(event) => setToken(event.target.value)}
        className="figures block min-h-11 w-full rounded-[3px] border border-ink/70 bg-sheet px-3"
      />
      {problem && (
        <p role="alert" className="text-sm">
          {problem}
        </p>
      )}
      <Button variant="primary" type="submit">
        {t("Open")}
      </Button>
    </form>
  );
}
