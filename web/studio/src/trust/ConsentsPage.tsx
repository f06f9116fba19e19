import { useRef, useState } from "react";
import { count } from "../lib/format";
import { usePageTitle } from "../lib/title";
import { Button } from "../ui/Button";
import { Loaded } from "../ui/Loaded";
import { ConsentCard } from "./ConsentCard";
import { ConsentForm } from "./ConsentForm";
import { useConsents } from "./consents";
import { t } from "../i18n";

/** The consents of the people who are shown and heard. */
export function ConsentsPage() {
  const consents = useConsents();
  const [giving, setGiving] = useState(false);
  const [said, setSaid] = useState("");
  const heading = useRef<HTMLHeadingElement>(null);
  usePageTitle(t("Consents"));
  const tell = (words: string) => {
    setGiving(false);
    setSaid(words);
    heading.current?.focus();
  };
  const entries = consents.data?.pages.flatMap((page) => page.consents) ?? [];
  const valid = entries.filter((one) => one.valid).length;
  return (
    <div className="space-y-6">
      <header className="flex flex-wrap items-end justify-between gap-4 border-b-2 border-ink pb-3">
        <div>
          <h1 ref={heading} tabIndex={-1} className="text-2xl font-semibold tracking-tight outline-none">
            {t("Consents")}
          </h1>
          <p className="mt-1 max-w-[62ch] text-soft">
            {t(
              "Who has agreed to be shown or heard, to what, and how they have said so. They can take it back at any time.",
            )}
          </p>
        </div>
        {entries.length > 0 && <p className="figures text-sm text-soft">{count(valid, "valid consent")}</p>}
      </header>
      {giving ? (
        <ConsentForm
          onKept={(subject) => tell(t("The consent of {subject} was kept.", { subject }))}
          onCancel={() => tell("")}
        />
      ) : (
        <Button
          onClick={() => {
            setSaid("");
            setGiving(true);
          }}
        >
          {t("Add a consent")}
        </Button>
      )}
      <p role="status" className="min-h-5 text-sm">
        {said}
      </p>
      <Loaded of={consents}>
        {() =>
          !entries.length &&
          !giving && (
            <p className="border border-dashed border-soft p-6 text-soft">
              {t("No consents yet. Add one here, or name the person shown when you make a video.")}
            </p>
          )
        }
      </Loaded>
      {entries.length > 0 && (
        <ul className="grid gap-4 lg:grid-cols-2">
          {entries.map((one) => (
            <li key={one.id}>
              <ConsentCard
                consent={one}
                onRevoked={() =>
                  tell(
                    t("The consent of {subject} was revoked. Videos that used it can no longer be opened.", {
                      subject: one.subject,
                    }),
                  )
                }
              />
            </li>
          ))}
        </ul>
      )}
      {consents.hasNextPage && (
        <div className="text-center">
          <Button onClick={() => void consents.fetchNextPage()}>{t("Show more")}</Button>
        </div>
      )}
    </div>
  );
}
