import { useState } from "react";
import { Button } from "../ui/Button";
import { t } from "../i18n";

/** The address under which everybody can open an item. */
export function PublicAddress({ name, path }: { name: string; path: string }) {
  const [said, setSaid] = useState("");
  const address = new URL(path, location.href).href;
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(address);
      setSaid(t("Copied."));
    } catch {
      setSaid(t("The browser does not allow it."));
    }
  };
  return (
    <div className="border-s-4 border-ink bg-paper px-3 py-2 text-sm">
      <p>{t("Public: everybody who has the address can open it.")}</p>
      <p className="flex flex-wrap items-center gap-x-3">
        <a href={path} className="min-w-0 flex-1 truncate underline underline-offset-4">
          {address}
        </a>
        <Button
          variant="quiet"
          aria-label={t("Copy the public address of {name}", { name })}
          onClick={() => void copy()}
        >
          {t("Copy")}
        </Button>
        <span role="status">{said}</span>
      </p>
    </div>
  );
}
