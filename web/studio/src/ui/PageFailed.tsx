import { Button } from "./Button";
import { Notice } from "./Notice";
import { t } from "../i18n";

/** What is shown in place of a page that failed. */
export function PageFailed({ problem }: { problem: unknown }) {
  // After an update of the server, the files of a page that was not open yet have other names.
  const isOld = problem instanceof TypeError && /dynamically imported|module script/i.test(problem.message);
  return (
    <Notice title={isOld ? t("This page was updated, or the server does not answer.") : t("Something went wrong.")}>
      <p>
        {isOld ? t("Load it again to continue.") : t("The page had an error.")} {t("Your videos are still being made.")}
      </p>
      <Button onClick={() => location.reload()}>{t("Reload the page")}</Button>
    </Notice>
  );
}
