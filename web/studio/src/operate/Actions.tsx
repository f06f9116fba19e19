import { post } from "../api/client";
import { buttonClass } from "../ui/Button";
import { ActionButton } from "./ActionButton";
import { number, t } from "../i18n";

interface CleanupResult {
  space_freed_mb: number;
}

const clean = async (emergency: boolean): Promise<string> => {
  const { space_freed_mb } = await post<CleanupResult>("/cleanup", { emergency });
  return t("{megabytes} MB freed.", { megabytes: number(space_freed_mb, 1) });
};

export function Actions({ flowerPort }: { flowerPort: number }) {
  return (
    <div className="flex flex-wrap items-center gap-x-6 gap-y-3">
      <ActionButton label={t("Clean up")} act={() => clean(false)} />
      <ActionButton
        label={t("Clear all caches")}
        sure={t("Delete everything that can be recomputed")}
        act={() => clean(true)}
      />
      <a
        className={buttonClass("quiet")}
        href={`${location.protocol}//${location.hostname}:${flowerPort}/`}
        target="_blank"
        rel="noreferrer"
      >
        Flower
      </a>
      <a className={buttonClass("quiet")} href="/health">
        {t("Health")}
      </a>
    </div>
  );
}
