import { useMutation } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useAccounts } from "../account/accounts";
import { loadCapabilities } from "../make/capabilities";
import { usePageTitle } from "../lib/title";
import { Button } from "../ui/Button";
import { Notice } from "../ui/Notice";
import { Panel } from "../ui/Panel";
import { Segments } from "../ui/Segments";
import { Waiting } from "../ui/Waiting";
import { Actions } from "./Actions";
import { AnalyticsPanel } from "./AnalyticsPanel";
import { DeadLetters } from "./DeadLetters";
import { Engines } from "./Engines";
import { Failures } from "./Failures";
import { Jobs } from "./Jobs";
import { SignIn } from "./SignIn";
import { Moderation } from "./Moderation";
import { Nodes } from "./Nodes";
import { Quarantine } from "./Quarantine";
import { Queues } from "./Queues";
import { Reports } from "./Reports";
import { Sessions } from "./Sessions";
import { StageTimes } from "./StageTimes";
import { Throughput } from "./Throughput";
import { Users } from "./Users";
import { isRefused, signIn, signOut, takeLink, useOverview } from "./overview";
import { t } from "../i18n";

/** The page of operators; a link of `callsheet operate` signs its browser in. */
export default function OperatePage() {
  const [link] = useState(takeLink);
  const entry = useMutation({ mutationFn: () => signIn({ link }) });
  const [hours, setHours] = useState("6");
  const { data, error } = useOverview(hours, !link || entry.isSuccess || entry.isError);
  const accounts = useAccounts();
  usePageTitle(t("Operate"));
  useEffect(() => {
    void loadCapabilities();
    if (link) entry.mutate();
  }, []);
  if (link && (entry.isIdle || entry.isPending)) return <Waiting />;
  if (isRefused(error)) return <SignIn wrong={entry.error?.message ?? ""} />;
  return (
    <div className="space-y-6">
      <header className="flex flex-wrap items-end justify-between gap-4">
        <h1 className="text-2xl font-semibold tracking-tight sm:text-3xl">{t("Operate")}</h1>
        <div className="flex flex-wrap items-end gap-4">
          <div className="w-56">
            <Segments
              legend={t("Period")}
              value={hours}
              onChange={setHours}
              choices={["1", "6", "24"].map((value) => ({ value, label: `${value} h` }))}
            />
          </div>
          <Button variant="quiet" onClick={() => void signOut()}>
            {t("Sign out")}
          </Button>
        </div>
      </header>
      {error && <Notice title={error.message}>{t("The page shows the last known state and keeps retrying.")}</Notice>}
      {data && (
        <>
          <Panel title={t("Nodes")}>
            <Nodes workers={data.workers} />
          </Panel>
          <div className="grid items-start gap-6 lg:grid-cols-2">
            <Panel title={t("Waiting tasks")}>
              <Queues operations={data.operations} />
            </Panel>
            <Panel title={t("Videos")}>
              <Throughput operations={data.operations} />
            </Panel>
          </div>
          <Panel title={t("Stage times")} aside={t("median of computed steps")}>
            <StageTimes operations={data.operations} />
          </Panel>
          <Panel title={t("Engines")}>
            <Engines operations={data.operations} />
          </Panel>
          <div className="grid items-start gap-6 lg:grid-cols-2">
            <Panel title={t("Failures")}>
              <Failures operations={data.operations} />
            </Panel>
            <Panel title={t("Quarantine")}>
              <Quarantine files={data.quarantine} />
            </Panel>
          </div>
          <Panel title={t("Reports")} aside={t("of people who say that a video shows them")}>
            <Reports reports={data.reports} />
          </Panel>
          <Panel title={t("Moderation")} aside={t("flagged pictures and appeals")}>
            <Moderation images={data.moderation} />
          </Panel>
          <Panel title={t("Dead letters")} aside={t("messages that could not be processed")}>
            <DeadLetters list={data.letters} more={data.olderLetters} />
          </Panel>
          <Panel title={t("Jobs")} aside={t("of all owners")}>
            <Jobs />
          </Panel>
          <Panel title={t("Analytics")} aside={t("by day, UTC")}>
            <AnalyticsPanel />
          </Panel>
          {accounts && (
            <Panel title={t("Accounts")}>
              <Users />
            </Panel>
          )}
          <Panel title={t("Sessions")}>
            <Sessions sessions={data.sessions} />
          </Panel>
          <Panel title={t("Maintenance")}>
            <Actions flowerPort={data.operations.flower_port} />
          </Panel>
        </>
      )}
    </div>
  );
}
