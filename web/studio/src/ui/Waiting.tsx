import { t } from "../i18n";
export function Waiting() {
  return (
    <p role="status" className="caption py-16 text-center">
      {t("Loading")}
    </p>
  );
}
