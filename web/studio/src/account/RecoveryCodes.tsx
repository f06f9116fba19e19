import { saveFile } from "../lib/saveFile";
import { StatusButton } from "./StatusButton";
import { t } from "../i18n";

/** Recovery codes, which are shown once. */
export function RecoveryCodes({ codes }: { codes: string[] }) {
  if (!codes.length) return null;
  const text = `${codes.join("\n")}\n`;
  return (
    <section aria-label={t("Recovery codes")} className="space-y-3 border-s-4 border-soft bg-paper px-4 py-3">
      <p role="status" className="font-medium">
        {t("Save these recovery codes now. They are not shown again.")}
      </p>
      <p className="text-soft">
        {t(
          "Each works once, in place of a code of your app or a passkey. Keep them where you find them without this device.",
        )}
      </p>
      <ul className="figures space-y-1">
        {codes.map((code) => (
          <li key={code}>
            <code className="[overflow-wrap:anywhere]">{code}</code>
          </li>
        ))}
      </ul>
      <div className="flex flex-wrap gap-3">
        <StatusButton label={t("Save as a file")} act={() => save(text)} />
        {navigator.clipboard && (
          <StatusButton
            label={t("Copy")}
            name={t("Copy the recovery codes")}
            done={t("Copied.")}
            act={() => navigator.clipboard.writeText(text)}
          />
        )}
      </div>
    </section>
  );
}

async function save(text: string): Promise<void> {
  saveFile(new Blob([text], { type: "text/plain" }), "callsheet-recovery-codes.txt");
}
