import { useEffect } from "react";
import { useAccounts } from "../account/accounts";
import { loadCapabilities } from "../make/capabilities";
import { usePageTitle } from "../lib/title";
import { Button } from "../ui/Button";
import { Notice } from "../ui/Notice";
import { Panel } from "../ui/Panel";
import { Segments } from "../ui/Segments";
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
import { open, overview, refresh, signOut } from "./overview";
import { t } from "../i18n";

const REFRESH_MS = 5000;

export default function OperatePage() {
  const { operations, refused, wrong, trouble } = overview.use((now) => now);
  const accounts = useAccounts();
  usePageTitle(t("Operate"));
  useEffect(() => {
    void loadCapabilities();
    void open();
    const timer = setInterval(() => document.hidden || overview.get().refused || void refresh(), REFRESH_MS);
    return () => clearInterval(timer);
  }, []);
  if (refused) return <SignIn wrong={wrong} />;
  return (
    <div className="space-y-6">
      <header className="flex flex-wrap items-end justify-between gap-4">
        <h1 className="text-2xl font-semibold tracking-tight sm:text-3xl">{t("Operate")}</h1>
        <div className="flex flex-wrap items-end gap-4">
          <div className="w-56">
            <Hours />
          </div>
          <Button variant="quiet" onClick={() => void signOut()}>
            {t("Sign out")}
          </Button>
        </div>
      </header>
      {trouble && <Notice title={trouble}>{t("The page shows the last known state and keeps retrying.")}</Notice>}
      {operations && (
        <>
          <Panel title={t("Nodes")}>
            <Nodes />
          </Panel>
          <div className="grid items-start gap-6 lg:grid-cols-2">
            <Panel title={t("Waiting tasks")}>
              <Queues operations={operations} />
            </Panel>
            <Panel title={t("Videos")}>
              <Throughput operations={operations} />
            </Panel>
          </div>
          <Panel title={t("Stage times")} aside={t("median of computed steps")}>
            <StageTimes operations={operations} />
          </Panel>
          <Panel title={t("Engines")}>
            <Engines operations={operations} />
          </Panel>
          <div className="grid items-start gap-6 lg:grid-cols-2">
            <Panel title={t("Failures")}>
              <Failures operations={operations} />
            </Panel>
            <Panel title={t("Quarantine")}>
              <Quarantine />
            </Panel>
          </div>
          <Panel title={t("Reports")} aside={t("of people who say that a video shows them")}>
            <Reports />
          </Panel>
          <Panel title={t("Moderation")} aside={t("flagged pictures and appeals")}>
            <Moderation />
          </Panel>
          <Panel title={t("Dead letters")} aside={t("messages that could not be processed")}>
            <DeadLetters />
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
            <Sessions />
          </Panel>
          <Panel title={t("Maintenance")}>
            <Actions flowerPort={operations.flower_port} />
          </Panel>
        </>
      )}
    </div>
  );
}

function Hours() {
  const hours = overview.use((now) => now.hours);
  return (
    <Segments
      legend={t("Period")}
      value={String(hours)}
      onChange={(value) => {
        overview.set({ hours: Number(value) });
        void refresh();
      }}
      choices={[
        { value: "1", label: "1 h" },
        { value: "6", label: "6 h" },
        { value: "24", label: "24 h" },
      ]}
    />
  );
}
